"""Checked items written: new records, changed ones, history, events, links; as sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.stored import as_text
from tresse.kernel.clock import now
from tresse.objects.database import execute, load
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.changes.email_companies import link_by_email
from tresse.records.changes.links import link_records
from tresse.records.changes.update import stage_change
from tresse.records.changes.values import columns_of
from tresse.records.tables import EVENT, HISTORY
from tresse.records.upsert.checking import Ready
from tresse.records.writing import companions, take_ids

PIECE = 200
"Records of one update: each value stands in the statement."
EVENT_COLUMNS = ("name", "change_set_id", "object_id", "record_id", "data")


@dataclass(frozen=True)
class Writing:
    """Writes items that mean different records."""

    model: DataModel
    object: ObjectDef
    actor: Actor
    change_set: int

    def write(self, ready: Sequence[Ready]) -> dict[int, int]:
        """Write items in the open transaction; answers index → record.

        Raises:
            TresseError: What `link_records` refuses, of any of them.
            IntegrityError: Somebody else took a unique value meanwhile.
        """
        new = [each for each in ready if each.id is None]
        old = [each for each in ready if each.id is not None and each.values]
        ids = {each.item.index: each.id for each in ready if each.id is not None}
        ids |= self._create(new)
        self._change(old)
        self._link(ready, ids)
        if self.object.name == "contact":
            with_email = [ids[each.item.index] for each in (*new, *old) if each.values.get("email")]
            link_by_email(self.model, with_email, actor=self.actor, change_set=self.change_set)
        return ids

    def _create(self, new: Sequence[Ready]) -> dict[int, int]:
        if not new:
            return {}
        table, at, first = self.object.table, now(), take_ids(len(new))
        stamp = {
            "version": 1,
            "created_at": at,
            "created_by": self.actor.user_id,
            "created_source": self.actor.source,
            "updated_at": at,
            "updated_by": self.actor.user_id,
            "activity_count": 0,
        }
        lines = [
            {"id": id, **stamp, **columns_of(self.object, each.values)}
            for id, each in enumerate(new, first)
        ]
        names = list(dict.fromkeys(name for line in lines for name in line))
        load(table, names, [[line.get(name) for name in names] for line in lines])
        changed = {name: table.c[name] for name in names}
        if beside := companions(self.object, changed, at=at):
            mine = table.c.id.between(first, first + len(new) - 1)
            execute(table.update().values(beside).where(mine))
        told = ["record_created"] + (["task_created"] if self.object.name == "task" else [])
        self._tell([(name, line["id"], None) for line in lines for name in told])
        return {each.item.index: id for id, each in enumerate(new, first)}

    def _change(self, old: Sequence[Ready]) -> None:
        """Update records, those that change the same properties together."""
        by_names = sorted(old, key=lambda each: sorted(each.values))
        for _, group in groupby(by_names, key=lambda each: sorted(each.values)):
            same = list(group)
            for start in range(0, len(same), PIECE):
                self._update(same[start : start + PIECE])
        load(
            HISTORY,
            ("change_set_id", "object_id", "record_id", "property_id", "old", "new"),
            [
                (
                    *(self.change_set, self.object.id, each.id, self.object.property(name).id),
                    *(as_text(each.before[name]), as_text(value)),
                )
                for each in old
                for name, value in each.values.items()
            ],
        )
        self._tell([event for each in old for event in self._events(each)])

    def _update(self, same: Sequence[Ready]) -> None:
        table, at = self.object.table, now()
        lines = {each.id: columns_of(self.object, each.values) for each in same}
        changed: dict[str, sa.ColumnElement[Any]] = {}
        for name in next(iter(lines.values())):
            column = table.c[name]
            values = {
                id: sa.bindparam(None, line[name], type_=column.type) for id, line in lines.items()
            }
            changed[name] = sa.case(values, value=table.c.id)
        execute(
            table.update()
            .where(table.c.id.in_(list(lines)))
            .values(
                version=table.c.version + 1,
                updated_at=at,
                updated_by=self.actor.user_id,
                **changed,
                **companions(self.object, changed, at=at),
            )
        )

    def _events(self, each: Ready) -> list[tuple[str, int, str | None]]:
        id = each.id or 0
        told: list[tuple[str, int, str | None]] = [("record_changed", id, None)]
        if "stage" in each.values and self.object.has_pipelines:
            data = stage_change(self.object, each.before["stage"], each.values["stage"])
            told.append(("stage_changed", id, data))
        if self.object.name == "task" and each.values.get("status") == "done":
            told.append(("task_completed", id, None))
        return told

    def _tell(self, events: Sequence[tuple[str, int, str | None]]) -> None:
        load(
            EVENT,
            EVENT_COLUMNS,
            [(name, self.change_set, self.object.id, id, data) for name, id, data in events],
        )

    def _link(self, ready: Sequence[Ready], ids: dict[int, int]) -> None:
        """Make the links of all items, those of one relation and link label together."""
        by_relation: dict[tuple[Any, str | None], list[tuple[int, int]]] = {}
        for each in ready:
            for side, other, label in each.item.links:
                pairs = by_relation.setdefault((side, label), [])
                pairs.append((ids[each.item.index], other))
        for (side, label), pairs in by_relation.items():
            link_records(
                self.model,
                side,
                pairs,
                actor=self.actor,
                label=label,
                change_set=self.change_set,
            )
