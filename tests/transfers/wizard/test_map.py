"""Columns get their meaning on the page: states, questions, answers (T19 to T26, T42 to T45)."""

import re

import pytest

from tresse.transfers import profile
from tresse.transfers.changes import imports

TE6 = "Company ID,Associated Deals\n41,61\n"


def test_te6_asks_blocks_and_is_answered(at_start):
    """TE6, T43: a near miss of a relation holds up the check until it is answered."""
    page = at_start.map("companies", TE6)

    assert page.states() == {"Company ID": "Needed to link", "Associated Deals": "Needs an answer"}
    assert "Did you mean “Associated Deal”?" in page.text
    assert 'form="check" disabled' in page.source
    assert page.post(f"{page.at}map/").status == 422
    assert page.row.state == "draft"

    page.say(1, answer="association:Associated Deal")
    assert page.states()["Associated Deals"] == "Matched"
    assert page.post(f"{page.at}map/").status == 302
    assert page.row.state == "checking"


def test_the_rest_is_no_answer_to_a_near_miss(at_start):
    """T19, T22b, T43: "do not import the rest" answers plain columns only."""
    page = at_start.map("companies", "Company ID,Associated Deals,Fax,Nmae\n41,61,1,A\n")
    assert page.states() == {
        "Company ID": "Needed to link",
        "Associated Deals": "Needs an answer",
        "Fax": "Choose",
        "Nmae": "Confirm",
    }
    assert "Do not import the rest (2)" in page.text

    page.post(f"{page.at}map/rest/", htmx=True)

    assert 'id="column-2" hx-swap-oob="true"' in page.source
    assert 'id="column-0"' not in page.source
    assert page.states() == {
        "Company ID": "Needed to link",
        "Associated Deals": "Needs an answer",
        "Fax": "Not imported",
        "Nmae": "Not imported",
    }


def test_a_column_without_answer_holds_up_the_page_alone(ada):
    """T6, T19: the way on is refused at the column; a template kept from here asks nobody else."""
    page = ada.map("companies", "Name,Fax\nA,1\n")

    page.post(f"{page.at}map/")

    assert page.status == 422
    assert "1 columns have no answer: Fax." in page.found('(?s)id="column-1".*?</tbody>')
    assert page.row.state == "draft"
    assert "unmapped" not in page.row.settings


def test_what_is_between_two_objects_but_no_relation_asks(at_start):
    """T44: relations are never made; those there are stand in the sentence."""
    page = at_start.map("companies", "Name,Company > Moon\nA,1\n")

    assert page.states()["Company > Moon"] == "Needs an answer"
    assert "Company > Deal" in page.text
    page.say(1, answer="ignore")
    assert page.states()["Company > Moon"] == "Not imported"
    assert at_start.map("companies", "Name,Size >\nA,1\n").states()["Size >"] == "Choose"


def test_a_near_property_is_confirmed_or_not(ada):
    """T20: two edits or fewer, plural for singular."""
    page = ada.map("companies", "Name,Industrie,Citys\nA,Tech,Paris\n")
    assert page.states() == {"Name": "Matched", "Industrie": "Confirm", "Citys": "Confirm"}
    assert "Did you mean “Industry”?" in page.text

    page.say(1, answer="property:industry")
    page.say(2, answer="ignore")

    assert page.states() == {"Name": "Matched", "Industrie": "Matched", "Citys": "Not imported"}


@pytest.mark.parametrize(
    "headers",
    ["name,city,phone", "Nom,Ville,Téléphone", "Nazwa,Miasto,Telefon", "NAME,City,PHONE"],
    ids=["API names", "French", "Polish", "other case"],
)
def test_headers_are_matched_in_four_languages(ada, headers):
    """T20: API names and shipped labels."""
    page = ada.map("companies", f"{headers}\nAcme,Paris,+48221000001\n")
    assert set(page.states().values()) == {"Matched"}


def test_ids_of_another_object_are_asked_about(at_start):
    """T22a: linked by, taken as what the file holds, or left out."""
    page = at_start.map("deals", "Name,Company ID\nRoof,41\n")
    assert page.states()["Company ID"] == "Needs an answer"
    assert "These are ids of companies, not of deals. What are they for?" in page.text

    page.say(1, answer="association:Associated Company")
    assert page.states()["Company ID"] == "Matched"

    page.post(f"{page.at}object/", object="company")
    assert page.to == f"{page.at}map/"
    assert page.row.object_name == "company"
    assert page.states() == {"Name": "Matched", "Company ID": "Needed to link"}


