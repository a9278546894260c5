"""Links in a merge: moved to the survivor as sets, and moved back (C38, C39, C62, C64)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tresse.objects.database import execute, load, rows
from tresse.objects.described import AssociationDef, DataModel, ObjectDef, Side
from tresse.records.links import Pair, existing, oldest_of, pairs_from, stored_pair
from tresse.records.lists import RowNumber
from tresse.records.merge_tables import MERGE_LINK
from tresse.records.merging import Crowded, associations_of
from tresse.records.tables import LINK

JOURNAL = ("merge_id", "sort", "association_id", "from_id", "to_id", "change_set_id")
MOST_REFUSED = 1_000
LINKED = ("association_id", "from_id", "to_id", "change_set_id")
Key = tuple[int, int, int]
"""Association type, `from`, `to`."""


def _is(journal: sa.FromClause, merge: int, sort: str) -> sa.ColumnElement[bool]:
    return sa.and_(journal.c.merge_id == merge, journal.c.sort == sort)


def _same(one: sa.FromClause, two: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(
        one.c.association_id == two.c.association_id,
        one.c.from_id == two.c.from_id,
        one.c.to_id == two.c.to_id,
    )


def move_links(
    model: DataModel,
    object: ObjectDef,
    *,
    merge: int,
    survivor: int,
    others: Sequence[int],
    left: Iterable[tuple[Crowded, Sequence[int]]],
    change_set: int,
) -> None:
    """Give the links of the others to the survivor; equal ones fall together, the older stays.

    Args:
        model: The data model.
        object: The object type of the records.
        merge: The id its journal is kept under.
        survivor: The record that gets the links.
        others: The records that lose them.
        left: Relations beyond their limit, with the other records whose links are left out.
        change_set: Of the merge.
    """
    known = associations_of(model, object)
    _keep_others(known, merge, others)
    mapped = _mapped(known, merge, survivor, others)
    _leave_out(model, merge, survivor, left)
    _leave_primary(known, merge, survivor, others, mapped=mapped)
    _write_moved(merge, mapped)
    _give_primary(model, known, merge, survivor, change_set=change_set)


def _keep_others(known: Sequence[AssociationDef], merge: int, others: Sequence[int]) -> None:
    ids = [each.id for each in known]
    columns = [LINK.c.association_id, LINK.c.from_id, LINK.c.to_id, LINK.c.change_set_id]
    chosen = [
        sa.select(sa.literal(merge), sa.literal("others"), *columns).where(
            LINK.c.association_id.in_(ids), end.in_(others)
        )
        for end in (LINK.c.from_id, LINK.c.to_id)
    ]
    execute(MERGE_LINK.insert().from_select(list(JOURNAL), sa.union(*chosen)))


def _mapped(
    known: Sequence[AssociationDef], merge: int, survivor: int, others: Sequence[int]
) -> sa.Subquery:
    """The links of the others as links of the survivor, each once."""
    kept = MERGE_LINK
    one = sa.case((kept.c.from_id.in_(others), survivor), else_=kept.c.from_id)
    two = sa.case((kept.c.to_id.in_(others), survivor), else_=kept.c.to_id)
    symmetric = [each.id for each in known if each.is_symmetric]
    turned = sa.and_(kept.c.association_id.in_(symmetric), one > two)
    pairs = (
        sa.select(
            kept.c.association_id,
            sa.case((turned, two), else_=one).label("from_id"),
            sa.case((turned, one), else_=two).label("to_id"),
            kept.c.change_set_id,
        )
        .where(_is(kept, merge, "others"), one != two)
        .subquery()
    )
    columns = (pairs.c.association_id, pairs.c.from_id, pairs.c.to_id)
    oldest = sa.func.min(pairs.c.change_set_id).label("change_set_id")
    return sa.select(*columns, oldest).group_by(*columns).subquery()


def _leave_out(
    model: DataModel,
    merge: int,
    survivor: int,
    left: Iterable[tuple[Crowded, Sequence[int]]],
) -> None:
    """Write down the links beyond a limit, each with its link labels."""
    gone: set[Key] = set()
    for crowded, ids in left:
        association, forward = crowded.side.association, crowded.side.forward
        for id in ids:
            pair = stored_pair(crowded.side, survivor, id)
            gone.add((association.id, *pair))
            for label in model.labels_of(association):
                gone.add((label.id, *stored_pair(Side(label, forward), survivor, id)))
                if association.is_symmetric:
                    gone.add((label.id, id, survivor))
    _journal(merge, "left", ((*key, 0) for key in gone))


def _journal(merge: int, sort: str, links: Iterable[Sequence[int]]) -> None:
    load(MERGE_LINK, JOURNAL, [(merge, sort, *each) for each in links])


def _leave_primary(
    known: Sequence[AssociationDef],
    merge: int,
    survivor: int,
    others: Sequence[int],
    *,
    mapped: sa.Subquery,
) -> None:
    """Of several primary marks one stays: the survivor's own, else the oldest (C39)."""
    for label in (each for each in known if each.is_primary):
        own = sa.select(LINK.c.to_id, sa.literal(0), LINK.c.change_set_id).where(
            LINK.c.association_id == label.id,
            LINK.c.from_id == survivor,
            LINK.c.to_id.not_in(others),
        )
        given = sa.select(mapped.c.to_id, sa.literal(1), mapped.c.change_set_id).where(
            mapped.c.association_id == label.id, mapped.c.from_id == survivor
        )
        left = set(
            rows(
                sa.select(MERGE_LINK.c.to_id).where(
                    _is(MERGE_LINK, merge, "left"), MERGE_LINK.c.association_id == label.id
                )
            )
        )
        ranked = sorted(
            (rank, age, to) for to, rank, age in rows(own.union_all(given)) if (to,) not in left
        )
        targets = list(dict.fromkeys(to for _, _, to in ranked))
        _journal(merge, "left", ((label.id, survivor, to, 0) for to in targets[1:]))


