"""Core as Spark reads it: DuckDB's text, translated by sqlglot.

What Spark does not compute as DuckDB does becomes a function that runs a DuckDB in Spark's workers:
the largest expression around it that belongs to one row (`spark_worker`).
"""

from typing import Any

import sqlalchemy as sa
import sqlglot
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import elements, functions, visitors

from tresse.engine import constructs
from tresse.engine.columns.groups import Picked
from tresse.engine.columns.renderings import SPARK, Column, rendered
from tresse.engine.constructs_formulas import Call
from tresse.engine.duckdb import DuckCompiler, DuckDialect
from tresse.engine.duckdb import sql as on_duckdb
from tresse.engine.functions import FunctionCall, called
from tresse.engine.portable import WAREHOUSE
from tresse.engine.refusals import NOT_PORTABLE
from tresse.engine.relations import arrow_type, duckdb_type
from tresse.engine.spark_worker import Work

# What stays in Spark and is handed to the workers as a column: values of more than one row.
_LEAVES = (
    elements.ColumnClause,
    elements.Over,
    elements.FunctionFilter,
    elements.WithinGroup,
    sa.ScalarSelect,
    sa.Exists,
    Picked,
)
_OF_ONE_ROW = {"coalesce", "greatest", "least", "length", "nullif", "trim"}
_AGGREGATES = WAREHOUSE - _OF_ONE_ROW


class SparkCompiler(DuckCompiler):
    """Collects in `works` what the workers are to compute."""

    works: dict[str, Work]

    def __init__(self, *given: Any, **kw: Any) -> None:
        self.works = {}
        super().__init__(*given, **kw)

    def visit_function(self, func: Any, *given: Any, **kw: Any) -> str:
        """Functions of our list alone.

        Raises:
            TresseError: `not_portable`.
        """
        element: Any = func
        if element.name.lower() not in WAREHOUSE:
            raise NOT_PORTABLE(function=element.name)
        if element.name.lower() in _OF_ONE_ROW and _is_in_workers(element):
            return by_duckdb(element, self, **kw)
        return super().visit_function(element, *given, **kw)

    def visit_case(self, clause: Any, **kw: Any) -> str:
        """As one with what is in it: Spark would work out all branches for all rows."""
        if _is_in_workers(clause):
            return by_duckdb(clause, self, **kw)
        return super().visit_case(clause, **kw)  # type: ignore[no-any-return, no-untyped-call]

    def visit_cast(self, cast: Any, **kw: Any) -> str:
        """To the same type, and from whole numbers to wider ones, as it is."""
        if _is_plain(cast):
            return super().visit_cast(cast, **kw)  # type: ignore[no-any-return, no-untyped-call]
        return by_duckdb(cast, self, **kw)

    def visit_truediv_binary(self, binary: Any, operator: Any, **kw: Any) -> str:  # noqa: ARG002
        """Engines differ in types, and at zero."""
        return by_duckdb(binary, self, **kw)

    visit_floordiv_binary = visit_mod_binary = visit_truediv_binary
    visit_like_op_binary = visit_not_like_op_binary = visit_truediv_binary
    visit_ilike_op_binary = visit_not_ilike_op_binary = visit_truediv_binary


class SparkDialect(DuckDialect):
    """What sqlglot then translates."""

    name = "spark"
    statement_compiler = SparkCompiler


DIALECT = SparkDialect()


def sql(statement: sa.ClauseElement) -> tuple[str, dict[str, Work]]:
    """The statement as Spark reads it, and the functions it calls, by name.

    Raises:
        TresseError: `not_portable`.
    """
    compiled: Any = statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
    return translated(str(compiled)), compiled.works


def translated(text: str) -> str:
    """DuckDB's text as Spark's."""
    [found] = sqlglot.transpile(
        text, read="duckdb", write="spark", identify=True, normalize_functions=False
    )
    return found


def by_duckdb(element: sa.ColumnElement[Any], compiler: Any, **kw: Any) -> str:
    """The call of a function that works out an expression in a DuckDB of the workers."""
    kw.pop("within_columns_clause", None)
    kw.pop("add_to_result_map", None)
    found: dict[str, elements.ColumnClause[Any]] = {}

    def replaced(each: Any, **_: Any) -> Any:
        if not _is_leaf(each):
            return None
        text = compiler.process(each, **kw)
        return found.setdefault(text, sa.column(f"a{len(found)}", each.type))

    traverse: Any = visitors.replacement_traverse
    inner = traverse(element, {}, replaced)
    takes = tuple(duckdb_type(column.type, column.name) for column in found.values())
    work = Work(
        on_duckdb(inner),
        duckdb_type(element.type),
        # A function of Spark takes a column at least, to know the number of rows by.
        takes or ("BOOLEAN",),
        tuple(called(inner).values()),
    )
    compiler.works[work.name] = work
    return f"{work.name}({', '.join(found or ['true'])})"


def _is_plain(cast: Any) -> bool:
    given, wanted = cast.clause.type, cast.type
    is_constant = isinstance(cast.clause, elements.Null | elements.BindParameter)
    if is_constant or isinstance(given, sa.types.NullType):
        return True
    is_wider = isinstance(given, sa.Integer) and isinstance(wanted, sa.Integer | sa.Numeric)
    return arrow_type(given) == arrow_type(wanted) or is_wider


def _is_in_workers(element: Any) -> bool:
    """Whether a part of it goes to the workers anyway, and all of it can."""
    parts = list(visitors.iterate(element))
    if isinstance(element.type, sa.types.NullType) or any(
        isinstance(each, sa.Select | sa.CompoundSelect) for each in parts
    ):
        return False
    return any(
        isinstance(each, (Call, FunctionCall, *_CONSTRUCTS))
        and not isinstance(each, Picked)
        and not (isinstance(each, Column) and each.function in SPARK)
        for each in parts
    )


def _is_leaf(each: Any) -> bool:
    if isinstance(each, _LEAVES):
        return True
    is_function = isinstance(each, functions.FunctionElement)
    return is_function and getattr(each, "name", "").lower() in _AGGREGATES


@compiles(Column, "spark")
def _column(element: Column, compiler: Any, **kw: Any) -> str:
    if element.function in SPARK:
        return rendered(element, compiler, SPARK[element.function], **kw)
    return by_duckdb(element, compiler, **kw)


compiles(Call, "spark")(by_duckdb)
compiles(FunctionCall, "spark")(by_duckdb)

_CONSTRUCTS: tuple[type[Any], ...] = (
    constructs.Position,
    constructs.Normal,
    constructs.Folded,
    constructs.PlainText,
    constructs.PercentOf,
    constructs.Ending,
    constructs.Matches,
    constructs.LocalDay,
    constructs.MonthDay,
)
for _each in _CONSTRUCTS:
    compiles(_each, "spark")(by_duckdb)