def test_what_is_needed_to_link_is_locked_until_it_is_unlocked(at_start):
    """T22b: Unlock says what is lost; an option of the link does not unlock it."""
    content = "Company ID,Associated Deal,Associated Deal Label\n41,61,x\n"
    page = at_start.map("companies", content)
    assert page.states()["Associated Deal"] == "Needed to link"
    row = page.found('(?s)<tbody class="col[^>]*id="column-1".*?</tbody>')
    assert "data-choose" not in row

    page.get(f"{page.at}map/1/", htmx=True, unlock="1")
    assert "Without it no row of this file is linked to deals by “Associated Deal”." in page.text
    assert "data-choose" in page.source
    page.say(1, link="1", key="id", missing="create", existing="keep", many="yes")
    assert page.states()["Associated Deal"] == "Needed to link"
    assert page.row.mapping["Associated Deal"] == {
        "association": "Associated Deal",
        "key": "id",
        "missing": "create",
        "existing": "keep",
        "many": True,
    }

    page.say(1, answer="ignore")
    assert page.states()["Associated Deal"] == "Not imported"
    page.get(f"{page.at}map/0/", htmx=True, unlock="1")
    assert "found by other keys only" in page.text


def test_what_stands_beside_goes_with_its_column(at_start):
    """T25, T26: the answers of other columns change with the one they hang on."""
    page = at_start.map("contacts", "Email,Associated Company,Company: Industry\na@b.co,41,Tech\n")
    assert page.states()["Company: Industry"] == "Matched"
    assert "Company: Industry" in page.text

    page.say(1, answer="ignore")

    assert 'id="column-2" hx-swap-oob="true"' in page.source
    assert 'id="choices-list"' in page.source
    assert page.states()["Company: Industry"] == "Choose"


def test_two_columns_on_one_property_are_told_at_both(ada):
    """T24: before the check."""
    page = ada.map("companies", "Name,Label\nA,B\n")

    page.say(1, answer="property:name")

    page.get(f"{page.at}map/")
    assert page.text.count("both go to Name.") == 2
    assert 'form="check" disabled' in page.source
    page.say(1, answer="ignore")
    assert "both go to" not in page.get(f"{page.at}map/").text


def test_columns_set_by_the_product_are_said_to_be(ada):
    """T39"""
    page = ada.map("companies", "Name,Updated at,Created at\nA,2024-01-01,2024-01-01\n")
    states = page.states()
    assert states["Updated at"] == "Set by the product"
    assert states["Created at"] == "Matched"


def test_each_column_shows_values_share_and_kind(ada):
    """T21: five different values, not more; how full it is; what it seems to hold."""
    body = "".join(f"C{n % 7},{n if n % 2 else ''},2024-01-{n + 1:02d}\n" for n in range(10))
    page = ada.map("companies", f"Name,Size,Since\n{body}")

    first = page.found('(?s)id="column-0".*?</tbody>')
    assert first.count('class="value"') == 5
    assert "50% filled · Whole number" in page.text
    assert "100% filled · Date" in page.text
    # One list for all columns: properties and relations together.
    assert page.source.count('role="listbox"') == 1
    for token in ("property:city", "association:Associated Deal", "key:id", "ignore", "new"):
        assert f'data-token="{token}"' in page.source


def test_a_date_that_may_be_two_days_is_asked_about(ada):
    """T16: by its first value, in both readings; the answer holds for the column."""
    page = ada.map("deals", "Name,Close date\nA,03/04/2027\nB,05/06/2027\n")
    assert "What does “03/04/2027” mean?" in page.text
    assert "3 April" in page.text
    assert "4 March" in page.text
    assert 'form="check" disabled' in page.source
    assert page.states()["Close date"] == "Needs an answer"

    page.say(1, written="mdy")

    assert page.states()["Close date"] == "Matched"
    assert page.row.reading["dates"] == {"Close date": "mdy"}
    assert "What does" not in page.get(f"{page.at}map/").text
    assert page.found('name="written">.*?value="([a-z]+)" selected') == "mdy"


