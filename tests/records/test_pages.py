"""Index pages through Django's client: as they work without scripts, and for whom."""

import json
import re

import pytest

from tests.records.visits import Visit, plain
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role, add_team
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.records import lists
from tresse.records.changes import link_records, update_record
from tresse.records.links import side_key


@pytest.mark.parametrize(
    ("address", "heads"),
    [
        ("/contacts/", ["Name", "E-mail", "Phone", "Company", "Owner"]),
        (
            "/companies/",
            ["Name", "Domain", "Industry", "Employee count", "Annual revenue", "Owner"],
        ),
        (
            "/deals/",
            ["Name", "Stage", "Amount", "Close date", "Company", "Contact", "Owner"],
        ),
        ("/tickets/", ["Subject", "Pipeline", "Stage", "Priority", "Category", "Owner"]),
    ],
)
def test_the_view_all_has_its_columns(visit, make, address, heads):
    """C79, C80a: shipped ones; of other objects the first four properties and the owner."""
    make("contact", email="a@ex.org")
    make("company", name="Acme")
    make("deal", name="Roof")
    make("ticket", subject="Late")

    assert visit.get(address).heads() == heads


def test_values_are_written_for_people(visit, make, side):
    """C80: phones in international form, amounts with currency, three titles and "+ n"."""
    acme = make("company", name="Acme", annual_revenue="1234567.5")
    jo = make("contact", first_name="Jo", last_name="Oak", phone="+33472001842")
    deals = [make("deal", name=f"Deal {n}") for n in range(5)]
    link = [(side("contact", "company"), acme), *((side("contact", "deal"), id) for id in deals)]
    for each, other in link:
        link_records(data_model(), each, [(jo, other)], actor=SYSTEM)

    visit.get("/contacts/", columns=f"phone,{side_key(link[0][0])},{side_key(link[1][0])},owner")
    [[name, phone, company, linked, owner]] = visit.rows()
    assert (name, phone, company) == ("JO Jo Oak", "+33 4 72 00 18 42", "A Acme")
    assert re.fullmatch(r"D Deal \d D Deal \d D Deal \d \+2", linked)
    assert owner == "A Ada"
    assert visit.source.count(f'href="/deals/{deals[0]}/"') == 1
    assert "€1,234,567.50" in visit.get("/companies/").text


def test_columns_are_chosen_without_scripts(visit, make):
    """C80: each is sent as `column`; the address has them in one, in their order, title first."""
    make("contact", email="a@ex.org", city="Lyon")

    visit.get("/contacts/", column=["city", "email"], q="a")
    assert visit.to == "/contacts/?q=a&columns=city%2Cemail"
    visit.get(visit.to)
    assert visit.heads() == ["Name", "City", "E-mail"]
    assert visit.rows() == [["A a@ex.org", "Lyon", "a@ex.org"]]


def test_words_find_records_and_keep_the_rest_of_the_address(visit, make):
    """C79, C88: search keeps view, filter, sort and columns, and says how many it found."""
    make("contact", first_name="Zofia", last_name="Lis")
    make("contact", first_name="Marco", last_name="Bianchi")
    state = {"sort": "-last_name", "columns": "city", "size": "25", "view": "mine"}

    visit.get("/contacts/", q="zof", **state)
    assert visit.names() == ["Zofia Lis"]
    form = visit.found(r'<form class="searchbox".*?</form>', re.S)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert hidden == state
    visit.get("/contacts/", htmx=True, q="lis")
    assert "<html" not in visit.source
    found = visit.found(r'role="status" id="found" hx-swap-oob="innerHTML">(.*?)</p>', re.S)
    assert found.strip() == "1 contact"
    assert 'id="chips" hx-swap-oob="true"' in visit.source
    assert "Nothing fits" in visit.get("/contacts/", q="nobody").text


