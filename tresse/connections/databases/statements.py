"""Statements that read what a request asks for: one, or page by page (S74, S76, S77)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.connections.kinds.base import Request, Value

Run = Callable[[sa.Select[Any]], Iterator[pa.RecordBatch]]


def source_of(name: sa.quoted_name, schema: str | None, columns: Sequence[str]) -> sa.FromClause:
    """A table or query to select from, under an alias.

    `ORDER BY` then means its columns, never the selected expressions that PostgreSQL would prefer.
    All names are quoted: each version of a server reserves other words.
    """
    quoted: list[sa.ColumnClause[Any]] = [
        sa.column(sa.quoted_name(each, quote=True)) for each in columns
    ]
    within = sa.quoted_name(schema, quote=True) if schema else None
    table = sa.table(name, *quoted, schema=within)
    return table.alias("read_from")


def query_name(query: str) -> sa.quoted_name:
    """A query in the place of a table; the line ends keep a comment of it from going on."""
    return sa.quoted_name(f"(\n{query}\n)", quote=False)


def statements(
    request: Request, source: sa.FromClause, selected: Sequence[sa.ColumnElement[Any]], run: Run
) -> Iterator[pa.RecordBatch]:
    """The rows of a request: those without cursor, then the others, page by page if so asked.

    Args:
        request: What to read.
        source: Where from, with all columns that the request names.
        selected: What to select, in the order of the batches' columns.
        run: Runs a statement; gives at least one batch, which may be empty.
    """
    left = request.limit
    for statement, order in _parts(request, source, selected):
        if request.page_rows and order:
            batches = _pages(request, source, statement, order, run)
        else:
            batches = run(statement.limit(left) if left is not None else statement)
        for batch in batches:
            taken = batch if left is None else batch.slice(0, left)
            left = None if left is None else left - taken.num_rows
            yield taken
        if left == 0:
            return


def _parts(
    request: Request, source: sa.FromClause, selected: Sequence[sa.ColumnElement[Any]]
) -> Iterator[tuple[sa.Select[Any], tuple[str, ...]]]:
    statement = sa.select(*selected).select_from(source)
    if not request.cursor:
        order = request.key if request.is_ordered or request.page_rows or request.after else ()
        if request.after:
            statement = statement.where(behind(source, order, request.after))
        yield statement.order_by(*_columns(source, order)), order
        return
    cursor = source.c[request.cursor]
    if request.null_cursor and not request.after:
        key = request.key
        yield statement.where(cursor.is_(None)).order_by(*_columns(source, key)), ()
    order = (request.cursor, *(name for name in request.key if name != request.cursor))
    statement = statement.where(cursor.is_not(None))
    if request.after:
        statement = statement.where(behind(source, order, request.after))
    elif request.since is not None:
        statement = statement.where(cursor >= value(request.since))
    if request.until is not None:
        statement = statement.where(cursor <= value(request.until))
    yield statement.order_by(*_columns(source, order)), order


def asked(request: Request, source: sa.FromClause, names: Sequence[str]) -> sa.Subquery:
    """Some columns of the rows that a request asks for, in one statement."""
    statement = sa.select(*_columns(source, names)).select_from(source)
    parts = list(_parts(request, source, _columns(source, names)))
    wanted = [part.whereclause for part, _ in parts]
    if all(each is not None for each in wanted):
        statement = statement.where(sa.or_(*(each for each in wanted if each is not None)))
    return statement.limit(request.limit).subquery("asked")


def _columns(source: sa.FromClause, names: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    return [source.c[name] for name in names]


def _pages(
    request: Request,
    source: sa.FromClause,
    statement: sa.Select[Any],
    order: Sequence[str],
    run: Run,
) -> Iterator[pa.RecordBatch]:
    """Pages of `page_rows`; each begins behind the last row of the one before."""
    page = statement
    while True:
        rows, last = 0, None
        for batch in run(page.limit(request.page_rows)):
            rows += batch.num_rows
            if batch.num_rows:
                last = batch.slice(batch.num_rows - 1)
            yield batch
        if last is None or rows < request.page_rows:
            return
        at = tuple(last.column(name)[0].as_py() for name in order)
        page = statement.where(behind(source, order, at))


def behind(
    source: sa.FromClause, order: Sequence[str], at: Sequence[Value]
) -> sa.ColumnElement[bool]:
    """Rows behind a row in an order: `a > x OR a = x AND (b > y OR …)`.

    The first column is asked apart, as no optimiser finds its index through an OR.
    """
    later: sa.ColumnElement[bool] = sa.false()
    for name, given in reversed(list(zip(order, at, strict=False))):
        column, bound = source.c[name], value(given)
        later = sa.or_(column > bound, sa.and_(column == bound, later))
    return sa.and_(source.c[order[0]] >= value(at[0]), later)


def value(given: Value) -> sa.ColumnElement[Any]:
    """A cursor or key value as both servers read it: numbers as such, all else as a text."""
    if isinstance(given, bool):
        return sa.literal(int(given), sa.Integer())
    if isinstance(given, int):
        return sa.literal(given, sa.Integer())
    if isinstance(given, float):
        return sa.literal_column(repr(given))
    return sa.literal(text_of(given), sa.String())


def text_of(given: Any) -> str:
    """A date-time without its offset, which is UTC: sessions are in UTC."""
    if isinstance(given, datetime):
        plain = given.astimezone(UTC).replace(tzinfo=None) if given.tzinfo else given
        return plain.isoformat(sep=" ")
    return given.isoformat() if isinstance(given, date) else str(given)


def complete(request: Request, columns: Sequence[str]) -> tuple[Request, int]:
    """A request that also reads what its pages are told apart by, and how many columns it was.

    The columns that were added stand at the end and are cut off again.
    """
    asked = request.columns or tuple(columns)
    if not request.page_rows:
        return replace(request, columns=asked), len(asked)
    needed = [name for name in (request.cursor, *request.key) if name and name not in asked]
    return replace(request, columns=(*asked, *needed)), len(asked)
