"""The floor of an import: its rows and links inserted bare into tables with the same indexes."""

import time
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from django.db import connection, transaction
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable
from sqlalchemy.sql.elements import quoted_name

from bench.measured import cpu_seconds
from tresse.accounts.queries import first_administrator
from tresse.engine.statements import DIALECTS
from tresse.objects import words
from tresse.objects.described import ObjectDef, data_model
from tresse.objects.tables import described_table, indexes
from tresse.records.tables import LINK
from tresse.transfers.models import Import
from tresse.transfers.prepare import folder_of, prepared
from tresse.transfers.stage import Ready, Stage
from tresse.transfers.staged import Staged, staged_tables
from tresse.transfers.writes import in_range

CHUNK = 20_000
FLOOR = 9_999
"Id of the object type whose table the floor fills."
BARE_LINK = "bench_link"


def floor_of(row: Import, *, with_words: bool) -> tuple[float, float]:
    """Seconds and CPU seconds to insert the rows and links of a checked import into empty tables.

    From its stage, where the run reads them, too, 20,000 lines a transaction: no matching, no
    comparing, no history, no events, no counters.

    Args:
        row: A checked import that links its object with one other.
        with_words: Keep the full-text index as well, as record tables have it.
    """
    stage = Stage(row.pk, folder_of(row.pk))
    object = replace(data_model().object(row.object_name), id=FLOOR)
    layout = prepared(row, actor=first_administrator()).layout
    with stage.attached():
        staged = staged_tables(stage, layout)
        table, link = _tables(object, with_words=with_words)
        inserts = [Ready(each) for each in _inserts(staged, table, link)]
        [(end,)] = Ready(sa.select(sa.func.max(staged.rows.c.line))).rows()
        began, cpu = time.perf_counter(), cpu_seconds()
        for low in range(1, end + 1, CHUNK):
            with transaction.atomic():
                for insert in inserts:
                    insert.run(low=low, high=low + CHUNK - 1)
        spent = time.perf_counter() - began, cpu_seconds() - cpu
        words.drop(FLOOR)
        _define(DropTable(table), DropTable(link))
    return spent


def _tables(object: ObjectDef, *, with_words: bool) -> tuple[sa.Table, sa.Table]:
    table = described_table(FLOOR, object.properties)
    _define(CreateTable(table), *map(CreateIndex, indexes(FLOOR, object.properties)))
    if with_words:
        words.settle(object)
    link = LINK.to_metadata(sa.MetaData(), name=BARE_LINK)
    for number, index in enumerate(link.indexes):
        index.name = quoted_name(f"{BARE_LINK}_{number}", quote=None)
    _define(CreateTable(link), *map(CreateIndex, link.indexes))
    return table, link


def _inserts(staged: Staged, table: sa.Table, link: sa.Table) -> tuple[sa.Insert, sa.Insert]:
    rows, pairs = staged.rows, staged.pairs
    names = [column.name for column in rows.c if column.name in table.c]
    one = sa.literal_column("1", sa.Integer())
    made = sa.select(rows.c.line, one, *(rows.c[name] for name in names))
    linked = sa.select(pairs.c.association_id, pairs.c.line, pairs.c.to_ref, one)
    low, high = (sa.bindparam(name, 0, type_=sa.BigInteger()) for name in ("low", "high"))
    return (
        table.insert().from_select(
            ["id", "version", *names], made.where(in_range(rows)).order_by(rows.c.line)
        ),
        link.insert().from_select(
            [column.name for column in link.c], linked.where(pairs.c.ready.between(low, high))
        ),
    )


def _define(*elements: Any) -> None:
    with connection.cursor() as cursor:
        for element in elements:
            cursor.execute(str(element.compile(dialect=DIALECTS[connection.vendor])))
