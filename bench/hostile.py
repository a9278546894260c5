"""Formulas that are well formed and meant to fill memory or time, each in a process of its own.

A thousand rows with a text of 60,000 characters; every formula of `tests/cases/formulas` that is
not refused is worked out and written as a build does it. What a process took beyond what it held
before the formula, and for how long, is measured; the bars are 2 s and 500 MB.
"""

import json
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from bench.measured import peak_mib
from tresse.datasets.computed.reach import formula_column
from tresse.engine.engines import opened
from tresse.engine.formulas import COLUMNS, built
from tresse.kernel.errors import TresseError
from tresse.sources.computing import Moment
from tresse.sources.types import TYPES

ROWS = 1_000
CASES = Path(__file__).parents[1] / "tests" / "cases" / "formulas" / "hostile.json"
MEMORY = "512MB"
"What a session may hold where nothing is set."
ALONE = (
    "import json, sys, django; django.setup(); from bench.hostile import one; "
    "print(json.dumps(one(sys.argv[1], int(sys.argv[2]))))"
)
"What a process of its own runs."
ROW: dict[str, tuple[str, Any]] = {
    "essay": ("text", "a" * 60_000),
    "name": ("text", "Élodie O'Brien-Ñandú"),
    "country": ("text", "FR"),
    "street": ("text", "Straße 5"),
    "none": ("text", None),
    "blank": ("text", ""),
    "amount": ("decimal", Decimal("1234.5")),
    "rate": ("decimal", Decimal("-0.3333")),
    "huge": ("decimal", Decimal("99999999999999.9999")),
    "no_amount": ("decimal", None),
    "count_": ("integer", 7),
    "big": ("integer", 9_007_199_254_740_991),
    "no_count": ("integer", None),
    "half": ("number", 0.5),
    "yes": ("boolean", True),
    "unknown": ("boolean", None),
    "day_": ("date", date(2026, 1, 31)),
    "no_day": ("date", None),
    "at": ("datetime", datetime(2026, 6, 30, 22, 15, 59, tzinfo=UTC)),
    "no_time": ("datetime", None),
    "topics": ("list", ["news", "é" * 90]),
}
Answer = dict[str, Any]


def run(rows: int = ROWS) -> Answer:
    """Measure all of them.

    Returns:
        Fields of `tresse bench`; `tried` formulas, `refused` of them by the engine's limits, the
        longest and the largest, and all that are over a bar.
    """
    sorts = json.loads(CASES.read_text(encoding="utf-8")).values()
    every = [text for texts in sorts for text in texts]
    found = [each for text in every if (each := _apart(text, rows)) is not None]
    worst = max(found, key=lambda each: each["mib"])
    slowest = max(found, key=lambda each: each["seconds"])
    return {
        "name": "hostile",
        "rows": rows,
        "seconds": slowest["seconds"],
        "tried": len(found),
        "refused": sum(each["state"] != "written" for each in found),
        "slowest": slowest,
        "largest": worst,
        "over": [e for e in found if e["seconds"] > 2 or e["mib"] * 1.048576 > 500],
        "peak_mib": peak_mib(),
    }


def _apart(text: str, rows: int) -> Answer | None:
    try:
        _value(text)
    except TresseError:
        return None
    command = [sys.executable, "-c", ALONE, text, str(rows)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603  ours
    if done.returncode:
        ended = f"ended {done.returncode}"
        return {"text": text[:120], "state": ended, "seconds": 99, "mib": 9_999}
    answer: Answer = json.loads(done.stdout)
    return answer


def _value(text: str) -> Any:
    columns = {
        name: formula_column(type_, sa.column(name, TYPES[type_].column), name)
        for name, (type_, _) in ROW.items()
    }
    return built(text, columns, Moment(datetime(2026, 3, 10, tzinfo=UTC), ZoneInfo("Europe/Paris")))


def one(text: str, rows: int) -> Answer:
    """One formula over rows, written to a file; in this process."""
    with TemporaryDirectory(prefix="tresse-hostile-") as home:
        folder = Path(home)
        table = pa.table({name: pa.array([value] * rows) for name, (_, value) in ROW.items()})
        pq.write_table(table, folder / "rows.parquet")
        del table
        names = [sa.column(name, TYPES[type_].column) for name, (type_, _) in ROW.items()]
        value = _value(text)
        with opened("duckdb", spill=folder / "spill", folders=[folder], memory=MEMORY) as engine:
            read = engine.read([folder / "rows.parquet"], names)
            engine.scalar(sa.select(sa.func.count()).select_from(read))
            before, began = peak_mib(), time.monotonic()
            cell = sa.type_coerce(value.expression, COLUMNS[value.type]).label("f")
            state = "written"
            try:
                engine.write(sa.select(cell).select_from(read), folder / "out")
            except TresseError as error:
                state = error.code
        seconds = round(time.monotonic() - began, 2)
    return {"text": text[:120], "state": state, "seconds": seconds, "mib": peak_mib() - before}
