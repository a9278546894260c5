"""Pages by keyset: nothing twice, nothing missing, served by indexes."""

import random
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from django.db import connection

from tresse.engine.statements import prepared
from tresse.kernel.errors import TresseError
from tresse.objects import database
from tresse.records import paging
from tresse.records.paging import capped_count, indexed_columns, page

TOWNS = [None, "Lyon", "lyon", "Ax", "Zürich", "Łódź", "Ax"]


class Deals:
    """Writes deals: `deals(ids)`, with values drawn from few, so that many are alike or empty."""

    def __init__(self, object):
        self.object = object
        self._drawn = random.Random(7)  # noqa: S311  for a test

    def __call__(self, ids):
        deal, drawn = self.object, self._drawn
        rows = [
            {
                "id": id,
                "version": 1,
                deal.property("name").column: f"Deal {id % 5}",
                deal.property("name").normal_column: f"deal {id % 5}",
                deal.property("amount").column: drawn.choice([None, 1, 2, 3]),
                deal.property("owner").column: drawn.choice([None, 7, 8]),
                deal.property("closed_at").column: drawn.choice(
                    [None, *(datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))]
                ),
            }
            for id in ids
        ]
        database.execute(sa.insert(deal.table).values(rows))


@pytest.fixture
def deals(model):
    return Deals(model.object("deal"))


def sorts(deal, *names):
    return [(deal.property(name.removeprefix("-")), name.startswith("-")) for name in names]


ORDERS = [
    (),
    ("amount",),
    ("-amount",),
    ("name", "-amount"),
    ("-owner", "amount", "-closed_at"),
    ("closed_at", "owner"),
    ("-id",),
    ("id",),
]


def expected(rows, names):
    """The order of C85 in plain Python: stable sorts from the last key to the first."""
    descends = names[-1].startswith("-") if names else True
    found = sorted(rows, key=lambda row: row["id"], reverse=descends)
    for name in reversed(names):
        key = name.removeprefix("-")
        present = [row for row in found if row[key] is not None]
        present.sort(key=lambda row: row[key], reverse=name.startswith("-"))
        found = present + [row for row in found if row[key] is None]
    return [row["id"] for row in found]


def read(deal, names, cursor=None, limit=7, where=None):
    return page(
        deal.table,
        deal.table.c.deleted_at.is_(None) if where is None else where,
        sort=sorts(deal, *names),
        cursor=cursor,
        limit=limit,
        columns=[deal.table.c.id],
        indexed=indexed_columns(deal),
    )


def walk(deal, names, between=lambda: None, limit=7):
    """All ids from the first page to the last, then all back to the first."""
    forth, cursor, pages = [], None, []
    while True:
        found = read(deal, names, cursor, limit)
        forth += [id for (id,) in found.rows]
        pages.append(found)
        between()
        assert len(pages) < 100
        if not found.next:
            break
        cursor = found.next
    back, cursor = [id for (id,) in pages[-1].rows], pages[-1].previous
    while cursor:
        found = read(deal, names, cursor, limit)
        back = [id for (id,) in found.rows] + back
        cursor = found.previous
    return forth, back


@pytest.mark.parametrize("names", ORDERS, ids=" ".join)
def test_pages_make_up_the_whole_list_in_order(deals, names):
    """C85: up to three properties, empty last both ways, then the id; Next and Previous."""
    deals(range(1, 61))
    deal = deals.object
    columns = {
        name: deal.table.c[deal.property(name).column]
        for name in ("id", "name", "amount", "owner", "closed_at")
    }
    rows = database.mappings(sa.select(*(each.label(name) for name, each in columns.items())))

    forth, back = walk(deal, names)

    assert forth == expected(rows, names)
    assert back == forth
    assert walk(deal, names, limit=60)[0] == walk(deal, names, limit=100)[0] == forth


@pytest.mark.parametrize("names", ORDERS, ids=" ".join)
def test_added_rows_make_none_show_twice_or_go_missing(deals, names):
    """C85."""
    deals(range(1, 61))
    added = iter(range(61, 200))

    forth, _ = walk(deals.object, names, between=lambda: deals([next(added)]))

    assert len(forth) == len(set(forth))
    assert set(forth) >= set(range(1, 61))


