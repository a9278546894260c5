"""Pages of properties: kinds, settings, rules, options, and what breaks them (C9 to C20)."""

import json
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from tests.objects.asking import text_of, words_of
from tests.searching import found_in
from tresse.accounts.models import AuditEntry
from tresse.kernel.errors import TresseError
from tresse.objects.changes import add_property, change_property
from tresse.objects.database import execute, rows
from tresse.objects.described import data_model
from tresse.objects.forms.rules import WORDS, RulesForm
from tresse.objects.kinds import KINDS
from tresse.objects.kinds.rules import RULES
from tresse.objects.kinds.settings import SETTINGS
from tresse.objects.queries import property_named
from tresse.objects.uses import REWRITERS
from tresse.objects.views import options, properties
from tresse.records.definitions import REWRITERS as RECORDS_REWRITE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]
EMPTY = {"group": "", "description": "", "default": "", "name": ""}


def put(*values, name="city"):
    """Contacts with these values of a property."""
    contact = data_model().object("contact")
    column = contact.property(name).column
    given = [{"id": number, column: value} for number, value in enumerate(values, 1)]
    execute(sa.insert(contact.table).values(given))


def prop(name):
    """A property of contacts as it is now."""
    return data_model().object("contact").property(name)


@pytest.mark.parametrize("kind", [each.name for each in KINDS])
def test_every_kind_has_its_form(ask, kind):
    """C10, C15: with the settings and rules of the kind, and no flag that it cannot have."""
    page = text_of(ask(properties.property_new, "deal", query=f"kind={kind}"))
    for setting in SETTINGS:
        assert (f'name="{setting.name}"' in page) == (kind in setting.kinds)
    for rule in RULES:
        assert (f'value="{rule.name}"' in page) == (kind in rule.kinds)
    assert ('name="match_key"' in page) == KINDS[kind].is_key
    assert ('name="options"' in page) == (kind in {"option", "options"})


def test_every_rule_has_words():
    """C15."""
    assert set(WORDS) == {rule.name for rule in RULES}


def test_settings_of_kinds_are_checked_before_they_are_stored(ask, contact, admin):
    """C10: currency, percent, country and strict phones; one that is as without it is not kept."""
    data = EMPTY | {"label": "Fee", "kind": "money", "currency": "PLN"}
    assert ask(properties.property_new, "contact", data=data).status_code == 302
    assert prop("fee").settings == {"currency": "PLN"}
    data = EMPTY | {"label": "Fee", "currency": ""}
    assert ask(properties.property_edit, "contact", "fee", data=data).status_code == 302
    assert prop("fee").settings == {}
    data = EMPTY | {"label": "Fax", "kind": "phone", "country": "PL", "strict": "on"}
    assert ask(properties.property_new, "contact", data=data).status_code == 302
    assert prop("fax").settings == {"country": "PL", "strict": True}

    fee = property_named(contact, "fee")
    for settings, code in (
        ({"currency": "EURO"}, "wrong_value"),
        ({"curency": "EUR"}, "unknown_key"),
        ({"strict": True}, "unknown_key"),
    ):
        with pytest.raises(TresseError) as refused:
            change_property(fee, settings=settings, actor=admin)
        assert refused.value.code == code
    fax = property_named(contact, "fax")
    with pytest.raises(TresseError, match="true or false"):
        change_property(fax, settings={"strict": "yes"}, actor=admin)


def rules_posted(kind, **given):
    """The fields of the rules of a kind: value, or (value, message)."""
    data = {}
    for row in RulesForm(kind).rows:
        data[row.prefix] = row.rule.name
        value = given.get(row.rule.name, "")
        value, message = value if isinstance(value, tuple) else (value, "")
        value, most = value if isinstance(value, list) else (value, "")
        data |= {f"{row.prefix}-value": value, f"{row.prefix}-message": message}
        data[f"{row.prefix}-most"] = most
    return data


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        (
            "text",
            {"longest": ("5", "Five at most."), "digits_only": "yes"},
            [
                {"rule": "longest", "value": 5, "message": "Five at most."},
                {"rule": "digits_only", "value": True},
            ],
        ),
        ("decimal", {"lowest": "0.5"}, [{"rule": "lowest", "value": "0.5"}]),
        ("date", {"earliest": "2026-01-01"}, [{"rule": "earliest", "value": "2026-01-01"}]),
        (
            "date",
            {"days_from_today": ["-30", "0"]},
            [{"rule": "days_from_today", "value": {"least": -30, "most": 0}}],
        ),
        (
            "email",
            {"blocked_domains": "a.org, b.org"},
            [{"rule": "blocked_domains", "value": ["a.org", "b.org"]}],
        ),
    ],
)
def test_rules_are_set_on_the_page(ask, kind, given, stored):
    """C15: each with an optional message; what is shown again is what was stored."""
    data = EMPTY | {"label": "Test", "kind": kind} | rules_posted(kind, **given)
    assert ask(properties.property_new, "contact", data=data).status_code == 302
    by_name = itemgetter("rule")
    assert sorted(prop("test").rules, key=by_name) == sorted(stored, key=by_name)

    form = RulesForm(kind, prop("test").rules)
    assert sorted(form.stored(), key=by_name) == sorted(stored, key=by_name)


