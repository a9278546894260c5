"""Conditions on properties: empty values, other properties, paths, people, dates, hostile texts."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tests.filters.samples import HOSTILE
from tresse.accounts.actor import SYSTEM, Actor, Rights
from tresse.accounts.models import Role, Setting, Team, User
from tresse.filters.paths import path_of
from tresse.kernel.errors import TresseError
from tresse.objects import database
from tresse.objects.kinds import KINDS, Subject


def in_paris():
    """The account's days begin in Paris."""
    Setting.objects.update_or_create(name="zone", defaults={"value": "Europe/Paris"})


def condition(name, operator, *value, **more):
    values = {"value": value[0]} if value else {}
    return {"property": name, "operator": operator, **values, **more}


def test_an_empty_value_fails_positive_and_passes_negative_operators(put, ids):
    """G17, C82, G19."""
    put("contact", 1, country=None)
    put("contact", 2, country="fr")
    put("contact", 3, country="be")
    none_of = condition("country", "is_none_of", ["fr"])

    assert ids(none_of) == [1, 3]
    assert ids({**none_of, "only_with_value": True}) == [3]
    assert ids({"not": none_of}) == [2]
    assert ids({"not": {**none_of, "only_with_value": True}}) == [1, 2]
    assert ids(condition("country", "is_empty")) == [1]
    assert ids(condition("country", "is_not_empty")) == [2, 3]
    assert ids({"not": condition("country", "is", "fr")}) == [1, 3]


def test_texts_compare_in_normal_form(put, ids):
    """G8: whether the normal form is stored (last name) or worked out (city)."""
    for id, text in enumerate([" Zażółć", "zażółć", "zazolc", "ZAŻÓŁĆ  gęślą", None], start=1):
        put("contact", id, city=text, last_name=text)

    for name in ("city", "last_name"):
        assert ids(condition(name, "is", "Zażółć")) == [1, 2]
        assert ids(condition(name, "contains", "ażÓ")) == [1, 2, 4]
        assert ids(condition(name, "starts_with", "zaż")) == [1, 2, 4]
        assert ids(condition(name, "ends_with", "gĘŚLĄ")) == [4]
        assert ids(condition(name, "matches", "^ZA.[oó]")) == [1, 2, 3, 4]
        assert ids(condition(name, "does_not_contain", "ż")) == [3, 5]


def test_a_value_may_be_another_property_of_the_row(put, ids):
    """G5, G18."""
    put("contact", 1, city="Lyon", region="lyon")
    put("contact", 2, city="Lyon", region="Nice")
    put("contact", 3, city="Lyon", region=None)
    put("contact", 4, city=None, region=None)
    same = condition("city", "is", {"property": "region"})
    other = condition("city", "is_not", {"property": "region"})

    assert ids(same) == [1]
    assert ids(other) == ids({"not": same}) == [2, 3, 4]
    assert ids({**other, "only_with_value": True}) == [2]
    assert ids({"not": {**other, "only_with_value": True}}) == [1, 3, 4]


@pytest.mark.parametrize(
    ("name", "operator", "other", "code"),
    [
        ("birthday", "on", "city", "wrong_value"),
        ("city", "is_any_of", "region", "wrong_value"),
        ("city", "matches", "region", "wrong_value"),
        ("country", "is", "city", "wrong_value"),
    ],
)
def test_properties_that_do_not_compare_are_refused(faults, name, operator, other, code):
    """G5."""
    assert faults(condition(name, operator, {"property": other})) == [("", code)]


def test_whole_numbers_compare_with_exact_decimals(put, ids):
    """G5: on SQLite decimals are kept scaled."""
    put("order_line", 1, quantity=Decimal("3"), activity_count=3)
    put("order_line", 2, quantity=Decimal("2.5"), activity_count=3)
    assert ids(condition("quantity", "is", {"property": "activity_count"}), "order_line") == [1]
    assert ids(
        condition("quantity", "less_than", {"property": "activity_count"}), "order_line"
    ) == [2]
    assert ids(condition("quantity", "is", 2.5), "order_line") == [2]
    assert ids(condition("quantity", "between", [2.5001, 4]), "order_line") == [1]


