"""Builds of a dataset from sources to a published version, and `explain` on it (D132).

A full build (mapping, keys, guards, components, ids, merge of 20 columns with provenance, health,
files), then 1 % more records onto it, then a build that finds nothing. Beside it in the same run
Splink's deterministic linking with its clustering on the same keys, and the bare scan of the
sources as the floor.
"""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow.parquet as pq
import sqlalchemy as sa
from django.conf import settings

from bench import identity, people
from bench.measured import cpu_seconds, peak_mib
from tresse.accounts.queries import first_administrator
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.changes.builds import build
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.explaining.explain import explain
from tresse.datasets.mapping.planning import fields_of
from tresse.datasets.models import Dataset, DatasetBuild
from tresse.datasets.saying import said
from tresse.jobs.worker import run_here
from tresse.sources.changes.sources import add_source
from tresse.sources.models import Source, SourceVersion
from tresse.sources.stored import facts_of
from tresse.sources.versions import engine, house, owner_of

ROWS = 1_000_000
MORE = 100
"One record in so many comes with the second build."
ASKED = 5
"Golden records that are explained."
Answer = dict[str, Any]


def run(rows: int = ROWS) -> Answer:
    """Measure; the sources are written before.

    Returns:
        Fields of `tresse bench`, and each part by its name. `floor`: all columns of the sources
        read once by DuckDB. `splink_ratio`: CPU of linking and clustering there to that of the
        whole build here.
    """
    dataset = made()
    fed(rows)
    files = [str(each) for source in people.SOURCES for each in _files(source)]
    floor = _scanned(files)
    full = _built(dataset)
    peer = _peer(dataset)
    fed(rows // MORE, first=rows)
    more = _built(dataset)
    nothing = _built(dataset)
    asked = _explained(dataset)
    return {
        "name": "datasets",
        "rows": rows,
        **full,
        "rows_per_second": round(rows / full["seconds"]),
        "floor_seconds": floor,
        "floor_ratio": round(full["seconds"] / floor, 2),
        "splink_seconds": peer["seconds"],
        "splink_cpu_seconds": peer["cpu_seconds"],
        "splink_ratio": round(peer["cpu_seconds"] / full["cpu_seconds"], 2),
        "parts": {f"{rows // MORE:,} more": more, "nothing new": nothing, "explain": asked},
        "peak_mib": peak_mib(),
    }


def made() -> Dataset:
    """The dataset of `people.plan` over three sources that were not read yet."""
    columns = [
        {"name": name, "type": type_, "rules": _RULES.get(name, [])}
        for name, type_ in {"record_id": "text", **people.COLUMNS, **_TIMES}.items()
    ]
    for name in people.SOURCES:
        item = {
            "name": name,
            "connection": "crm",
            "read": {"table": "contacts"},
            "entity": "contacts",
            "record_key": ["record_id"],
            "columns": columns,
            "created_at": "created_at",
            "modified_at": "modified_at",
        }
        add_source(item, actor=first_administrator(), in_file=True)
    definition = said(people.plan().definition)
    for column in definition["columns"]:
        if column.get("semantic") not in fields_of("contacts"):
            column.pop("semantic", None)
    feeds = [{"source": name} for name in people.SOURCES]
    item = {**definition, "name": "people", "sources": feeds}
    return add_dataset(item, actor=first_administrator())


_RULES = {"email": ["email"], "phone": [{"phone": {"country": "FR"}}]}
"Of the sources: what they hold is clean, as `people.write` says it."
_TIMES = {"created_at": "datetime", "modified_at": "datetime"}


def fed(rows: int, *, first: int = 0) -> None:
    """Give each source its next version: what it had, and these rows."""
    with TemporaryDirectory(prefix="tresse-people-") as home:
        for name, path in people.write(Path(home), rows, first=first).items():
            source = Source.objects.get(name=name)
            aside = house().aside(owner_of(source.pk))
            for number, each in enumerate(_files(name)):
                shutil.copyfile(each, aside / f"part-{number}.parquet")
            _versioned(path, aside / f"part-{first}n.parquet")
            number = source.last_number + 1
            house().publish(aside, owner_of(source.pk), number)
            files = house().files(owner_of(source.pk), number)
            source.version = SourceVersion.objects.create(
                source=source,
                number=number,
                rows=sum(pq.read_metadata(each).num_rows for each in files),
                bytes=sum(each.stat().st_size for each in files),
                columns=[{"name": c["name"], "type": c["type"]} for c in _columns(source)],
                record_key=["record_id"],
                definition=facts_of(source),
            )
            source.last_number = number
            source.save()


def _columns(source: Source) -> list[Mapping[str, str]]:
    return [{"type": "text", **each} for each in source.definition["columns"]]


def _versioned(path: Path, to: Path) -> None:
    """Rows as a version of a source keeps them, with its bookkeeping (S72)."""
    names = ", ".join(f"CAST({name} AS VARCHAR)" for name in ("record_id", *people.COLUMNS))
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
        connection.execute(
            f"COPY (SELECT *, record_id AS _key, md5(concat_ws('|', {names})) AS _hash, "  # noqa: S608
            "modified_at AS _modified_at, created_at AS _first_read_at, "
            "modified_at AS _read_at, CAST(NULL AS TIMESTAMPTZ) AS _deleted_at "
            f"FROM '{path}') TO '{to}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )


def _files(name: str) -> list[Path]:
    source = Source.objects.get(name=name)
    return house().files(owner_of(source.pk), source.last_number)


def _scanned(files: list[str]) -> float:
    cells = ", ".join(f"max({name})" for name in ("record_id", *people.COLUMNS))
    with duckdb.connect(config={"threads": 2}) as connection:
        begun = time.perf_counter()
        connection.execute(f"SELECT {cells} FROM read_parquet({files})").fetchall()  # noqa: S608
        return round(time.perf_counter() - begun, 3)


def _built(dataset: Dataset) -> Answer:
    begun, cpu = time.perf_counter(), cpu_seconds()
    [row], job = build(dataset, actor=first_administrator())
    run_here(job, show=lambda _progress: None)
    seconds, spent = time.perf_counter() - begun, cpu_seconds() - cpu
    row = DatasetBuild.objects.get(pk=row.pk)
    dataset.refresh_from_db()
    if row.state not in ("published", "unchanged"):
        message = f"{row.state}: {row.code} {row.message} {row.details}"
        raise AssertionError(message)
    counters = ("source_rows", "records", "blocked_values", "quarantined", "changed_records")
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(spent, 2),
        "state": row.state,
        **{name: getattr(row, name) for name in counters},
        "steps": _steps(row),
        "build_peak_mib": round((row.peak_bytes or 0) / (1 << 20)),
    }


def _steps(row: DatasetBuild) -> list[str]:
    """When each step began, in seconds."""
    started = row.started_at
    return [f"{at[17:23]} {words}" for at, words in row.log] if started else []


def _peer(dataset: Dataset) -> Answer:
    """Splink over the values that tie records, a column per key set."""
    if dataset.version is None:
        raise AssertionError
    with engine() as session:
        folder = tables_of(session, dataset.version).folder / "attachments"
    answer, clusters = identity.splink(folder, settings.ENGINE_MEMORY)
    return {**answer, "clusters": clusters}


def _explained(dataset: Dataset) -> Answer:
    """Golden records at even distances, each explained to the last value."""
    if dataset.version is None:
        raise AssertionError
    with engine() as session:
        golden = tables_of(session, dataset.version).golden
        every = max(dataset.version.rows // ASKED, 1)
        found = session.rows(sa.select(golden.c.id).order_by(golden.c.id))
        begun, cpu = time.perf_counter(), cpu_seconds()
        for (each,) in found[::every][:ASKED]:
            explain(session, dataset.version, each)
        spent = cpu_seconds() - cpu
        seconds = time.perf_counter() - begun
    return {"seconds": round(seconds / ASKED, 3), "cpu_seconds": round(spent / ASKED, 3)}
