"""Functions in Python over whole columns, the same code on every engine.

For what no engine's SQL does alike: number plans of phones, names of countries, local times.

    PHONE = Function("phone", e164, sa.Text())
    sa.select(PHONE(table.c.phone, country="FR"))

calls `e164("06 12 34 56 78", country="FR")` once for each distinct value of a batch. Values may be
NULL-free texts, whole numbers, floats, booleans, days, times, decimals and lists of text. A
function must give the same for the same values always, and must not raise: what it cannot read is
None. An error in it ends the step, as a fault of ours.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeEngine

from tresse.engine.relations import arrow_type

_REMEMBERED = 50_000
"Most values of a column that are remembered with what the function gave for them."
_LONGEST = 200
"Longer texts are not."


@dataclass(frozen=True)
class Function:
    """A function in Python that statements may call on columns."""

    name: str
    "`phone`; lower case, letters, digits and underscores. Unique in the house."
    python: Callable[..., Any]
    """A module's function, importable under its name on the workers of a cluster too. Takes a value
    of each column, then the settings by name; answers a value of `returns` or None. With `is_bulk`
    it takes Arrow arrays and answers one of the same length."""
    returns: TypeEngine[Any]
    takes: tuple[TypeEngine[Any], ...] = (sa.Text(),)
    "Types of its columns."
    is_bulk: bool = False
    "Takes Arrow arrays, NULLs in them, instead of values."
    takes_null: bool = False
    "Is called for NULLs as well; else NULL in any column gives NULL. Not for `is_bulk`."

    def __call__(self, *columns: Any, **settings: Any) -> "FunctionCall":
        """The expression; settings are constants: texts, numbers, booleans, None, tuples of these.

        Their `repr` must tell them apart, as those of plain values do.
        """
        if len(columns) != len(self.takes):
            message = f"{self.name} takes {len(self.takes)} columns, not {len(columns)}."
            raise TypeError(message)
        parts = tuple(
            sa.type_coerce(sa.literal(c) if not isinstance(c, sa.ColumnElement) else c, t)
            for c, t in zip(columns, self.takes, strict=True)
        )
        return FunctionCall(Prepared(self, tuple(sorted(settings.items()))), parts)


@dataclass(frozen=True)
class Prepared:
    """A function with its settings: what is registered on an engine, under `name`."""

    function: Function
    settings: tuple[tuple[str, Any], ...] = ()
    _known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Its name in SQL, another one for other settings."""
        if not self.settings:
            return f"tresse_{self.function.name}"
        mark = hashlib.md5(repr(self.settings).encode(), usedforsecurity=False).hexdigest()
        return f"tresse_{self.function.name}_{mark[:16]}"

    def __reduce__(self) -> tuple[Any, ...]:
        # What is remembered does not travel to the workers.
        return Prepared, (self.function, self.settings)

    def on_arrays(self, *given: Any) -> pa.Array:
        """Its value for every row of Arrow arrays (or chunked ones) of the same length."""
        settings = dict(self.settings)
        arrays = [a.combine_chunks() if isinstance(a, pa.ChunkedArray) else a for a in given]
        returns = arrow_type(self.function.returns)
        if self.function.is_bulk:
            found = self.function.python(*arrays, **settings)
            return found if found.type == returns else found.cast(returns)
        cells = [array.to_pylist() for array in arrays]
        if self.function.takes_null:
            keys: list[Any] = list(zip(*cells, strict=True))
        else:
            keys = [None if None in key else key for key in zip(*cells, strict=True)]
        return pa.array([self._of(key, settings) for key in keys], returns)

    def _of(self, key: tuple[Any, ...] | None, settings: dict[str, Any]) -> Any:
        if key is None:
            return None
        known = self._known
        try:
            return known[key]
        except TypeError:  # lists are not remembered
            return self.function.python(*key, **settings)
        except KeyError:
            value = self.function.python(*key, **settings)
            if all(not isinstance(each, str) or len(each) <= _LONGEST for each in (*key, value)):
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[key] = value
            return value


class FunctionCall(sa.ColumnElement[Any]):
    """A call of a function in Python; engines register it before they run the statement."""

    inherit_cache = False
    _traverse_internals = [
        ("parts", InternalTraversal.dp_clauseelement_tuple),
        ("type", InternalTraversal.dp_type),
    ]

    def __init__(self, prepared: Prepared, parts: tuple[sa.ColumnElement[Any], ...]) -> None:
        self.prepared = prepared
        self.parts = parts
        self.type = prepared.function.returns

    @property
    def _from_objects(self) -> list[sa.FromClause]:
        return [each for part in self.parts for each in part._from_objects]


@compiles(FunctionCall)
def _function_call(element: FunctionCall, compiler: SQLCompiler, **kw: Any) -> str:
    kw.pop("within_columns_clause", None)
    parts = ", ".join(compiler.process(sa.cast(part, part.type), **kw) for part in element.parts)
    return f"{element.prepared.name}({parts})"


def called(statement: sa.ClauseElement) -> dict[str, Prepared]:
    """The functions in Python that a statement calls, by their names in SQL."""
    return {
        each.prepared.name: each.prepared
        for each in visitors.iterate(statement)
        if isinstance(each, FunctionCall)
    }
