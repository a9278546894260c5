"""Named set steps of a run: raw rows in, the rows of the next version out.

Every function takes tables and answers a select; nothing runs here. A row is known within a run by
its file and line, so that repeated keys and refused rows can be named one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.engine.columns import try_cast
from tresse.engine.types import Instant
from tresse.sources.canonical import canonical_hash, key_text
from tresse.sources.computing import Moment, formula
from tresse.sources.extraction.layout import (
    DELETED,
    FILE,
    FIRST_READ,
    HASH,
    KEY,
    LINE,
    MODIFIED,
    READ,
    Layout,
    bare,
)
from tresse.sources.normalising import Mark, normalised
from tresse.sources.written import result_type

REASON, GONE, LATE, NO_CURSOR = "_row.reason", "_row.gone", "_row.late", "_row.no_cursor"
"""Of rows read: number of the reason they are refused for, when they were marked as deleted,
whether they claim to come from the future, whether they have no cursor."""
PLACE = "_row.place"
Columns = Mapping[str, tuple[str, sa.ColumnElement[Any]]]
"Type of S52 and expression, by name."
Erased = Callable[[Columns], sa.ColumnElement[bool] | None]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is refused (S101, S102). `column` is empty for `erased` (S103)."""

    column: str
    code: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The step `rows`: a select, and what its columns mean.

    One row per raw row: `_file _line _key _hash _modified_at _reason _gone _late _no_cursor`, the
    columns of the version by name, and the marks. `_key` is NULL where a part of it is.
    """

    statement: sa.Select[Any]
    types: Mapping[str, str]
    "Columns of the version, read and computed, with their types of S52."
    kept: tuple[str, ...]
    "Names of columns that keep what stood in those with rules (S61)."
    marks: tuple[Mark, ...]
    reasons: tuple[Reason, ...]


def rows_read(raw: sa.TableClause, layout: Layout, *, erased: Erased | None = None) -> Reading:
    """Raw rows with their types, rules, computed columns, key, hash and reason to be refused."""
    carried = (FILE, LINE, *([DELETED] if layout.marks_deleted else []))
    read = normalised(raw, layout.columns, carried=carried, defaults=layout.defaults)
    first = read.statement.subquery("first")
    types = {column.name: result_type(column) for column in layout.columns}
    table = _with_computed(first, types, layout)
    columns = {name: (type_, table.c[name]) for name, type_ in types.items()}
    reasons = list(_reasons(layout, columns, read.marks, table))
    if erased is not None and (condition := erased(columns)) is not None:
        reasons.insert(0, (Reason("", "erased"), condition))
    parts = [columns[name] for name in layout.definition.record_key]
    modified = _modified(layout, columns, table)
    started = sa.literal(layout.started, Instant())
    late = sa.func.coalesce(modified > started, sa.false()) if modified is not None else sa.false()
    nothing = sa.cast(sa.null(), Instant())
    statement = sa.select(
        table.c[FILE],
        table.c[LINE],
        sa.type_coerce(key_text(parts), sa.Text()).label(KEY),
        canonical_hash(
            [(name, *columns[name]) for name in layout.hashed], settled=layout.settled
        ).label(HASH),
        (nothing if modified is None else sa.case((late, started), else_=modified)).label(MODIFIED),
        _first_true([condition for _, condition in reasons]).label(REASON),
        (table.c[DELETED] if layout.marks_deleted else _gone(layout, columns)).label(GONE),
        late.label(LATE),
        _no_cursor(layout, columns).label(NO_CURSOR),
        *(column for _, column in columns.values()),
        *(table.c[name] for name in read.raw.values()),
        *(table.c[mark.label] for mark in read.marks),
    )
    return Reading(
        statement, types, tuple(read.raw.values()), read.marks, tuple(each for each, _ in reasons)
    )


def _with_computed(first: sa.Subquery, types: dict[str, str], layout: Layout) -> sa.Subquery:
    computed = layout.definition.computed
    if not computed:
        return first
    moment = Moment(layout.started, layout.zone)
    columns = {name: (type_, first.c[name]) for name, type_ in types.items()}
    added: list[sa.ColumnElement[Any]] = []
    for each in computed:
        type_, expression = formula(each, columns, moment)
        types[each.name] = type_
        added.append(try_cast(expression, bare(type_)).label(each.name))
    return sa.select(*first.c, *added).subquery("computed")


def _reasons(
    layout: Layout, columns: Columns, marks: Sequence[Mark], table: sa.Subquery
) -> list[tuple[Reason, sa.ColumnElement[bool]]]:
    """Reasons in the order they are looked at: key, cursor, required columns (S101)."""
    definition = layout.definition
    wanted = dict.fromkeys(definition.record_key, "key_null")
    if definition.extract.cursor:
        wanted.setdefault(definition.extract.cursor, "")
    for column in layout.columns:
        if column.is_required:
            wanted[column.name] = wanted.get(column.name) or "required_null"
    found: list[tuple[Reason, sa.ColumnElement[bool]]] = []
    for name, code in wanted.items():
        for mark in marks:
            if mark.column == name and mark.is_fault:
                found.append((Reason(name, mark.code), table.c[mark.label]))
        if code:
            found.append((Reason(name, code), columns[name][1].is_(None)))
    return found


def _first_true(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[int]:
    nothing = sa.cast(sa.null(), sa.Integer())
    if not conditions:
        return nothing
    numbered = [
        (condition, sa.literal(at, sa.Integer())) for at, condition in enumerate(conditions)
    ]
    return sa.case(*numbered, else_=nothing)


def _modified(layout: Layout, columns: Columns, table: sa.Subquery) -> sa.ColumnElement[Any] | None:
    """When a row was changed, by its own column, else by the date of its file (S57, S81)."""
    name = layout.definition.modified_at
    own = sa.cast(columns[name][1], Instant()) if name else None
    dates = {at: sa.literal(date, Instant()) for at, date in layout.dates.items()}
    dated = (
        sa.case(dates, value=table.c[FILE], else_=sa.cast(sa.null(), Instant())) if dates else None
    )
    if own is None or dated is None:
        return dated if own is None else own
    return sa.func.coalesce(own, dated)


def _gone(layout: Layout, columns: Columns) -> sa.ColumnElement[Any]:
    """When a row was marked as deleted by its own column; NULL where it is not (S80)."""
    nothing = sa.cast(sa.null(), Instant())
    name = layout.definition.extract.deletes_column
    if not name:
        return nothing
    type_, column = columns[name]
    started = sa.literal(layout.started, Instant())
    if type_ in ("date", "datetime"):
        return sa.cast(column, Instant())
    if type_ == "boolean":
        return sa.case((column, started), else_=nothing)
    if type_ in ("integer", "decimal", "number"):
        return sa.case((column != 0, started), else_=nothing)
    return sa.case((column.is_not(None), started), else_=nothing)


def _no_cursor(layout: Layout, columns: Columns) -> sa.ColumnElement[bool]:
    name = layout.definition.extract.cursor
    return columns[name][1].is_(None) if name else sa.false()


def counted(rows: sa.TableClause, reading: Reading) -> sa.SelectBase:
    """One row: how many rows, late ones, ones without cursor; then of each reason and mark."""
    return sa.select(
        sa.func.count(),
        _number(rows.c[LATE]),
        _number(rows.c[NO_CURSOR]),
        *(_number(rows.c[REASON] == at) for at in range(len(reading.reasons))),
        *(_number(rows.c[mark.label]) for mark in reading.marks),
    ).select_from(rows)


def _number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def repeated_keys(rows: sa.TableClause) -> sa.Select[Any]:
    """Keys that more than one accepted row has: `_key`."""
    return (
        sa.select(rows.c[KEY])
        .where(rows.c[REASON].is_(None))
        .group_by(rows.c[KEY])
        .having(sa.func.count() > 1)
    )


def superseded_rows(rows: sa.TableClause, repeated: sa.TableClause) -> sa.Select[Any]:
    """Rows that give way to another of their key: the newest stays, then the last read (S43).

    Returns:
        `_file`, `_line`; each row once.
    """
    order = (rows.c[MODIFIED].desc().nulls_last(), rows.c[FILE].desc(), rows.c[LINE].desc())
    place = sa.func.row_number().over(partition_by=rows.c[KEY], order_by=order)
    ranked = (
        sa.select(rows.c[FILE], rows.c[LINE], place.label(PLACE))
        .select_from(rows.join(repeated, rows.c[KEY] == repeated.c[KEY]))
        .where(rows.c[REASON].is_(None))
        .subquery("ranked")
    )
    return sa.select(ranked.c[FILE], ranked.c[LINE]).where(ranked.c[PLACE] > 1)


def entering(
    rows: sa.TableClause,
    superseded: sa.TableClause | None,
    *,
    present: sa.TableClause | None = None,
    started: datetime | None = None,
) -> sa.Select[Any]:
    """The rows that stand for their keys: all columns of `rows`.

    Args:
        rows: The step `rows`.
        superseded: Rows that give way; None: none does.
        present: Of several files each of which holds everything, `_key` of the last: rows of the
            others are gone since `started`.
        started: When the run began.
    """
    columns: list[sa.ColumnElement[Any]] = list(rows.c)
    source: sa.FromClause = rows
    conditions = [rows.c[REASON].is_(None)]
    if superseded is not None:
        same = sa.and_(rows.c[FILE] == superseded.c[FILE], rows.c[LINE] == superseded.c[LINE])
        source = source.outerjoin(superseded, same)
        conditions.append(superseded.c[LINE].is_(None))
    if present is not None:
        source = source.outerjoin(present, rows.c[KEY] == present.c[KEY])
        gone = sa.case(
            (present.c[KEY].is_(None), sa.literal(started, Instant())), else_=rows.c[GONE]
        )
        columns = [gone.label(GONE) if column.name == GONE else column for column in rows.c]
    return sa.select(*columns).select_from(source).where(*conditions)


def present_keys(rows: sa.TableClause, file: int) -> sa.Select[Any]:
    """Keys of the rows of one file, refused rows too: `_key`, each once."""
    return sa.select(rows.c[KEY]).where(rows.c[KEY].is_not(None), rows.c[FILE] == file).distinct()


SAME, OLDER, WENT_BACK = "_row.same", "_row.older", "_row.went_back"


def matched(
    rows: sa.Select[Any],
    old: sa.TableClause,
    *,
    layout: Layout,
    read_before: Any = None,
) -> sa.Select[Any]:
    """Rows whose key the last version holds: what it knows of them, and how they compare.

    Args:
        rows: `entering`.
        old: The last version.
        layout: Of the run.
        read_before: Rows that the last version read later than this instant stay as they are
            (S105); None: the rows of the run are the newest.

    Returns:
        `_key _same _older _went_back _modified_at _first_read_at _read_at _deleted_at _gone`.
        `_same`: nothing has changed, nor came back. `_older`: it gives way to what is there, which
        is newer. `_went_back`: it differs and is dated earlier than what is there.
    """
    new = rows.subquery("new")
    equal = new.c[HASH] == old.c[HASH]
    # A row that came back, or went, has changed whatever stands in it.
    same = sa.and_(equal, new.c[GONE].is_(None) == old.c[DELETED].is_(None))
    back = sa.func.coalesce(new.c[MODIFIED] < old.c[MODIFIED], sa.false())
    older: sa.ColumnElement[bool] = sa.false()
    if layout.definition.read.is_files:
        older = sa.and_(sa.not_(equal), back)
    if read_before is not None:
        newer = old.c[READ] > sa.literal(read_before, Instant())
        older = sa.and_(sa.not_(equal), sa.or_(newer, back))
    return sa.select(
        new.c[KEY],
        same.label(SAME),
        older.label(OLDER),
        sa.and_(sa.not_(equal), back).label(WENT_BACK),
        old.c[MODIFIED],
        old.c[FIRST_READ],
        old.c[READ],
        old.c[DELETED],
        new.c[GONE],
    ).select_from(new.join(old, new.c[KEY] == old.c[KEY]))


def rekeyed(old: sa.TableClause, key: Sequence[tuple[str, str]]) -> sa.Select[Any]:
    """Rows of a version under another key: of those that share one, the newest (S45).

    Args:
        old: The version.
        key: Name and type of S52 of each part. Rows without one of them are left out.
    """
    parts = [(type_, _carried(old, name, bare(type_))) for name, type_ in key]
    own = sa.type_coerce(key_text(parts), sa.Text()).label(KEY)
    columns = [column for column in old.c if column.name != KEY]
    under = sa.select(own, *columns).subquery("under")
    order = (under.c[MODIFIED].desc(), under.c[READ].desc(), under.c[HASH])
    place = sa.func.row_number().over(partition_by=under.c[KEY], order_by=order)
    ranked = sa.select(*under.c, place.label(PLACE)).where(under.c[KEY].is_not(None))
    each = ranked.subquery("ranked")
    wanted = [each.c[column.name] for column in old.c]
    return sa.select(*wanted).where(each.c[PLACE] == 1)


def compared(known: sa.TableClause) -> sa.SelectBase:
    """One row: how many keys the last version knew, unchanged, older, gone back, newly deleted."""
    marked = sa.and_(known.c[GONE].is_not(None), known.c[DELETED].is_(None))
    return sa.select(
        sa.func.count(),
        _number(known.c[SAME]),
        _number(known.c[OLDER]),
        _number(known.c[WENT_BACK]),
        _number(sa.and_(marked, sa.not_(known.c[OLDER]))),
    ).select_from(known)


def absent_keys(rows: sa.TableClause, old: sa.TableClause) -> sa.Select[Any]:
    """Keys of the last version that are no longer at the source, and were not marked yet: `_key`.

    Args:
        rows: Everything that was read, refused rows too: a row that was refused is there.
        old: The last version.
    """
    there = sa.select(rows.c[KEY]).where(rows.c[KEY].is_not(None)).subquery("there")
    missing = ~sa.exists().where(there.c[KEY] == old.c[KEY])
    return sa.select(old.c[KEY]).where(old.c[DELETED].is_(None), missing)


def new_version(
    rows: sa.Select[Any],
    known: sa.TableClause | None,
    old: sa.TableClause | None,
    absent: sa.TableClause | None,
    *,
    layout: Layout,
    columns: Mapping[str, sa.types.TypeEngine[Any]],
) -> sa.SelectBase:
    """All rows of the next version: those that enter, and those that stay.

    Args:
        rows: `entering`.
        known: `matched`; None without a last version.
        old: The last version; None: there is none, or nothing of it stays.
        absent: `absent_keys`; None: no row is marked as absent.
        layout: Of the run.
        columns: Columns of the version with their Core types, in order, without bookkeeping.

    Returns:
        One row per key: `columns`, then those of `layout.BOOK`.
    """
    new = rows.subquery("new")
    started = sa.literal(layout.started, Instant())
    if known is None or old is None:
        return sa.select(
            *(new.c[name] for name in columns),
            new.c[KEY],
            new.c[HASH],
            sa.func.coalesce(new.c[MODIFIED], started).label(MODIFIED),
            started.label(FIRST_READ),
            started.label(READ),
            new.c[GONE].label(DELETED),
        )
    is_same = sa.func.coalesce(known.c[SAME], sa.false())
    dated = sa.func.coalesce(new.c[MODIFIED], started)
    gone = sa.case((new.c[GONE].is_not(None), sa.func.coalesce(known.c[DELETED], new.c[GONE])))
    comes = (
        sa.select(
            *(new.c[name] for name in columns),
            new.c[KEY],
            new.c[HASH],
            sa.case((is_same, known.c[MODIFIED]), else_=dated).label(MODIFIED),
            sa.func.coalesce(known.c[FIRST_READ], started).label(FIRST_READ),
            sa.case((is_same, known.c[READ]), else_=started).label(READ),
            gone.label(DELETED),
        )
        .select_from(new.outerjoin(known, new.c[KEY] == known.c[KEY]))
        .where(sa.func.coalesce(sa.not_(known.c[OLDER]), sa.true()))
    )
    return sa.union_all(comes, _staying(known, old, absent, layout, columns))


def _staying(
    known: sa.TableClause,
    old: sa.TableClause,
    absent: sa.TableClause | None,
    layout: Layout,
    columns: Mapping[str, sa.types.TypeEngine[Any]],
) -> sa.Select[Any]:
    """Rows of the last version that no row of this run replaces."""
    replaced = sa.exists().where(known.c[KEY] == old.c[KEY], sa.not_(known.c[OLDER]))
    deleted: sa.ColumnElement[Any] = old.c[DELETED]
    source: sa.FromClause = old
    if absent is not None:
        started = sa.literal(layout.started, Instant())
        deleted = sa.case((absent.c[KEY].is_not(None), started), else_=old.c[DELETED])
        source = old.outerjoin(absent, old.c[KEY] == absent.c[KEY])
    return (
        sa.select(
            *(_carried(old, name, type_) for name, type_ in columns.items()),
            old.c[KEY],
            old.c[HASH],
            old.c[MODIFIED],
            old.c[FIRST_READ],
            old.c[READ],
            deleted.label(DELETED),
        )
        .select_from(source)
        .where(~replaced)
    )


def _carried(
    old: sa.TableClause, name: str, type_: sa.types.TypeEngine[Any]
) -> sa.ColumnElement[Any]:
    """A column of the last version as one of the next: of another type as far as it can be."""
    if name not in old.c:
        return sa.cast(sa.null(), type_).label(name)
    column = old.c[name]
    if type(column.type) is type(type_):
        return column
    return try_cast(column, type_).label(name)


def refused(rows: sa.TableClause, raw: sa.TableClause, layout: Layout) -> sa.Select[Any]:
    """The refused rows with their raw cells: `_file _line _key _reason`, the raw columns."""
    same = sa.and_(rows.c[FILE] == raw.c[FILE], rows.c[LINE] == raw.c[LINE])
    return (
        sa.select(
            rows.c[FILE],
            rows.c[LINE],
            rows.c[KEY],
            rows.c[REASON],
            *(raw.c[name] for name in layout.raw),
        )
        .select_from(rows.join(raw, same))
        .where(rows.c[REASON].is_not(None))
        .order_by(rows.c[FILE], rows.c[LINE])
    )


def repeats(version: sa.TableClause, key: Sequence[str]) -> sa.Select[Any]:
    """How many rows of a version share a further key with another, where no part is NULL (S44)."""
    columns = [version.c[name] for name in key]
    shared = (
        sa.select(sa.func.count().label("number"))
        .where(version.c[DELETED].is_(None), *(column.is_not(None) for column in columns))
        .group_by(*columns)
        .having(sa.func.count() > 1)
        .subquery("shared")
    )
    return sa.select(sa.func.coalesce(sa.func.sum(shared.c["number"]), 0))


def facts(version: sa.TableClause) -> sa.SelectBase:
    """Of a version: rows, rows marked as deleted, newest `_modified_at`."""
    return sa.select(
        sa.func.count(), sa.func.count(version.c[DELETED]), sa.func.max(version.c[MODIFIED])
    ).select_from(version)