def test_a_path_leads_over_relations_with_limit_one(put, link, ids):
    """G4: by the label's name, or the other object's for the primary one."""
    for id in (1, 2, 3, 4):
        put("deal", id, name=f"Deal {id}")
    put("company", 11, name="Acme", city="Lyon")
    put("company", 12, name="Blue", city=None)
    put("company", 13, name="Gone", city="Lyon", deleted_at=datetime(2026, 1, 1, tzinfo=UTC))
    for deal, company in ((1, 11), (2, 12), (3, 13)):
        link("deal_primary_company", deal, company)

    for path in ("company", "deal_primary_company"):
        assert ids(condition(f"{path}.city", "is", "lyon"), "deal") == [1]
        assert ids(condition(f"{path}.city", "is_not", "lyon"), "deal") == [2, 3, 4]
        assert ids(condition(f"{path}.city", "is_empty"), "deal") == [2, 3, 4]
        assert ids(condition(f"{path}.name", "is_not_empty"), "deal") == [1, 2]
        only = condition(f"{path}.name", "is_not", "acme", only_with_value=True)
        assert ids(only, "deal") == [2]
        assert ids({"not": only}, "deal") == [1, 3, 4]


def test_a_path_may_have_several_steps_and_stand_as_a_value(put, link, ids):
    """G4, G5."""
    put("order_line", 1, title="blue pen")
    put("order_line", 2, title="red pen")
    put("order", 11, order_number="A1", external_id="blue pen")
    put("contact", 21, city="Nice")
    link("order_line_order", 1, 11)
    link("order_contact", 11, 21)

    assert ids(condition("order.contact.city", "is", "nice"), "order_line") == [1]
    same = condition("title", "is", {"property": "order.external_id"})
    assert ids(same, "order_line") == [1]
    assert ids({"not": same}, "order_line") == [2]


def test_two_relations_of_one_limit_are_ambiguous(model):
    """G4: `ambiguous_path`, with their names; the primary one goes first."""
    company = model.object("company")
    limited = tuple(
        replace(each, max_forward=1) if each.name == "head_office" else each
        for each in model.associations
    )
    narrow = replace(model, associations=limited)

    path_of("company.name", company, model=model, actor=SYSTEM)
    with pytest.raises(TresseError) as caught:
        path_of("company.name", company, model=narrow, actor=SYSTEM)
    assert caught.value.code == "ambiguous_path"
    assert str(caught.value) == (
        "2 relations lead from Company to Company: company_parent, head_office. Choose one."
    )
    assert path_of("head_office.name", company, model=narrow, actor=SYSTEM).hops


def test_a_path_has_at_most_four_steps(faults):
    """G4."""
    assert faults(condition("company_parent." * 4 + "name", "is", "x"), "company") == []
    assert faults(condition("company_parent." * 5 + "name", "is", "x"), "company") == [
        ("", "bad_filter")
    ]


def test_people_are_named_by_email_or_as_me_and_my_teams(put, ids):
    """G7, G10: an inactive user still matches."""
    role = Role.objects.create(name="someone", label="Someone")
    ada = User.objects.create(email="ada@x.org", name="Ada", role=role)
    bob = User.objects.create(email="bob@x.org", name="Bob", role=role, is_active=False)
    sales = Team.objects.create(name="sales", label="Sales")
    Team.objects.create(name="empty", label="Empty")
    bob.teams.add(sales)
    for id, owner in ((1, ada.pk), (2, bob.pk), (3, None)):
        put("contact", id, owner=owner)
    actor = Actor(ada.pk, "Ada", Rights(is_administrator=True), team_mates=frozenset({ada.pk}))

    assert ids(condition("owner", "is", "me"), actor=actor) == [1]
    assert ids(condition("owner", "is_not", "me"), actor=actor) == [2, 3]
    assert ids(condition("owner", "is", "my_teams"), actor=actor) == [1]
    assert ids(condition("owner", "is", "Bob@x.org")) == [2]
    assert ids(condition("owner", "is", {"team": "sales"})) == [2]
    assert ids(condition("owner", "is_any_of", ["ada@x.org", {"team": "sales"}])) == [1, 2]
    assert ids(condition("owner", "is_none_of", [{"team": "empty"}])) == [1, 2, 3]


def test_the_examples_of_dates_hold(put, ids):
    """G19, G13, G14."""
    in_paris()
    today = datetime(2026, 3, 10, 12, tzinfo=UTC)
    days = [date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 10), date(2026, 3, 11)]
    for id, day in enumerate(days, start=1):
        put("contact", id, birthday=day)
    put("contact", 5, birthday=date(1984, 2, 29))
    put("deal", 6, name="x", closed_at=datetime(2026, 3, 9, 23, 30, tzinfo=UTC))
    put("deal", 7, name="y", closed_at=datetime(2026, 3, 9, 22, 59, tzinfo=UTC))

    assert ids(condition("birthday", "in_last", "7 days"), at=today) == [2, 3]
    assert ids(condition("closed_at", "on", "2026-03-10"), "deal", at=today) == [6]
    assert ids(condition("closed_at", "on", "today"), "deal", at=today) == [6]
    feast = condition("birthday", "anniversary_in", "0 days")
    assert 5 in ids(feast, at=datetime(2027, 2, 28, 12, tzinfo=UTC))
    assert 5 in ids(feast, at=datetime(2028, 2, 29, 12, tzinfo=UTC))
    assert 5 not in ids(feast, at=datetime(2028, 2, 28, 12, tzinfo=UTC))


