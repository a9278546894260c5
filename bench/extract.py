"""Extraction: tables of PostgreSQL and MariaDB, and a CSV file, into a published version (S122).

Floors in the same run: the same rows streamed by the bare driver and discarded, and by the kind of
connection alone (the extraction library); of CSV, the standard library's reader and typing.
Then what changed of the table, read by its cursor, and a reading that finds nothing (S123).
"""

import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import csv_files
from bench.database_tables import COLUMNS, Place, bare, fill, ours
from bench.measured import cpu_seconds
from tresse.accounts.changes import change_settings
from tresse.accounts.queries import first_administrator
from tresse.connections.changes import add_connection
from tresse.jobs.worker import run_here
from tresse.sources.changes.runs import extract
from tresse.sources.changes.sources import add_source
from tresse.sources.models import Source, SourceRun

TABLE = "bench_extract"
ROWS = 1_000_000
CHANGED = 100
"One row in so many is changed before the second reading."
CSV_ROWS = 5
"Times as many rows as the tables have."
TYPES = {
    "id": "integer",
    "customer_id": "integer",
    "amount": "decimal",
    "discount": "decimal",
    "weight": "number",
    "is_paid": "boolean",
    "ordered_on": "date",
    "updated_at": "datetime",
}
SERVERS = ("postgresql", "mariadb")


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure; a server that cannot be had is left out, and named.

    Returns:
        Fields of `tresse bench` of the first server, and each part by its name: seconds, rows a
        second, and how many times the floors.
    """
    parts: dict[str, Any] = {}
    change_settings({"private_addresses": True}, actor=first_administrator())
    for kind in SERVERS:
        try:
            place = Place(kind)
        except (OSError, subprocess.CalledProcessError) as error:
            parts[kind] = {"skipped": str(error)}
            continue
        parts |= of_table(place, rows)
    parts["csv"] = of_csv(rows * CSV_ROWS)
    first: dict[str, Any] = next((part for part in parts.values() if "seconds" in part), {})
    return {"name": "extract", "rows": rows, **first, "parts": parts}


def of_table(place: Place, rows: int) -> dict[str, Any]:
    """Everything, what changed, and nothing new of a table on a server."""
    fill(place, rows, TABLE)
    library, driver = timed(lambda: ours(place, TABLE)), timed(lambda: bare(place, TABLE))
    settings = {**place.facts, "ssl": "disable" if place.kind == "postgresql" else "disabled"}
    name = f"bench_{place.kind}"
    add_connection(
        name=name,
        kind=place.kind,
        settings=settings,
        secrets={"password": place.password} if place.password else {},
        actor=first_administrator(),
    )
    whole = source(f"{name}_whole", name, {"mode": "snapshot"})
    done = read(whole)
    first = {
        **done,
        "rows_per_second": round(rows / done["seconds"]),
        "library_seconds": round(library, 2),
        "library_ratio": round(done["seconds"] / library, 2),
        "floor_seconds": round(driver, 2),
        "floor_ratio": round(done["seconds"] / driver, 2),
    }
    grows = source(f"{name}_grows", name, {"mode": "incremental", "cursor": "updated_at"})
    read(grows)
    nothing = read(grows)
    change(place, rows)
    changed = read(grows)
    drop(place)
    return {
        place.kind: first,
        f"{place.kind}, nothing new": nothing,
        f"{place.kind}, {rows // CHANGED:,} changed": changed,
    }


def source(name: str, connection: str, how: Mapping[str, Any]) -> Source:
    """A source of all columns of the table."""
    return add_source(
        {
            "name": name,
            "connection": connection,
            "entity": "orders",
            "record_key": ["id"],
            "read": {"table": TABLE},
            "columns": [{"name": each, "type": TYPES.get(each, "text")} for each in COLUMNS],
            "modified_at": "updated_at",
            "extract": how,
        },
        actor=first_administrator(),
    )


def change(place: Place, rows: int) -> None:
    """Change one row in a hundred, and stamp it later than all others."""
    seconds = 31 * rows + 86_400
    later = f"INTERVAL '{seconds} seconds'"
    if place.kind != "postgresql":
        later = f"INTERVAL {seconds} SECOND"
    with place.link() as link, link.cursor() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} SET status = 'sent', amount = amount + 1, "  # noqa: S608  our own
            f"updated_at = updated_at + {later} WHERE id % {CHANGED} = 1"
        )


def drop(place: Place) -> None:
    """Remove the table: it was changed."""
    with place.link() as link, link.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def of_csv(rows: int) -> dict[str, Any]:
    """A CSV file of a folder into a published version."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        write_csv(path, rows)
        name = "bench_folder"
        add_connection(
            name=name,
            kind="folder",
            settings={"url": folder},
            secrets={},
            actor=first_administrator(),
        )
        columns = [{"name": each, "type": type_} for each, type_ in csv_files.TYPES.items()]
        made = add_source(
            {
                "name": "bench_csv",
                "connection": name,
                "entity": "contacts",
                "record_key": ["id"],
                "read": {"files": "rows.csv", "format": "csv"},
                "columns": columns,
                "modified_at": "updated_at",
                "extract": {"mode": "each"},
            },
            actor=first_administrator(),
        )
        done = read(made)
        some = min(rows, ROWS)
        write_csv(path, some)
        floor = timed(lambda: csv_files.bare(path)) * rows / some
    return {
        **done,
        "rows_per_second": round(rows / done["seconds"]),
        "floor_seconds": round(floor, 4),
        "floor_ratio": round(done["seconds"] / floor, 2),
    }


def write_csv(path: Path, rows: int) -> None:
    """The file of the benchmark `csv`, with any number of rows."""
    head, body = csv_files.as_csv(0), csv_files.cells
    with path.open("w", encoding="utf-8") as out:
        out.write(head)
        for number in range(rows):
            row = body(number)
            short = number % csv_files.ODD == csv_files.ODD - 1
            out.write(",".join(row[:-1] if short else row) + "\n")


def read(source: Source) -> dict[str, Any]:
    """Read a source to the end; what it took."""
    begun, cpu = time.perf_counter(), cpu_seconds()
    run, job = extract(source, actor=first_administrator())
    run_here(job, show=lambda _: None)
    seconds, spent = time.perf_counter() - begun, cpu_seconds() - cpu
    run = SourceRun.objects.get(pk=run.pk)
    if run.state not in ("published", "unchanged"):
        message = f"The run of {source.name} ended {run.state}: {run.message} {run.details}"
        raise RuntimeError(message)
    return {
        "state": run.state,
        "read": run.read,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(spent, 2),
        "peak_mib": (run.peak_bytes or 0) // 1024**2,
    }


def timed(work: Callable[[], Any]) -> float:
    """Seconds that something took."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
