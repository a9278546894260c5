"""What a timeline is made of: entries, their badges, and what may be asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.records.activities import ACTIVITY_KINDS

TASK = "task"
CHANGES = ("property_changed", "owner_changed", "stage_changed")
"How E97 calls what a `record_changed` did."
EVENTS = (
    "record_created",
    "record_linked",
    "record_unlinked",
    "record_merged",
    "record_unmerged",
    "record_restored",
)
HISTORY = (*CHANGES, *EVENTS)
KINDS = (*(kind.name for kind in ACTIVITY_KINDS), TASK, *HISTORY)
"""All kinds of entries (C69)."""

Key = tuple[datetime, str, int]
"""Time, sort (`a` activity, `e` own event, `l` events of a linked record, `t` task), id."""


@dataclass(frozen=True, slots=True)
class Badge:
    """Where an entry comes from if it is not the record's own: which record, by which relation."""

    object: str
    id: int
    title: str
    relation: Side


@dataclass(slots=True)
class Entry:
    """One line of a timeline.

    `kind`: one of `KINDS`. `record_id`: of the linked record whose events it holds, else None.
    `parts`: the changes that a folded one stands for, newest first.
    """

    at: datetime
    kind: str
    key: Key
    author_id: int | None = None
    source: str = ""
    source_id: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    activity_id: int | None = None
    record_id: int | None = None
    badges: list[Badge] = field(default_factory=list)
    parts: list["Entry"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of entries, newest first; `next` reads on; numbers of linked records shown and all."""

    entries: list[Entry]
    next: str | None
    linked_shown: int
    linked_all: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for (C77); nothing named: all of them.

    `kinds`: of `KINDS`. `author`: id of a user. `since`, `until`: the first instant and the first
    one after. `origin`: `own` or `linked`. `object`: only what linked records of that object did.
    `words`: only what people wrote, and tasks, with all of these words in it.
    """

    kinds: tuple[str, ...] = ()
    author: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    origin: str = ""
    object: str = ""
    words: str = ""

    def has(self, *kinds: str) -> bool:
        """Whether any of these kinds is asked for."""
        return not self.kinds or any(kind in self.kinds for kind in kinds)

    def within(self, at: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
        """That an instant is in the period."""
        ends = [at >= self.since] if self.since else []
        return sa.and_(sa.true(), *ends, *([at < self.until] if self.until else []))

    @property
    def has_own(self) -> bool:
        """Whether what the record itself did is asked for."""
        return self.origin != "linked" and not self.object


@dataclass(frozen=True, slots=True)
class Reading:
    """What every part of a timeline is read with; `limit` entries below `before` are wanted."""

    model: DataModel
    object: ObjectDef
    id: int
    actor: Actor
    wanted: Wanted
    before: Key | None
    limit: int

    def below(
        self, sort: str, at: sa.ColumnElement[datetime], id: sa.ColumnElement[int]
    ) -> sa.ColumnElement[bool]:
        """That rows of one sort come after the last entry shown."""
        if self.before is None:
            return sa.true()
        last, last_sort, last_id = self.before
        if sort == last_sort:
            return sa.or_(at < last, sa.and_(at == last, id < last_id))
        return at <= last if sort < last_sort else at < last
