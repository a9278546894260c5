"""Expressions that a DuckDB works out in the workers of Spark, on Arrow batches.

What DuckDB and Spark do not compute alike is computed by DuckDB on both.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from tresse.engine.duckdb import locked, register, register_prepared
from tresse.engine.functions import Prepared

_MEMORY = "512MB"
_own = threading.local()


@dataclass(frozen=True)
class Work:
    """One expression, as DuckDB reads it, over columns `a0`, `a1` and so on."""

    expression: str
    returns: str
    "Its type in DuckDB."
    takes: tuple[str, ...]
    "The types of the columns in DuckDB."
    functions: tuple[Prepared, ...] = ()

    @property
    def name(self) -> str:
        """Its name as a function of Spark: the same work has the same name."""
        told = repr((self.expression, self.returns, self.takes))
        mark = hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()
        return f"tresse_{mark}"

    def on(self, *columns: Any) -> pa.Array:
        """Its value for every row of columns of the same length."""
        connection = _connection(self.functions)
        names = [f"a{i}" for i in range(len(columns))]
        connection.register("batch", pa.Table.from_arrays(list(columns), names))
        cells = ", ".join(
            f"CAST({n} AS {t}) AS {n}" for n, t in zip(names, self.takes, strict=True)
        )
        found = connection.sql(
            f"SELECT CAST({self.expression} AS {self.returns}) AS found "  # noqa: S608  our own
            f"FROM (SELECT {cells} FROM batch) AS batch"
        )
        return found.to_arrow_table().column("found").combine_chunks()


def evaluating(work: Work) -> Callable[..., Any]:
    """The work as a function that Spark sends to its workers."""

    def evaluated(*columns: pa.Array) -> pa.Array:
        return work.on(*columns)

    return evaluated


def _connection(functions: tuple[Prepared, ...]) -> duckdb.DuckDBPyConnection:
    if not hasattr(_own, "connection"):
        # One thread keeps the rows in order, and a worker of Spark has one core.
        connection = duckdb.connect(config={"threads": 1, "memory_limit": _MEMORY})
        register(connection)
        locked(connection, preserve_order=True)
        _own.connection, _own.registered = connection, set()
    for each in functions:
        if each.name not in _own.registered:
            register_prepared(_own.connection, each)
            _own.registered.add(each.name)
    return _own.connection  # type: ignore[no-any-return]
