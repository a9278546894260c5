"""Computed columns of a million people: RFM, rhythm and twenty aggregates; models of value.

Orders are five a person, lines three an order. The floor is one reading of the columns used, the
peer a Polars script for the same RFM and aggregates over the same files, each in a process of its
own so that neither finds memory or threads of the other.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from bench import shop
from bench.measured import cpu_seconds, peak_mib
from tresse.accounts.actor import SYSTEM
from tresse.accounts.queries import account
from tresse.datasets.builds.begin import Begun
from tresse.datasets.builds.marks import marks_of
from tresse.datasets.builds.working import Outcome
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.computed.working import Computing, part_of
from tresse.datasets.models import Dataset, DatasetBuild
from tresse.datasets.stored import definition_of
from tresse.engine.base import Engine
from tresse.sources.versions import engine

ROWS = 1_000_000
DEAREST = 12
"Steps that are told, by CPU."
MEASURES = ("sum", "avg", "min", "max")
WINDOW = {"last": "2 years", "on": "ordered_at"}
AGGREGATES: list[dict[str, Any]] = [
    {"name": "orders_all", "over": "orders", "do": "count"},
    {"name": "channels", "over": "orders", "do": "count_distinct", "column": "channel"},
    {
        "name": "first_channel",
        "over": "orders",
        "do": "first",
        "column": "channel",
        "on": "ordered_at",
    },
    {
        "name": "last_channel",
        "over": "orders",
        "do": "last",
        "column": "channel",
        "on": "ordered_at",
    },
    *({"name": f"net_{do}", "over": "orders", "do": do, "column": "net_amount"} for do in MEASURES),
    *(
        {
            "name": f"net_{do}_2y",
            "over": "orders",
            "do": do,
            "column": "net_amount",
            "window": WINDOW,
            "where": "channel = 'web'",
        }
        for do in MEASURES
    ),
    {"name": "lines_all", "over": "orders.items", "do": "count"},
    {"name": "categories", "over": "orders.items", "do": "count_distinct", "column": "category"},
    {"name": "pieces", "over": "orders.items", "do": "sum", "column": "quantity"},
    {"name": "line_sum", "over": "orders.items", "do": "sum", "column": "line_amount"},
    {"name": "line_avg", "over": "orders.items", "do": "avg", "column": "line_amount"},
    {"name": "line_max", "over": "orders.items", "do": "max", "column": "line_amount"},
    {
        "name": "of_category_1",
        "over": "orders.items",
        "do": "sum",
        "column": "line_amount",
        "where": "category = 'category 1'",
    },
    {
        "name": "pieces_of_category_2",
        "over": "orders.items",
        "do": "sum",
        "column": "quantity",
        "where": "category = 'category 2'",
    },
]
RHYTHM = (
    "rfm",
    "days_since_last_order",
    "days_since_first_order",
    "time_between_orders",
    "median_time_between_orders",
    "order_regularity",
    "purchase_gap",
    "ordering_behaviour",
)
Answer = dict[str, Any]


def run(rows: int = ROWS) -> Answer:
    """Measure; the rows are written before.

    Returns:
        Fields of `tresse bench`; `floor_ratio`: to one reading of the columns used; `peer_ratio`:
        CPU of ours for RFM and the aggregates to that of the Polars script.
    """
    datasets = shop.filled(rows)
    files = {name: shop.file_of(each) for name, each in datasets.items()}
    floor = _scanned(files)
    contacts = datasets["contacts"]
    whole = _worked(contacts, AGGREGATES, RHYTHM)
    same = _worked(contacts, AGGREGATES, ("rfm",))
    peer = _apart(files)
    model = _worked(contacts, [], ("clv_model",))
    return {
        "name": "computed",
        "rows": rows,
        **whole,
        "rows_per_second": round(rows / whole["seconds"]),
        "floor_seconds": floor,
        "floor_ratio": round(whole["seconds"] / floor, 2),
        "peer_ratio": round(same["seconds"] / peer["seconds"], 2) if peer else None,
        "parts": {
            "rfm and aggregates": same,
            "polars": peer or "polars is not installed",
            "bg/nbd and gamma-gamma": model,
        },
        "peak_mib": peak_mib(),
    }


def _worked(
    dataset: Dataset, aggregates: Sequence[Mapping[str, Any]], scores: Sequence[str]
) -> Answer:
    """Computed columns worked out and written, from the versions that stand."""
    keys = {
        "aggregates": list(aggregates) or None,
        "scores": [{"score": each} for each in scores],
    }
    dataset = change_dataset(dataset, merged(dataset, keys), actor=SYSTEM)
    dataset.refresh_from_db()
    begun = _begun(dataset)
    steps: dict[str, float] = {}
    started, cpu = time.perf_counter(), cpu_seconds()
    with engine() as session:
        _timed(session, steps)
        computing = Computing(session, [part_of(begun, Outcome(None))], lambda _begun, _step: None)
        found = computing.work_out()
    seconds, spent = time.perf_counter() - started, cpu_seconds() - cpu
    version = found[dataset.name].version
    if version is None:
        message = "Nothing was worked out."
        raise AssertionError(message)
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(spent, 2),
        "columns": len(version.computed),
        "steps": dict(sorted(steps.items(), key=lambda each: -each[1])[:DEAREST]),
    }


def _timed(session: Engine, steps: dict[str, float]) -> None:
    """Have a session note the CPU that each kept step takes, the dearest ten of them told."""
    keep, write = session.keep, session.write

    def kept(name: str, statement: Any) -> Any:
        begun = time.process_time()
        found = keep(name, statement)
        steps[name] = round(time.process_time() - begun, 2)
        return found

    def written(statement: Any, folder: Any, **more: Any) -> Any:
        begun = time.process_time()
        found = write(statement, folder, **more)
        steps["(written)"] = round(time.process_time() - begun, 2)
        return found

    session.keep, session.write = kept, written  # type: ignore[method-assign]


def _begun(dataset: Dataset) -> Begun:
    here = account()
    row = DatasetBuild.objects.create(dataset=dataset, state="failed", arguments={})
    return Begun(
        build=row,
        dataset=dataset,
        definition=definition_of(dataset),
        inputs={},
        as_of=shop.AS_OF,
        number=2,
        base=dataset.version,
        marks=marks_of(dataset),
        zone=here.zone,
        country=here.country,
    )


def _scanned(files: Mapping[str, str]) -> float:
    """All columns that are used, read once by DuckDB."""
    wanted = {
        "contacts": ("id",),
        "orders": ("id", "contact_id", "c0", "c1", "c2", "c3", "c4"),
        "order_items": ("id", "order_id", "c0", "c1", "c2"),
    }
    with duckdb.connect(config={"threads": 2}) as connection:
        begun = time.perf_counter()
        for name, columns in wanted.items():
            # Not their least or greatest: those stand in the statistics of the file.
            cells = ", ".join(f"bit_xor(hash({each}))" for each in columns)
            connection.execute(f"SELECT {cells} FROM '{files[name]}'").fetchall()  # noqa: S608
        return round(time.perf_counter() - begun, 3)


def _apart(files: Mapping[str, str]) -> Answer | None:
    command = [sys.executable, "-m", "bench.computed_polars", json.dumps(dict(files))]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603  ours
    if done.returncode:
        return None
    answer: Answer = json.loads(done.stdout)
    return answer