CONDITIONS = [
    ("contact", {"add_property": "city", "add_operator": "contains", "add_value": "Ly"}, "Ly"),
    ("contact", {"add_property": "city", "add_operator": "is_empty"}, None),
    (
        "contact",
        {"add_property": "city", "add_operator": "is_any_of", "add_value": "Lyon\r\nGent\r\n"},
        ["Lyon", "Gent"],
    ),
    (
        "contact",
        {"add_property": "country", "add_operator": "is_none_of", "add_value": ["fr", "pl"]},
        ["fr", "pl"],
    ),
    ("contact", {"add_property": "owner", "add_operator": "is", "add_value": "me"}, "me"),
    (
        "contact",
        {"add_property": "owner", "add_operator": "is_any_of", "add_value": '{"team": "north"}'},
        [{"team": "north"}],
    ),
    (
        "deal",
        {"add_property": "amount", "add_operator": "at_least", "add_value": "1,200.5"},
        1200.5,
    ),
    (
        "deal",
        {"add_property": "amount", "add_operator": "between", "add_value": ["5", "9"]},
        [5, 9],
    ),
    ("deal", {"add_property": "is_won", "add_operator": "is", "add_value": "false"}, False),
    (
        "deal",
        {
            "add_property": "close_date",
            "add_operator": "before",
            "add_anchor": "day",
            "add_value": "2026-03-01",
        },
        "2026-03-01",
    ),
    (
        "deal",
        {"add_property": "close_date", "add_operator": "on", "add_anchor": "yesterday"},
        "yesterday",
    ),
    (
        "deal",
        {
            "add_property": "close_date",
            "add_operator": "between",
            "add_anchor": ["back", "ahead"],
            "add_value": ["", ""],
            "add_number": ["2", "3"],
            "add_unit": ["weeks", "months"],
        },
        [{"today": "-2 weeks"}, {"today": "3 months"}],
    ),
    (
        "deal",
        {
            "add_property": "close_date",
            "add_operator": "in_next",
            "add_number": "30",
            "add_unit": "days",
        },
        "30 days",
    ),
    (
        "deal",
        {"add_property": "close_date", "add_operator": "in_period", "add_value": "this month"},
        "this month",
    ),
]


@pytest.mark.parametrize(("object_name", "asked", "value"), CONDITIONS)
def test_a_filled_form_becomes_a_condition_of_the_filter(visit, ada, object_name, asked, value):
    """C81: for each form of value; what the page sends is a filter that can be read."""
    add_team(name="north", label="North", members=["ada@example.com"], actor=ada)
    slug = f"/{object_name}s/"

    visit.get(slug, **asked, q="x")
    name, operator = asked["add_property"], asked["add_operator"]
    wanted = {"property": name, "operator": operator, "value": value}
    if value is None:
        del wanted["value"]
    assert visit.filter == {"all": [wanted]}
    assert "q=x" in visit.to
    assert visit.get(visit.to).status == 200
    assert 'aria-label="Remove the condition' in visit.source


@pytest.mark.parametrize(
    ("operator", "number", "names"),
    [
        ("any", None, ["Roof"]),
        ("none", None, ["Wall"]),
        ("at_least", "2", []),
        ("exactly", "1", ["Roof"]),
    ],
)
def test_filters_ask_for_linked_records(visit, make, side, operator, number, names):
    """C81: linked to any, none, at least or exactly n records."""
    acme, roof = make("company", name="Acme"), make("deal", name="Roof")
    make("deal", name="Wall")
    to_company = side("deal", "company")
    link_records(data_model(), to_company, [(roof, acme)], actor=SYSTEM)
    asked = {"add_property": f"linked:{side_key(to_company)}", "add_operator": operator}

    visit.get("/deals/", **asked, **({"add_value": number} if number else {}))
    assert visit.get(visit.to).names() == names


def test_only_with_a_value(visit, make):
    """C82: an empty value passes a negative operator unless the switch is on."""
    make("contact", first_name="Jo", city="Gent")
    make("contact", first_name="Al")
    asked = {"add_property": "city", "add_operator": "is_not", "add_value": "Lyon"}

    assert sorted(visit.get(visit.get("/contacts/", **asked).to).names()) == ["Al", "Jo"]
    assert visit.get(visit.get("/contacts/", **asked, add_only="1").to).names() == ["Jo"]
    assert 'name="add_only"' in visit.get("/contacts/filter/", **asked).source


