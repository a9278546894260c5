"""Derived properties, common properties, and the tables themselves (C41, C43, C49, C58)."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from django.db import IntegrityError, transaction

from tresse.kernel.clock import now
from tresse.objects.database import execute, rows
from tresse.objects.derived import LINK, following, value_of
from tresse.objects.shipped import common
from tresse.objects.tables import described_table, index_names, physical_indexes
from tresse.records.tables import LINK as LINKS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]
MOST = Decimal("99999999999999.9999")


def put_deals(model, amounts, stage):
    deal = model().object("deal")
    names = {each.name: each.id for each in deal.stages.values()}
    for number, amount in enumerate(amounts, 1):
        values = {
            "id": number,
            deal.property("amount").column: amount,
            deal.property("stage").column: names.get(stage),
        }
        execute(sa.insert(deal.table).values(values))
    return deal


def read(model, deal, *names):
    columns = [value_of(deal.property(name), deal, deal.table, model()) for name in names]
    return rows(sa.select(*columns).select_from(deal.table).order_by(deal.table.c.id))


@pytest.mark.parametrize(
    ("stage", "closed", "won"),
    [("new", False, False), ("won", True, True), ("lost", True, False), (None, False, False)],
)
def test_a_deal_is_closed_or_won_by_its_stage(model, stage, closed, won):
    """C43."""
    deal = put_deals(model, [1], stage)
    assert read(model, deal, "is_closed", "is_won") == [(closed, won)]


@pytest.mark.parametrize(
    ("stage", "amount", "weighted"),
    [
        ("new", Decimal("12.345"), Decimal("1.2345")),
        ("new", Decimal("0.0005"), Decimal("0.0001")),
        ("new", Decimal("-0.0005"), Decimal("-0.0001")),
        ("demo_scheduled", MOST, Decimal("40000000000000")),
        ("won", MOST, MOST),
        ("won", -MOST, -MOST),
        ("lost", MOST, Decimal(0)),
        ("new", None, None),
        (None, Decimal(5), None),
    ],
)
def test_the_weighted_amount_is_exact(model, stage, amount, weighted):
    """C49: amount times probability, half away from zero at the fourth place, on any database."""
    deal = put_deals(model, [amount], stage)
    assert read(model, deal, "weighted_amount") == [(weighted,)]


def test_a_deal_counts_its_contacts(model):
    """C43: those outside the bin."""
    deal = put_deals(model, [1, 2], "new")
    contact = model().object("contact")
    for number, deleted in ((11, None), (12, None), (13, now())):
        execute(sa.insert(contact.table).values(id=number, deleted_at=deleted))
        link = {"association_id": model().association("deal_contact").id, "change_set_id": 1}
        execute(sa.insert(LINKS).values(from_id=1, to_id=number, **link))
    assert read(model, deal, "contact_count") == [(2,), (0,)]


def test_links_are_described_as_they_are():
    """The table of the room above, as far as this room reads it."""
    assert {column.name for column in LINK.columns} <= {column.name for column in LINKS.columns}


@pytest.mark.parametrize(
    ("values", "amount"),
    [
        ({"quantity": Decimal(3), "unit_price": Decimal("1.15")}, Decimal("3.45")),
        (
            {"quantity": Decimal(3), "unit_price": Decimal(2), "discount": Decimal("0.5")},
            Decimal("5.5"),
        ),
        ({"quantity": Decimal("0.3333"), "unit_price": Decimal("0.3333")}, Decimal("0.1111")),
        ({"quantity": Decimal(3)}, None),
        ({"quantity": 1, "unit_price": 1, "amount": Decimal(7)}, None),
    ],
)
def test_the_amount_of_an_order_line_follows(values, amount):
    """C43: quantity times unit price less discount, unless given."""
    assert following("order_line", values).get("amount") == amount
    assert following("order", values) == {}


def test_every_object_has_the_common_properties(model):
    """C41: all but external id and owner are read-only."""
    for here in model().objects:
        for facts in common():
            prop = here.property(facts["name"])
            assert prop.is_read_only == (prop.name not in {"external_id", "owner"})
            assert prop.column == prop.name
        assert here.property("external_id").is_unique
        assert here.property("external_id").is_match_key


def test_the_database_decides_about_unique_values(model):
    """C18, C58: the bin does not count; empty never clashes."""
    contact = model().object("contact")
    column = contact.property("email").normal_column
    insert = sa.insert(contact.table)
    execute(insert.values({"id": 1, column: None}))
    execute(insert.values({"id": 2, column: None}))
    execute(insert.values({"id": 3, column: "a@x.org", "deleted_at": now()}))
    execute(insert.values({"id": 4, column: "a@x.org"}))
    with pytest.raises(IntegrityError), transaction.atomic():
        execute(insert.values({"id": 5, column: "a@x.org"}))


def test_unique_match_and_indexed_properties_have_indexes(model):
    """C18, C20, C87; a unique match key needs one index only."""
    for here in model().objects:
        there = physical_indexes(here.id)
        for prop in here.properties:
            names = index_names(here.id, prop)
            assert set(names.values()) <= there
            assert not {"unique", "match"} <= set(names)


def test_the_key_is_the_row_number_of_sqlite(model):
    """A BIGINT key would be a second index beside the table."""
    table = described_table(1, model().object("contact").properties)
    kind = table.c.id.type
    assert kind.dialect_impl(sa.dialects.sqlite.dialect()).compile() == "INTEGER"