def _write_moved(merge: int, mapped: sa.Subquery) -> None:
    journal = MERGE_LINK.alias("j")
    is_left = sa.exists().where(_is(journal, merge, "left"), _same(journal, mapped))
    is_there = sa.exists().where(_same(LINK, mapped))
    moved = sa.select(*_line(merge, "made", mapped)).where(~is_left, ~is_there)
    execute(MERGE_LINK.insert().from_select(list(JOURNAL), moved))
    fallen = (
        sa.select(*_line(merge, "older", LINK))
        .join_from(LINK, mapped, _same(LINK, mapped))
        .where(mapped.c.change_set_id < LINK.c.change_set_id, ~is_left)
    )
    execute(MERGE_LINK.insert().from_select(list(JOURNAL), fallen))
    own = sa.select(*_line(merge, "dropped", LINK)).where(_journaled(merge, "left"))
    execute(MERGE_LINK.insert().from_select(list(JOURNAL), own))
    age = sa.select(mapped.c.change_set_id).where(_same(LINK, mapped)).scalar_subquery()
    execute(LINK.update().where(_journaled(merge, "older")).values(change_set_id=age))
    for sort in ("others", "dropped"):
        execute(LINK.delete().where(_journaled(merge, sort)))
    made = MERGE_LINK
    execute(
        LINK.insert().from_select(
            list(LINKED),
            sa.select(
                made.c.association_id, made.c.from_id, made.c.to_id, made.c.change_set_id
            ).where(_is(made, merge, "made")),
        )
    )