def test_the_fields_of_a_condition_fit_its_kind(visit):
    """C81: as a page without scripts, which keeps the state; as a fragment with them."""
    asked = {"add_property": "lifecycle_stage", "add_operator": "is_any_of", "q": "zofia"}
    visit.get("/contacts/filter/", **asked)
    assert '<input type="hidden" name="q" value="zofia">' in visit.source
    assert visit.source.count('type="checkbox" name="add_value"') == 7
    assert "<html" in visit.source

    visit.get("/contacts/filter/", htmx=True, add_property="birthday")
    assert 'type="date"' in visit.source
    assert "<html" not in visit.source
    assert "Me</option>" in visit.get("/contacts/filter/", add_property="owner").source
    assert "hours" not in visit.get("/contacts/filter/", add_property="birthday").source
    asked = {"add_property": "created_at", "add_operator": "in_last"}
    assert "hours" in visit.get("/contacts/filter/", **asked).source


def test_a_condition_is_removed_by_its_chip(visit, make):
    """C79, C84: the state is in the address; a chip leads to the same without it."""
    make("contact", first_name="Jo", city="Gent")
    filter_ = {
        "all": [
            {"property": "city", "operator": "is", "value": "Lyon"},
            {"property": "first_name", "operator": "is", "value": "Jo"},
        ]
    }
    visit.get("/contacts/", filter=json.dumps(filter_), sort="city")
    assert visit.names() == []
    address = visit.found(r'<a href="(\?[^"]*)" aria-label="Remove')

    visit.get(f"/contacts/{address}")
    assert visit.names() == ["Jo"]
    assert "sort=city" in address


def test_a_broken_filter_shows_its_faults_and_no_rows(visit, make):
    """C83: each at its chip, with the sentence; a reader of the address sees what is wrong."""
    make("contact", first_name="Jo")
    filter_ = [
        {"property": "first_name", "operator": "is", "value": "Jo"},
        {"property": "emial", "operator": "is", "value": "a@ex.org"},
        {"property": "city", "operator": "resembles", "value": "Lyon"},
        {"property": "birthday", "operator": "on", "value": "yesterweek"},
    ]

    visit.get("/contacts/", filter=json.dumps({"all": filter_}))
    assert visit.status == 422
    assert visit.rows() == []
    chips = re.findall(r'<span class="chip chip--on chip--bad">(.*?)</a></span>', visit.source)
    chips = [plain(f"<a>{chip}</a>") for chip in chips]
    assert [("emial" in chip, "resembles" in chip, "yesterweek" in chip) for chip in chips] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert 'Did you mean "email"?' in visit.text
    assert "<b>This view cannot be shown.</b>" in visit.source
    visit.get("/contacts/", filter="{nonsense")
    assert (visit.status, visit.rows()) == (422, [])
    assert "not JSON at character 2" in visit.text
    assert visit.get("/contacts/", sort="nope").status == 422
    assert visit.get("/contacts/", filter="{}").status == 422
    assert visit.get("/contacts/", filter="{}", view="mine").status == 422


def test_the_view_mine_shows_what_one_owns(visit, make, mia):
    """C84: "All" and "Mine" are there for everybody."""
    make("contact", first_name="Jo", owner="mia@example.com")
    make("contact", first_name="Al")

    assert visit.get("/contacts/", view="mine").names() == ["Al"]
    assert Visit(mia.user_id).get("/contacts/", view="mine").names() == ["Jo"]
    assert re.search(r'view=mine" aria-current="page"', visit.source)


def test_sorts_by_up_to_three_properties_without_scripts(visit, make):
    """C85: the form sends each as `by` with its `way`; heads of the table turn around."""
    for name, city in (("A", "Lyon"), ("B", "Gent"), ("C", "Lyon")):
        make("contact", first_name=name, city=city)

    visit.get("/contacts/", by=["city", "first_name", ""], way=["ascending", "descending", ""])
    assert visit.to == "/contacts/?sort=city%2C-first_name"
    visit.get(visit.to, columns="city")
    visit.get("/contacts/", sort="city,-first_name", columns="city")
    assert visit.names() == ["B", "C", "A"]
    assert '<th scope="col" aria-sort="ascending">' in visit.source
    head = visit.found(r'aria-sort.*?href="([^"]*)"')
    assert visit.get(f"/contacts/{head}").names()[-1] == "B"
    assert "sort=last_name%2Cfirst_name" in visit.get("/contacts/").source


