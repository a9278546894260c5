"""What the rules of one column make of the values that feed it, before and after (D31)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tresse.datasets.layout import Plan, Planned
from tresse.datasets.mapping.converting import converted
from tresse.datasets.mapping.feeds import Fed, rows_of
from tresse.datasets.mapping.planning import columns_of_plan
from tresse.engine.base import Engine
from tresse.engine.columns import substring
from tresse.sources.canonical import canonical_value
from tresse.sources.columns import Column, Defaults
from tresse.sources.extraction.layout import KEY
from tresse.sources.normalising import Mark, normalised

LIMIT = 100
LONGEST_CELL = 300
VALUE, BEFORE, SOURCE = "value", "before", "source"


@dataclass(frozen=True, slots=True)
class TriedRow:
    """One value as it comes and as it would stand in a record; None for nothing."""

    source: str
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Tried:
    """Some values, those that change first, and counts over all records that feed the column."""

    rows: tuple[TriedRow, ...] = ()
    number: int = 0
    "Records."
    filled: int = 0
    changed: int = 0
    emptied: int = 0
    "That held something and hold nothing now."
    warnings: dict[str, int] = field(default_factory=dict)
    "How often a rule could not read a value, by its code."


def tried(
    engine: Engine,
    plan: Plan,
    feeds: Sequence[Fed],
    name: str,
    *,
    defaults: Defaults,
    limit: int = LIMIT,
) -> Tried:
    """Apply the rules of a column of a plan to everything that feeds it; nothing is stored."""
    planned = plan.of(name)
    marks: dict[str, str] = {}
    parts = [
        _part(engine, planned, fed, columns_of_plan(plan, fed)[name], defaults, marks)
        for fed in feeds
        if fed.is_read and name in columns_of_plan(plan, fed)
    ]
    if not parts:
        return Tried()
    labels = list(marks)
    selects = [_with_marks(part, number, labels) for number, part in enumerate(parts)]
    whole = (sa.union_all(*selects) if len(selects) > 1 else selects[0]).subquery("tried")
    before, after = whole.c[BEFORE], whole.c[VALUE]
    differs = sa.and_(before.is_not(None), sa.or_(after.is_(None), before != after))
    counted = [
        sa.func.count(),
        sa.func.count(before),
        *(_sum(each) for each in (differs, sa.and_(before.is_not(None), after.is_(None)))),
        *(_sum(whole.c[label]) for label in labels),
    ]
    numbers = [int(each or 0) for each in engine.rows(sa.select(*counted).select_from(whole))[0]]
    order = sa.case((differs, 0), (before.is_not(None), 1), else_=2)
    shown = sa.select(whole.c[SOURCE], whole.c[KEY], _cut(before), _cut(after))
    rows = engine.rows(shown.order_by(order, whole.c[SOURCE], whole.c[KEY]).limit(limit))
    found: dict[str, int] = {}
    for label, count in zip(labels, numbers[4:], strict=True):
        if count:
            found[marks[label]] = found.get(marks[label], 0) + count
    number, filled, changed, emptied = numbers[:4]
    return Tried(
        tuple(TriedRow(*row) for row in rows),
        number=number,
        filled=filled,
        changed=changed,
        emptied=emptied,
        warnings=found,
    )


def _part(
    engine: Engine,
    planned: Planned,
    fed: Fed,
    source: str,
    defaults: Defaults,
    marks: dict[str, str],
) -> sa.FromClause:
    """The records of one feed: source, key, the value before and after as text, marks."""
    type_ = planned.column.type or "text"
    rows = rows_of(engine, fed)
    cell = converted(rows.c[source], fed.types[source], type_)
    level: sa.FromClause = sa.select(
        sa.literal(fed.name, sa.Text()).label(SOURCE),
        rows.c[KEY].label(KEY),
        canonical_value(cell, type_).label(BEFORE),
        cell.label(VALUE),
    ).subquery("mapped")
    made: tuple[Mark, ...] = ()
    if planned.column.rules:
        ruled = [Column(name=VALUE, type=type_, rules=planned.column.rules)]
        found = normalised(level, ruled, carried=[SOURCE, KEY, BEFORE], defaults=defaults)
        level, made = found.statement.subquery("ruled"), found.marks
    marks |= {f"w_{mark.code}": mark.code for mark in made}
    value = sa.type_coerce(level.c[VALUE], planned.core)
    by_code: dict[str, sa.ColumnElement[Any]] = {}
    for mark in made:
        label, condition = f"w_{mark.code}", level.c[mark.label]
        by_code[label] = sa.or_(by_code[label], condition) if label in by_code else condition
    return sa.select(
        level.c[SOURCE],
        level.c[KEY],
        level.c[BEFORE],
        sa.type_coerce(canonical_value(value, planned.type), sa.Text()).label(VALUE),
        *(condition.label(label) for label, condition in by_code.items()),
    ).subquery("part")


def _with_marks(part: sa.FromClause, number: int, labels: Sequence[str]) -> sa.Select[Any]:
    """A part with every mark in the same order; those it lacks are false."""
    part = sa.select(part).subquery(f"part{number}")
    told = [(part.c[label] if label in part.c else sa.false()).label(label) for label in labels]
    return sa.select(part.c[SOURCE], part.c[KEY], part.c[BEFORE], part.c[VALUE], *told)


def _sum(condition: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _cut(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return substring(sa.type_coerce(text, sa.Text()), 1, LONGEST_CELL)
