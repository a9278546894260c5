"""Match values (DG17); `test_engines.py` compares engines."""

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


APART = ["a.da+shop@gmail.com", "ada@gmail.com"]
NOTHING, UNREADABLE = [None, "", " \u200b"], ["?"]
OTHERS = [
    ("integer", 42, "42"),
    ("decimal", Decimal("1.500000"), "1.5"),
    ("boolean", True, "true"),
    ("date", date(1990, 3, 1), "1990-03-01"),
    ("datetime", datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00.000000Z"),
    ("list", ["a", "b"], '["a","b"]'),
]
DIALLED = [
    ("22 123 45 67", "Pologne", "+48221234567"),
    ("06 11 11 11 11", "Atlantis", "+33611111111"),
    ("06 11 11 11 11", None, "+33611111111"),
    ("+49 30 901820", "FR", "+4930901820"),
    ("020 7946 0958", "UK", "+442079460958"),
]
"Phone, country of the record, match value."
SETTLED = [
    ("email", ("trim", "email"), True),
    ("email", ("email", "upper"), False),
    ("email", (), False),
    ("phone", ("phone",), True),
    ("last_name", ("trim", "collapse_spaces"), False),
    ("last_name", ("fold",), True),
    ("customer_id", ("trim",), True),
]


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
def test_values_alike_match(duck, field):
    """DG17: e-mail, phone by the account's country, names and addresses folded, ids trimmed."""
    texts, wanted = ALIKE[field]
    assert matched(duck, texts, planned(field)) == [wanted] * len(texts)
    assert {match_text(text, planned(field), "FR") for text in texts} == {wanted}


def test_what_sets_addresses_apart_stays(duck):
    """DG17: what follows a plus, and dots, are kept in match values of e-mail."""
    assert matched(duck, APART, planned("email")) == APART


def test_case_of_ids_stays(duck):
    """DG17: ids are trimmed, nothing else."""
    assert matched(duck, ["c1 ", "C1"], planned("customer_id")) == ["c1", "C1"]


@pytest.mark.parametrize("field", ALIKE)
def test_nothing_matches_nothing(duck, field):
    """DG17, D40: NULL, blank, and what cannot be read have no match value."""
    texts = NOTHING + (UNREADABLE if field in {"email", "phone", "last_name"} else [])
    assert matched(duck, texts, planned(field)) == [None] * len(texts)


@pytest.mark.parametrize(("type_", "value", "wanted"), OTHERS)
def test_other_types_match_by_their_text(duck, type_, value, wanted):
    """DG17: types other than text by their canonical text."""
    assert matched(duck, [value, None], planned("", type_)) == [wanted, None]


def test_phones_that_are_numbers(duck):
    """DG17: a phone read as a whole number is a phone all the same."""
    assert matched(duck, [611111111], planned("phone", "integer")) == ["+33611111111"]


def test_country_of_the_record_comes_first(duck):
    """DG17: phones are read with the country of the record, else of source or account."""
    rows = {
        f"web/{n}": {"phone": phone, "country": country}
        for n, (phone, country, _) in enumerate(DIALLED)
    }
    here = world(duck, plan_of([["phone"]]), rows)
    phone, country = here.plan.of("phone"), here.plan.of("country")
    records = here.records
    made = match_value(
        records.c[phone.name], phone, country_of(records.c[country.name], here.plan.country)
    )
    found = duck.rows(sa.select(records.c.key, made).order_by(records.c.key))
    assert [value for _, value in found] == [wanted for *_, wanted in DIALLED]


@pytest.mark.parametrize(("field", "rules", "settled"), SETTLED)
def test_cleaned_columns_are_not_cleaned_again(duck, field, rules, settled):
    """DG17: rules that end in the normaliser leave match values; twice is once (D30)."""
    column = planned(field, rules=rules)
    assert is_settled(column.column.rules, field) is settled
    texts, wanted = ALIKE[field]
    clean = [wanted, None, ""]
    assert matched(duck, clean, column) == [wanted, None, None]
    assert matched(duck, clean, planned(field), is_normalised=True) == [wanted, None, None]
    if not settled:
        assert matched(duck, texts, column) == [wanted] * len(texts)