def _line(merge: int, sort: str, links: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [
        sa.literal(merge),
        sa.literal(sort),
        links.c.association_id,
        links.c.from_id,
        links.c.to_id,
        links.c.change_set_id,
    ]


def _journaled(merge: int, sort: str) -> sa.ColumnElement[bool]:
    """Links that the journal holds under a sort."""
    chosen = sa.select(MERGE_LINK.c.association_id, MERGE_LINK.c.from_id, MERGE_LINK.c.to_id).where(
        _is(MERGE_LINK, merge, sort)
    )
    return sa.tuple_(LINK.c.association_id, LINK.c.from_id, LINK.c.to_id).in_(chosen)


def _give_primary(
    model: DataModel,
    known: Sequence[AssociationDef],
    merge: int,
    survivor: int,
    *,
    change_set: int,
) -> None:
    """Give the primary mark to the oldest link of records that lost theirs."""
    for label in (each for each in known if each.is_primary and not each.is_archived):
        parent = model.association(label.parent or "")
        statement = sa.select(MERGE_LINK.c.from_id).where(
            MERGE_LINK.c.merge_id == merge,
            MERGE_LINK.c.sort == "left",
            MERGE_LINK.c.association_id == parent.id,
        )
        ids = {id for (id,) in rows(statement.distinct())}
        given = bare_primary(model, label, parent, ids | {survivor})
        keys = [(label.id, one, two, change_set) for one, two in given.items()]
        _journal(merge, "made", keys)
        load(LINK, LINKED, keys)


def bare_primary(
    model: DataModel, label: AssociationDef, parent: AssociationDef, ids: set[int]
) -> Mapping[int, int]:
    """The oldest link of each record that has links but none that is primary."""
    marked = rows(
        sa.select(LINK.c.from_id).where(LINK.c.association_id == label.id, LINK.c.from_id.in_(ids))
    )
    bare = ids - {id for (id,) in marked}
    return oldest_of(Side(parent, forward=True), bare, model.object(label.to_object))


def take_links_back(
    model: DataModel,
    object: ObjectDef,
    *,
    merge: int,
    others: Sequence[int],
    change_set: int,
) -> list[Key]:
    """Give every record the links it had before a merge; answers those that found no place.

    Links that the survivor was given since stay with it.
    """
    known = associations_of(model, object)
    kept = MERGE_LINK
    still = sa.exists().where(
        _is(kept, merge, "made"), _same(kept, LINK), kept.c.change_set_id == LINK.c.change_set_id
    )
    execute(LINK.delete().where(_journaled(merge, "made"), still))
    age = (
        sa.select(kept.c.change_set_id)
        .where(_is(kept, merge, "older"), _same(kept, LINK))
        .scalar_subquery()
    )
    execute(LINK.update().where(_journaled(merge, "older")).values(change_set_id=age))
    refused = _drop_orphans(model, known, merge)
    unmarked = set(refused)
    # A relation before its link labels: a label needs its parent's link.
    for association in sorted(known, key=lambda each: each.parent is not None):
        refused += _restored(model, association, merge, others)
    for label in (each for each in known if each.is_primary and not each.is_archived):
        ids = {one for association, one, _ in unmarked if association == label.id}
        parent = model.association(label.parent or "")
        given = bare_primary(model, label, parent, ids)
        load(LINK, LINKED, [(label.id, one, two, change_set) for one, two in given.items()])
    return refused


def _drop_orphans(model: DataModel, known: Sequence[AssociationDef], merge: int) -> list[Key]:
    """Drop labels that somebody gave to links which now go back; answers them."""
    made, dropped = MERGE_LINK, []
    for label in (each for each in known if each.parent):
        parent = model.association(label.parent or "")
        pair = sa.and_(LINK.c.from_id == made.c.from_id, LINK.c.to_id == made.c.to_id)
        if parent.is_symmetric:
            turned = sa.and_(LINK.c.from_id == made.c.to_id, LINK.c.to_id == made.c.from_id)
            pair = sa.or_(pair, turned)
        statement = (
            sa.select(LINK.c.association_id, LINK.c.from_id, LINK.c.to_id)
            .join_from(made, LINK, sa.and_(LINK.c.association_id == label.id, pair))
            .where(_is(made, merge, "made"), made.c.association_id == parent.id)
        )
        pairs = [(one, two) for _, one, two in rows(statement)]
        lost = _orphans(model, label, pairs)
        key = sa.tuple_(LINK.c.from_id, LINK.c.to_id)
        if lost:
            execute(LINK.delete().where(LINK.c.association_id == label.id, key.in_(list(lost))))
        dropped += [(label.id, *pair) for pair in sorted(lost)]
    return dropped


def _restored(
    model: DataModel, association: AssociationDef, merge: int, others: Sequence[int]
) -> list[Key]:
    """Restore the links of one association type; answers those without a place by now."""
    wanted = _wanted(model, association, merge)
    fresh = (
        sa.select(*wanted.c, *_ranks(association, wanted))
        .where(~sa.exists().where(_same(LINK, wanted)))
        .subquery()
    )
    fits = sa.and_(
        _is_held(model, association, fresh), *_has_room(model, association, fresh, others)
    )
    refused = rows(
        sa.select(fresh.c.from_id, fresh.c.to_id)
        .where(~fits)
        .order_by(fresh.c.from_id, fresh.c.to_id)
        .limit(MOST_REFUSED)
    )
    chosen = sa.select(*(fresh.c[name] for name in LINKED)).where(fits)
    execute(LINK.insert().from_select(list(LINKED), chosen))
    return [(association.id, one, two) for one, two in refused]


def _wanted(model: DataModel, association: AssociationDef, merge: int) -> sa.Subquery:
    """The links of one type that the journal gives back; ends merged meanwhile are followed."""
    kept = MERGE_LINK
    names = (association.from_object, association.to_object)
    one, two = (model.object(name).table.alias() for name in names)
    low: sa.ColumnElement[Any] = sa.func.coalesce(one.c.merged_into, one.c.id)
    high: sa.ColumnElement[Any] = sa.func.coalesce(two.c.merged_into, two.c.id)
    differs = low != high
    if association.is_symmetric:
        is_turned = low > high
        low, high = sa.case((is_turned, high), else_=low), sa.case((is_turned, low), else_=high)
    pairs = (
        sa.select(low.label("from_id"), high.label("to_id"), kept.c.change_set_id)
        .join_from(kept, one, one.c.id == kept.c.from_id)
        .join(two, two.c.id == kept.c.to_id)
        .where(
            kept.c.merge_id == merge,
            kept.c.sort.in_(("others", "dropped")),
            kept.c.association_id == association.id,
            differs,
        )
        .subquery()
    )
    age = sa.func.min(pairs.c.change_set_id).label("change_set_id")
    number = sa.literal(association.id, sa.Integer()).label("association_id")
    return (
        sa.select(number, pairs.c.from_id, pairs.c.to_id, age)
        .group_by(pairs.c.from_id, pairs.c.to_id)
        .subquery()
    )


def _is_held(
    model: DataModel, association: AssociationDef, wanted: sa.FromClause
) -> sa.ColumnElement[bool]:
    """Whether the parent's link of a link label is there; a relation has no parent."""
    if association.parent is None:
        return sa.true()
    parent, up = model.association(association.parent), LINK.alias("up")
    pair = sa.and_(up.c.from_id == wanted.c.from_id, up.c.to_id == wanted.c.to_id)
    if parent.is_symmetric:
        turned = sa.and_(up.c.from_id == wanted.c.to_id, up.c.to_id == wanted.c.from_id)
        pair = sa.or_(pair, turned)
    return sa.exists().where(up.c.association_id == parent.id, pair)


def _limited(association: AssociationDef) -> Iterator[tuple[str, Side]]:
    """The ends of which a record may have so many links only."""
    for name, forward in (("from_id", True), ("to_id", False)):
        side = Side(association, forward=forward)
        if side.most is not None:
            yield name, side


def _ranks(association: AssociationDef, wanted: sa.FromClause) -> Iterator[sa.ColumnElement[int]]:
    """The place of each link among those of its end that come back, the oldest first."""
    for name, _ in _limited(association):
        order = (wanted.c.change_set_id, wanted.c.from_id, wanted.c.to_id)
        window = RowNumber().over(partition_by=wanted.c[name], order_by=order)
        yield window.label(f"{name}_rank")


def _has_room(
    model: DataModel, association: AssociationDef, wanted: sa.FromClause, others: Sequence[int]
) -> Iterator[sa.ColumnElement[bool]]:
    """Whether an end has room for a link; to the others nothing was linked meanwhile."""
    for name, side in _limited(association):
        links, table = pairs_from(side), model.object(side.other).table.alias()
        have = (
            sa.select(sa.func.count())
            .select_from(links.join(table, table.c.id == links.c.other))
            .where(links.c.here == wanted.c[name], table.c.deleted_at.is_(None))
            .correlate(wanted)
            .scalar_subquery()
        )
        rank = wanted.c[f"{name}_rank"]
        yield sa.or_(wanted.c[name].in_(others), have + rank <= side.most)


def _orphans(model: DataModel, label: AssociationDef, pairs: Sequence[Pair]) -> set[Pair]:
    """Pairs of a link label whose parent link is gone."""
    if label.parent is None or not pairs:
        return set()
    parent = model.association(label.parent)
    side = Side(parent, forward=True)
    linked = existing([parent], [stored_pair(side, *pair) for pair in pairs])
    return {pair for pair in pairs if (parent.id, *stored_pair(side, *pair)) not in linked}