def test_pages_lead_to_the_next_and_back(visit, make):
    """C85: 25, 50 or 100 rows; cursors both ways."""
    for number in range(27):
        make("contact", first_name=f"N{number:02}")

    visit.get("/contacts/", size="25", sort="first_name")
    assert len(visit.names()) == 25
    ahead = visit.found(r'rel="next" href="([^"]*)"')
    assert visit.get(f"/contacts/{ahead}").names() == ["N25", "N26"]
    back = visit.found(r'rel="prev" href="([^"]*)"')
    assert visit.get(f"/contacts/{back}").names() == [f"N{n:02}" for n in range(25)]
    assert visit.get("/contacts/", cursor="nonsense").status == 422
    assert len(visit.get("/contacts/", size="7").names()) == 27


def test_counts_are_capped(visit, make, monkeypatch):
    """C86: exact to 10,000, then "10,000+"."""
    make("contact", first_name="Jo")
    assert "1 contact " in visit.get("/contacts/").text + " "

    monkeypatch.setattr(lists, "capped_count", lambda *_: 10_001)
    assert "10,000+ contacts" in visit.get("/contacts/").text


def test_an_empty_index_says_what_to_do(visit):
    """C79."""
    assert "No vehicles yet" not in visit.get("/contacts/").text
    assert "No contacts yet" in visit.text
    assert "/imports/new" not in visit.source


def test_a_reader_gets_no_controls_that_change(reader, make, side):
    """C93, C94: nothing to edit, log, link or delete; asking for it all the same is refused."""
    acme = make("company", name="Acme")
    jo = make("contact", first_name="Jo", links=[(side("contact", "company"), acme)])
    key = side_key(side("contact", "company"))

    reader.get("/contacts/")
    assert "/contacts/new/" not in reader.source
    reader.get(f"/contacts/{jo}/")
    assert reader.status == 200
    forms = re.findall(r'<form[^>]*action="(/contacts/[^"]*)"', reader.source)
    assert (forms, "prop__edit" in reader.source, 'popovertarget="link' in reader.source) == (
        [],
        False,
        False,
    )
    assert "prop--edit" not in reader.get(f"/contacts/{jo}/", edit="city").source
    for address, data in (
        (f"/contacts/{jo}/city/", {"city": "Lyon"}),
        ("/contacts/new/", {"first_name": "Al"}),
        (f"/contacts/{jo}/delete/", {}),
        (f"/contacts/{jo}/links/{key}/", {"id": acme, "remove": "1"}),
    ):
        reader.post(address, **data)
        assert reader.status in {403, 422}, address
        assert "You may see contacts but not" in reader.text


def test_who_may_not_see_is_told_so_in_the_same_words(make, user_of, model, ada):
    """C52, C108: page and API refuse with one sentence."""
    jo = make("contact", first_name="Jo")
    rights = {"objects": {"company": {"view": "all"}}}
    add_role(name="guest", rights=rights, actor=ada)
    guest = user_of("Gus", "guest")
    said = Visit(guest.pk)

    said.get("/contacts/")
    assert (said.status, said.rows()) == (403, [])
    assert "You may not see contacts." in said.text
    with pytest.raises(Exception, match="You may not see contacts"):
        lists.listed(model, model.object("contact"), actor=actor_of(guest))
    assert said.get(f"/contacts/{jo}/").status in {403, 404}
    assert "Contacts" not in said.get("/companies/").text


def test_who_edits_own_records_only_sees_controls_there(make, mia, ada):
    """C107: a member edits what they own; records without owner are for the reach `all`."""
    own = make("contact", first_name="Own", owner="mia@example.com")
    none = make("contact", first_name="Free")
    update_record(
        data_model(), data_model().object("contact"), none, values={"owner": None}, actor=ada
    )
    member = Visit(mia.user_id)

    assert "prop__edit" in member.get(f"/contacts/{own}/").source
    assert "prop__edit" not in member.get(f"/contacts/{none}/").source
    assert "composer" not in member.source
