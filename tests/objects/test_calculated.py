"""Formulas and the time between two dates as properties (C22, C23, C24)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tresse.accounts.actor import Actor, Rights
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects.changes import (
    add_property,
    archive_property,
    change_object_type,
    change_property,
    delete_property,
)
from tresse.objects.database import execute, rows
from tresse.objects.definitions import apply_file, read_properties
from tresse.objects.derived import value_of
from tresse.objects.facts import property_facts
from tresse.objects.queries import object_type_named, property_named

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]


@pytest.fixture
def deal():
    return object_type_named("deal")


def formula(deal, admin, name, text, **more):
    label = more.pop("label", name.capitalize())
    return add_property(deal, name=name, label=label, formula=text, actor=admin, **more)


def put(model, **values):
    deal = model().object("deal")
    columns = {deal.property(name).column: value for name, value in values.items()}
    execute(sa.insert(deal.table).values(id=1, **columns))


def read(model, name):
    deal = model().object("deal")
    column = value_of(deal.property(name), deal, deal.table, model())
    [(found,)] = rows(sa.select(column).select_from(deal.table))
    return found


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("amount * 2", "money", Decimal("24.68")),
        ("amount / 3", "decimal", Decimal("4.1133")),
        ("amount // 3", "integer", 4),
        ("amount / 0", "decimal", None),
        ("upper(name)", "text", "ROOF"),
        ("left(name, 0)", "text", None),
        ("amount > 12", "boolean", True),
        ("date_add_months(close_date, 1)", "date", date(2026, 2, 28)),
        ("cast(close_date as timestamp)", "datetime", datetime(2026, 1, 31, tzinfo=UTC)),
        ("stage = 'won'", "boolean", False),
        ("stage", "text", "new"),
    ],
)
def test_a_formula_is_right_at_commit(model, deal, admin, text, kind, value):
    """C22, C24: the kind is that of the result; division by zero gives empty."""
    kinds = {"kind": kind} if kind == "money" else {}
    prop = formula(deal, admin, "made", text, **kinds)
    stage = next(iter(model().object("deal").stages))
    put(model, amount=Decimal("12.34"), name="Roof", close_date=date(2026, 1, 31), stage=stage)

    assert (prop.kind, prop.column, prop.is_read_only) == (kind, "", True)
    assert read(model, "made") == value


def test_a_formula_may_name_another_one(model, deal, admin):
    """C22"""
    formula(deal, admin, "net", "amount * 0.8")
    formula(deal, admin, "label_", "'Net ' || net")
    put(model, amount=Decimal(10))

    assert read(model, "label_") == "Net 8"


def test_formulas_that_need_each_other_are_refused(deal, admin):
    """C22: formula_cycle."""
    net = formula(deal, admin, "net", "amount * 0.8")
    formula(deal, admin, "gross", "net + 1")

    with pytest.raises(TresseError, match="Net depends on Gross and Gross on Net") as refused:
        change_property(net, formula="gross - 1", actor=admin)

    assert refused.value.code == "formula_cycle"
    with pytest.raises(TresseError, match="There is no column or property"):
        formula(deal, admin, "own", "own + 1")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("amout + 1", "formula_column"),
        ("lenght(name)", "formula_function"),
        ("name + 1", "formula_type"),
        ("owner", "formula_column"),
        ("sum(amount)", "formula_aggregate"),
        ("amount +", "formula_syntax"),
    ],
)
def test_a_formula_that_cannot_be_is_refused(deal, admin, text, code):
    """C22, D104"""
    with pytest.raises(TresseError) as refused:
        formula(deal, admin, "made", text)

    assert refused.value.code == code
    assert not deal.properties.filter(name="made").exists()


def test_a_list_is_no_value_of_a_property(admin):
    """C22"""
    contact = object_type_named("contact")
    add_property(contact, name="topics_", label="Topics", kind="options", actor=admin)

    with pytest.raises(TresseError, match="list_join"):
        add_property(contact, name="made", label="Made", formula="topics_", actor=admin)


@pytest.mark.parametrize("flag", ["required", "unique", "match_key"])
def test_nothing_is_asked_of_values_nobody_writes(deal, admin, flag):
    """C22"""
    with pytest.raises(TresseError) as refused:
        formula(deal, admin, "made", "amount", **{flag: True})

    assert refused.value.code == "read_only_property"


def test_the_kind_fits_the_result(deal, admin):
    """C22"""
    with pytest.raises(TresseError, match="decimal, money"):
        formula(deal, admin, "made", "amount * 2", kind="date")
    prop = formula(deal, admin, "made", "1 + 1", kind="decimal")
    assert prop.kind == "decimal"


def test_a_property_that_is_used_stays(deal, admin):
    """C22, C32: in_use, with the calculated property named."""
    plan = add_property(deal, name="plan", label="Plan", kind="decimal", actor=admin)
    formula(deal, admin, "gap", "amount - plan", label="Gap")

    with pytest.raises(TresseError, match='Plan is used by calculated property "Gap"'):
        archive_property(plan, actor=admin)
    plan.is_archived = True
    plan.save()
    with pytest.raises(TresseError) as refused:
        delete_property(plan, typed_label="Plan", actor=admin)
    assert refused.value.code == "in_use"


def test_a_formula_can_be_archived_and_deleted(model, deal, admin):
    """C32"""
    prop = formula(deal, admin, "made", "amount * 2")
    archive_property(prop, actor=admin)

    delete_property(prop, typed_label="Made", actor=admin)

    assert not model().object("deal").has("made")


def test_a_title_is_stored(deal, admin):
    """C3, C22: what is worked out when read can be neither found nor indexed."""
    formula(deal, admin, "made", "upper(name)")

    with pytest.raises(TresseError, match="Made needs a property that is stored"):
        change_object_type(deal, title="made", actor=admin)
    with pytest.raises(TresseError, match="Made needs a property that is stored"):
        change_object_type(deal, search=["name", "made"], actor=admin)


def test_a_formula_outlives_new_labels(model, deal, admin):
    """C4, C22"""
    formula(deal, admin, "double_", "amount * 2")
    change_property(property_named(deal, "amount"), label="Volume", actor=admin)
    put(model, amount=Decimal(2))

    assert read(model, "double_") == 4


def test_a_formula_can_be_changed_to_one_of_its_kind(model, deal, admin):
    """C22"""
    prop = formula(deal, admin, "made", "amount * 2")
    change_property(prop, formula="amount * 3", label="Thrice", actor=admin)
    put(model, amount=Decimal(2))

    assert read(model, "made") == 6
    with pytest.raises(TresseError, match="text"):
        change_property(prop, formula="upper(name)", actor=admin)
    facts = property_facts(property_named(deal, "made"))
    assert (facts["formula"], facts["settings"], facts["label"]) == ("amount * 3", {}, "Thrice")


@pytest.mark.parametrize(
    ("between", "value"),
    [
        ({"from": "created_at", "to": "close_date", "in": "days"}, 30),
        ({"from": "created_at", "to": "close_date", "in": "hours"}, 735),
        ({"from": "close_date", "in": "days"}, -30),
        ({"from": "close_date", "to": "created_at", "in": "days"}, -30),
        ({"from": "close_date", "to": "start", "in": "days"}, None),
    ],
)
def test_the_time_between_two_dates_is_whole_days_or_hours(model, deal, admin, between, value):
    """C23: between two dates, or from a date to now."""
    add_property(deal, name="start", label="Start", kind="date", actor=admin)
    add_property(deal, name="lasts", label="Lasts", between=between, actor=admin)
    put(
        model,
        created_at=datetime(2026, 1, 1, 8, 30, tzinfo=UTC),
        close_date=date(2026, 2, 1),
    )

    with clock.at(datetime(2026, 1, 2, 9, tzinfo=UTC)):
        assert read(model, "lasts") == value


@pytest.mark.parametrize(
    "between",
    [
        {"from": "name", "in": "days"},
        {"from": "close_date", "in": "weeks"},
        {"from": "clsoe_date", "in": "days"},
        {"to": "close_date", "in": "days"},
        "close_date",
    ],
)
def test_the_time_between_needs_dates(deal, admin, between):
    """C23"""
    with pytest.raises(TresseError) as refused:
        add_property(deal, name="lasts", label="Lasts", between=between, actor=admin)

    assert refused.value.code in {"wrong_value", "unknown_property"}


def test_calculated_properties_stand_in_files_of_definitions(admin):
    """C5a: made, printed and applied again without a change."""
    items: list[dict[str, Any]] = [
        {"object": "deal", "name": "net", "label": "Net", "formula": "amount * 0.8"},
        {
            "object": "deal",
            "name": "lasts",
            "label": "Lasts",
            "between": {"from": "created_at", "to": None, "in": "days"},
        },
    ]

    first = apply_file({"properties": items}, admin)
    printed = [each for each in read_properties() if each["name"] in {"net", "lasts"}]
    again = apply_file({"properties": [*items, *printed]}, admin)

    assert len(first["created"]) == 2
    assert [each.get("formula") for each in printed] == ["amount * 0.8", None]
    assert len(again["unchanged"]) == 4
    changed = apply_file({"properties": [{**items[0], "formula": "amount * 0.9"}]}, admin)
    assert changed["changed"] == ["properties deal.net"]


def test_a_formula_names_no_property_that_its_author_may_not_read(deal):
    """C109"""
    rights = Rights(
        objects={"*": {"view": "all"}},
        properties={"deal": {"amount": "none"}},
        general=frozenset({"model.edit"}),
    )
    author = Actor(None, "Rea", rights, email="rea@example.com")

    with pytest.raises(TresseError) as refused:
        formula(deal, author, "made", "amount * 2")

    assert refused.value.code == "formula_column"