def test_a_number_that_may_be_two_is_asked_about(ada):
    """T17"""
    page = ada.map("deals", 'Name,Amount\nA,"1,234"\nB,"2,500"\n')
    assert "What does “1,234” mean?" in page.text

    page.say(1, written=",")

    assert page.row.reading["numbers"] == {"Amount": ","}
    assert page.post(f"{page.at}map/").status == 302


def test_what_the_first_rows_do_not_tell_is_asked_but_the_rest_may_tell(ada, monkeypatch):
    """T16: of a file longer than what the page looks at; the check reads it whole."""
    monkeypatch.setattr(profile, "MOST_CELLS", 0)
    monkeypatch.setattr(profile, "FEWEST_ROWS", 1)
    page = ada.map("deals", "Name,Close date\nA,03/04/2027\nB,31/12/2027\n")

    assert "What does “03/04/2027” mean?" in page.text
    assert 'form="check" disabled' not in page.source
    page.post(f"{page.at}map/")
    page.run_jobs()
    assert page.row.state == "checked"


def test_findings_of_the_check_stand_at_their_columns(ada, monkeypatch):
    """T79: also those that the job of a large file makes, which nothing told before."""
    monkeypatch.setattr(imports, "READ_AT_ONCE", 0)
    monkeypatch.setattr(profile, "MOST_CELLS", 0)
    monkeypatch.setattr(profile, "FEWEST_ROWS", 1)
    page = ada.map("deals", "Name,Close date\nA,2027-01-02\nB,03/04/2027\n")
    assert page.post(f"{page.at}map/").status == 302
    page.run_jobs()
    assert page.row.state == "failed"
    assert page.row.error_code == "date_order_unknown"

    page.get(f"{page.at}map/")

    column = page.found('(?s)id="column-1".*?</tbody>')
    assert "may be" in column
    assert "What does “03/04/2027” mean?" in page.text
    page.say(1, written="dmy")
    page.post(f"{page.at}map/")
    page.run_jobs()
    assert page.row.state == "checked"


def test_answers_are_refused_where_they_are_given(ada):
    """No such property: the column stays as it was."""
    page = ada.map("companies", "Name\nA\n")

    page.say(0, answer="property:nothing")

    assert page.status == 422
    assert "nothing" in page.text
    assert page.row.mapping == {}
    assert page.say(9, answer="ignore").status in (404, 422)


def test_an_answer_that_names_what_is_gone_is_told_at_its_column(ada, house):
    """T89: the column has no answer then; the page stays usable."""
    row = house.add("companies", "Name,Fax\nA,1\n", mapping={"Fax": {"property": "gone"}})

    page = ada.get(f"/imports/{row.pk}/map/")

    assert page.status == 200
    assert "gone" in page.found('(?s)id="column-1".*?</tbody>')
    page.say(1, answer="ignore")
    assert page.states() == {"Name": "Matched", "Fax": "Not imported"}


def test_columns_are_answered_without_scripts(ada):
    """A page of its own lists the answers; saving leads back to the column."""
    page = ada.map("companies", "Fax\n1\n")
    page.get(f"{page.at}map/0/")
    assert "What does “Fax” mean?" in page.text
    assert 'value="property:city"' in page.source

    page.post(f"{page.at}map/0/", answer="property:phone")

    assert page.to == f"{page.at}map/#column-0"
    assert page.states() == {"Fax": "Matched"}


def test_an_answer_in_a_file_of_a_thousand_columns_sends_that_column_alone(ada):
    """T8, T21: what is not changed is not sent again, and the list of answers only once."""
    heads = ",".join(f"column {n}" for n in range(1000))
    page = ada.map("companies", f"{heads}\n{','.join('1' * 1000)}\n")
    assert page.source.count("<tbody") == 1000
    assert len(page.source) < 1_500_000

    page.say(500, answer="ignore")

    assert page.source.count("<tbody") == 1
    assert len(page.source) < 6_000


def test_a_title_that_is_a_key_is_offered_once(at_start):
    """T45: the name of a company is its key; a deal, which has none, is found by its title."""
    page = at_start.map("contacts", "E-mail,Associated Company,Associated Deal\nz@ex.org,A,B\n")
    page.get(f"{page.at}map/")
    keys = re.findall(r'<select[^>]*name="key">(.*?)</select>', page.source, re.S)
    company, deal = (re.findall(r'value="([^"]*)"', each) for each in keys)
    assert "name" in company
    assert "title" not in company
    assert "title" in deal
