"""The acts `link` and `unlink`: pairs of a range of records, as sets."""

from collections import Counter
from collections.abc import Iterable

import sqlalchemy as sa

from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.records.bulk import reasons
from tresse.records.bulk.asked import Asked
from tresse.records.bulk.items import Items
from tresse.records.changes.links import link_records, unlink_records
from tresse.records.links import Pair, existing, numbers_of, pairs_from, stored_pair
from tresse.records.visibility import reach, visible


class Linking:
    """Links every record of a range to the same few others."""

    most = 1_000

    def __init__(self, model: DataModel, items: Items, asked: Asked) -> None:
        self._model, self._items, self._asked = model, items, asked
        self._side = asked.relation
        self._other = model.object(asked.relation.other)

    def write(self, low: int, high: int, change_set: int) -> int:
        """Link the records of a range that can be; answers how many have a new link."""
        self._items.settle(low, high, self._items.basic("bulk_edit"))
        ids = self._items.ids(low, high)
        refused = self._refused(ids)
        self._items.refuse(refused)
        left_out = {id for each in refused.values() for id in each}
        pairs = [(id, other) for id in ids if id not in left_out for other in self._asked.ids]
        if not pairs:
            return 0
        new = {here for here, _ in self._new(pairs)}
        link_records(
            self._model,
            self._side,
            pairs,
            actor=self._items.actor,
            label=self._asked.label,
            mode=self._asked.mode,
            change_set=change_set,
        )
        return len(new)

    def _new(self, pairs: list[Pair]) -> list[Pair]:
        """Pairs that are not linked yet, or lack the link label asked for."""
        label = self._asked.label
        association = self._model.association(label) if label else self._side.association
        side = Side(association, self._side.forward)
        stored = {pair: stored_pair(side, *pair) for pair in pairs}
        there = {(one, two) for _, one, two in existing([association], list(stored.values()))}
        return [pair for pair, kept in stored.items() if kept not in there]

    def _refused(self, ids: list[int]) -> dict[int, list[int]]:
        refused: dict[int, list[int]] = {
            reasons.ITSELF: [],
            reasons.NOT_PERMITTED: [],
            reasons.LIMIT_HERE: [],
            reasons.LIMIT_THERE: [],
        }
        others = self._asked.ids
        may_here = _reached(self._items, self._items.object, ids, "edit")
        may_there = _reached(self._items, self._other, others, "edit") >= set(others)
        left = []
        for id in ids:
            if self._other.id == self._items.object.id and id in others:
                refused[reasons.ITSELF].append(id)
            elif id not in may_here and not may_there:
                refused[reasons.NOT_PERMITTED].append(id)
            else:
                left.append(id)
        self._over_limits(left, refused)
        return refused

    def _over_limits(self, ids: list[int], refused: dict[int, list[int]]) -> None:
        """Leave out records that would have too many links, and those that come too late."""
        pairs = [(id, other) for id in ids for other in self._asked.ids]
        new = self._unlinked(pairs)
        side, back = self._side, Side(self._side.association, not self._side.forward)
        if side.most is not None and self._asked.mode != "replace":
            wanted = Counter(here for here, _ in new)
            have = numbers_of(side, wanted, self._other)
            over = {id for id, more in wanted.items() if have.get(id, 0) + more > side.most}
            refused[reasons.LIMIT_HERE] += sorted(over)
            new = [pair for pair in new if pair[0] not in over]
        elif side.most is not None and len(self._asked.ids) > side.most:
            refused[reasons.LIMIT_HERE] += ids
            return
        if back.most is not None:
            have = numbers_of(back, self._asked.ids, self._items.object)
            late: set[int] = set()
            taken = Counter(have)
            for here, there in sorted(new):
                if here in late:
                    continue
                if taken[there] >= back.most:
                    late.add(here)
                else:
                    taken[there] += 1
            refused[reasons.LIMIT_THERE] += sorted(late)

    def _unlinked(self, pairs: list[Pair]) -> list[Pair]:
        stored = {pair: stored_pair(self._side, *pair) for pair in pairs}
        there = existing([self._side.association], list(stored.values()))
        linked = {(one, two) for _, one, two in there}
        return [pair for pair, kept in stored.items() if kept not in linked]


class Unlinking:
    """Takes links of every record of a range away: to the records named, or all of a relation."""

    most = 1_000

    def __init__(self, model: DataModel, items: Items, asked: Asked) -> None:
        self._model, self._items, self._asked = model, items, asked
        self._side = asked.relation
        self._other = model.object(asked.relation.other)

    def write(self, low: int, high: int, change_set: int) -> int:
        """Unlink the records of a range; answers how many had such a link."""
        self._items.settle(low, high, self._items.basic("bulk_edit"))
        ids = self._items.ids(low, high)
        pairs = self._pairs(ids)
        may_here = _reached(self._items, self._items.object, ids, "edit")
        may_there = _reached(self._items, self._other, {two for _, two in pairs}, "edit")
        barred = {one for one, two in pairs if one not in may_here and two not in may_there}
        self._items.refuse({reasons.NOT_PERMITTED: sorted(barred)})
        good = [pair for pair in pairs if pair[0] not in barred]
        if good:
            unlink_records(
                self._model,
                self._side,
                good,
                actor=self._items.actor,
                label=self._asked.label,
                change_set=change_set,
            )
        return len({one for one, _ in good})

    def _pairs(self, ids: list[int]) -> list[Pair]:
        """Links the records have, to records in sight."""
        label = self._asked.label
        association = self._model.association(label) if label else self._side.association
        links, table = pairs_from(Side(association, self._side.forward)), self._other.table
        statement = (
            sa.select(links.c.here, links.c.other)
            .join(table, table.c.id == links.c.other)
            .where(links.c.here.in_(ids), visible(self._other, self._items.actor, table))
        )
        if self._asked.ids:
            statement = statement.where(links.c.other.in_(self._asked.ids))
        return [(one, two) for one, two in rows(statement)]


def _reached(items: Items, object: ObjectDef, ids: Iterable[int], action: str) -> set[int]:
    """Those of the records that an action of the person reaches."""
    table = object.table
    statement = sa.select(table.c.id).where(
        table.c.id.in_(set(ids)), reach(object, items.actor, table, action)
    )
    return {id for (id,) in rows(statement)}
