"""Rows of a source under a definition that need not be saved: what previews and counts stand on.

They come from the published version, whole, where the definition reads the same thing; else from a
look at the source.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tresse.connections.models import Connection
from tresse.engine.base import Engine, Stopped
from tresse.engine.relations import TextList
from tresse.engine.types import Instant
from tresse.kernel.clock import now
from tresse.sources.canonical import canonical_value
from tresse.sources.columns import Column
from tresse.sources.computing import Moment, formula
from tresse.sources.definition import SourceDefinition
from tresse.sources.extraction.layout import DELETED, FILE, KEY, LINE, bare
from tresse.sources.keys import Columns
from tresse.sources.looking import Look, look, root
from tresse.sources.models import Source, SourceVersion
from tresse.sources.normalising import Mark, normalised, raw_name
from tresse.sources.refusals import COUNT_TOO_LONG
from tresse.sources.stored import defaults
from tresse.sources.types import TYPES
from tresse.sources.versions import engine, table_of
from tresse.sources.written import result_type

PATIENCE = 120.0
"Seconds that somebody waits for a preview or for counts."
BEFORE = "_before."
"Begins the names of columns that hold a cell as it was, as text."


@dataclass(frozen=True, slots=True)
class Raw:
    """Raw rows on an engine: `_file`, `_line` and the columns of the source.

    `is_whole`: all rows there are. `version`: the number of the version they come from; None: from
    a look.
    """

    engine: Engine
    table: sa.FromClause
    types: Mapping[str, sa.types.TypeEngine[Any]]
    is_whole: bool
    version: int | None = None
    dates: Mapping[int, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows after types, rules and formulas; `table` also has `_file`, `_line`, `before` and marks.

    `before`: of each column that is read, the name of its cell as it was, as text.
    """

    table: sa.FromClause
    columns: Columns
    before: Mapping[str, str]
    marks: tuple[Mark, ...]

    @property
    def place(self) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
        """File and line of a row."""
        return self.table.c[FILE], self.table.c[LINE]


@contextmanager
def raw_rows(
    definition: SourceDefinition, connection: Connection, source: Source | None = None
) -> Iterator[Raw]:
    """Within the block, the raw rows that a definition reads.

    Args:
        definition: What is read.
        connection: Where.
        source: With a published version of the same reading, its rows are taken.

    Raises:
        TresseError: As `looking.look`; `count_too_long` (the block takes over two minutes).
    """
    version = source.version if source is not None else None
    is_read = version is not None and source is not None and _is_same(definition, source)
    found = None if is_read else look(connection, definition.read)
    until = time.monotonic() + PATIENCE
    try:
        with engine(folders=[root()], cancelled=lambda: time.monotonic() > until) as session:
            yield of_look(session, found) if found else _of_version(session, version)
    except Stopped:
        raise COUNT_TOO_LONG(source=definition.name, seconds=round(PATIENCE)) from None


def of_look(session: Engine, found: Look) -> Raw:
    """The raw rows of a look."""
    return Raw(session, found.table(session), found.types(), found.is_whole, dates=found.dates)


def _is_same(definition: SourceDefinition, source: Source) -> bool:
    read = source.definition.get("read", {})
    mine = definition.read
    name = "starts_with" if mine.starts_with else mine.sort
    same = source.definition.get("connection") == definition.connection
    return bool(same and read.get(name) == getattr(mine, name))


def _of_version(session: Engine, version: SourceVersion | None) -> Raw:
    """A version as raw rows: of a column with rules, the cells that stood there before them."""
    if version is None:
        raise AssertionError
    table = table_of(session, version)
    computed = {each["name"] for each in version.definition.get("computed", ())}
    names = [each["name"] for each in version.columns if each["name"] not in computed]
    own = {
        name: table.c[raw_name(name)] if raw_name(name) in table.c else table.c[name]
        for name in names
    }
    line = sa.func.row_number().over(order_by=table.c[KEY])
    rows = sa.select(
        sa.literal(0, sa.Integer()).label(FILE),
        sa.cast(line, sa.BigInteger()).label(LINE),
        *(column.label(name) for name, column in own.items()),
    ).where(table.c[DELETED].is_(None))
    types = {name: column.type for name, column in own.items()}
    return Raw(session, rows.subquery("raw"), types, is_whole=True, version=version.number)


def first(raw: Raw, number: int) -> Raw:
    """The first rows, kept as a step: rules in Python then run on no others."""
    columns = [raw.table.c[name] for name in (FILE, LINE, *raw.types)]
    few = sa.select(*columns).order_by(raw.table.c[FILE], raw.table.c[LINE]).limit(number)
    return replace(raw, table=raw.engine.keep("first", few))


def judged(raw: Raw, definition: SourceDefinition) -> Judged:
    """The raw rows under a definition; nothing runs yet.

    Args:
        raw: The rows.
        definition: Resolved; columns that the rows lack are left out.

    Raises:
        TresseError: What formulas are refused with.
    """
    columns = [column for column in definition.columns or () if column.name in raw.types]
    settings = defaults()
    before = {column.name: f"{BEFORE}{at}" for at, column in enumerate(columns)}
    given = sa.select(
        raw.table.c[FILE],
        raw.table.c[LINE],
        *(raw.table.c[column.name] for column in columns),
        *(
            _as_text(raw.table.c[name], raw.types[name]).label(label)
            for name, label in before.items()
        ),
    ).subquery("given")
    read = normalised(
        given,
        [_typed(column, raw.types[column.name]) for column in columns],
        carried=(FILE, LINE, *before.values()),
        defaults=settings,
    )
    table: sa.FromClause = read.statement.subquery("judged")
    types = {column.name: result_type(_typed(column, raw.types[column.name])) for column in columns}
    if definition.computed:
        moment = Moment(now(), ZoneInfo(settings.zone))
        known = {name: (type_, table.c[name]) for name, type_ in types.items()}
        added = []
        for each in definition.computed:
            type_, expression = formula(each, known, moment)
            types[each.name] = type_
            added.append(sa.cast(expression, bare(type_)).label(each.name))
        table = sa.select(*table.c, *added).subquery("computed")
    final = {name: (type_, table.c[name]) for name, type_ in types.items()}
    return Judged(table, final, before, read.marks)


def _typed(column: Column, raw: sa.types.TypeEngine[Any]) -> Column:
    """A column left to detection takes the type it came with."""
    if column.type:
        return column
    return Column(name=column.name, type=type_name(raw) or "text", rules=column.rules)


def type_name(core: sa.types.TypeEngine[Any]) -> str:
    """The type of S52 that holds what came as a Core type; empty: only its text is exact."""
    for name, sort in (
        ("datetime", Instant),
        ("list", TextList),
        ("boolean", sa.Boolean),
        ("integer", sa.Integer),
        ("number", sa.Float),
        ("decimal", sa.Numeric),
        ("date", sa.Date),
        ("text", sa.String),
    ):
        if isinstance(core, sort):
            return name
    return ""


def _as_text(
    column: sa.ColumnElement[Any], core: sa.types.TypeEngine[Any]
) -> sa.ColumnElement[str]:
    name = type_name(core)
    if name == "text" or not name:
        return sa.cast(column, sa.Text())
    typed = sa.cast(column, TYPES[name].column)
    return sa.type_coerce(canonical_value(typed, name), sa.Text())
