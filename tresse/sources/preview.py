"""What types, rules and formulas make of rows, before and after side by side, with counts (S63)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.engine.columns import substring
from tresse.sources.canonical import canonical_value
from tresse.sources.checks import check_types, connection_of
from tresse.sources.definition import SourceDefinition
from tresse.sources.extraction.layout import DELETED, FILE, LINE
from tresse.sources.judging import Judged, Raw, first, judged, raw_rows
from tresse.sources.keys import Columns, KeyCounts, RelationCounts, key_counts, relation_counts
from tresse.sources.models import Source
from tresse.sources.queries import MANAGE, READ
from tresse.sources.stored import resolved_of
from tresse.sources.versions import table_of
from tresse.sources.written import result_type

LIMIT = 100
LONGEST_CELL = 500


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """One column over all rows looked at."""

    name: str
    type: str
    "After its rules."
    is_computed: bool
    filled: int
    "Rows that held something before; of a computed column: all rows."
    changed: int
    "Rows where its rules put something else; how a cell is read changes nothing."
    emptied: int
    "Rows that held something and hold nothing now; of a computed column: without a result."
    warnings: dict[str, int] = field(default_factory=dict)
    "How often, by code: `could_not_parse_number`, `rounded`, `phone_unreadable`."


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as it came and as it would be stored: texts, None for null; columns as in `columns`."""

    file: int
    line: int
    before: tuple[str | None, ...]
    after: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Some rows before and after, and counts over all rows looked at."""

    columns: tuple[PreviewColumn, ...]
    rows: tuple[PreviewRow, ...]
    number: int
    "Rows that were counted."
    is_whole: bool
    "They are all rows there are."
    version: int | None
    "The published version they come from; None: a look at the source."


def preview(
    definition: SourceDefinition,
    *,
    actor: Actor,
    source: Source | None = None,
    only: Sequence[str] = (),
    limit: int = LIMIT,
) -> Preview:
    """What a definition makes of rows; nothing is stored.

    Args:
        definition: Resolved; it need not be saved.
        actor: Needs `datasets.read` for a source as it is saved, `datasets.manage` for all else.
        source: Whose published version is taken, if it reads the same.
        only: Names of the columns to show and count; empty: all.
        limit: Rows to show, 1 to 1,000.

    Raises:
        TresseError: `not_permitted`; what `checks`, `looking.look` and formulas refuse.
    """
    _require(actor, definition, source)
    check_types(definition)
    with raw_rows(definition, connection_of(definition), source) as raw:
        found = judged(raw, definition)
        names = [name for name in found.columns if not only or name in only]
        number, columns = _counted(raw, found, names, definition)
        rows = _rows(raw, definition, names, max(1, min(limit, 1_000)))
    return Preview(tuple(columns), tuple(rows), number, raw.is_whole, raw.version)


def keys_counted(
    definition: SourceDefinition, *, actor: Actor, source: Source | None = None
) -> list[KeyCounts]:
    """Counts of the record key, then of each further key (S41, S44).

    Keys with a column that the rows lack are left out.

    Raises:
        TresseError: As `preview`.
    """
    _require(actor, definition, source)
    check_types(definition)
    with raw_rows(definition, connection_of(definition), source) as raw:
        found = judged(raw, definition)
        return [
            key_counts(
                raw.engine,
                found.table,
                found.columns,
                key,
                place=found.place,
                is_whole=raw.is_whole,
            )
            for key in definition.keys
            if all(name in found.columns for name in key)
        ]


def relations_counted(
    definition: SourceDefinition, *, actor: Actor, source: Source | None = None
) -> list[RelationCounts | None]:
    """Counts of each relation, in their order; None where the other side was not read yet (S47).

    Raises:
        TresseError: As `preview`.
    """
    _require(actor, definition, source)
    check_types(definition)
    with raw_rows(definition, connection_of(definition), source) as raw:
        found = judged(raw, definition)
        return [
            _relation(raw, found, definition, number) for number in range(len(definition.relations))
        ]


def _require(actor: Actor, definition: SourceDefinition, source: Source | None) -> None:
    """Whoever may only look sees what is defined; another definition reads something else (S4)."""
    is_saved = source is not None and resolved_of(source) == definition
    require_right(actor, READ if is_saved else MANAGE)


def _relation(
    raw: Raw, found: Judged, definition: SourceDefinition, number: int
) -> RelationCounts | None:
    relation = definition.relations[number]
    if any(name not in found.columns for name in relation.columns):
        return None
    other: tuple[sa.FromClause, Columns] | None = (found.table, found.columns)
    if relation.to != definition.name:
        other = _other_side(raw, relation.to)
    if other is None or any(name not in other[1] for name in relation.key):
        return None
    return relation_counts(
        raw.engine,
        found.table,
        found.columns,
        *other,
        leads=(relation.columns, relation.to, relation.key),
        is_whole=raw.is_whole,
    )


def _other_side(raw: Raw, name: str) -> tuple[sa.FromClause, Columns] | None:
    """The published version of the other source, without what is gone there."""
    source = Source.objects.select_related("version").filter(name=name).first()
    if source is None or source.version is None:
        return None
    table = table_of(raw.engine, source.version)
    rows = sa.select(*table.c).where(table.c[DELETED].is_(None)).subquery("there")
    types = {each["name"]: each["type"] for each in source.version.columns}
    types |= {
        column.name: result_type(column)
        for column in resolved_of(source).columns or ()
        if column.type and column.name not in types
    }
    return rows, {name: (type_, rows.c[name]) for name, type_ in types.items() if name in rows.c}


def _counted(
    raw: Raw, found: Judged, names: Sequence[str], definition: SourceDefinition
) -> tuple[int, list[PreviewColumn]]:
    """Counts over all rows, in one statement."""
    wanted: list[sa.ColumnElement[Any]] = [sa.func.count()]
    places: dict[tuple[str, str], int] = {}

    def count(name: str, what: str, condition: sa.ColumnElement[bool]) -> None:
        places[name, what] = len(wanted)
        wanted.append(sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0))

    ruled = {column.name for column in definition.columns or () if column.rules}
    for name in names:
        type_, after = found.columns[name]
        if name not in found.before:
            count(name, "emptied", after.is_(None))
            continue
        before = found.table.c[found.before[name]]
        held = sa.and_(before.is_not(None), before != "")
        count(name, "filled", held)
        count(name, "emptied", sa.and_(held, after.is_(None)))
        if name in ruled:
            text = sa.type_coerce(canonical_value(after, type_), sa.Text())
            count(name, "changed", sa.and_(held, after.is_not(None), text != before))
    for mark in found.marks:
        if mark.column in names:
            count(mark.column, mark.code, found.table.c[mark.label])
    values = raw.engine.rows(sa.select(*wanted).select_from(found.table))[0]
    computed = set(definition.computed_names)
    columns = []
    for name in names:
        told = {what: values[at] for (of, what), at in places.items() if of == name}
        own = {key: told.pop(key, 0) for key in ("filled", "changed", "emptied")}
        if name in computed:
            own["filled"] = values[0]
        warnings = {code: number for code, number in told.items() if number}
        columns.append(
            PreviewColumn(name, found.columns[name][0], name in computed, **own, warnings=warnings)
        )
    return values[0], columns


def _rows(
    raw: Raw, definition: SourceDefinition, names: Sequence[str], limit: int
) -> list[PreviewRow]:
    """The first rows before and after; rules are applied to these alone."""
    found = judged(first(raw, limit), definition)
    nothing = sa.cast(sa.null(), sa.Text())
    before = [
        found.table.c[found.before[name]] if name in found.before else nothing for name in names
    ]
    after = [
        sa.type_coerce(canonical_value(column, type_), sa.Text())
        for type_, column in (found.columns[name] for name in names)
    ]
    file, line = found.table.c[FILE], found.table.c[LINE]
    cells = [substring(cell, 1, LONGEST_CELL) for cell in (*before, *after)]
    statement = sa.select(
        file, line, *(cell.label(f"c{at}") for at, cell in enumerate(cells))
    ).order_by(file, line)
    return [
        PreviewRow(row[0], row[1], row[2 : 2 + len(names)], row[2 + len(names) :])
        for row in raw.engine.rows(statement)
    ]
