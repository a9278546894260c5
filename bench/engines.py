"""The same dataset built on DuckDB and on a Spark cluster: are they identical, and what it takes.

`TRESSE_ENGINE` names the cluster, as `scripts/spark.sh` prints it. Every table of both versions is
compared row by row, values and ids among them, and so are their health checks.
"""

import time
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from bench import datasets
from bench.measured import cpu_seconds, peak_mib
from tresse.accounts.queries import first_administrator
from tresse.datasets.builds.tables import folder_of
from tresse.datasets.changes.builds import build
from tresse.datasets.layout import TABLES
from tresse.datasets.models import Dataset, DatasetBuild
from tresse.jobs.worker import run_here

ROWS = 2_000_000
NUMBERED = ('"changed_in"', '"since"', '"version"')
"Columns that hold the number of a version: the second one is another."
Answer = dict[str, Any]


def run(rows: int = ROWS) -> Answer:
    """Build it twice and compare.

    Returns:
        Fields of `tresse bench`; `identical` and, by table, rows that only one engine has. The
        floor is the build on DuckDB. CPU of the cluster is not that of this process, and not told.
    """
    if not settings.ENGINE.startswith("spark://"):
        raise SystemExit("Set TRESSE_ENGINE to the address that scripts/spark.sh prints.")
    dataset = datasets.made()
    datasets.fed(rows)
    one, other = (_built(dataset, engine) for engine in ("duckdb", "spark"))
    differing = {name: _differing(one["folder"] / name, other["folder"] / name) for name in TABLES}
    return {
        "name": "engines",
        "rows": rows,
        "seconds": other["seconds"],
        "rows_per_second": round(rows / other["seconds"]),
        "floor_seconds": one["seconds"],
        "floor_ratio": round(other["seconds"] / one["seconds"], 2),
        "golden_records": one["golden"],
        "differing_rows": differing,
        "health_alike": one["health"] == other["health"],
        "identical": not any(differing.values()) and one["health"] == other["health"],
        "peak_mib": peak_mib(),
    }


def _built(dataset: Dataset, engine: str) -> Answer:
    """A first version, as if there had been none."""
    Dataset.objects.filter(pk=dataset.pk).update(version=None, needs_full=True)
    dataset.refresh_from_db()
    begun, cpu = time.perf_counter(), cpu_seconds()
    [row], job = build(dataset, actor=first_administrator(), full=True, engine=engine)
    run_here(job, show=lambda _progress: None)
    seconds = time.perf_counter() - begun
    row = DatasetBuild.objects.get(pk=row.pk)
    if row.state != "published":
        message = f"{row.state}: {row.code} {row.message} {row.details}"
        raise AssertionError(message)
    dataset.refresh_from_db()
    version = dataset.version
    if version is None:
        raise AssertionError
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds() - cpu, 2),
        "folder": folder_of(version),
        "golden": version.rows,
        "health": version.health,
    }


def _differing(one: Path, other: Path) -> int:
    """Rows of either that the other does not have, but for numbers of versions."""
    both = [str(folder / "*.parquet") for folder in (one, other)]
    if not any(one.glob("*.parquet")):
        return 0
    with duckdb.connect(config={"threads": 2, "memory_limit": settings.ENGINE_MEMORY}) as here:
        names = ", ".join(each for each in _columns(here, both[0]) if each not in NUMBERED)
        sides = [f"SELECT {names} FROM read_parquet('{each}')" for each in both]  # noqa: S608
        text = " UNION ALL ".join(
            f"(SELECT count(*) AS n FROM ({a} EXCEPT ALL {b}))"  # noqa: S608
            for a, b in (sides, reversed(sides))
        )
        return int(here.execute(f"SELECT sum(n) FROM ({text})").fetchall()[0][0])  # noqa: S608


def _columns(here: duckdb.DuckDBPyConnection, files: str) -> list[str]:
    found = here.execute(f"SELECT * FROM read_parquet('{files}') LIMIT 0").description  # noqa: S608
    return [f'"{each[0]}"' for each in found or ()]
