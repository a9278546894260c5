"""Rollups and lookups (C23, C24)."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM
from tresse.jobs import worker
from tresse.jobs.changes import enqueue
from tresse.kernel.errors import TresseError
from tresse.objects.changes import (
    add_property,
    archive_property,
    change_property,
    delete_property,
)
from tresse.objects.database import execute, scalar, vendor
from tresse.objects.described import data_model
from tresse.objects.queries import object_type_named
from tresse.records import following
from tresse.records.changes import (
    delete_records,
    link_records,
    restore_records,
    unlink_records,
    update_record,
)
from tresse.records.changes.rollups import follow
from tresse.records.queries import record
from tresse.records.waiting import waiting

pytestmark = pytest.mark.django_db
NEXT: sa.ColumnElement[int] = sa.literal_column(
    "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)", sa.BigInteger()
)
"The transaction that begins next."


@pytest.fixture
def define(ada):
    """Adds a rollup or lookup and fills it."""

    def made(object_name, name="made", **said):
        label = said.pop("label", name.capitalize())
        row = add_property(
            object_type_named(object_name), name=name, label=label, actor=ada, **said
        )
        fill_all()
        return row

    return made


def fill_all():
    worker.run(until_idle=True)


def followed():
    """Follow all events there are, whatever other databases of the server have open."""
    with pytest.MonkeyPatch.context() as patched:
        if vendor() == "postgresql":
            patched.setattr(following, "latest", lambda: int(scalar(sa.select(NEXT))))
        while follow():
            pass


def value(object_name, id, name="made"):
    model = data_model()
    return record(model, model.object(object_name), id, SYSTEM).values[name]


@pytest.fixture
def company(make, side):
    """A company with three deals, one of them without an amount."""
    id = make("company", name="Acme")
    deals = []
    worth = ((Decimal("10.5"), "2026-05-01"), (Decimal("4"), "2026-04-01"), (None, None))
    for amount, close in worth:
        link = (side("deal", "company"), id)
        deals.append(make("deal", name="Roof", amount=amount, close_date=close, links=[link]))
    return id, deals


@pytest.mark.parametrize(
    ("said", "kind", "wanted"),
    [
        ({"pick": "count"}, "integer", 3),
        ({"pick": "sum", "property": "amount"}, "money", Decimal("14.5")),
        ({"pick": "avg", "property": "amount"}, "decimal", Decimal("7.25")),
        ({"pick": "min", "property": "amount"}, "money", Decimal("4")),
        ({"pick": "max", "property": "amount"}, "money", Decimal("10.5")),
        ({"pick": "earliest", "property": "close_date"}, "date", date(2026, 4, 1)),
        ({"pick": "latest", "property": "close_date"}, "date", date(2026, 5, 1)),
        (
            {"pick": "count", "filter": {"property": "amount", "operator": "at_least", "value": 5}},
            "integer",
            1,
        ),
        (
            {"pick": "sum", "property": "amount", "filter": {"formula": "amount > 100"}},
            "money",
            Decimal(0),
        ),
        (
            {"pick": "max", "property": "amount", "filter": {"formula": "amount > 100"}},
            "money",
            None,
        ),
    ],
)
def test_a_rollup_is_filled(define, company, said, kind, wanted):
    """C23"""
    id, _ = company
    row = define("company", rollup={"over": "deal_company", **said})

    assert (row.kind, row.is_read_only, row.column) == (kind, True, f"p_{row.id}")
    assert value("company", id) == wanted


@pytest.mark.django_db(transaction=True)
def test_a_rollup_follows_its_causes(define, company, make, model, ada, side):
    """C24: changed record, link, bin, within one look of a worker."""
    id, deals = company
    define("company", rollup={"over": "deal_company", "pick": "sum", "property": "amount"})
    deal = model.object("deal")

    def after():
        followed()
        return value("company", id)

    update_record(model, deal, deals[0], values={"amount": 20}, actor=ada)
    assert waiting(data_model(), data_model().object("company"), [id]) == {id: ["made"]}
    assert after() == 24
    assert waiting(data_model(), data_model().object("company"), [id]) == {}
    delete_records(model, deal, [deals[0]], actor=ada)
    assert after() == 4
    restore_records(model, deal, [deals[0]], actor=ada)
    assert after() == 24
    link = side("deal", "company")
    unlink_records(model, link, [(deals[1], id)], actor=ada)
    assert after() == 20
    link_records(model, link, [(deals[1], id)], actor=ada)
    assert after() == 24
    make("deal", name="New", amount=Decimal(1), links=[(link, id)])
    assert after() == 25


@pytest.mark.django_db(transaction=True)
def test_rollups_of_rollups_follow(define, company, make, model, ada):
    """C24: a stored value that changes is told to those who are worked out of it."""
    id, deals = company
    desk = make(
        "contact", last_name="Nowak", links=[(model.default_side("contact", "company"), id)]
    )
    define("company", rollup={"over": "deal_company", "pick": "sum", "property": "amount"})
    said = {"over": "contact_company", "pick": "max", "property": "made"}
    define("contact", "best", rollup=said)

    update_record(model, model.object("deal"), deals[0], values={"amount": 20}, actor=ada)
    followed()

    assert value("company", id) == 24
    assert value("contact", desk, "best") == 24


@pytest.mark.parametrize(
    ("name", "kind", "wanted"),
    [("name", "text", "Acme"), ("industry", "text", None), ("created_at", "datetime", ...)],
)
def test_a_lookup_takes_a_property_of_the_one_linked(define, company, name, kind, wanted):
    """C23"""
    id, deals = company
    label = "deal_primary_company"
    row = define("deal", lookup={"over": label, "property": name})

    assert row.kind == kind
    found = value("deal", deals[0])
    assert found is not None if wanted is ... else found == wanted
    assert id


@pytest.mark.parametrize(
    ("object_name", "said", "code"),
    [
        (
            "company",
            {"rollup": {"over": "deals", "pick": "count"}},
            "association_type_not_found",
        ),
        ("company", {"rollup": {"over": "deal_company", "pick": "median"}}, "wrong_value"),
        ("company", {"rollup": {"over": "deal_company", "pick": "sum"}}, "unknown_property"),
        (
            "company",
            {"rollup": {"over": "deal_company", "pick": "sum", "property": "name"}},
            "wrong_value",
        ),
        (
            "company",
            {"rollup": {"over": "deal_company", "pick": "earliest", "property": "amount"}},
            "wrong_value",
        ),
        (
            "company",
            {"rollup": {"over": "deal_company", "pick": "count", "filter": {"property": "x"}}},
            "unknown_property",
        ),
        ("company", {"rollup": {"over": "deal_company", "pick": "count", "by": 1}}, "wrong_value"),
        ("company", {"lookup": {"over": "deal_company", "property": "name"}}, "wrong_value"),
        ("company", {"formula": "1", "rollup": {"over": "deal_company"}}, "wrong_value"),
    ],
)
def test_a_rollup_that_cannot_be_is_refused(define, object_name, said, code):
    """C23"""
    with pytest.raises(TresseError) as refused:
        define(object_name, **said)

    assert refused.value.code == code


def test_values_that_wait_for_each_other_are_refused(define):
    """C22: formula_cycle, over relations too."""
    define("company", rollup={"over": "deal_company", "pick": "sum", "property": "amount"})
    define("company", "twice", formula="made * 2")
    with pytest.raises(TresseError) as refused:
        define("deal", "back", rollup={"over": "deal_company", "pick": "sum", "property": "twice"})

    assert refused.value.code == "formula_cycle"


def test_nothing_can_be_written_to_a_rollup(define, company, model, ada):
    """C22: read_only_property."""
    id, _ = company
    define("company", rollup={"over": "deal_company", "pick": "count"})
    model = data_model()

    with pytest.raises(TresseError) as refused:
        update_record(model, model.object("company"), id, values={"made": 7}, actor=ada)

    assert refused.value.code == "read_only_property"


def test_what_a_rollup_uses_stays(define, ada):
    """C32: in_use."""
    deal = object_type_named("deal")
    plan = add_property(deal, name="plan", label="Plan", kind="decimal", actor=ada)
    define("company", rollup={"over": "deal_company", "pick": "sum", "property": "plan"})
    plan.is_archived = True
    plan.save()

    with pytest.raises(TresseError, match='Plan is used by rollup "Made" of Company'):
        delete_property(plan, typed_label="Plan", actor=ada)


def test_a_rollup_is_changed_and_filled_anew(define, company, ada):
    """C23"""
    id, _ = company
    row = define("company", rollup={"over": "deal_company", "pick": "min", "property": "amount"})
    said = {"over": "deal_company", "pick": "max", "property": "amount"}

    change_property(row, rollup=said, actor=ada)

    assert waiting(data_model(), data_model().object("company"), [id]) == {id: ["made"]}
    fill_all()
    assert value("company", id) == Decimal("10.5")


def test_every_night_what_differs_is_mended(define, company):
    """C24"""
    id, _ = company
    define("company", rollup={"over": "deal_company", "pick": "count"})
    model = data_model()
    company_ = model.object("company")
    column = company_.table.c[company_.property("made").column]
    execute(sa.update(company_.table).values({column: 99}).where(company_.table.c.id == id))
    job = enqueue("rollup_compare", arguments={}, actor=SYSTEM)

    worker.run(until_idle=True)

    job.refresh_from_db()
    assert job.result == {"different": {"company.made": 1}}
    assert value("company", id) == 3


def test_an_archived_rollup_rests(define, company, ada):
    """C32"""
    id, _ = company
    row = define("company", rollup={"over": "deal_company", "pick": "count"})
    archive_property(row, actor=ada)

    assert follow() is False
    assert waiting(data_model(), data_model().object("company"), [id]) == {}
