"""Counts of records, values and links that stand behind definitions."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.engine.constructs import Position
from tresse.objects.database import rows, scalar
from tresse.objects.derived import LINK
from tresse.objects.described import AssociationDef, ObjectDef, PropertyDef

CAP = 10_000


def record_count(object_: ObjectDef) -> int:
    """Records outside the bin, exactly; reads the whole table."""
    table = object_.table
    return _count(table, table.c.deleted_at.is_(None))


def capped_record_count(object_: ObjectDef) -> int:
    """Records outside the bin, counted to one more than `CAP` at most."""
    table = object_.table
    some = sa.select(table.c.id).where(table.c.deleted_at.is_(None)).limit(CAP + 1).subquery()
    return int(scalar(sa.select(sa.func.count()).select_from(some)))


def value_count(object_: ObjectDef, prop: PropertyDef) -> int:
    """Records, those in the bin too, that have a value."""
    if not prop.column:
        return 0
    return _count(object_.table, object_.table.c[prop.column].is_not(None))


def option_count(object_: ObjectDef, prop: PropertyDef, option: str) -> int:
    """Records, those in the bin too, that have an option."""
    column = object_.table.c[prop.column]
    if prop.kind.name == "options":
        return _count(object_.table, Position(column, f"|{option}|") > 0)
    return _count(object_.table, column == option)


def stage_counts(object_: ObjectDef) -> dict[int, int]:
    """Records, those in the bin too, by id of their stage."""
    column = object_.table.c[object_.property("stage").column]
    found = sa.select(column, sa.func.count()).where(column.is_not(None)).group_by(column)
    return dict(rows(found))


def link_count(association_ids: list[int]) -> int:
    """Links of association types."""
    return _count(LINK, LINK.c.association_id.in_(association_ids))


def shares_filled(object_: ObjectDef) -> dict[str, float]:
    """How many of the newest records outside the bin have each property, 0 to 1, by its name.

    Reads `CAP` records at most; empty where there are none.
    """
    table = object_.table
    held = [prop for prop in object_.properties if prop.column]
    columns = [table.c[prop.column].label(prop.name) for prop in held]
    newest = (
        sa.select(*columns)
        .where(table.c.deleted_at.is_(None))
        .order_by(table.c.id.desc())
        .limit(CAP)
        .subquery()
    )
    counted = [sa.func.count(newest.c[prop.name]) for prop in held]
    [(number, *filled)] = rows(sa.select(sa.func.count(), *counted).select_from(newest))
    if not number:
        return {}
    return {prop.name: some / number for prop, some in zip(held, filled, strict=True)}


def _count(table: Any, condition: sa.ColumnElement[bool]) -> int:
    return int(scalar(sa.select(sa.func.count()).select_from(table).where(condition)))


def share_filled(object_: ObjectDef, prop: PropertyDef) -> float | None:
    """How many of the newest records outside the bin have one property, 0 to 1; None of none."""
    if not prop.column:
        return None
    table = object_.table
    newest = (
        sa.select(table.c[prop.column].label("value"))
        .where(table.c.deleted_at.is_(None))
        .order_by(table.c.id.desc())
        .limit(CAP)
        .subquery()
    )
    counted = sa.select(sa.func.count(), sa.func.count(newest.c.value)).select_from(newest)
    [(number, filled)] = rows(counted)
    return filled / number if number else None


@dataclass(frozen=True, slots=True)
class OverLimit:
    """A record with more links than its relation allows (C37); `is_from`: on the `from` side."""

    is_from: bool
    id: int
    number: int


def over_limits(association: AssociationDef, *, shown: int) -> tuple[int, list[OverLimit]]:
    """How many records have more links than a relation allows, and the first of them."""
    total = 0
    found: list[OverLimit] = []
    for is_from, most in ((True, association.max_forward), (False, association.max_inverse)):
        if most is None:
            continue
        mine = LINK.c.association_id == association.id
        column = LINK.c.from_id if is_from else LINK.c.to_id
        over = sa.select(column.label("id"), sa.func.count().label("number")).where(mine)
        over = over.group_by(column).having(sa.func.count() > most)
        total += int(scalar(sa.select(sa.func.count()).select_from(over.subquery())))
        first = rows(over.order_by(column).limit(shown))
        found.extend(OverLimit(is_from, id, number) for id, number in first)
    return total, found[:shown]
