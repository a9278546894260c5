"""Reads of single records: values, keys, titles, history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.kernel.text import clean
from tresse.objects.database import first, mappings, rows
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.sight import readable_properties, readable_property
from tresse.records.former import Former
from tresse.records.other_values import compared, has_other_value
from tresse.records.readings import Readings
from tresse.records.refusals import AMBIGUOUS_MATCH, RECORD_NOT_FOUND
from tresse.records.tables import CHANGE_SET, HISTORY
from tresse.records.title import title_of
from tresse.records.visibility import found, visible
from tresse.records.waiting import waiting


@dataclass(frozen=True, slots=True)
class Record:
    """A record as one person sees it: `values` holds the readable properties by name."""

    object: ObjectDef
    id: int
    version: int
    title: str
    values: Mapping[str, Any]
    waiting: tuple[str, ...] = ()
    "Rollups and lookups that are still to be worked out (C24)."


@dataclass(frozen=True, slots=True)
class Change:
    """One former change of a property; values are of its kind, None is empty."""

    at: datetime
    property: PropertyDef
    old: Any
    new: Any
    user_id: int | None
    source: str
    source_id: int | None
    change_set: int


def record(model: DataModel, object: ObjectDef, id: int, actor: Actor) -> Record:
    """One record.

    Raises:
        TresseError: `record_not_found` (also out of sight), `record_in_bin`, `wrong_object`.
    """
    found(model, object, [id], actor)
    table = object.table
    properties = readable_properties(object, actor)
    columns = [value_of(prop, object, table, model).label(prop.name) for prop in properties]
    statement = sa.select(table.c.version, title_of(object, table, actor), *columns).where(
        table.c.id == id
    )
    version, title, *values = first(statement) or ()
    named = dict(zip((prop.name for prop in properties), values, strict=True))
    behind = waiting(model, object, [id]).get(id, ())
    return Record(object, id, version, title, named, tuple(behind))


def record_by(object: ObjectDef, name: str, value: str, actor: Actor) -> int:
    """The id of the record that a key finds: a unique or match-key property and its value.

    Raises:
        TresseError: `unknown_property`, a code of the kind, `record_not_found`,
            `ambiguous_match`.
    """
    prop = readable_property(object, name, actor)
    table = object.table
    [read], refused = prop.kind.parse_all([clean(value)], Readings(object, actor).of(prop))
    wanted = prop.kind.normal(read) if prop.has_normal and read is not None else read
    statement = (
        sa.select(table.c.id)
        .where(
            sa.or_(
                table.c[prop.normal_column] == wanted,
                has_other_value(prop, table, [compared(prop, read)]),
            ),
            visible(object, actor, table),
        )
        .order_by(table.c.id)
        .limit(11)
    )
    ids = [] if refused or read is None else [id for (id,) in rows(statement)]
    if not ids:
        raise RECORD_NOT_FOUND(
            object=shown_label(object).lower(), id=f'{shown_label(prop)} "{value}"'
        )
    if len(ids) > 1:
        raise AMBIGUOUS_MATCH(
            name=shown_label(prop),
            value=value,
            number=len(ids),
            objects=shown_plural(object).lower(),
            ids=ids[:10],
        )
    return int(ids[0])


def titles(object: ObjectDef, ids: Iterable[int], actor: Actor) -> dict[int, str]:
    """Titles of the records in sight, by id."""
    table = object.table
    statement = sa.select(table.c.id, title_of(object, table, actor)).where(
        table.c.id.in_(set(ids)), visible(object, actor, table)
    )
    return dict(rows(statement))


def history_of(
    object: ObjectDef, id: int, actor: Actor, *, name: str | None = None, limit: int = 200
) -> list[Change]:
    """Changes of a record's properties (or of one), newest first; unreadable ones left out."""
    by_id = {prop.id: prop for prop in readable_properties(object, actor)}
    if name is not None:
        prop = readable_property(object, name, actor)
        by_id = {prop.id: prop}
    statement = (
        sa.select(
            HISTORY.c.property_id,
            HISTORY.c.old,
            HISTORY.c.new,
            HISTORY.c.change_set_id,
            CHANGE_SET.c.at,
            CHANGE_SET.c.user_id,
            CHANGE_SET.c.source,
            CHANGE_SET.c.source_id,
        )
        .join(CHANGE_SET, CHANGE_SET.c.id == HISTORY.c.change_set_id)
        .where(HISTORY.c.record_id == id, HISTORY.c.property_id.in_(by_id))
        .order_by(HISTORY.c.id.desc())
        .limit(limit)
    )
    changes = []
    found = mappings(statement)
    former = Former(by_id.values(), actor) if found else None
    for row in found:
        assert former is not None  # noqa: S101  made where there are rows
        texts = (row["old"], row["new"])
        prop, old, new = former.read(by_id[row["property_id"]], object, row["change_set_id"], texts)
        changes.append(
            Change(
                row["at"],
                prop,
                old,
                new,
                row["user_id"],
                row["source"],
                row["source_id"],
                row["change_set_id"],
            )
        )
    return changes
