"""Which records are one, and under which id, beside Splink on the same keys in the same run.

Ours: components, guards, ids of a first build, and of the next one with 1 % more records. Splink:
`deterministic_link` by the same three keys, then clusters at no threshold; no guards, no ids, and
what ties only values that nothing blocks. Floor: the bare scan of the same attachments.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import sqlalchemy as sa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from bench import people
from bench.measured import cpu_seconds, peak_mib
from tresse.datasets.identity import Resolved, resolve
from tresse.datasets.layout import Plan
from tresse.datasets.matching import Attached, attach
from tresse.engine.base import Engine
from tresse.engine.duckdb import DuckDB

ROWS = 1_000_000
MEMORY = "4GB"
Answer = dict[str, Any]


def run(rows: int = ROWS, *, memory: str = MEMORY) -> Answer:
    """Measure; the records are written and matched before.

    Returns:
        Fields of `tresse bench`. `again`: the next build. `splink_ratio`: its CPU to ours.
    """
    plan = people.plan()
    with TemporaryDirectory(prefix="tresse-identity-") as home:
        folder = Path(home)
        paths = people.write(folder / "first", rows)
        more = people.write(folder / "more", rows // 100, first=rows)
        with DuckDB(memory=memory, spill=folder / "spill", folders=[folder]) as engine:
            records = people.records(engine, paths, plan)
            found = attach(engine, plan, records)
            floor = _timed(lambda: engine.rows(_scan(found.attachments)))
            first: list[Resolved] = []
            ours = _timed(lambda: first.append(_resolved(engine, plan, records, found)))
            counts = _counts(engine, first[0])
            engine.write(sa.select(*found.attachments.c), folder / "ties")
            records = engine.keep("all", _both(engine, plan, paths, more))
            found = attach(engine, plan, records)
            again = _timed(lambda: _resolved(engine, plan, records, found, first[0]))
        peak = peak_mib()
        peer, clusters = splink(folder / "ties", memory)
    return {
        "name": "identity",
        "rows": rows,
        **ours,
        "rows_per_second": round(rows / ours["seconds"]),
        "floor_seconds": floor["seconds"],
        "floor_ratio": round(ours["seconds"] / max(floor["seconds"], 0.001), 2),
        **counts,
        "splink_seconds": peer["seconds"],
        "splink_cpu_seconds": peer["cpu_seconds"],
        "splink_ratio": round(peer["cpu_seconds"] / ours["cpu_seconds"], 2),
        "splink_clusters": clusters,
        "again": again,
        "peak_mib": peak,
    }


def _resolved(
    engine: Engine,
    plan: Plan,
    records: sa.TableClause,
    found: Attached,
    before: Resolved | None = None,
) -> Resolved:
    return resolve(
        engine,
        plan,
        records,
        found.attachments,
        before=before,
        number=2 if before else 1,
        guards=found.guards,
        name="again" if before else "first",
    )


def _both(
    engine: Engine, plan: Plan, paths: Mapping[str, Path], more: Mapping[str, Path]
) -> sa.CompoundSelect[Any]:
    """Records of before, and new ones of persons old and new."""
    old = engine.keep("old", sa.select(*people.records(engine, paths, plan).c))
    new = people.records(engine, more, plan)
    return sa.union_all(sa.select(*old.c), sa.select(*new.c))


def _scan(attachments: sa.TableClause) -> sa.Select[Any]:
    return sa.select(sa.func.max(attachments.c.value), sa.func.max(attachments.c.rid))


def _counts(engine: Engine, found: Resolved) -> Answer:
    """Clusters of records that have a key value, as Splink counts; attachments refused."""
    tied, members = found.attachments, found.members
    of_tied = members.c.rid.in_(sa.select(tied.c.rid))
    refused = sa.select(sa.func.count()).select_from(tied).where(sa.not_(tied.c.is_accepted))
    return {
        "clusters": engine.scalar(sa.select(sa.func.count(members.c.id.distinct())).where(of_tied)),
        "refused": engine.scalar(refused),
    }


def splink(ties: Path, memory: str) -> tuple[Answer, int]:
    """Splink over the records of the attachments, a column per key set."""
    with closing(duckdb.connect(config={"threads": 2, "memory_limit": memory})) as connection:
        cells = (f"max(value) FILTER (WHERE strength = {n}) AS k{n}" for n in range(3))
        connection.execute(
            f"CREATE TABLE people AS SELECT rid AS unique_id, {', '.join(cells)} "  # noqa: S608
            f"FROM '{ties}/*.parquet' GROUP BY rid"
        )
        found: list[int] = []

        def work() -> None:
            api = DuckDBAPI(connection)
            linker = Linker(
                api.register("people"),
                SettingsCreator(
                    link_type="dedupe_only",
                    blocking_rules_to_generate_predictions=[block_on(f"k{n}") for n in range(3)],
                ),
                log_level=50,
            )
            pairs = linker.inference.deterministic_link()
            clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs)
            counted = f"SELECT count(DISTINCT cluster_id) FROM {clusters.physical_name}"  # noqa: S608
            found.append(connection.sql(counted).fetchall()[0][0])

        return _timed(work), found[0]


def _timed(work: Callable[[], object]) -> Answer:
    begun, cpu = time.perf_counter(), cpu_seconds()
    work()
    return {
        "seconds": round(time.perf_counter() - begun, 3),
        "cpu_seconds": round(cpu_seconds() - cpu, 3),
    }
