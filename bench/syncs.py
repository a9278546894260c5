"""Syncs into the CRM (Y64): the difference of wide rows alone, then rows that are really written.

Golden records are written as a version of a dataset at once; how they are built is measured by
`datasets`. Beside the writing in the same run stands the bare insert of rows like them (`floor`).
"""

import shutil
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from bench.measured import cpu_seconds, peak_mib
from tresse.accounts.queries import first_administrator
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.builds.tables import folder_of, tables_of
from tresse.datasets.changes.builds import build
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.engine.relations import arrow_type
from tresse.jobs.worker import run_here
from tresse.kernel.clock import now
from tresse.objects.database import load
from tresse.objects.definitions import apply_file
from tresse.sources.changes.sources import add_source
from tresse.sources.extraction.layout import BOOK
from tresse.sources.models import Source, SourceVersion
from tresse.sources.stored import facts_of
from tresse.sources.versions import engine, house, owner_of
from tresse.syncs.changes.runs import start
from tresse.syncs.changes.syncs import add_sync
from tresse.syncs.models import Sync, SyncRun
from tresse.syncs.running.differing import STATE, compared, state_of
from tresse.syncs.running.wanted import Wanted
from tresse.syncs.stored import definition_of

ROWS = 1_000_000
CHANGED = 100
"""One row in so many changes between two versions."""
WRITTEN = {
    "email": "lower('p' || i || '@example.org')",
    "first_name": "['Anna', 'Zofia', 'Łukasz', 'Marie', 'Paweł', 'Élodie'][1 + i % 6]",
    "last_name": "['Nowak', 'Kowalski', 'Martin', 'Dubois'][1 + i % 4] || ' ' || i % 977",
    "phone": "'+336' || lpad(CAST(i % 100000000 AS VARCHAR), 8, '0')",
    "job_title": "['Buyer', 'Engineer', 'Owner', NULL][1 + i % 4]",
    "language": "'fr'",
    "birthday": "DATE '1960-01-01' + CAST(i % 12000 AS INTEGER)",
    "street": "i % 97 || ' rue de la Paix'",
    "postcode": "CAST(75000 + i % 20 AS VARCHAR)",
    "city": "['Paris', 'Lyon', 'Kraków', 'Lille'][1 + i % 4] || CASE i % 100 WHEN TURN THEN '!' "
    "ELSE '' END",
    "country": "'fr'",
}
"Fields of contacts and how their values are made."
MORE = {f"x{n}": f"'value ' || (i * {n} % 99991)" for n in range(1, 20)}
"Further columns, of which the difference is worked out, but which are not written."
Answer = dict[str, Any]


def run(rows: int = ROWS) -> Answer:
    """Measure.

    Returns:
        Fields of `tresse bench`, and each part by its name.
    """
    dataset = _dataset()
    _publish(dataset, rows, turn=-1)
    wide = _sync("wide", [*WRITTEN, *MORE], active=False)
    narrow = _sync("narrow", list(WRITTEN), active=True)
    difference = _difference(wide, rows)
    first = _sent(narrow)
    nothing = _sent(narrow)
    _publish(dataset, rows, turn=7)
    some = _sent(narrow)
    return {
        "name": "syncs",
        "rows": rows,
        "seconds": first["seconds"],
        "rows_per_second": round(rows / first["seconds"]),
        "parts": {
            f"difference of {len(WRITTEN) + len(MORE)} columns": difference,
            "first run": first,
            "nothing new": nothing,
            f"{rows // CHANGED:,} changed": some,
        },
        "peak_mib": peak_mib(),
    }


def _types() -> dict[str, str]:
    return {name: "date" if name == "birthday" else "text" for name in (*WRITTEN, *MORE)}


def _dataset() -> Dataset:
    """A dataset of one row, which is built; the others follow as a version of their own."""
    actor = first_administrator()
    properties = [
        {"object": "contact", "name": name, "label": name, "kind": "text"} for name in MORE
    ]
    apply_file({"properties": properties}, actor=actor, dry_run=False)
    columns = [{"name": "id", "type": "text"}]
    columns += [{"name": name, "type": type_} for name, type_ in _types().items()]
    item = {
        "name": "people_read",
        "connection": "crm",
        "read": {"table": "products"},
        "entity": "people",
        "record_key": ["id"],
        "columns": columns,
    }
    source = add_source(item, actor=actor, in_file=True)
    _read(source, columns)
    given = {"name": "people", "entity": "people", "sources": [{"source": "people_read"}]}
    dataset = add_dataset(given, actor=actor)
    [_], job = build(dataset, actor=actor)
    run_here(job, show=lambda _progress: None)
    dataset.refresh_from_db()
    return dataset


