"""Links by the change that pages and the API call, 500 pairs at a time.

Floor: the bare insert of as many rows into a table of the same shape, indexed alike.
"""

import time
from typing import Any

import sqlalchemy as sa
from django.db import connection, transaction
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.elements import quoted_name

from bench.filled import CHUNK, companies, contacts
from bench.measured import peak_mib
from tresse.accounts.queries import first_administrator
from tresse.engine.statements import DIALECTS
from tresse.objects.database import load
from tresse.objects.described import Side, data_model
from tresse.records.changes import link_records
from tresse.records.tables import LINK

ROWS = 20_000
BATCH = 500


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand, which should be fresh."""
    model, actor = data_model(), first_administrator()
    people, firms = contacts(model, rows), companies(model, 1_000)
    side = Side(model.association("contact_company"), forward=True)
    pairs = [(person, firms[at % len(firms)]) for at, person in enumerate(people)]
    began = time.perf_counter()
    for at in range(0, rows, BATCH):
        link_records(model, side, pairs[at : at + BATCH], actor=actor)
    seconds = time.perf_counter() - began
    floor = _floor([(1, one, two, 1) for one, two in pairs])
    return {
        "name": "link",
        "database": connection.vendor,
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "floor_seconds": round(floor, 2),
        "floor_ratio": round(seconds / floor, 1),
        "peak_mib": peak_mib(),
    }


def _floor(values: list[tuple[int, int, int, int]]) -> float:
    metadata = sa.MetaData()
    bare = LINK.to_metadata(metadata, name="bench_link")
    dialect = DIALECTS[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(str(CreateTable(bare).compile(dialect=dialect)))
        for number, index in enumerate(bare.indexes):
            index.name = quoted_name(f"bench_link_{number}", quote=None)
            cursor.execute(str(CreateIndex(index).compile(dialect=dialect)))
        began = time.perf_counter()
        for at in range(0, len(values), CHUNK):
            with transaction.atomic():
                load(bare, [column.name for column in bare.c], values[at : at + CHUNK])
        seconds = time.perf_counter() - began
        cursor.execute("DROP TABLE bench_link")
    return seconds
