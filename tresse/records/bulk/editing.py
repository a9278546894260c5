"""Values of many records changed by set statements: what differs, history, events, the update."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tresse.engine.stored import as_text, from_text, stored_text, typed_value
from tresse.engine.types import Text
from tresse.kernel.errors import TresseError
from tresse.objects.database import execute, load, rows
from tresse.objects.described import PropertyDef, StageDef
from tresse.objects.kinds.option import names
from tresse.objects.readings import value_of
from tresse.records.bulk import reasons
from tresse.records.bulk.asked import Asked, Change
from tresse.records.bulk.items import Case, Items
from tresse.records.bulk_tables import BULK_ITEM, BULK_VALUE
from tresse.records.changes.values import IDENTIFYING
from tresse.records.other_values import held_elsewhere
from tresse.records.readings import Readings
from tresse.records.tables import EVENT, HISTORY
from tresse.records.writing import companions, stage_data

Column = sa.ColumnElement[Any]
EVENT_NAMES = ["name", "change_set_id", "object_id", "record_id"]
HISTORY_NAMES = ["change_set_id", "object_id", "record_id", "property_id", "old", "new"]


@dataclass(frozen=True)
class New:
    """What a property becomes: its value, the same as stored text, its compared form."""

    prop: PropertyDef
    value: Column
    text: Column
    normal: Column | None
    refused: Column | None = None
    "Whether the old value cannot be changed so."


class Editing:
    """The act `edit`."""

    most = 20_000

    def __init__(self, items: Items, asked: Asked, at: datetime) -> None:
        self._items, self._asked, self._at = items, asked, at
        self._object, self._table = items.object, items.object.table
        self._readings = Readings(items.object, items.actor)
        self._mapped = [each for each in asked.changes if each.act not in ("set", "empty")]
        self._news = self._all_new()

    def write(self, low: int, high: int, change_set: int) -> int:
        """Change the records of a range that can be; answers how many changed."""
        for change in self._mapped:
            self._work_out(change, low, high)
        self._items.lock(low, high)
        self._items.settle(low, high, self._cases())
        self._write_history(low, high, change_set)
        return self._update(low, high)

    # What each property becomes.

    def _all_new(self) -> list[New]:
        made: list[New] = []
        for change in self._asked.changes:
            name = change.prop.name
            if name == "stage" and self._asked.stages:
                made += self._stage_by_pipeline(change.prop)
            elif name == "stage" and change.act == "set":
                pipeline = self._object.stages[change.value].pipeline_id
                made += [self._set(change.prop, change.value), self._pipeline(pipeline)]
            elif name == "pipeline" and change.act == "set":
                made += self._first_stage(change)
            elif change.act in ("set", "empty"):
                made.append(self._set(change.prop, change.value))
            else:
                made.append(self._from_old(change.prop))
        return list({each.prop.name: each for each in made}.values())

    def _set(self, prop: PropertyDef, value: Any) -> New:
        table = self._table
        bound = _bound(value, table.c[prop.column].type)
        normal = None
        if prop.has_normal:
            form = None if value is None else prop.kind.normal(value)
            normal = _bound(form, table.c[prop.normal_column].type)
        return New(prop, bound, _bound(as_text(value), Text), normal)

    def _pipeline(self, pipeline_id: int) -> New:
        return self._set(self._object.property("pipeline"), pipeline_id)

    def _first_stage(self, change: Change) -> list[New]:
        """A new pipeline alone begins at its first stage."""
        made = [self._set(change.prop, change.value)]
        if any(each.prop.name == "stage" for each in self._asked.changes):
            return made
        chosen = next(each for each in self._object.pipelines if each.id == change.value)
        stage = self._object.property("stage")
        here, moved = self._table.c[stage.column], self._table.c[change.prop.column]
        first = sa.literal(chosen.stages[0].id, sa.BigInteger())
        value = sa.case((moved.is_distinct_from(change.value), first), else_=here)
        return [*made, New(stage, value, sa.cast(value, Text), None)]

    def _stage_by_pipeline(self, prop: PropertyDef) -> list[New]:
        """The stage of that name in the pipeline that each record has (C49)."""
        pipeline = self._object.property("pipeline")
        here = self._table.c[pipeline.column]
        stages = {key: id for key, id in self._asked.stages.items() if id is not None}
        default = self._asked.stages.get(self._object.pipelines[0].id)
        big = sa.BigInteger()
        bound = {key: sa.literal(id, big) for key, id in stages.items()}
        other = sa.cast(sa.null(), big) if default is None else sa.literal(default, big)
        value = sa.case(bound, value=here, else_=other)
        first = sa.literal(self._object.pipelines[0].id, big)
        home = sa.func.coalesce(here, first)
        return [
            New(prop, value, sa.cast(value, Text), None, refused=value.is_(None)),
            New(pipeline, home, sa.cast(home, Text), None),
        ]

    def _from_old(self, prop: PropertyDef) -> New:
        """What was worked out from the old value, by `_work_out`."""
        old = _key(self._table.c[prop.column])
        worked = BULK_VALUE.alias()

        def read(column: str) -> Column:
            return (
                sa.select(worked.c[column])
                .where(
                    worked.c.bulk_id == self._items.bulk_id,
                    worked.c.property_id == prop.id,
                    worked.c.old == old,
                )
                .correlate(self._table)
                .scalar_subquery()
            )

        text = sa.func.nullif(read("new"), "")
        value = typed_value(text, prop.kind.column)
        normal = read("normal") if prop.has_normal else None
        return New(prop, value, text, normal, refused=read("is_refused").is_(sa.true()))

    def _work_out(self, change: Change, low: int, high: int) -> None:
        """Work out what each value of a range becomes, each distinct one once."""
        prop, table, worked = change.prop, self._table, BULK_VALUE
        old = _key(table.c[prop.column])
        known = sa.exists().where(
            worked.c.bulk_id == self._items.bulk_id,
            worked.c.property_id == prop.id,
            worked.c.old == old,
        )
        statement = (
            sa.select(old)
            .where(table.c.id == BULK_ITEM.c.record_id, self._items.within(low, high), ~known)
            .distinct()
        )
        found = [text for (text,) in rows(statement)]
        load(
            BULK_VALUE,
            ("bulk_id", "property_id", "old", "new", "normal", "is_refused"),
            [(self._items.bulk_id, prop.id, text, *self._worked(change, text)) for text in found],
        )

    def _worked(self, change: Change, text: str) -> tuple[str, str | None, bool]:
        prop = change.prop
        try:
            value = changed_value(change, from_text(text or None, prop.kind.column), self._readings)
        except TresseError:
            return text, None, True
        normal = prop.kind.normal(value) if prop.has_normal and value is not None else None
        return as_text(value) or "", normal, False

    # What refuses a record, and what changes it.

    def _differs(self, new: New) -> sa.ColumnElement[bool]:
        return self._table.c[new.prop.column].is_distinct_from(new.value)

    def _cases(self) -> Sequence[Case]:
        cases = self._items.basic("bulk_edit", "edit")
        for new in self._news:
            if new.refused is not None:
                by_stage = new.prop.name == "stage"
                reason = reasons.NO_SUCH_STAGE if by_stage else reasons.VALUE + new.prop.id
                cases.append((new.refused, reason))
        differs = sa.or_(sa.false(), *(self._differs(new) for new in self._news))
        cases.append((sa.not_(differs), reasons.DONE))
        for prop in self._object.active:
            if prop.is_required and prop.column:
                cases.append((self._after(prop.name).is_(None), reasons.REQUIRED + prop.id))
        if self._object.name == "contact":
            nobody = sa.and_(*(self._after(name).is_(None) for name in IDENTIFYING))
            cases.append((nobody, reasons.NOTHING_TO_IDENTIFY))
        return [*cases, *self._stage_needs(), *self._duplicates()]

    def _after(self, name: str) -> Column:
        """The value of a property after the edit."""
        if not self._object.has(name):
            return sa.null()
        for new in self._news:
            if new.prop.name == name:
                return new.value
        return self._table.c[self._object.property(name).column]

    def _stage_needs(self) -> list[Case]:
        stage = next((new for new in self._news if new.prop.name == "stage"), None)
        if stage is None:
            return []
        cases: list[Case] = []
        for each in self._object.stages.values():
            needed = needed_by(each, self._items.object.has)
            if not needed:
                continue
            missing = sum(
                (
                    sa.case((self._after(name).is_(None), sa.literal(1 << n)), else_=0)
                    for n, name in enumerate(needed)
                ),
                sa.literal(0, sa.BigInteger()),
            )
            entered = sa.and_(stage.value == each.id, self._differs(stage), missing > 0)
            cases.append((entered, missing + sa.literal(reasons.STAGE_NEEDS, sa.BigInteger())))
        return cases

    def _duplicates(self) -> list[Case]:
        cases: list[Case] = []
        for new in self._news:
            compared = new.normal if new.normal is not None else new.value
            if not new.prop.is_unique or new.refused is not None:
                continue
            other = self._table.alias("other")
            taken = sa.exists().where(
                other.c[new.prop.normal_column] == compared,
                other.c.deleted_at.is_(None),
                other.c.id != self._table.c.id,
            )
            text = new.text if new.normal is None else new.normal
            held = held_elsewhere(new.prop, text, self._table.c.id, self._table)
            cases.append((sa.or_(taken, held), reasons.DUPLICATE + new.prop.id))
        return cases

    def _write_history(self, low: int, high: int, change_set: int) -> None:
        changing = self._items.changing(low, high)
        table, object_id = self._table, sa.literal(self._object.id, sa.Integer())
        facts = [sa.literal(change_set, sa.BigInteger()), object_id, table.c.id]
        for new in self._news:
            old = stored_text(table.c[new.prop.column])
            found = sa.select(*facts, sa.literal(new.prop.id, sa.Integer()), old, new.text).where(
                changing, self._differs(new)
            )
            execute(HISTORY.insert().from_select(HISTORY_NAMES, found))
        changed = sa.select(sa.literal("record_changed", Text), *facts).where(changing)
        execute(EVENT.insert().from_select(EVENT_NAMES, changed))
        for new in self._news:
            if new.prop.kind.name == "stage":
                data = stage_data(self._object, table.c[new.prop.column], new.value)
                moved = sa.select(sa.literal("stage_changed", Text), *facts, data).where(
                    changing, self._differs(new)
                )
                execute(EVENT.insert().from_select([*EVENT_NAMES, "data"], moved))
            elif self._object.name == "task" and new.prop.name == "status":
                ended = sa.select(sa.literal("task_completed", Text), *facts).where(
                    changing, self._differs(new), new.value == "done"
                )
                execute(EVENT.insert().from_select(EVENT_NAMES, ended))

    def _update(self, low: int, high: int) -> int:
        table, actor = self._table, self._items.actor
        values: dict[str, Any] = {
            "version": table.c.version + 1,
            "updated_at": sa.bindparam(None, self._at, type_=table.c.updated_at.type),
            "updated_by": actor.user_id,
        }
        for new in self._news:
            values[new.prop.column] = new.value
            if new.normal is not None:
                values[new.prop.normal_column] = new.normal
            only = {new.prop.column: new.value}
            for name, value in companions(self._object, only, at=self._at).items():
                values[name] = sa.case((self._differs(new), value), else_=table.c[name])
        item = BULK_ITEM
        changing = sa.select(item.c.record_id).where(
            self._items.within(low, high), item.c.reason == reasons.CHANGES
        )
        return execute(table.update().values(values).where(table.c.id.in_(changing)))


def changed_value(change: Change, old: Any, readings: Readings) -> Any:
    """What an old value becomes; checked by the kind and the rules of its property.

    Raises:
        TresseError: a code of the kind, `failed_validation`.
    """
    prop = change.prop
    if change.act == "add":
        if old is None:
            return None
        total: Any = Decimal(old) + change.value
        given = int(total) if prop.kind.name == "integer" else total
        return value_of(prop.kind, given, readings.of(prop))
    had, named = names(old) if old else [], names(change.value)
    if change.act == "add_options":
        wanted = [*had, *(name for name in named if name not in had)]
    else:
        wanted = [name for name in had if name not in named]
    order = {each.name: each.position for each in prop.options}
    wanted.sort(key=lambda name: order.get(name, len(order)))
    return f"|{'|'.join(wanted)}|" if wanted else None


def needed_by(stage: StageDef, has: Any) -> list[str]:
    """The properties a stage needs that are still there, in the order of the mask."""
    return [name for name in stage.required if has(name)]


def _bound(value: Any, type_: sa.types.TypeEngine[Any]) -> Column:
    if value is None:
        return sa.cast(sa.null(), type_)
    return sa.bindparam(None, value, type_=type_)


def _key(column: Column) -> Column:
    """An old value as `bulk_value` names it."""
    return sa.func.coalesce(stored_text(column), "")
