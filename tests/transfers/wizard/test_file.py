"""A file is chosen and read: refusals, how it is read, what is said of it (T3a, T7 to T15, T57)."""

import pytest

from tests.records.visits import Visit
from tests.transfers.books import row, xlsx
from tests.transfers.wizard.conftest import Wizard
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role, add_user
from tresse.transfers.changes import run_import
from tresse.transfers.models import Import
from tresse.transfers.prepare import folder_of


def test_every_index_page_leads_to_the_wizard(ada):
    """T3a: so do the search over everything and the page of all objects."""
    assert ada.get("/companies/").found('class="btn top__import" href="(.*?)"') == (
        "/imports/new/companies/"
    )
    assert "Import companies" in ada.get("/search/", q="import comp", htmx=True).text
    assert ada.get("/imports/new/").source.count('class="thing"') > 8
    assert "Import companies" in ada.get("/imports/new/companies/").text


@pytest.mark.usefixtures("house")
def test_who_may_not_import_is_not_offered_it():
    """T5"""
    role = add_role(name="looks", actor=SYSTEM, rights={"objects": {"company": {"view": "all"}}})
    user = add_user(email="lo@example.com", name="Lo", role=role.name, actor=SYSTEM)
    page = Visit(user.pk)

    assert "top__import" not in page.get("/companies/").source
    assert page.get("/imports/new/companies/").status == 403
    assert "Nothing to import" in page.get("/imports/new/").text


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("x.csv", b"", "x.csv holds no row."),
        ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Save it"),
        ("x.csv", ",".join(f"c{n}" for n in range(1001)).encode() + b"\n1\n", "the most is 1"),
        ("x.pdf", b"%PDF-1.7\n...", "x.pdf is"),
    ],
    ids=["empty", "old Excel", "too wide", "PDF"],
)
@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_a_file_that_is_none_is_refused_where_it_is_chosen(ada, name, content, sentence, htmx):
    """T7, T8, T9: nothing is kept of it."""
    ada.upload("companies", content, name=name, htmx=htmx)

    assert ada.status == 422
    assert sentence in ada.text
    assert not Import.objects.exists()


def test_a_file_is_asked_for(ada):
    assert ada.post("/imports/new/companies/").status == 422
    assert "a file" in ada.text


def test_how_a_file_is_read_is_shown_and_changed(ada):
    """T10, T12: by a choice the lines are read anew; the choice stays."""
    ada.upload("companies", "Nazwa;Miasto\nZażółć;Łódź\n".encode("cp1250"))
    ada.get(f"{ada.at}file/")
    assert "Zażółć" in ada.text
    assert ada.found(r'value="([^"]*)" selected>Windows') == "Windows-1250"
    assert "1 row · 2 columns" in ada.text

    ada.post(f"{ada.at}file/", htmx=True, encoding="ISO-8859-1")

    assert "Za¿ó³æ" in ada.text
    assert ada.row.reading["encoding"] == "ISO-8859-1"

    ada.post(f"{ada.at}file/", htmx=True, delimiter="|")
    assert "1 row · 1 column" in ada.text


def test_a_choice_that_cannot_be_is_told_and_not_kept(ada):
    """T11: the bytes are not those of UTF-8."""
    ada.upload("companies", "Nazwa\nZażółć\n".encode("cp1250"))

    ada.post(f"{ada.at}file/", htmx=True, encoding="UTF-8")

    assert ada.status == 422
    assert "is not in UTF-8. Choose another encoding." in ada.text
    assert "encoding" not in ada.row.reading
    assert "Zażółć" in ada.get(f"{ada.at}file/").text


def test_the_first_line_may_be_data(ada):
    """T14: the columns are called A, B and mapped by hand."""
    ada.upload("companies", "Acme,Paris\nBeta,Lyon\n")

    ada.post(f"{ada.at}file/", htmx=True, header="no")

    assert "2 rows" in ada.text
    assert ada.states() == {"A": "Choose", "B": "Choose"}
    assert ada.row.reading["header"] is False


