"""What a bulk edit does to a range of records, one class per act; and the acts `delete`, `task`."""

from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from tresse.engine.types import Text
from tresse.objects.database import execute
from tresse.objects.described import DataModel
from tresse.objects.refusals import ASSOCIATION_TYPE_NOT_FOUND
from tresse.records.bulk import reasons
from tresse.records.bulk.asked import Asked
from tresse.records.bulk.editing import EVENT_NAMES, Editing
from tresse.records.bulk.items import Items
from tresse.records.bulk.linking import Linking, Unlinking
from tresse.records.bulk_tables import BULK_ITEM
from tresse.records.changes.bin import delete_records
from tresse.records.changes.create import first_columns
from tresse.records.changes.defaults import with_defaults
from tresse.records.changes.values import check_required, check_stage, typed
from tresse.records.lists import RowNumber
from tresse.records.tables import EVENT, LINK
from tresse.records.writing import take_ids


class Act(Protocol):
    """Writes a range of staged records and leaves a reason on those it refuses."""

    @property
    def most(self) -> int:
        """The most records of one range."""
        ...

    def write(self, low: int, high: int, change_set: int) -> int:
        """Write a range in the caller's transaction; answers how many records changed."""
        ...


def act_of(model: DataModel, items: Items, asked: Asked, at: datetime) -> Act:
    """The act that is asked for."""
    if asked.act == "edit":
        return Editing(items, asked, at)
    if asked.act == "link":
        return Linking(model, items, asked)
    if asked.act == "unlink":
        return Unlinking(model, items, asked)
    if asked.act == "task":
        return Tasks(model, items, asked, at)
    return Deleting(model, items)


class Deleting:
    """Puts the records of a range in the bin, parts too."""

    most = 2_000

    def __init__(self, model: DataModel, items: Items) -> None:
        self._model, self._items = model, items

    def write(self, low: int, high: int, change_set: int) -> int:
        """Delete those that the person may; answers how many."""
        items = self._items
        items.settle(low, high, items.basic("bulk_edit", "delete"))
        ids = items.ids(low, high)
        if ids:
            delete_records(self._model, items.object, ids, actor=items.actor, change_set=change_set)
        return len(ids)


class Tasks:
    """Gives each record of a range a task of its own."""

    most = 5_000

    def __init__(self, model: DataModel, items: Items, asked: Asked, at: datetime) -> None:
        self._items, self._asked = items, asked
        self._task = model.object("task")
        side = model.default_side("task", items.object.name)
        if side is None:
            raise ASSOCIATION_TYPE_NOT_FOUND(name=f"Task > {items.object.label}", known=[])
        self._association = side.association
        values = with_defaults(
            self._task, typed(self._task, asked.values, actor=items.actor), items.actor
        )
        check_required(self._task, values)
        check_stage(self._task, values, values)
        table = self._task.table
        self._columns: dict[str, Any] = {
            name: value
            if isinstance(value, sa.ColumnElement)
            else sa.bindparam(None, value, type_=table.c[name].type)
            for name, value in first_columns(self._task, values, items.actor, at).items()
        }

    def write(self, low: int, high: int, change_set: int) -> int:
        """Make the tasks with their links; answers how many."""
        items, item = self._items, BULK_ITEM
        items.settle(low, high, items.basic("bulk_edit"))
        number = len(items.ids(low, high))
        if not number:
            return 0
        first = take_ids(number)
        big = sa.BigInteger()
        chosen = sa.and_(items.within(low, high), item.c.reason == reasons.CHANGES)
        rank = RowNumber().over(order_by=item.c.record_id)
        numbered = (
            sa.select(
                (sa.cast(rank, big) + sa.literal(first - 1, big)).label("id"),
                item.c.record_id.label("about"),
            )
            .where(chosen)
            .subquery()
        )
        columns = dict(self._columns)
        source: Any = numbered
        if self._asked.assign == "owner":
            table = items.object.table
            source = numbered.join(table, table.c.id == numbered.c.about)
            columns["owner"] = table.c.owner
        made = sa.select(numbered.c.id, *columns.values()).select_from(source)
        execute(self._task.table.insert().from_select(["id", *columns], made))
        facts = [
            sa.literal(change_set, big),
            sa.literal(self._task.id, sa.Integer()),
            numbered.c.id,
        ]
        for name in ("record_created", "task_created"):
            events = sa.select(sa.literal(name, Text), *facts)
            execute(EVENT.insert().from_select(EVENT_NAMES, events))
        association = sa.literal(self._association.id, sa.Integer())
        linked = sa.select(sa.literal("record_linked", Text), *facts, numbered.c.about, association)
        execute(EVENT.insert().from_select([*EVENT_NAMES, "other_id", "association_id"], linked))
        link = sa.select(association, numbered.c.id, numbered.c.about, sa.literal(change_set, big))
        names = ["association_id", "from_id", "to_id", "change_set_id"]
        execute(LINK.insert().from_select(names, link))
        return number
