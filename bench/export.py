"""Export of contacts with links to a CSV file.

Floor: the bare select of the same columns of the same rows, streamed and written by `csv.writer`.
"""

import csv
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from django.db import connection, transaction

from bench import filled
from bench.measured import cpu_seconds, peak_mib
from tresse.accounts.queries import first_administrator
from tresse.jobs.worker import run_here
from tresse.objects.database import batches
from tresse.objects.described import DataModel, data_model
from tresse.transfers import changes
from tresse.transfers.models import Export

ROWS = 1_000_000


def fill(rows: int) -> None:
    """Contacts, a company for every ten of them, and a link of each contact to its company."""
    model = data_model()
    contacts = filled.contacts(model, rows)
    companies = filled.companies(model, max(rows // 10, 1))
    side = model.default_side("contact", "company")
    if side is None:
        raise LookupError
    pairs = ((id, companies[at % len(companies)]) for at, id in enumerate(contacts))
    filled.links(
        model, side.association.name, pairs if side.forward else ((b, a) for a, b in pairs)
    )
    filled.analyse()


def floor_seconds(model: DataModel) -> float:
    """Seconds to read all columns of the contacts, as they are stored, and to write them."""
    object = model.object("contact")
    table = object.table
    columns = [table.c[prop.column] for prop in object.active if prop.column]
    stored: list[Any] = [sa.type_coerce(each, sa.types.NullType()) for each in columns]
    statement: sa.Select[Any] = sa.select(*stored)
    began = time.perf_counter()
    with (
        TemporaryDirectory() as folder,
        (Path(folder) / "floor.csv").open("w", newline="") as out,
        transaction.atomic(),
    ):
        writer = csv.writer(out)
        for found in batches(statement):
            writer.writerows(found)
    return time.perf_counter() - began


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand, which should be fresh.

    Returns:
        Fields of `tresse bench`, and what the export wrote.
    """
    fill(rows)
    floor = floor_seconds(data_model())
    began, cpu = time.perf_counter(), cpu_seconds()
    row, job = changes.add_export(
        "contact", file_name="contacts.csv", asked={}, actor=first_administrator()
    )
    run_here(job, show=lambda _: None)
    seconds, spent = time.perf_counter() - began, cpu_seconds() - cpu
    row = Export.objects.get(pk=row.pk)
    if row.state != "done":
        message = f"The export ended {row.state}."
        raise RuntimeError(message)
    return {
        "name": "export",
        "database": connection.vendor,
        "rows": rows,
        "columns": len(row.columns),
        "bytes": row.size_bytes,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "cpu_seconds": round(spent, 2),
        "floor_seconds": round(floor, 2),
        "floor_ratio": round(seconds / floor, 2),
        "peak_mib": peak_mib(),
    }