def _read(source: Source, columns: list[dict[str, str]]) -> None:
    at = now()
    row: dict[str, Any] = {each["name"]: None for each in columns} | {"id": "1", "email": "a@x.fr"}
    book = {"_key": "1", "_hash": "1", "_modified_at": at, "_first_read_at": at, "_read_at": at}
    row |= {**book, "_deleted_at": None}
    fields: list[tuple[str, pa.DataType]] = [
        (each["name"], pa.date32() if each["type"] == "date" else pa.string()) for each in columns
    ]
    fields += [(name, arrow_type(type_)) for name, type_ in BOOK.items()]
    aside = house().aside(owner_of(source.pk))
    pq.write_table(pa.Table.from_pylist([row], pa.schema(fields)), aside / "part-0.parquet")
    house().publish(aside, owner_of(source.pk), 1)
    source.version = SourceVersion.objects.create(
        source=source,
        number=1,
        rows=1,
        bytes=1,
        columns=columns,
        record_key=["id"],
        definition=facts_of(source),
    )
    source.last_number = 1
    source.save()


def _publish(dataset: Dataset, rows: int, *, turn: int) -> None:
    """A version with so many golden records; those of `turn` have another city."""
    dataset.refresh_from_db()
    before = DatasetVersion.objects.get(pk=dataset.version_id or 0)
    number = dataset.last_number + 1
    folder = folder_of(before).parent / str(number)
    shutil.copytree(folder_of(before), folder)
    shutil.rmtree(folder / "golden")
    (folder / "golden").mkdir()
    plan = plan_of(before)
    made = {**WRITTEN, **MORE, "id": "CAST(i AS VARCHAR)"}
    cells = ", ".join(
        f"{made[each.column.name].replace('TURN', str(turn))} AS {each.name}"
        for each in plan.columns
    )
    _write(folder / "golden" / "part-0.parquet", rows, cells, number)
    facts = {
        field.attname: getattr(before, field.attname)
        for field in DatasetVersion._meta.concrete_fields
        if field.attname not in ("id", "number", "rows", "created_at")
    }
    dataset.version = DatasetVersion.objects.create(number=number, rows=rows, **facts)
    dataset.last_number = number
    dataset.save()


def _write(path: Path, rows: int, cells: str, number: int) -> None:
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
        connection.execute(
            f"COPY (SELECT md5(CAST(i AS VARCHAR)) AS id, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS "  # noqa: S608
            f"first_seen_at, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS modified_at, "
            f"CAST({number} AS BIGINT) AS changed_in, CAST(1 AS BIGINT) AS members, "
            f"['people_read'] AS sources, ['people_read/' || i] AS keys, {cells} "
            f"FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
        )


def _sync(name: str, fields: list[str], *, active: bool) -> Sync:
    item = {
        "name": name,
        "dataset": "people",
        "to": {"object": "contact"},
        "columns": fields,
        "active": active,
    }
    return add_sync(item, actor=first_administrator())


def _difference(sync: Sync, rows: int) -> Answer:
    """One row in a hundred is another than the state has; the rest is the same (Y64)."""
    version = DatasetVersion.objects.get(pk=Dataset.objects.get(pk=sync.dataset_id).version_id or 0)
    with engine() as session:
        wanted = _wanted(session, sync, version).keep()
        number = 0
        for batch in session.batches(sa.select(wanted.c.id, wanted.c.asked)):
            given = batch.to_pydict()
            number += _load(sync, given["id"], given["asked"])
    begun, cpu = time.perf_counter(), cpu_seconds()
    with engine() as session:
        table = _wanted(session, sync, version).keep()
        found = compared(session, table, state_of(session, sync.pk), number=version.number)
    seconds, spent = time.perf_counter() - begun, cpu_seconds() - cpu
    if found.changed != number or found.unchanged + found.changed != rows:
        raise AssertionError(found)
    return {"seconds": round(seconds, 2), "cpu_seconds": round(spent, 2), "peak_mib": peak_mib()}


def _wanted(session: Any, sync: Sync, version: DatasetVersion) -> Wanted:
    return Wanted(session, tables_of(session, version), definition_of(sync), linked={})


def _load(sync: Sync, ids: list[str], hashes: list[str]) -> int:
    """Load rows of the state; answers how many of them differ."""
    names = ("sync_id", "key", "golden_id", "remote", "hash", "asked", "values", "number", "at")
    at = now()
    rows = [
        (sync.pk, id, id, "1", each, each if place % CHANGED else "", "{}", 1, at)
        for place, (id, each) in enumerate(zip(ids, hashes, strict=True))
    ]
    load(STATE, names, rows)
    return len(range(0, len(rows), CHANGED))


def _sent(sync: Sync) -> Answer:
    begun, cpu = time.perf_counter(), cpu_seconds()
    run, job = start(Sync.objects.get(pk=sync.pk), actor=first_administrator())
    run_here(job, show=lambda _progress: None)
    seconds, spent = time.perf_counter() - begun, cpu_seconds() - cpu
    row = SyncRun.objects.get(pk=run.pk)
    if row.state != "done":
        message = f"{row.state}: {row.code} {row.message} {row.details}"
        raise AssertionError(message)
    counts = ("added", "changed", "unchanged", "failed", "refused", "calls")
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(spent, 2),
        **{name: getattr(row, name) for name in counts},
    }