def test_yaml_reads_days_by_itself(put, ids):
    """G12: a filter in YAML is the same value as in JSON."""
    put("contact", 1, birthday=date(1990, 5, 17))
    assert ids(condition("birthday", "on", date(1990, 5, 17))) == [1]
    assert ids(condition("birthday", "between", [date(1990, 1, 1), "1990-12-31"])) == [1]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:20])
def test_hostile_texts_are_only_texts(put, ids, faults, text):
    """G35: every operator of texts, stored and worked out normal forms."""
    stored = text.replace("\x00", "") or None
    put("contact", 1, city=stored, last_name=stored)
    put("contact", 2, city="Lyon", last_name="Lyon")
    put("contact", 3)

    for name in ("city", "last_name"):
        for operator in ("is", "contains", "starts_with", "ends_with"):
            if not faults(condition(name, operator, text)):
                assert 1 in ids(condition(name, operator, text))
                assert 3 not in ids(condition(name, operator, text))
        for operator in ("is_not", "does_not_contain"):
            if not faults(condition(name, operator, text)):
                assert ids(condition(name, operator, text)) == [2, 3]
        if not faults(condition(name, "is_any_of", [text])):
            assert ids(condition(name, "is_any_of", [text])) == [1]


def test_a_list_of_a_thousand_values_compiles(model, put, ids):
    """G31: deep expressions are kept within what SQLite takes."""
    put("contact", 1, city="Lyon 7")
    names = [f"lyon {number}" for number in range(1_000)]
    parts = [condition("city", "is", f"Lyon {number}") for number in range(99)]

    options = KINDS["options"]
    column = model.object("contact").table.c.external_id
    set_of = options.where(Subject(column, column), "has_any_of", names)

    assert ids(condition("city", "is_any_of", names)) == [1]
    assert database.rows(sa.select(column).where(set_of)) == []
    assert ids({"any": parts}) == [1]
    assert ids({"not": {"any": parts}}) == []


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", date(2026, 3, 10), date(2026, 3, 10)),
        ("this day", date(2026, 3, 10), date(2026, 3, 10)),
        ("previous day", date(2026, 3, 9), date(2026, 3, 9)),
        ("next day", date(2026, 3, 11), date(2026, 3, 11)),
        ("this week", date(2026, 3, 9), date(2026, 3, 15)),
        ("previous week", date(2026, 3, 2), date(2026, 3, 8)),
        ("next week", date(2026, 3, 16), date(2026, 3, 22)),
        ("this month", date(2026, 3, 1), date(2026, 3, 31)),
        ("previous month", date(2026, 2, 1), date(2026, 2, 28)),
        ("next month", date(2026, 4, 1), date(2026, 4, 30)),
        ("this quarter", date(2026, 1, 1), date(2026, 3, 31)),
        ("previous quarter", date(2025, 10, 1), date(2025, 12, 31)),
        ("next quarter", date(2026, 4, 1), date(2026, 6, 30)),
        ("this year", date(2026, 1, 1), date(2026, 12, 31)),
        ("previous year", date(2025, 1, 1), date(2025, 12, 31)),
        ("next year", date(2027, 1, 1), date(2027, 12, 31)),
    ],
)
def test_periods_of_the_calendar(put, ids, period, first, last):
    """G15, G13: weeks from Monday, days of the account; what is beside it is not in it."""
    in_paris()
    zone, tick = ZoneInfo("Europe/Paris"), timedelta(microseconds=1)
    days = [first - timedelta(days=1), first, last, last + timedelta(days=1)]
    begin = datetime.combine(first, time.min, zone)
    end = datetime.combine(last + timedelta(days=1), time.min, zone)
    instants = [begin - tick, begin, end - tick, end]
    for id, (day, instant) in enumerate(zip(days, instants, strict=True), start=1):
        put("contact", id, birthday=day, created_at=instant.astimezone(UTC))

    assert ids(condition("birthday", "in_period", period)) == [2, 3]
    assert ids(condition("created_at", "in_period", period)) == [2, 3]
    assert ids({"not": condition("birthday", "in_period", period)}) == [1, 4]
