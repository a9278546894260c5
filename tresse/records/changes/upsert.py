"""Many records made or changed in one call, each found by a key, as sets (C121)."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from tresse.accounts.actor import Actor
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.changes.batch import MOST, Outcome
from tresse.records.changes.create import duplicate
from tresse.records.changes.telling import tell_of_many
from tresse.records.readings import Readings
from tresse.records.refusals import BATCH_TOO_LARGE
from tresse.records.upsert.asked import Asked, Reader, keys_named
from tresse.records.upsert.checking import Checking, Ready
from tresse.records.upsert.matching import Matching
from tresse.records.upsert.writing import Writing
from tresse.records.writing import new_change_set


def upsert_records(
    model: DataModel,
    object: ObjectDef,
    items: Sequence[Any],
    *,
    by: Sequence[str] = (),
    actor: Actor,
    all_or_nothing: bool = False,
) -> list[Outcome]:
    """Make or change records, each item all or nothing; a refused one stops no other.

    The number of statements does not grow with that of the items, as long as none of them is
    refused for what only the writing shows (a link over a limit, a value taken meanwhile). Items
    that mean one record are written in their order.

    Args:
        model: The data model.
        object: The object type of all items.
        items: At most 1,000, each `{id, version, properties, links}`; links are `{type, id, label}`
            and added to those that are there.
        by: Names of unique properties or match keys in order, of which the first that finds a
            record decides; if left out external id, unique properties, match keys. An `id` decides
            alone, and never makes a record.
        actor: Needs `create` for new records, edit on those found.
        all_or_nothing: The first refusal takes everything back and is raised.

    Returns:
        One outcome per item, in their order: created, updated, unchanged, or refused.

    Raises:
        TresseError: `batch_too_large`, `unknown_property` and `wrong_value` of `by`; with
            `all_or_nothing` any refusal of an item, its place under `index`.
    """
    if len(items) > MOST:
        raise BATCH_TOO_LARGE(number=len(items), most=MOST)
    keys = keys_named(object, by, actor)
    with transaction.atomic():
        batch = Batch(model, object, actor, new_change_set(actor))
        outcomes = batch.written(items, Reader(model, object, keys, batch.readings))
        for each in outcomes:
            if all_or_nothing and each.error is not None:
                each.error.details["index"] = each.index
                raise each.error
        tell_of_many(object, actor=actor, change_set=batch.change_set)
    return outcomes


class Batch:
    """One upsert under one change set."""

    def __init__(self, model: DataModel, object: ObjectDef, actor: Actor, change_set: int) -> None:
        self.model, self.object, self.actor = model, object, actor
        self.change_set = change_set
        self.readings = Readings(object, actor)
        self._matching = Matching(model, object, actor)
        self._checking = Checking(model, object, actor, self.readings)
        self._writing = Writing(model, object, actor, change_set)
        self._outcomes: dict[int, Outcome] = {}

    def written(self, items: Sequence[Any], reader: Reader) -> list[Outcome]:
        """Write all items; answers their outcomes in order."""
        waiting: list[Asked] = []
        for index, item in enumerate(items):
            try:
                waiting.append(reader.read(index, item))
            except TresseError as error:
                given = item.get("id") if isinstance(item, dict) else None
                self._refuse(index, error, given)
        while waiting:
            waiting = self._wave(waiting)
        return [self._outcomes[index] for index in range(len(items))]

    def _refuse(self, index: int, error: TresseError, id: Any = None) -> None:
        known = id if isinstance(id, int) and not isinstance(id, bool) else None
        self._outcomes[index] = Outcome(index, id=known, error=error)

    def _wave(self, waiting: Sequence[Asked]) -> list[Asked]:
        """Write the first item about each record; answers those that wait for it."""
        taken: set[Any] = set()
        now: list[Asked] = []
        later: list[Asked] = []
        for item in waiting:
            (later if taken & item.tokens else now).append(item)
            taken |= item.tokens
        found, met = self._matching.matched(now), set()
        meant: list[tuple[Asked, int | None]] = []
        for item in now:
            id = found[item.index]
            if isinstance(id, TresseError):
                self._refuse(item.index, id, item.id)
            elif id is not None and id in met:
                later.append(item)
            else:
                met.add(id)
                meant.append((item, id))
        ready, errors = self._checking.checked(meant)
        ids = {item.index: id for item, id in meant}
        for index, error in errors.items():
            self._refuse(index, error, ids[index])
        self._write(ready)
        return sorted(later, key=lambda item: item.index)

    def _write(self, ready: Sequence[Ready]) -> None:
        """Write items together; if one of them is refused, the halves by themselves."""
        if not ready:
            return
        try:
            with transaction.atomic():
                ids = self._writing.write(ready)
        except (TresseError, IntegrityError) as error:
            if len(ready) > 1:
                half = len(ready) // 2
                self._write(ready[:half])
                self._write(ready[half:])
                return
            [one] = ready
            if not isinstance(error, TresseError):
                error = self._duplicate(one)
            self._refuse(one.item.index, error, one.id)
            return
        for each in ready:
            done = "created" if each.id is None else "updated" if each.values else "unchanged"
            self._outcomes[each.item.index] = Outcome(each.item.index, done, ids[each.item.index])

    def _duplicate(self, one: Ready) -> TresseError:
        error = duplicate(self.object, one.values, self.actor, but=one.id or 0)
        if not isinstance(error, TresseError):
            raise error
        return error