@pytest.mark.parametrize(
    ("rule", "value", "sentence"),
    [
        ("pattern", "(a", "The pattern cannot be read at character"),
        ("longest", "x", "needs a number of characters"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_beside_it(ask, rule, value, sentence):
    """C15, C129: bad_pattern and wrong_value, with 422."""
    data = EMPTY | {"label": "Test", "kind": "text"} | rules_posted("text", **{rule: value})
    answer = ask(properties.property_new, "contact", data=data)
    assert answer.status_code == 422
    beside = found_in(rf'value="{rule}">.*?class="field rule__message"', text_of(answer))
    assert sentence in beside
    assert not data_model().object("contact").has("test")


def test_unique_is_refused_with_the_values_that_occur_twice(ask):
    """C19: duplicates_exist at the field, with the list."""
    put("Lyon", "lyon", "Paris")
    data = EMPTY | {"label": "City", "unique": "on"}
    answer = ask(properties.property_edit, "contact", "city", data=data)
    assert answer.status_code == 422
    field = found_in(r'name="unique".*?field__error.*?</div>', text_of(answer))
    assert "1 values of City occur more than once." in field
    assert "The first of them: Lyon." in field


def test_what_breaks_a_stricter_rule_is_counted_and_linked(ask, contact, admin):
    """C16: stored values stay; the link shows just those records."""
    put("Lyon", "Villefranche", None)
    city = property_named(contact, "city")
    rules = [{"rule": "longest", "value": 5}]
    change_property(city, required=True, rules=rules, actor=admin)

    page = text_of(ask(properties.property_facts, "contact", "city"))
    assert "1 record has no value, though one is required." in page
    assert "1 value does not fit the rule: at most 5 characters." in page
    links = [found_in(rf'{part}.*?href="([^"]+)"', page) for part in ("no value", "not fit")]
    filters = [json.loads(parse_qs(urlsplit(each).query)["filter"][0]) for each in links]
    assert filters[0] == {"all": [{"property": "city", "operator": "is_empty"}]}
    assert filters[1]["all"][0]["value"] == [2]
    column = prop("city").column
    table = data_model().object("contact").table
    assert len(rows(sa.select(table.c.id).where(table.c[column].is_not(None)))) == 2


def test_records_with_an_archived_option_are_counted(ask, contact, admin):
    """C14, C16: a list made stricter changes no stored value."""
    row = add_property(
        contact,
        name="fuel",
        label="Fuel",
        kind="option",
        actor=admin,
        options=[{"label": "Petrol"}, {"label": "Coal"}],
    )
    put("coal", "petrol", name="fuel")
    change_property(row, options=[{"name": "coal", "archived": True}], actor=admin)
    page = text_of(ask(properties.property_facts, "contact", "fuel"))
    assert "1 record has an archived option." in page


def posted_options(*given):
    """The fields of the rows: name, label, aliases, colour."""
    names = ("name", "label", "aliases", "colour")
    return {key: [row[n] for row in given] for n, key in enumerate(names)}


@pytest.fixture
def fuel(contact, admin):
    """A property with two options."""
    choices: list[dict[str, Any]] = [
        {"label": "Petrol", "aliases": ["Essence"]},
        {"label": "Diesel"},
    ]
    return add_property(
        contact, name="fuel", label="Fuel", kind="option", options=choices, actor=admin
    )


@pytest.mark.usefixtures("fuel")
def test_options_are_added_renamed_coloured_archived_and_ordered(ask):
    """C13, C14: the order of the rows is the order of the list."""
    data = posted_options(
        ("", "Electric", "EV; Électrique", "ok"),
        ("diesel", "Gas oil", "", "bad"),
        ("petrol", "Petrol", "Essence", "grey"),
        ("", "", "", "grey"),
    )
    answer = ask(options.options_page, "contact", "fuel", data=data | {"archived": ["petrol"]})
    assert answer.status_code == 302
    found = prop("fuel").options
    assert [(each.name, each.label, each.colour) for each in found] == [
        ("electric", "Electric", "ok"),
        ("diesel", "Gas oil", "bad"),
        ("petrol", "Petrol", "grey"),
    ]
    assert [each.is_archived for each in found] == [False, False, True]
    assert found[0].aliases == ("EV", "Électrique")
    assert AuditEntry.objects.filter(action="property.change", target="contact.fuel").exists()


@pytest.mark.usefixtures("fuel")
def test_an_arrow_moves_a_row_and_saves_nothing(ask):
    """C14: the way without scripts."""
    data = posted_options(("petrol", "Petrol", "", "grey"), ("diesel", "Diesel", "", "grey"))
    page = text_of(ask(options.options_page, "contact", "fuel", data=data | {"down": "0"}))
    assert page.index('value="Diesel"') < page.index('value="Petrol"')
    assert [each.name for each in prop("fuel").options] == ["petrol", "diesel"]


@pytest.mark.usefixtures("fuel")
def test_two_equal_texts_of_a_list_are_refused(ask):
    """C13: name_taken, with 422."""
    data = posted_options(("petrol", "Petrol", "", "grey"), ("diesel", "Diesel", "petrol", "grey"))
    answer = ask(options.options_page, "contact", "fuel", data=data)
    assert (answer.status_code, "already has" in text_of(answer)) == (422, True)


def test_a_shipped_option_keeps_its_translation(ask):
    """A label that was left as shown is not written in the language of whoever saved."""
    before = prop("lifecycle_stage").options
    given = [(e.name, e.label, "; ".join(e.aliases), e.colour) for e in before]
    ask(options.options_page, "contact", "lifecycle_stage", data=posted_options(*given))
    assert prop("lifecycle_stage").options == before


@pytest.mark.usefixtures("fuel")
def test_deleting_an_option_asks_what_its_records_get(ask, monkeypatch):
    """C14: with their number; without an answer option_in_use."""
    put("petrol", "petrol", "diesel", name="fuel")
    page = words_of(ask(options.option_delete, "contact", "fuel", "petrol"))
    assert "2 records have it." in page
    assert "Nothing: empty the values" in page
    refused = ask(options.option_delete, "contact", "fuel", "petrol", data={"replace_with": ""})
    assert refused.status_code == 422
    assert "2 Contacts have Petrol. Choose what replaces it." in words_of(refused)

    monkeypatch.setattr(REWRITERS, "_things", {each.name: each for each in RECORDS_REWRITE})
    answer = ask(
        options.option_delete, "contact", "fuel", "petrol", data={"replace_with": "diesel"}
    )
    assert answer.status_code == 302
    assert [each.name for each in prop("fuel").options] == ["diesel"]
    contact = data_model().object("contact")
    assert rows(sa.select(contact.table.c[prop("fuel").column]).distinct()) == [("diesel",)]


def test_a_long_list_is_searched_and_paged(ask):
    """C13: up to 5,000 options; what is not shown stays as and where it is."""
    assert "Edit the options" in text_of(ask(properties.property_edit, "contact", "country"))
    page = text_of(ask(options.options_page, "contact", "country"))
    assert page.count('name="label"') == 102
    assert "Move" not in page
    assert "start=100" in page
    page = text_of(ask(options.options_page, "contact", "country", query="q=polska"))
    assert page.count('name="label"') == 3

    before = [each.name for each in prop("country").options]
    data = posted_options(("pl", "Polska", "Poland; Pologne", "ok"), ("", "Atlantis", "", "grey"))
    answer = ask(options.options_page, "contact", "country", data=data, query="q=polska")
    assert answer.status_code == 302
    found = prop("country").options
    assert [each.name for each in found] == [*before, "atlantis"]
    assert next(each.label for each in found if each.name == "pl") == "Polska"


def test_deleting_a_property_shows_how_many_values_go(ask, contact, admin):
    """C32."""
    row = add_property(contact, name="fax", label="Fax", kind="text", actor=admin)
    put("1", "2", name="fax")
    row.is_archived = True
    row.save()
    page = words_of(ask(properties.property_delete, "contact", "fax"))
    assert "Values 2" in page
    assert "Type Fax to go on." in page
