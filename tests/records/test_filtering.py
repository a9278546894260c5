"""The filter of an index page: chips, fields and addresses, as it all works without scripts."""

import json
import re

import pytest

from tests.records.visits import plain
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_team
from tresse.objects.described import data_model
from tresse.records.changes import link_records

CITY = {"property": "city", "operator": "is", "value": "Lyon"}


def sent(*conditions, **fields):
    """What the editor's form sends: the draft, and the fields of its conditions."""
    data = {"filter_draft": json.dumps({"all": conditions})}
    for at in range(len(conditions)):
        data[f"filter.{at}.sent"] = "1"
    return {**data, **{f"filter.{name}": value for name, value in fields.items()}}


# Object, property, operator, fields of the value, and the value of the condition.
FORMS = [
    ("contact", "city", "contains", {"": "Ly"}, "Ly"),
    ("contact", "city", "is_empty", {}, None),
    ("contact", "city", "is_any_of", {"": "Lyon\r\nGent\r\n"}, ["Lyon", "Gent"]),
    ("contact", "country", "is_none_of", {"": ["fr", "pl"]}, ["fr", "pl"]),
    ("contact", "owner", "is", {"": "me"}, "me"),
    ("contact", "owner", "is_any_of", {"": '{"team": "north"}'}, [{"team": "north"}]),
    ("deal", "amount", "at_least", {"": "1,200.5"}, 1200.5),
    ("deal", "amount", "between", {"": ["5", "9"]}, [5, 9]),
    ("deal", "is_won", "is", {"": "false"}, False),
    ("deal", "close_date", "before", {".anchor": "day", "": "2026-03-01"}, "2026-03-01"),
    ("deal", "close_date", "on", {".anchor": "yesterday", "": ""}, "yesterday"),
    (
        "deal",
        "close_date",
        "between",
        {".anchor": ["back", "ahead"], "": ["", ""], ".number": ["2", "3"],
         ".unit": ["weeks", "months"]},
        [{"today": "-2 weeks"}, {"today": "3 months"}],
    ),
    ("deal", "close_date", "in_next", {".number": "30", ".unit": "days"}, "30 days"),
    ("deal", "close_date", "in_period", {"": "this month"}, "this month"),
    ("deal", "name", "is", {"": "external_id"}, {"property": "external_id"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "prop", "operator", "fields", "value"), FORMS)
def test_a_filled_form_becomes_a_condition_of_the_filter(
    visit, ada, name, prop, operator, fields, value
):
    """C81, G71: for each form of value; what the page sends is a filter that can be read."""
    add_team(name="north", label="North", members=["ada@example.com"], actor=ada)
    begun = {"property": prop, "operator": operator}
    if isinstance(value, dict):
        begun["value"] = {"property": ""}
        fields = {"": value["property"]}
    said = {f"0.value{key}": text for key, text in fields.items()}
    chosen = f"{operator}:property" if isinstance(value, dict) else operator

    visit.get(f"/{name}s/", **sent(begun, **{"0.operator": chosen}, **said), q="x")
    wanted = {**begun, "value": value} if value is not None else begun
    assert visit.filter == {"all": [wanted]}
    assert visit.to.startswith(f"/{name}s/?q=x&filter=")
    assert visit.get(visit.to).status == 200
    assert 'aria-label="Remove the condition' in visit.source


@pytest.mark.parametrize(
    ("operator", "number", "names"),
    [
        ("", None, ["Roof"]),
        ("none", None, ["Wall"]),
        ("at_least", "2", []),
        ("exactly", "1", ["Roof"]),
        ("between", ["1", "3"], ["Roof"]),
    ],
)
def test_filters_ask_for_linked_records(visit, make, side, operator, number, names):
    """C81, G22: linked to any, none, at least, exactly or between so many records."""
    acme, roof = make("company", name="Acme"), make("deal", name="Roof")
    make("deal", name="Wall")
    link_records(data_model(), side("deal", "company"), [(roof, acme)], actor=SYSTEM)
    begun = {"linked": "company", "operator": operator or "at_least"}
    if number:
        begun["value"] = 1

    fields = {"0.operator": operator, **({"0.value": number} if number else {})}
    visit.get("/deals/", **sent(begun, **fields))
    assert visit.get(visit.to).names() == names


def test_only_with_a_value(visit, make):
    """C82: an empty value passes a negative operator unless the switch is on."""
    make("contact", first_name="Jo", city="Gent")
    make("contact", first_name="Al")
    fields = {"0.operator": "is_not", "0.value": "Lyon"}
    begun = {**CITY, "operator": "is_not"}

    visit.get(visit.get("/contacts/", **sent(begun, **fields)).to)
    assert sorted(visit.names()) == ["Al", "Jo"]
    fields["0.only_with_value"] = "1"
    visit.get("/contacts/", **sent(begun, **fields))
    assert visit.filter == {"all": [{**begun, "only_with_value": True}]}
    assert visit.get(visit.to).names() == ["Jo"]


def test_what_is_switched_off_is_kept_but_not_meant(visit, make):
    """G72: greyed on its chip, not part of the filter."""
    make("contact", first_name="Jo", city="Gent")
    draft = {"all": [{"off": CITY}, {"property": "first_name", "operator": "is", "value": "Jo"}]}

    visit.get("/contacts/", filter_draft=json.dumps(draft), filter_do="")
    assert visit.filter == {"all": draft["all"][1:]}
    visit.get(visit.to)
    assert visit.names() == ["Jo"]
    assert re.findall(r'class="chip chip--on( chip--\w+)?"', visit.source) == [" chip--off", ""]


def test_the_filter_is_edited_on_a_page_of_its_own(visit):
    """G71, G74: without scripts; the rest of the address is kept, and where one came from."""
    next_ = f"/contacts/?q=zofia&sort=city&filter={json.dumps(CITY)}"
    visit.get("/filters/edit/", filter_object="contact", filter=json.dumps(CITY), filter_next=next_)

    assert '<form class="form column" method="get" action="/contacts/">' in visit.source
    for name, value in (("q", "zofia"), ("sort", "city")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in visit.source
    assert visit.source.count('name="filter" ') == 1
    assert 'formaction="/filters/edit/"' in visit.source


@pytest.mark.parametrize("address", ["//evil.example/", "https://evil.example/", "javascript:x"])
def test_the_editor_leads_nowhere_else(visit, address):
    """The address to go back to is one of ours."""
    visit.get("/filters/edit/", filter_object="contact", filter_next=address)
    assert "evil" not in visit.source
    assert "javascript:" not in visit.source


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
    address = visit.found(r'<a href="(\?[^"]*)" data-remove')

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
