"""A chunk of activities written: new ones, changed ones, and the timelines they stand on."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.described import ObjectDef
from tresse.records.changes import activities_at_once as at_once
from tresse.records.changes.activities import may_log
from tresse.transfers.activities.reading import New, Reading
from tresse.transfers.counters import Counters
from tresse.transfers.decide import NEW
from tresse.transfers.layout import Layout
from tresse.transfers.plan.pairs import kinds
from tresse.transfers.stage import Ready
from tresse.transfers.staged import PLANNED, Staged


class ActivityRecords:
    """Writes the activities of a range of lines; in place of `run.chunks.Records`."""

    def __init__(
        self, layout: Layout, staged: Staged, actor: Actor, at: datetime, *, first_activity: int
    ) -> None:
        self._reading = Reading(layout, staged)
        self._kind = layout.object.name
        self._actor, self._at, self._first = actor, at, first_activity

    def write(self, *, low: int, high: int, change_set: int, **_: Any) -> tuple[int, int]:
        """Write a range of lines; answers how many activities were created and updated."""
        new = [self._logged(each) for each in self._reading.new(low, high)]
        at_once.log_activities(new, change_set=change_set)
        changed = [
            at_once.Changed(
                each.id,
                each.at,
                at_once.stamped(
                    each.fields,
                    {**each.before, **each.aside},
                    actor=self._actor,
                    change_set=change_set,
                    was_at=each.was_at,
                ),
            )
            for each in self._reading.changed(low, high)
        ]
        at_once.change_activities(changed, change_set=change_set)
        return len(new), len(changed)

    def _logged(self, each: New) -> at_once.Logged:
        at = each.at or self._at
        if self._kind == "meeting":
            # One that is to come stands where it was written, not above the present.
            at = min(at, self._at)
        id = real_activity(each.ref, self._first)
        author = each.author_id or self._actor.user_id
        return at_once.Logged(id, self._kind, at, author, each.external_id, each.fields)


class ActivityLinks:
    """Puts the activities of a chunk on timelines; in place of `run.links.Links`."""

    def __init__(
        self, layout: Layout, staged: Staged, actor: Actor, *, first_activity: int
    ) -> None:
        self._layout, self._staged, self._actor = layout, staged, actor
        self._first, self._kinds = first_activity, kinds(layout)
        self._objects: dict[int, ObjectDef] = {
            each.side.association.id: each.other for each in layout.relations
        }
        pairs = staged.pairs
        big = sa.BigInteger()
        low, high = (sa.bindparam(name, 0, type_=big) for name in ("low", "high"))
        self._pairs = Ready(
            sa.select(pairs.c.kind, pairs.c.association_id, pairs.c.from_ref, pairs.c.to_ref).where(
                pairs.c.ready.between(low, high), pairs.c.state == PLANNED
            )
        )

    def write(self, counters: Counters, *, low: int, high: int, **more: Any) -> None:
        """Write the pairs that are ready in a range of lines, and count them."""
        change_set, first = more["change_set"], more["first_id"]
        by_kind: dict[int, list[at_once.About]] = {}
        for kind, association, activity, record in self._pairs.rows(low=low, high=high):
            by_kind.setdefault(kind, []).append(
                at_once.About(
                    real_activity(activity, self._first),
                    self._objects[association].id,
                    record if record < NEW else record - (NEW + 1) + first,
                )
            )
        model = self._layout.model
        for kind, about in by_kind.items():
            created = at_once.put_on_timelines(model, about, change_set=change_set)
            counters.add_pairs(self._kinds[kind], created=created, existing=len(about) - created)
        at_once.put_on_timelines(model, self._addressed(low, high), change_set=change_set)

    def _addressed(self, low: int, high: int) -> list[at_once.About]:
        """New e-mails are also about every contact in sight with one of their addresses (C71)."""
        model = self._layout.model
        if self._layout.object.name != "email":
            return []
        contact = model.object("contact")
        new = list(Reading(self._layout, self._staged).new(low, high))
        wanted = {address for each in new for address in at_once.addresses_of(each.fields)}
        if not wanted or not may_log(contact, self._actor):
            return []
        known = at_once.addressed_contacts(model, wanted, self._actor)
        return [
            at_once.About(real_activity(each.ref, self._first), contact.id, record)
            for each in new
            for address in sorted(at_once.addresses_of(each.fields))
            for record in known.get(address, ())
        ]


def real_activity(ref: int, first: int) -> int:
    """The id of an activity that the plan numbers."""
    return ref if ref < NEW else ref - (NEW + 1) + first
