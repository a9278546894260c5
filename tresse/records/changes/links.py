"""Linking and unlinking records: pairs of one side, as a set, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from django.db import transaction

from tresse.accounts.actor import Actor
from tresse.accounts.permission import refused
from tresse.kernel.errors import TresseError
from tresse.objects.database import execute, load, rows, scalar
from tresse.objects.described import AssociationDef, DataModel, ObjectDef, Side
from tresse.objects.labels import shown_full_name, shown_label, shown_plural
from tresse.records.links import (
    Pair,
    existing,
    numbers_of,
    oldest_of,
    pairs_from,
    stored_pair,
)
from tresse.records.refusals import (
    ASSOCIATION_LABEL_NOT_FOUND,
    ASSOCIATION_LIMIT_EXCEEDED,
    LINK_TO_ITSELF,
)
from tresse.records.tables import EVENT, LINK
from tresse.records.title import title_of
from tresse.records.visibility import found, reach
from tresse.records.writing import lock, new_change_set


@dataclass(frozen=True, slots=True)
class Linked:
    """How many pairs were linked, were linked already, or were taken away (`mode="replace"`)."""

    created: int = 0
    existing: int = 0
    removed: int = 0


@transaction.atomic
def link_records(
    model: DataModel,
    side: Side,
    pairs: Iterable[Pair],
    *,
    actor: Actor,
    label: str | None = None,
    mode: str = "add",
    change_set: int | None = None,
) -> Linked:
    """Link pairs of records.

    Args:
        model: The data model.
        side: The association type as seen from the first record of each pair.
        pairs: (record here, other record).
        actor: Needs edit on one record of a pair and view on the other (C110).
        label: Name of a link label to give as well.
        mode: `add`, or `replace`: other links that the records here have by this side go (C36).
        change_set: Of the write this belongs to; a new one if left out.

    Raises:
        TresseError: `record_not_found`, `record_in_bin`, `wrong_object`, `link_to_itself`,
            `association_limit_exceeded`, `association_label_not_found`, `not_permitted`.
    """
    wanted = list(dict.fromkeys(pairs))
    named = _label(model, side, label)
    _check_pairs(model, side, wanted, actor)
    change_set = change_set or new_change_set(actor)
    removed = (
        _replace(model, side, wanted, actor, change_set=change_set) if mode == "replace" else 0
    )
    stored = list(dict.fromkeys(stored_pair(side, *pair) for pair in wanted))
    there = {(one, two) for _, one, two in existing([side.association], stored)}
    new = [pair for pair in stored if pair not in there]
    _check_limits(model, side.association, new, actor)
    _write(model, side.association, new, change_set)
    if named:
        _give_label(model, Side(named, side.forward), wanted, actor, change_set=change_set)
    give_primary(model, side.association, new, change_set)
    return Linked(len(new), len(stored) - len(new), removed)


@transaction.atomic
def unlink_records(
    model: DataModel,
    side: Side,
    pairs: Iterable[Pair],
    *,
    actor: Actor,
    label: str | None = None,
    change_set: int | None = None,
) -> int:
    """Take links away, with their link labels; with `label`, only that label.

    Pairs that are not linked are nothing to do (C36). Answers how many pairs were linked.

    Raises:
        TresseError: as `link_records`.
    """
    wanted = list(dict.fromkeys(pairs))
    named = _label(model, side, label)
    _check_pairs(model, side, wanted, actor)
    change_set = change_set or new_change_set(actor)
    return _remove(model, side, wanted, change_set, only=named)


def _label(model: DataModel, side: Side, name: str | None) -> AssociationDef | None:
    if name is None:
        return None
    known = {each.name: each for each in model.labels_of(side.association)}
    if name not in known:
        relation = shown_full_name(side, _ends(model, side)[0])
        raise ASSOCIATION_LABEL_NOT_FOUND(relation=relation, name=name, known=list(known))
    return known[name]


def _check_pairs(model: DataModel, side: Side, pairs: Sequence[Pair], actor: Actor) -> None:
    here, other = _ends(model, side)
    if any(one == two for one, two in pairs):
        raise LINK_TO_ITSELF()
    found(model, here, (one for one, _ in pairs), actor)
    found(model, other, (two for _, two in pairs), actor)
    edit_here = _editable(here, {one for one, _ in pairs}, actor)
    edit_other = _editable(other, {two for _, two in pairs}, actor)
    if any(one not in edit_here and two not in edit_other for one, two in pairs):
        raise refused(actor, "edit", here.name, shown_plural(here))
    lock(here, sorted({one for one, _ in pairs}))
    lock(other, sorted({two for _, two in pairs}))


def _ends(model: DataModel, side: Side) -> tuple[ObjectDef, ObjectDef]:
    ends = side.association
    here = ends.from_object if side.forward else ends.to_object
    return model.object(here), model.object(side.other)


def _editable(object: ObjectDef, ids: set[int], actor: Actor) -> set[int]:
    table = object.table
    statement = sa.select(table.c.id).where(
        table.c.id.in_(ids), reach(object, actor, table, "edit")
    )
    return {id for (id,) in rows(statement)}


def _check_limits(
    model: DataModel, association: AssociationDef, pairs: Sequence[Pair], actor: Actor
) -> None:
    for end, side in enumerate((Side(association, forward=True), Side(association, forward=False))):
        if side.most is None or not pairs:
            continue
        asked = Counter(pair[end] for pair in pairs)
        if association.is_symmetric:
            asked = Counter(id for pair in pairs for id in pair)
        _, other = _ends(model, side)
        have = numbers_of(side, asked, other)
        for id, more in asked.items():
            if have.get(id, 0) + more > side.most:
                raise _over_limit(model, side, id, have.get(id, 0), actor=actor)


def _over_limit(model: DataModel, side: Side, id: int, number: int, *, actor: Actor) -> TresseError:
    here, _ = _ends(model, side)
    table = here.table
    record = scalar(sa.select(title_of(here, table, actor)).where(table.c.id == id))
    return ASSOCIATION_LIMIT_EXCEEDED(
        record=f'{shown_label(here)} "{record}" ({id})',
        number=number,
        label=shown_label(side),
        relation=shown_full_name(side, here),
        id=id,
        most=side.most,
    )


def _write(
    model: DataModel, association: AssociationDef, pairs: Sequence[Pair], change_set: int
) -> None:
    if not pairs:
        return
    load(
        LINK,
        ("association_id", "from_id", "to_id", "change_set_id"),
        [(association.id, one, two, change_set) for one, two in pairs],
    )
    _write_events(model, "record_linked", association, pairs, change_set=change_set)


def _write_events(
    model: DataModel,
    name: str,
    association: AssociationDef,
    pairs: Sequence[Pair],
    *,
    change_set: int,
) -> None:
    object_id = model.object(association.from_object).id
    load(
        EVENT,
        ("name", "change_set_id", "object_id", "record_id", "other_id", "association_id"),
        [(name, change_set, object_id, one, two, association.id) for one, two in pairs],
    )


def _give_label(
    model: DataModel, side: Side, pairs: Sequence[Pair], actor: Actor, *, change_set: int
) -> None:
    stored = list(dict.fromkeys(stored_pair(side, *pair) for pair in pairs))
    there = {(one, two) for _, one, two in existing([side.association], stored)}
    new = [pair for pair in stored if pair not in there]
    if side.association.is_primary:
        # Giving the primary label to another link moves it (C39).
        _drop(
            model,
            side.association,
            _labelled(side.association, [one for one, _ in new]),
            change_set,
        )
    _check_limits(model, side.association, new, actor)
    _write(model, side.association, new, change_set)


def _labelled(label: AssociationDef, from_ids: Sequence[int]) -> list[Pair]:
    statement = sa.select(LINK.c.from_id, LINK.c.to_id).where(
        LINK.c.association_id == label.id, LINK.c.from_id.in_(from_ids)
    )
    return [(one, two) for one, two in rows(statement)]


def give_primary(
    model: DataModel, association: AssociationDef, pairs: Sequence[Pair], change_set: int
) -> None:
    """Give the primary link label to the oldest link of each record that has links but none so."""
    for label in model.labels_of(association):
        if not label.is_primary or label.is_archived:
            continue
        ids = list(dict.fromkeys(one for one, _ in pairs))
        have = {one for one, _ in _labelled(label, ids)}
        bare = [id for id in ids if id not in have]
        oldest = oldest_of(Side(association, forward=True), bare, model.object(label.to_object))
        _write(model, label, sorted(oldest.items()), change_set)


def _replace(
    model: DataModel, side: Side, pairs: Sequence[Pair], actor: Actor, *, change_set: int
) -> int:
    links = pairs_from(side)
    keep = set(pairs)
    statement = sa.select(links.c.here, links.c.other).where(
        links.c.here.in_({one for one, _ in pairs})
    )
    gone = [(one, two) for one, two in rows(statement) if (one, two) not in keep]
    if gone:
        found(model, _ends(model, side)[1], (two for _, two in gone), actor)
    return _remove(model, side, gone, change_set)


def _remove(
    model: DataModel,
    side: Side,
    pairs: Sequence[Pair],
    change_set: int,
    *,
    only: AssociationDef | None = None,
) -> int:
    labels = [only] if only else list(model.labels_of(side.association))
    for label in labels:
        both = [stored_pair(Side(label, side.forward), *pair) for pair in pairs]
        if side.association.is_symmetric and not only:
            both += [(two, one) for one, two in both]
        _drop(model, label, both, change_set)
    if only:
        gone = [stored_pair(side, *pair) for pair in pairs]
        return len(existing([side.association], gone))
    stored = list(dict.fromkeys(stored_pair(side, *pair) for pair in pairs))
    removed = _drop(model, side.association, stored, change_set)
    give_primary(model, side.association, stored, change_set)
    return removed


def _drop(
    model: DataModel, association: AssociationDef, pairs: Sequence[Pair], change_set: int
) -> int:
    there = [(one, two) for _, one, two in sorted(existing([association], pairs))]
    if there:
        pair = sa.tuple_(LINK.c.from_id, LINK.c.to_id)
        execute(LINK.delete().where(LINK.c.association_id == association.id, pair.in_(there)))
        _write_events(model, "record_unlinked", association, there, change_set=change_set)
    return len(there)