def test_one_of_several_sheets_is_chosen(ada, tmp_path):
    """T15: nothing is read until the person says which."""
    path = xlsx(
        tmp_path / "x.xlsx",
        ("Firms", row("Name", "City") + row("Acme", "Paris")),
        ("People", row("Name") + row("Anna")),
    )
    ada.upload("companies", path.read_bytes(), name="x.xlsx")

    ada.get(f"{ada.at}file/")
    assert "The file has 2 sheets: Firms, People. Say which one." in ada.text
    assert "disabled>Next: map columns" in ada.source
    assert ada.get(f"{ada.at}map/").to == f"{ada.at}file/"

    ada.post(f"{ada.at}file/", htmx=True, sheet="Firms")

    assert "Acme" in ada.text
    assert "Between the columns" not in ada.text
    assert ada.states() == {"Name": "Matched", "City": "Matched"}


def test_a_zone_is_chosen(ada):
    """T16"""
    ada.upload("companies", "Name\nAcme\n")
    ada.post(f"{ada.at}file/", htmx=True, zone="Asia/Tokyo")
    assert ada.row.reading["zone"] == "Asia/Tokyo"
    assert ada.post(f"{ada.at}file/", htmx=True, zone="Mars").status == 422


def test_a_draft_is_thrown_away_with_its_file(ada):
    """Who goes back leaves nothing behind."""
    ada.upload("companies", "Name\nAcme\n")
    folder = folder_of(ada.row.pk)
    assert folder.exists()

    assert ada.post(f"{ada.at}discard/").to == "/companies/"
    assert not Import.objects.exists()
    assert not folder.exists()


def test_the_same_content_before_offers_to_undo_that_import(ada, house):
    """T57"""
    house.load("companies", "Name\nAcme\n")

    ada.upload("companies", "Name\nAcme\n")
    ada.get(f"{ada.at}file/")

    assert "A file with the same content was imported on" in ada.text
    assert "Undo that import" in ada.text


def test_a_past_import_is_repeated(ada, house):
    """T88: its mapping and settings, as far as the file has the columns."""
    before = house.load(
        "companies",
        "Firm,Town,Extra\nAcme,Paris,1\n",
        mapping={"Firm": {"property": "name"}, "Town": {"property": "city"}, "Extra": "ignore"},
        erase_empty=True,
    )
    query = f"?repeat={before.pk}"
    assert "As in the import of x.csv" in ada.get(f"/imports/new/companies/{query}").text

    ada.upload("companies", "Town,Firm\nLyon,Beta\n", query=query)

    assert ada.row.settings["erase_empty"] is True
    assert ada.states() == {"Town": "Matched", "Firm": "Matched"}


def test_a_template_is_proposed_where_its_columns_are_there(ada, house):
    """T88, T89: in any order."""
    kept = house.add(
        "companies", "Firm,Town\nA,B\n", mapping={"Firm": {"property": "name"}, "Town": "ignore"}
    )
    ada.post(f"/imports/{kept.pk}/keep/", name="Firms", is_shared="on")

    ada.upload("companies", "Town,Firm,More\nLyon,Beta,1\n")
    assert "The template “Firms” fits these columns." in ada.get(f"{ada.at}file/").text
    ada.post(f"{ada.at}template/", template="Firms")

    assert ada.states() == {"Town": "Not imported", "Firm": "Matched", "More": "Choose"}
    assert "fits these columns" not in ada.get(f"{ada.at}file/").text


def test_what_is_under_way_is_shown_where_it_is(ada, house):
    """T4: a file that is being imported is not mapped any more."""
    under_way = house.add("companies", "Name\nAcme\n")
    run_import(under_way, actor=house.ada)

    assert ada.get(f"{ada.at}map/").to == ada.at
    assert ada.get(f"{ada.at}file/").to == ada.at


def test_others_do_not_see_the_draft_of_a_person(ada):
    """T5"""
    ada.upload("companies", "Name\nAcme\n")
    role = add_role(
        name="imports",
        actor=SYSTEM,
        rights={"objects": {"company": {"view": "all", "create": "yes", "import": "yes"}}},
    )
    user = add_user(email="im@example.com", name="Im", role=role.name, actor=SYSTEM)

    other = Wizard(user.pk)

    assert other.get(f"{ada.at}map/").status == 404
    assert other.post(f"{ada.at}discard/").status == 404
