"""Turns a Core statement into the text, parameters and readers that a DB-API cursor needs.

Core is used as a compiler only: the statement runs on whatever connection the caller owns, inside
the caller's transaction. Statements of one shape are compiled once a process: Core tells shapes
apart by a key of everything but the bound values, and record tables enter it by their columns
(`objects.tables.RecordTable`), so that nothing has to be invalidated.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.base import Executable
from sqlalchemy.util import LRUCache

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


# Compiled statements that a process keeps, the least used going first.
KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What all statements of one shape share."""

    compiled: Any
    readers: tuple[Reader, ...]


SHAPES: LRUCache[Any, Shape] = LRUCache(KEPT)


def prepared(statement: Executable, vendor: str) -> Prepared:
    """Compile a statement for one database, every value a bound parameter.

    Args:
        statement: Any Core select, insert, update, delete or DDL element.
        vendor: `sqlite` or `postgresql`, as Django names them.
    """
    key = statement._generate_cache_key()  # type: ignore[attr-defined]
    # Without a key a part of the statement has no shape of its own: such are compiled each time.
    shape = SHAPES.get((vendor, key.key)) if key else None
    if shape is None:
        dialect = DIALECTS[vendor]
        compiled = statement.compile(dialect=dialect, cache_key=key)  # type: ignore[attr-defined]
        shape = Shape(compiled, _readers(statement, dialect))
        if key:
            SHAPES[vendor, key.key] = shape
    text, parameters = _bound(shape.compiled, key.bindparams if key else None)
    return Prepared(text, parameters, shape.readers)


def _bound(compiled: Any, values: Sequence[Any] | None) -> tuple[str, Mapping[str, Any]]:
    """The text of a compiled statement and its parameters, given those of this statement."""
    parameters = compiled.construct_params(
        extracted_parameters=values, _check=False, _no_postcompile=True
    )
    writers = compiled._bind_processors
    text = compiled.string
    if compiled.post_compile_params:
        # A list of values (`in_`) is bound one by one, under names of its own.
        expanded = compiled._process_parameters_for_postcompile(parameters)
        text, writers = expanded.statement, {**writers, **expanded.processors}
        parameters = {**parameters, **expanded.additional_parameters}
        for name in expanded.parameter_expansion:
            parameters.pop(name, None)
    for name, write in writers.items():
        if name in parameters and callable(write):
            parameters[name] = write(parameters[name])
    return text, parameters


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
