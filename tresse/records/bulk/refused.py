"""The records a bulk edit refused, each with its title and the refusal it met."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.permission import SEEN
from tresse.kernel.errors import NOT_PERMITTED, TresseError
from tresse.objects.database import mappings, rows, scalar
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side, data_model
from tresse.objects.labels import shown_full_name, shown_label, shown_plural
from tresse.objects.readings import value_of
from tresse.records.bulk import reasons
from tresse.records.bulk.asked import Asked, asked_of
from tresse.records.bulk.editing import changed_value, needed_by
from tresse.records.bulk_tables import BULK_ITEM
from tresse.records.changes.create import duplicate
from tresse.records.changes.other_values import duplicate_of
from tresse.records.links import numbers_of
from tresse.records.merge_tables import OTHER_VALUE
from tresse.records.models import BulkEdit
from tresse.records.other_values import compared
from tresse.records.readings import Readings
from tresse.records.refusals import (
    ASSOCIATION_LIMIT_EXCEEDED,
    LINK_TO_ITSELF,
    MISSING_REQUIRED_PROPERTY,
    NOTHING_TO_IDENTIFY,
    RECORD_IN_BIN,
    RECORD_NOT_FOUND,
    STAGE_REQUIREMENTS_MISSING,
)
from tresse.records.title import title_of
from tresse.records.visibility import visible
from tresse.records.wording import inside

BATCH = 500
SIMPLE = {reasons.NOTHING_TO_IDENTIFY: NOTHING_TO_IDENTIFY, reasons.ITSELF: LINK_TO_ITSELF}
Refused = tuple[int, str, TresseError]


def refused_records(
    row: BulkEdit, actor: Actor = SYSTEM, *, limit: int | None = None
) -> Iterator[Refused]:
    """Id, title and refusal of each refused record in the order of ids; titles only in sight."""
    told = _Told(row, actor)
    after, left = 0, limit
    while left is None or left > 0:
        found = told.batch(after, min(BATCH, left or BATCH))
        yield from found
        if not found:
            return
        after = found[-1][0]
        if left is not None:
            left -= len(found)


def reasons_of(row: BulkEdit) -> list[tuple[str, int]]:
    """Code → how many records, the most frequent first."""
    item = BULK_ITEM
    statement = (
        sa.select(item.c.reason, sa.func.count())
        .where(item.c.bulk_id == row.pk, item.c.reason > reasons.DONE)
        .group_by(item.c.reason)
    )
    found: dict[str, int] = {}
    for reason, number in rows(statement):
        code = CODES[reasons.sort_of(reason)]
        found[code] = found.get(code, 0) + number
    return sorted(found.items(), key=lambda each: -each[1])


CODES = {
    reasons.NOT_FOUND: "record_not_found",
    reasons.IN_BIN: "record_in_bin",
    reasons.NOT_PERMITTED: "not_permitted",
    reasons.NOTHING_TO_IDENTIFY: "nothing_to_identify",
    reasons.DUPLICATE: "duplicate_value",
    reasons.NO_SUCH_STAGE: "stage_not_in_pipeline",
    reasons.LIMIT_HERE: "association_limit_exceeded",
    reasons.LIMIT_THERE: "association_limit_exceeded",
    reasons.ITSELF: "link_to_itself",
    reasons.REQUIRED: "missing_required_property",
    reasons.VALUE: "failed_validation",
    reasons.STAGE_NEEDS: "stage_requirements_missing",
}


class _Told:
    """Makes refusals of reasons, as one record after the other would have met them."""

    def __init__(self, row: BulkEdit, actor: Actor) -> None:
        self._row, self._actor = row, actor
        self._model: DataModel = data_model()
        self._object: ObjectDef = self._model.object(row.object_name)
        try:
            self._asked: Asked = asked_of(self._model, self._object, row.settings, SYSTEM)
        except TresseError:
            # What was asked for is gone meanwhile: the codes still say why.
            self._asked = Asked(row.settings["act"])
        self._readings = Readings(self._object, SYSTEM)

    def batch(self, after: int, size: int) -> list[Refused]:
        item, table = BULK_ITEM, self._object.table
        kept = [prop for prop in self._object.properties if prop.column]
        statement = (
            sa.select(
                item.c.record_id.label("record_id"),
                item.c.reason.label("reason"),
                sa.case(
                    (
                        visible(self._object, self._actor, table),
                        title_of(self._object, table, self._actor),
                    ),
                    else_="",
                ).label("title"),
                *(table.c[prop.column].label(prop.name) for prop in kept if prop.name != "title"),
            )
            .select_from(item.outerjoin(table, table.c.id == item.c.record_id))
            .where(
                item.c.bulk_id == self._row.pk,
                item.c.reason > reasons.DONE,
                item.c.record_id > after,
            )
            .order_by(item.c.record_id)
            .limit(size)
        )
        return [
            (row["record_id"], row["title"] or "", self._error(row)) for row in mappings(statement)
        ]

    def _error(self, row: dict[str, Any]) -> TresseError:
        sort, id = reasons.sort_of(row["reason"]), row["record_id"]
        object = self._object
        if sort == reasons.IN_BIN:
            return RECORD_IN_BIN(record=row["title"] or id, id=id)
        if sort in SIMPLE:
            return SIMPLE[sort]()
        if sort == reasons.NOT_PERMITTED:
            action = "delete" if self._asked.act == "delete" else "edit"
            sentence = gettext(SEEN[action]).format(things=inside(shown_plural(object)))
            return NOT_PERMITTED(sentence=sentence, action=action, object=object.name)
        made: TresseError | None = None
        if sort in (reasons.LIMIT_HERE, reasons.LIMIT_THERE):
            made = self._limit(row, here=sort == reasons.LIMIT_HERE)
        elif sort in (reasons.REQUIRED, reasons.DUPLICATE, reasons.VALUE):
            made = self._about_property(sort, row)
        elif sort in (reasons.STAGE_NEEDS, reasons.NO_SUCH_STAGE):
            made = self._stage(sort, row)
        return made or RECORD_NOT_FOUND(object=shown_label(object).lower(), id=id)

    def _about_property(self, sort: int, row: dict[str, Any]) -> TresseError | None:
        wanted = reasons.detail_of(row["reason"])
        prop = next((each for each in self._object.properties if each.id == wanted), None)
        change = next((each for each in self._asked.changes if each.prop.id == wanted), None)
        if prop is not None and sort == reasons.REQUIRED:
            return MISSING_REQUIRED_PROPERTY(
                object=shown_label(self._object), name=shown_label(prop)
            )
        if prop is None or change is None:
            return None
        if sort == reasons.DUPLICATE:
            return self._duplicate(prop, change.value, row["record_id"])
        try:
            changed_value(change, row[prop.name], self._readings)
        except TresseError as error:
            return error
        return None

    def _duplicate(self, prop: PropertyDef, value: Any, id: int) -> TresseError | None:
        """Whose value it is, be it the main one or another one (C21)."""
        table = self._object.table
        held = (
            sa.select(OTHER_VALUE.c.record_id)
            .join(table, table.c.id == OTHER_VALUE.c.record_id)
            .where(
                OTHER_VALUE.c.property_id == prop.id,
                OTHER_VALUE.c.compared == compared(prop, value),
                table.c.deleted_at.is_(None),
                table.c.id != id,
            )
        )
        holder = scalar(held.limit(1))
        found: Exception = (
            duplicate(self._object, {prop.name: value}, self._actor, but=id)
            if holder is None
            else duplicate_of(self._object, prop, value, holder, self._actor)
        )
        return found if isinstance(found, TresseError) else None

    def _stage(self, sort: int, row: dict[str, Any]) -> TresseError | None:
        change = next((each for each in self._asked.changes if each.prop.name == "stage"), None)
        pipeline = row.get("pipeline") or self._object.pipelines[0].id
        if sort == reasons.NO_SUCH_STAGE:
            given = next(e for e in self._row.settings["changes"] if e["property"] == "stage")
            prop = self._object.property("stage")
            try:
                value_of(prop.kind, given["value"], self._readings.of(prop, pipeline))
            except TresseError as error:
                return error
            return None
        entered = (change.value if change else None) or self._asked.stages.get(pipeline)
        stage = self._object.stages.get(entered or 0)
        if stage is None:
            return None
        needed = needed_by(stage, self._object.has)
        mask = reasons.detail_of(row["reason"])
        names = [
            shown_label(self._object.property(name))
            for n, name in enumerate(needed)
            if mask >> n & 1
        ]
        return STAGE_REQUIREMENTS_MISSING(stage=shown_label(stage, self._object), names=names)

    def _limit(self, row: dict[str, Any], *, here: bool) -> TresseError | None:
        side = self._asked.side
        if side is None:
            return None
        other = self._model.object(side.other)
        if here:
            return self._over(side, self._object, other, row["record_id"])
        back = Side(side.association, not side.forward)
        full = numbers_of(back, self._asked.ids, self._object)
        id = next((id for id in self._asked.ids if full.get(id, 0) >= (back.most or 0)), None)
        return None if id is None else self._over(back, other, self._object, id)

    def _over(self, side: Side, here: ObjectDef, other: ObjectDef, id: int) -> TresseError:
        table = here.table
        title = scalar(sa.select(title_of(here, table, self._actor)).where(table.c.id == id))
        return ASSOCIATION_LIMIT_EXCEEDED(
            record=f'{shown_label(here)} "{title}" ({id})',
            number=numbers_of(side, [id], other).get(id, 0),
            label=shown_label(side),
            relation=shown_full_name(side, here),
            id=id,
            most=side.most,
        )