def test_a_page_whose_rows_are_gone_leads_back(deals):
    """C85: Previous of an empty page ends with the row of the cursor."""
    deals(range(1, 11))
    deal = deals.object
    first = read(deal, ("id",), limit=5)
    database.execute(sa.delete(deal.table).where(deal.table.c.id > 5))

    second = read(deal, ("id",), first.next, limit=5)
    assert second.rows == []
    assert second.next is None
    assert read(deal, ("id",), second.previous, limit=5).rows == first.rows


def test_a_cursor_of_another_query_is_refused(deals):
    """C125: `bad_cursor` for another filter or sort, and for what is no cursor."""
    deals(range(1, 21))
    deal = deals.object
    cursor = read(deal, ("amount",)).next
    other = deal.table.c.id > 3

    for names, given, where in (
        (("-amount",), cursor, None),
        (("owner",), cursor, None),
        (("amount",), cursor, other),
        (("amount",), "nonsense", None),
        (("amount",), cursor[:-3], None),
        (("amount",), "", other),
        (("amount",), "W10", None),
    ):
        if not given:
            assert read(deal, names, None, where=where).rows
            continue
        with pytest.raises(TresseError) as caught:
            read(deal, names, given, where=where)
        assert caught.value.code == "bad_cursor"
        assert str(caught.value) == "The cursor belongs to another query."


def test_days_that_move_on_do_not_spoil_a_cursor(deals):
    """G39 beside C125: `in_last` has other bounds at the next page."""
    deals(range(1, 41))
    deal = deals.object
    column = deal.table.c[deal.property("closed_at").column]

    first = read(deal, (), where=column < datetime(2026, 2, 1, tzinfo=UTC), limit=3)
    second = read(deal, (), first.next, where=column < datetime(2026, 2, 2, tzinfo=UTC), limit=3)
    assert second.rows


def test_counts_are_capped(deals):
    """C86."""
    deals(range(1, 41))
    table = deals.object.table
    assert capped_count(table, table.c.id > 10) == 30
    assert capped_count(table, sa.true(), most=20) == 21


def plan(statement):
    ready = prepared(statement, connection.vendor)
    word = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{word} {ready.text}", ready.parameters)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.fixture
def plans(monkeypatch):
    """The plans of the statements that a page runs."""
    found = []

    def explained(statement):
        found.append(plan(statement))
        return database.rows(statement)

    monkeypatch.setattr(paging, "rows", explained)
    return found


@pytest.mark.parametrize("names", [("owner",), ("-owner",), ("created_at",)], ids=" ".join)
def test_the_order_is_read_from_the_index(deals, plans, names):
    """C86: first and following pages; no sorting, on both databases."""
    deals(range(1, 2001))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {deals.object.table.name}")
            cursor.execute("SET LOCAL enable_seqscan = off")

    first = read(deals.object, names)
    read(deals.object, names, first.next)

    assert len(plans) >= 2
    for text in plans:
        # Rows without the value come in the order of the id, which the primary key has too.
        assert "sorted" in text or "Index Scan using" in text, text
        assert "TEMP B-TREE" not in text
        assert "Sort" not in text


def test_many_hits_are_read_in_order_and_few_are_sorted(deals, plans, monkeypatch):
    """C86: where filter and sort both have an index, the number of hits decides (SQLite)."""
    deals(range(1, 301))
    deal = deals.object
    where = deal.table.c[deal.property("owner").column] == 7

    few = read(deal, ("created_at",), where=where)
    few_plans = list(plans)
    plans.clear()
    monkeypatch.setattr(paging, "COUNTED", 10)
    many = read(deal, ("created_at",), where=where)

    assert few.rows == many.rows
    assert few.count > many.count == 11
    if connection.vendor == "sqlite":
        assert any("owner_sorted" in text for text in few_plans)
        assert all("created_at_sorted" in text for text in plans)
