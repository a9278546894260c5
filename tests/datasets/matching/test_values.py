"""Match values (DG17), on every engine."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tests.datasets.matching.world import plan_of, world
from tresse.datasets.definition import Column
from tresse.datasets.layout import Planned
from tresse.datasets.matching.values import country_of, is_settled, match_text, match_value
from tresse.engine.relations import arrow_type
from tresse.sources.columns import RuleUse
from tresse.sources.types import TYPES

ALIKE = {
    "email": ([" JANE@x.fr", "mailto:jane@x.fr", "<Jane@X.FR.>"], "jane@x.fr"),
    "phone": (["06 11 11 11 11", "+33 (0)6.11.11.11.11", "0033611111111"], "+33611111111"),
    "mobile": (["06.11.11.11.11"], "+33611111111"),
    "last_name": (["O'Neil-Łódź", "ONEIL LODZ", "oneillodz"], "oneillodz"),
    "first_name": (["Éléonore", "ELEONORE "], "eleonore"),
    "address_line1": (["12, rue du Bac", "12 RUE DU BAC"], "12ruedubac"),
    "postal_code": (["SW1A 1AA", "sw1a1aa"], "sw1a1aa"),
    "company_name": (["Acme & Co.", "ACME CO"], "acmeco"),
    "customer_id": ([" C1", "C1\u200b", "C1"], "C1"),
    "": (["\tx y ", "x y"], "x y"),
}


def planned(field, type_="text", rules=()):
    """A column that holds a field."""
    column = Column("it", type_, semantic=field, rules=tuple(RuleUse(rule) for rule in rules))
    return Planned(column, type_, TYPES[type_].column, 0)


def matched(engine, values, column, country="FR", **given):
    """Match values of a column."""
    core = column.core
    batch = pa.RecordBatch.from_arrays([pa.array(values, arrow_type(core))], names=["v"])
    table = engine.load("match_values", [batch], [sa.column("v", core)])
    made = match_value(table.c.v, column, country, **given)
    return [value for (value,) in engine.rows(sa.select(made))]


@pytest.mark.parametrize("field", ALIKE)
def test_values_alike_match(any_engine, field):
    """DG17: e-mail, phone by the account's country, names and addresses folded, ids trimmed."""
    texts, wanted = ALIKE[field]
    assert matched(any_engine, texts, planned(field)) == [wanted] * len(texts)
    assert {match_text(text, planned(field), "FR") for text in texts} == {wanted}


def test_what_sets_addresses_apart_stays(any_engine):
    """DG17: what follows a plus, and dots, are kept in match values of e-mail."""
    texts = ["a.da+shop@gmail.com", "ada@gmail.com"]
    assert matched(any_engine, texts, planned("email")) == texts


def test_case_of_ids_stays(any_engine):
    """DG17: ids are trimmed, nothing else."""
    assert matched(any_engine, ["c1 ", "C1"], planned("customer_id")) == ["c1", "C1"]


@pytest.mark.parametrize("field", ALIKE)
def test_nothing_matches_nothing(any_engine, field):
    """DG17, D40: NULL, blank, and what cannot be read have no match value."""
    texts = [None, "", " \u200b"] + (["?"] if field in {"email", "phone", "last_name"} else [])
    assert matched(any_engine, texts, planned(field)) == [None] * len(texts)


@pytest.mark.parametrize(
    ("type_", "value", "wanted"),
    [
        ("integer", 42, "42"),
        ("decimal", Decimal("1.500000"), "1.5"),
        ("boolean", True, "true"),
        ("date", date(1990, 3, 1), "1990-03-01"),
        ("datetime", datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00.000000Z"),
        ("list", ["a", "b"], '["a","b"]'),
    ],
)
def test_other_types_match_by_their_text(any_engine, type_, value, wanted):
    """DG17: types other than text by their canonical text."""
    assert matched(any_engine, [value, None], planned("", type_)) == [wanted, None]


def test_phones_that_are_numbers(any_engine):
    """DG17: a phone read as a whole number is a phone all the same."""
    assert matched(any_engine, [611111111], planned("phone", "integer")) == ["+33611111111"]


def test_country_of_the_record_comes_first(any_engine):
    """DG17: phones are read with the country of the record, else of source or account."""
    rows = {
        "web/1": {"phone": "22 123 45 67", "country": "Pologne"},
        "web/2": {"phone": "06 11 11 11 11", "country": "Atlantis"},
        "web/3": {"phone": "06 11 11 11 11"},
        "web/4": {"phone": "+49 30 901820", "country": "FR"},
        "web/5": {"phone": "020 7946 0958", "country": "UK"},
    }
    here = world(any_engine, plan_of([["phone"]]), rows)
    phone, country = here.plan.of("phone"), here.plan.of("country")
    records = here.records
    made = match_value(
        records.c[phone.name], phone, country_of(records.c[country.name], here.plan.country)
    )
    found = any_engine.rows(sa.select(records.c.key, made).order_by(records.c.key))
    assert [value for _, value in found] == [
        "+48221234567",
        "+33611111111",
        "+33611111111",
        "+4930901820",
        "+442079460958",
    ]


@pytest.mark.parametrize(
    ("field", "rules", "settled"),
    [
        ("email", ("trim", "email"), True),
        ("email", ("email", "upper"), False),
        ("email", (), False),
        ("phone", ("phone",), True),
        ("last_name", ("trim", "collapse_spaces"), False),
        ("last_name", ("fold",), True),
        ("customer_id", ("trim",), True),
    ],
)
def test_cleaned_columns_are_not_cleaned_again(any_engine, field, rules, settled):
    """DG17: rules that end in the normaliser leave match values; twice is once (D30)."""
    column = planned(field, rules=rules)
    assert is_settled(column.column.rules, field) is settled
    texts, wanted = ALIKE[field]
    clean = [wanted, None, ""]
    assert matched(any_engine, clean, column) == [wanted, None, None]
    assert matched(any_engine, clean, planned(field), is_normalised=True) == [wanted, None, None]
    if not settled:
        assert matched(any_engine, texts, column) == [wanted] * len(texts)
