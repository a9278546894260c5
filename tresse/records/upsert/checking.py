"""What each item of a batch would write, or why not: rights, kinds, rules, unique values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.accounts.permission import refused, require
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.labels import shown_plural
from tresse.records.changes.create import check_parts
from tresse.records.changes.defaults import with_defaults
from tresse.records.changes.other_values import duplicate_of
from tresse.records.changes.update import with_pipeline
from tresse.records.changes.values import check_required, check_stage, typed
from tresse.records.merge_tables import OTHER_VALUE
from tresse.records.other_values import compared
from tresse.records.readings import Readings
from tresse.records.refusals import RECORD_CHANGED_MEANWHILE
from tresse.records.upsert.asked import Asked
from tresse.records.upsert.matching import few
from tresse.records.visibility import reached
from tresse.records.writing import lock


@dataclass(frozen=True, slots=True)
class Ready:
    """An item that may be written. `before`: values of the record by property; empty for a new one.

    `values`: of a new record all, of another those that change.
    """

    item: Asked
    id: int | None
    values: Mapping[str, Any]
    before: Mapping[str, Any]


@dataclass(frozen=True)
class Checking:
    """Checks items that mean different records."""

    model: DataModel
    object: ObjectDef
    actor: Actor
    readings: Readings

    def checked(
        self, items: Sequence[tuple[Asked, int | None]]
    ) -> tuple[list[Ready], dict[int, TresseError]]:
        """Those that may be written, and index → why of those that may not."""
        ids = sorted({id for _, id in items if id is not None})
        lock(self.object, ids)
        stored, may = self._stored(ids), reached(self.object, ids, self.actor, "edit")
        ready, errors = [], {}
        for item, id in items:
            try:
                if id is None:
                    ready.append(self._new(item))
                else:
                    ready.append(self._changed(item, id, stored[id], may=id in may))
            except TresseError as error:
                errors[item.index] = error
        taken = self._taken(ready)
        return [each for each in ready if each.item.index not in taken], errors | taken

    def _new(self, item: Asked) -> Ready:
        object, actor = self.object, self.actor
        require(actor, "create", object.name, shown_plural(object))
        read = typed(object, item.given, actor=actor, readings=self.readings)
        values = with_defaults(object, read, actor, readings=self.readings)
        check_required(object, values)
        check_stage(object, values, values)
        check_parts(self.model, object, item.links)
        return Ready(item, None, values, {})

    def _changed(self, item: Asked, id: int, before: Mapping[str, Any], *, may: bool) -> Ready:
        object, actor = self.object, self.actor
        if not may and item.given:
            raise refused(actor, "edit", object.name, shown_plural(object))
        read = typed(
            object,
            item.given,
            actor=actor,
            pipeline=before.get("pipeline"),
            readings=self.readings,
        )
        if item.version is not None and item.version != before["version"]:
            raise RECORD_CHANGED_MEANWHILE(record=f"{object.label} {id}", version=item.version)
        wanted = with_pipeline(object, before, read)
        changed = {name: value for name, value in wanted.items() if value != before[name]}
        if changed:
            after = {**before, **changed}
            check_required(object, after)
            check_stage(object, after, changed)
        return Ready(item, id, changed, before)

    def _stored(self, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Values by property, with the version, of records by id."""
        table = self.object.table
        kept = [prop for prop in self.object.properties if prop.column]
        names = ["version", *(prop.name for prop in kept)]
        columns = [table.c.version, *(table.c[prop.column] for prop in kept)]
        found = {}
        for some in few(ids):
            for id, *values in rows(sa.select(table.c.id, *columns).where(table.c.id.in_(some))):
                found[id] = dict(zip(names, values, strict=True))
        return found

    def _taken(self, ready: Sequence[Ready]) -> dict[int, TresseError]:
        """Items with a unique value that another record holds, or an earlier item will (C18)."""
        errors: dict[int, TresseError] = {}
        for prop in self.object.active:
            if not (prop.is_unique and prop.column):
                continue
            given = [
                (each, text)
                for each in ready
                if (text := compared(prop, each.values.get(prop.name))) is not None
            ]
            holders = self._holders(prop, given) if given else {}
            for each, text in given:
                other = next((id for id in holders.get(text, ()) if id != each.id), None)
                if other is not None:
                    error = duplicate_of(
                        self.object, prop, each.values[prop.name], other, self.actor
                    )
                    errors.setdefault(each.item.index, _as_error(error))
        return errors

    def _holders(
        self, prop: PropertyDef, given: Iterable[tuple[Ready, str]]
    ) -> dict[str, list[int]]:
        """Compared text → records that hold it, also those out of sight (uniqueness needs it)."""
        table = self.object.table
        wanted = {text: each.values[prop.name] for each, text in given}
        column, answered = table.c[prop.normal_column], table.c[prop.column]
        found: dict[str, list[int]] = {}
        for texts in few(list(wanted)):
            values = [
                prop.kind.normal(wanted[text]) if prop.has_normal else wanted[text]
                for text in texts
            ]
            own = sa.select(answered, table.c.id).where(
                column.in_(values), table.c.deleted_at.is_(None)
            )
            for value, id in rows(own):
                found.setdefault(compared(prop, value) or "", []).append(id)
            other = (
                sa.select(OTHER_VALUE.c.compared, table.c.id)
                .join(table, table.c.id == OTHER_VALUE.c.record_id)
                .where(
                    OTHER_VALUE.c.property_id == prop.id,
                    OTHER_VALUE.c.compared.in_(texts),
                    table.c.deleted_at.is_(None),
                )
            )
            for text, id in rows(other):
                found.setdefault(text, []).append(id)
        return found


def _as_error(error: Exception) -> TresseError:
    if not isinstance(error, TresseError):
        raise error
    return error
