"""Rows of every type that columns have, with what goes wrong in practice."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from hypothesis import strategies as st

from tresse.engine.relations import TextList, schema
from tresse.engine.types import Instant

Row = tuple[Any, ...]
COLUMNS: tuple[sa.ColumnClause[Any], ...] = (
    sa.column("id", sa.BigInteger()),
    sa.column("t", sa.Text()),
    sa.column("u", sa.Text()),
    sa.column("n", sa.BigInteger()),
    sa.column("m", sa.BigInteger()),
    sa.column("d", sa.Numeric(21, 6)),
    sa.column("x", sa.Double()),
    sa.column("b", sa.Boolean()),
    sa.column("day", sa.Date()),
    sa.column("other_day", sa.Date()),
    sa.column("local", sa.DateTime()),
    sa.column("at", Instant()),
    sa.column("later", Instant()),
    sa.column("l", TextList()),
)
ODD = [
    "",
    " ",
    "\t a\u00a0\u200b ",
    "NULL",
    "\\N",
    "a\0b",
    "\0",
    "O'Brien",
    'say "hi"',
    "back\\slash \\d $1 \\1",
    "50 % _ :x {0} ${y}",
    "a;b;;c",
    ";",
    "straße İstanbul ΣΑΣ ﬁ",
    "e\u0301 é \u212b",
    "👩‍👩‍👧 zażółć",
    "line\r\nbreak\u2028\x85",
    "-12",
    " +7 ",
    "9223372036854775807",
    "9223372036854775808",
    "1_000",
    "0x1F",
    "١٢",
    "12.5",
    "-.5000005",
    "1234567890123456.7",
    "1e3",
    "-1.5E-400",
    "1e400",
    "nan",
    "Infinity",
    "2026-03-01",
    "2026-02-30",
    "0000-01-01",
    "9999-12-31T23:59:59.999999Z",
    "2026-03-29 02:30",
    "2026-03-01T24:00:00",
    "2026-03-01 12:30:00.1234567+0530",
    "2026-03-01 12:30:61",
    "1/3/69",
    "31/12/2026 23:59",
    '["a", 1, null, {"b": []}]',
    '{"a": {"b": ["ü", NaN]}}',
    '{"a": {"b": ["ü", 1.0]}}',
    "[",
    "true",
]
ODD.append("é" * 70_000)
_letters = st.characters(exclude_categories=["Cs", "Cn"])
texts = st.none() | st.sampled_from(ODD[:-1]) | st.text(_letters, max_size=20)
wholes = st.none() | st.sampled_from([0, 1, -1, 2**53, -(2**53)]) | st.integers(-(10**9), 10**9)
decimals = st.none() | st.decimals(-(10**14), 10**14, places=6, allow_nan=False)
floats = st.none() | st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf]) | st.floats()
days = st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))
_near = st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001  local times
_far = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001
_gaps = st.sampled_from(
    [
        datetime(2026, 3, 29, 2, 0),  # noqa: DTZ001
        datetime(2026, 3, 29, 2, 59, 59, 999999),  # noqa: DTZ001
        datetime(2026, 3, 29, 3, 0),  # noqa: DTZ001
        datetime(2026, 10, 25, 2, 0),  # noqa: DTZ001
        datetime(2026, 10, 25, 2, 59, 59, 999999),  # noqa: DTZ001
        datetime(2026, 10, 25, 3, 0),  # noqa: DTZ001
    ]
)
local_times = st.none() | _gaps | _near | _far
instants = local_times.map(lambda at: at and at.replace(tzinfo=UTC))
lists = st.none() | st.lists(
    st.none() | st.sampled_from(["", " b ", "a", "a", 'q"', "é"]), max_size=5
)
rows = st.builds(
    lambda *cells: cells,
    texts,
    texts,
    wholes,
    wholes,
    decimals,
    floats,
    st.none() | st.booleans(),
    days,
    days,
    local_times,
    instants,
    instants,
    lists,
)
PLAIN = ("x", "y", 1, 2, Decimal("1.5"), 0.5, True, date(2026, 1, 1), date(2026, 2, 1))
_LOCAL = datetime(2026, 1, 1)  # noqa: DTZ001
_REST = (_LOCAL, _LOCAL.replace(tzinfo=UTC), _LOCAL.replace(tzinfo=UTC), ["a"])
EMPTY: Row = (None,) * 13


def tables(*, least: int = 1, most: int = 25) -> st.SearchStrategy[list[Row]]:
    """Some rows; `with_odd` adds those that every table has."""
    return st.lists(rows, min_size=least, max_size=most)


def with_odd(found: list[Row]) -> list[Row]:
    """Rows, a row of NULLs, and one with each odd text."""
    return [EMPTY, *((text, *(PLAIN + _REST)[1:]) for text in ODD), *found]


def batch(found: list[Row]) -> pa.RecordBatch:
    """The rows, numbered, as Arrow."""
    cells = [list(range(len(found))), *map(list, zip(*found, strict=True))]
    arrays = [
        pa.array(column, field.type) for column, field in zip(cells, schema(COLUMNS), strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema(COLUMNS))
