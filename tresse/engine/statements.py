"""Turns a Core statement into the text, parameters and readers that a DB-API cursor needs.

Core is used as a compiler only: the statement runs on whatever connection the caller owns, inside
the caller's transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.base import Executable

# "pyformat" on SQLite is what Django's cursor turns into the driver's own style.
DIALECTS: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="pyformat"),
    "postgresql": postgresql.psycopg.dialect(),  # type: ignore[no-untyped-call]
}

# What PostgreSQL calls its exact numbers; Core asks for it before it gives a reader of numbers.
NUMERIC = 1700
Reader = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement ready for a cursor: its text, its parameters, and a reader per result column."""

    text: str
    parameters: Mapping[str, Any]
    readers: tuple[Reader, ...]

    def read(self, rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Rows as Python values (instants, decimals, booleans), whatever the driver gave."""
        if not any(self.readers):
            return [tuple(row) for row in rows]
        return [
            tuple(
                value if reader is None else reader(value)
                for reader, value in zip(self.readers, row, strict=True)
            )
            for row in rows
        ]


def prepared(statement: Executable, vendor: str) -> Prepared:
    """Compile a statement for one database, every value a bound parameter.

    Args:
        statement: Any Core select, insert, update, delete or DDL element.
        vendor: `sqlite` or `postgresql`, as Django names them.
    """
    dialect = DIALECTS[vendor]
    compiled: Any = statement.compile(  # type: ignore[attr-defined]
        dialect=dialect, compile_kwargs={"render_postcompile": True}
    )
    parameters = dict(compiled.params or {})
    # A list of values (`in_`) is bound one by one, under names of its own.
    expanded = getattr(compiled, "_post_compile_expanded_state", None)
    writers = {
        **getattr(compiled, "_bind_processors", {}),
        **(expanded.processors if expanded else {}),
    }
    for name, write in writers.items():
        if name in parameters and callable(write):
            parameters[name] = write(parameters[name])
    return Prepared(str(compiled), parameters, _readers(statement, dialect))


def _readers(statement: Executable, dialect: Dialect) -> tuple[Reader, ...]:
    columns: Iterable[Any] = ()
    if isinstance(statement, sa.Select | sa.CompoundSelect):
        columns = statement.selected_columns
    elif getattr(statement, "_returning", None):
        columns = statement._all_selected_columns
    return tuple(reader(column.type, dialect) for column in columns)


def reader(type_: sa.types.TypeEngine[Any], dialect: Dialect) -> Reader:
    """What turns a driver's value into Python's, or None if nothing needs to be done."""
    return type_.dialect_impl(dialect).result_processor(dialect, NUMERIC)


def writer(type_: sa.types.TypeEngine[Any], vendor: str) -> Reader:
    """What turns a Python value into the driver's, or None: for bulk loads that bypass binding."""
    dialect = DIALECTS[vendor]
    return type_.dialect_impl(dialect).bind_processor(dialect)
