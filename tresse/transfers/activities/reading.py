"""Activities as the stage holds them: rows of a range read as what they say."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

import sqlalchemy as sa

from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.records.changes.activities import checked_fields, said_fields
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD
from tresse.transfers.activities.described import AT, AUTHOR, EXTERNAL_ID, Activities
from tresse.transfers.decide import CREATED, FOUND
from tresse.transfers.layout import Layout
from tresse.transfers.stage import Ready
from tresse.transfers.staged import Staged
from tresse.transfers.writes import in_range

LINES = 20_000
ASIDE = ("earlier", "mentions")
"Kept with the fields of an activity, but none of them."


class New(NamedTuple):
    """A row that makes an activity. `at` is None if the file does not say."""

    line: int
    ref: int
    at: datetime | None
    author_id: int | None
    external_id: str | None
    fields: dict[str, Any]


class Changed(NamedTuple):
    """A row that changes one: `before` and `fields` without what is kept aside."""

    line: int
    id: int
    was_at: datetime
    at: datetime
    before: dict[str, Any]
    fields: dict[str, Any]
    aside: dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """Reads rows of the stage, a range at a time."""

    layout: Layout
    staged: Staged

    @property
    def object(self) -> Activities:
        """The kind of activity."""
        return cast("Activities", self.layout.object)

    def _rows(self, outcome: int, low: int, high: int) -> list[tuple[Any, ...]]:
        rows, plan = self.staged.rows, self.staged.plan
        columns = [rows.c[each.target] for each in self.layout.values]
        if self.layout.settings.erase_empty:
            columns += [rows.c[f"x_{each.prop.column}"] for each in self.layout.written]
        statement = (
            sa.select(plan.c.line, plan.c.ref, *columns)
            .join_from(plan, rows, rows.c.line == plan.c.line)
            .where(in_range(plan, rows), plan.c.outcome == outcome)
            .order_by(plan.c.line)
        )
        return Ready(statement).rows(low=low, high=high)

    def _given(self, values: tuple[Any, ...]) -> dict[str, Any]:
        """Values by name: those of the file, and None for what it empties."""
        columns = self.layout.values
        given = {
            each.prop.name: value
            for each, value in zip(columns, values[: len(columns)], strict=True)
            if value is not None
        }
        for each, erased in zip(self.layout.written, values[len(columns) :], strict=False):
            if erased and each.prop.name not in given:
                given[each.prop.name] = None
        return given

    def _fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        known = self.object.kind.fields
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in given.items()
            if name in known
        }

    def new(self, low: int, high: int) -> Iterator[New]:
        """Rows that make an activity; `fields` is empty where it says nothing."""
        for line, ref, *values in self._rows(CREATED, low, high):
            given = self._given(tuple(values))
            try:
                fields = said_fields(self.object.kind, self._fields(given))
            except TresseError:
                fields = {}
            yield New(
                line,
                ref,
                given.get(AT) or _started(given),
                given.get(AUTHOR),
                given.get(EXTERNAL_ID),
                fields,
            )

    def changed(self, low: int, high: int) -> list[Changed]:
        """Rows that change an activity which is there; those that change nothing are left out."""
        stored = self._stored(low, high)
        found = []
        for line, ref, *values in self._rows(FOUND, low, high):
            if ref not in stored:
                continue
            was_at, text = stored[ref]
            given = self._given(tuple(values))
            whole = json.loads(text)
            aside = {name: whole.pop(name) for name in ASIDE if name in whole}
            asked = {**self._fields(given), **_same_instants(whole, given)}
            fields = checked_fields(self.object.kind, {**whole, **asked})
            at = given.get(AT) or _started(given) or was_at
            if self.object.name == "meeting" and at > now():
                # One that is to come stands where it was written, not above the present.
                at = was_at
            if (fields, at) != (whole, was_at) and fields:
                found.append(Changed(line, ref, was_at, at, whole, fields, aside))
        return found

    def _stored(self, low: int, high: int) -> dict[int, tuple[datetime, str]]:
        plan = self.staged.plan
        statement = (
            sa.select(ACTIVITY.c.id, ACTIVITY.c.at, ACTIVITY.c.fields)
            .join_from(plan, ACTIVITY, ACTIVITY.c.id == plan.c.ref)
            .where(in_range(plan), plan.c.outcome == FOUND, ACTIVITY.c.deleted_at.is_(None))
        )
        return {id: (at, text) for id, at, text in Ready(statement).rows(low=low, high=high)}


def _same_instants(whole: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, str]:
    """Instants that are there already, as they are written there: perhaps in another zone."""
    return {
        name: whole[name]
        for name, value in given.items()
        if isinstance(value, datetime)
        and name in whole
        and datetime.fromisoformat(whole[name]) == value
    }


def _started(given: Mapping[str, Any]) -> datetime | None:
    started = given.get("starts_at")
    return started if isinstance(started, datetime) else None


def spans(staged: Staged) -> Iterator[tuple[int, int]]:
    """The lines of the stage, in parts that fit into memory."""
    line = staged.rows.c.line
    [(low, high)] = Ready(sa.select(sa.func.min(line), sa.func.max(line))).rows()
    if low is not None:
        yield from ((start, start + LINES - 1) for start in range(low, high + 1, LINES))


def on_timeline(pairs: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether an activity that is there is about the record of a pair already."""
    about = ACTIVITY_RECORD.alias("there")
    return sa.exists().where(
        about.c.activity_id == pairs.c.from_ref, about.c.record_id == pairs.c.to_ref
    )


def changed_number(layout: Layout, staged: Staged) -> int:
    """How many activities that are there would change."""
    reading = Reading(layout, staged)
    return sum(len(reading.changed(low, high)) for low, high in spans(staged))


def changed_samples(layout: Layout, staged: Staged, most: int) -> list[Any]:
    """The first changes as old → new."""
    reading, found = Reading(layout, staged), []
    for low, high in spans(staged):
        for each in reading.changed(low, high):
            for prop in layout.object.properties:
                old, new = (fields.get(prop.name) for fields in (each.before, each.fields))
                if prop.name == "at":
                    old, new = each.was_at.isoformat(), each.at.isoformat()
                if old != new:
                    shown = {"old": _text(old), "new": _text(new)}
                    place = {"line": each.line, "record_id": each.id, "property": prop.label}
                    found.append(place | shown)
            if len(found) >= most:
                return found[:most]
    return found


def _text(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
