"""Likely duplicates looked for over records that keys have tied (D64, D132).

Golden records are those of exact keys (customer, e-mail, phone). Measured: pairs counted by rule,
then scored by Splink, which learns its weights before. Floor: the bare scan of what is compared.
`precision`: of the suggestions, the share whose records are of one person.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import sqlalchemy as sa

from bench import people
from bench.measured import cpu_seconds, peak_mib
from tresse.datasets.builds.tables import Tables
from tresse.datasets.identity import resolve
from tresse.datasets.layout import Plan
from tresse.datasets.matching import attach
from tresse.datasets.suggestions.blocking import counted, rules_for, taken
from tresse.datasets.suggestions.model import Scored, scored
from tresse.datasets.suggestions.prepared import names_in, prepared
from tresse.engine.base import Engine
from tresse.engine.duckdb import DuckDB, lent
from tresse.engine.relations import schema

ROWS = 1_000_000
MEMORY = "4GB"
THRESHOLD = 0.9
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """What of a version is prepared (`builds.tables.Tables`)."""

    engine: Engine
    plan: Plan
    records: sa.TableClause
    members: sa.TableClause
    guards: sa.TableClause


def run(rows: int = ROWS) -> Answer:
    """Measure; the records are written, matched and joined before.

    Returns:
        Fields of `tresse bench`, pairs by rule, and the seconds of each step.
    """
    plan = people.plan()
    steps: dict[str, float] = {}
    with TemporaryDirectory(prefix="tresse-suggestions-") as home:
        folder = Path(home)
        with DuckDB(memory=MEMORY, spill=folder / "spill", folders=[folder]) as engine:
            tables = _given(engine, plan, folder, rows)
            floor = _timed(lambda: engine.rows(_scan(tables)))[0]
            began, cpu = time.perf_counter(), cpu_seconds()
            steps["prepared"], table = _timed(
                lambda: engine.keep("prepared", prepared(cast(Tables, tables)))
            )
            rules = rules_for(names_in(table.c))
            steps["counted"], counts = _timed(lambda: taken(counted(engine, table, rules)))
            with lent(memory=MEMORY, spill=folder / "lent") as connection:
                steps["scored"], found = _timed(
                    lambda: scored(
                        connection,
                        engine.batches(sa.select(table)),
                        schema(table.c),
                        [each.rule for each in counts],
                        threshold=THRESHOLD,
                        say=lambda _step: None,
                    )
                )
            seconds = round(time.perf_counter() - began, 2)
            answer = {
                "name": "suggestions",
                "rows": rows,
                "seconds": seconds,
                "rows_per_second": round(rows / seconds),
                "floor_seconds": floor,
                "floor_ratio": round(seconds / floor, 2) if floor else None,
                "cpu_seconds": round(cpu_seconds() - cpu, 1),
                "pairs": {each.rule.name: each.pairs for each in counts},
                "found": len(found),
                "precision": _precision(tables, found, rows),
                "parts": {name: {"seconds": each} for name, each in steps.items()},
            }
    return answer | {"peak_mib": peak_mib()}


def _given(engine: Engine, plan: Plan, folder: Path, rows: int) -> Compared:
    records = people.records(engine, people.write(folder / "people", rows), plan)
    attached = attach(engine, plan, records)
    found = resolve(engine, plan, records, attached.attachments, guards=attached.guards)
    return Compared(engine, plan, records, found.members, attached.guards)


def _scan(tables: Compared) -> sa.Select[Any]:
    records = tables.records
    return sa.select(*(sa.func.max(records.c[each.name]) for each in tables.plan.columns[:9]))


def _precision(tables: Compared, found: list[Scored], rows: int) -> float | None:
    records = tables.records
    keys = tables.engine.rows(sa.select(records.c.rid, records.c["key"]))
    numbers = {rid: int(key[1:]) for rid, key in keys}
    truth = people.persons({numbers[rid] for each in found for rid in (each.a, each.b)}, rows)
    right = sum(truth[numbers[each.a]] == truth[numbers[each.b]] for each in found)
    return round(right / len(found), 4) if found else None


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = work()
    return round(time.perf_counter() - began, 2), found
