"""Looking for likely duplicates, as sets; and remembering that two records are two (C66, C67)."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from django.db import connection, transaction

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.kernel.clock import now
from tresse.objects.database import batches, execute, load, rows, scalar, vendor
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.labels import shown_plural
from tresse.records.duplicate_rules import (
    GIVEN,
    PARENTS,
    DuplicateRule,
    read_by,
    rules_of,
    values_of,
)
from tresse.records.links import pairs_from
from tresse.records.merge_tables import (
    DUPLICATE_GROUP,
    DUPLICATE_KEY,
    DUPLICATE_MEMBER,
    DUPLICATE_RUN,
    NOT_DUPLICATE,
)
from tresse.records.visibility import check_reach, found
from tresse.records.writing import new_change_set

CHUNK = 2_000
MOST_MEMBERS = 20
"""Of one group; a phone of a thousand contacts is a switchboard, and its group says so."""
MOST_GROUPS = 10_000
"""Of one object type; the strongest reasons first."""
LONGEST_KEY = 200

Groups = dict[tuple[int, ...], tuple[list[str], int]]
"""Members → names of the rules, and how many records there really are."""


def keep_keys(object: ObjectDef, *, since: datetime | None) -> Iterator[int]:
    """Work the keys of records out that changed since a moment; yields after each chunk.

    A chunk is one short transaction: on SQLite nobody else waits long for the write lock.

    Args:
        object: The object type.
        since: When this was done last; None: all records.
    """
    rules, table = rules_of(object), object.table
    names = read_by(object, rules)
    columns = [table.c[_compared(object, name)].label(name) for name in names]
    last = 0
    while True:
        statement = sa.select(table.c.id, *columns).where(table.c.id > last)
        if since is not None:
            statement = statement.where(table.c.updated_at >= since)
        with transaction.atomic():
            _alone(DUPLICATE_KEY)
            chunk = rows(statement.order_by(table.c.id).limit(CHUNK))
            if not chunk:
                return
            last = chunk[-1][0]
            ids = [row[0] for row in chunk]
            # A whole first run has nothing to replace.
            own = DUPLICATE_KEY.c.rule != GIVEN
            execute(DUPLICATE_KEY.delete().where(DUPLICATE_KEY.c.record_id.in_(ids), own))
            load(
                DUPLICATE_KEY,
                ("rule", "object_id", "key", "record_id"),
                [
                    (rule, object.id, key, id)
                    for id, *values in chunk
                    for rule, key in _keys(object, rules, dict(zip(names, values, strict=True)))
                ],
            )
        yield len(chunk)


@transaction.atomic
def propose_merges(object: ObjectDef, source: str, pairs: Iterable[tuple[str, int]]) -> int:
    """Say which records are one person or thing; they are proposed for merging at the next look.

    Args:
        object: The object type.
        source: Who says so, such as the name of a dataset; what it said before is forgotten.
        pairs: Id of the person or thing, and a record; at least two of each id.

    Returns:
        How many records.
    """
    _alone(DUPLICATE_KEY)
    key, start = DUPLICATE_KEY.c.key, f"{source}:"
    said = sa.and_(
        DUPLICATE_KEY.c.rule == GIVEN,
        DUPLICATE_KEY.c.object_id == object.id,
        key >= start,
        key < f"{source};",
    )
    execute(DUPLICATE_KEY.delete().where(said))
    given = sorted({(f"{start}{id}"[:LONGEST_KEY], record) for id, record in pairs})
    load(
        DUPLICATE_KEY,
        ("rule", "object_id", "key", "record_id"),
        [(GIVEN, object.id, key_, record) for key_, record in given],
    )
    return len(given)


def _alone(table: sa.Table) -> None:
    """Let no second look write the same rows meanwhile; readers go on."""
    if vendor() == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{table.name}" IN SHARE ROW EXCLUSIVE MODE')


def _compared(object: ObjectDef, name: str) -> str:
    """Phones are compared in their normal form; names are folded from the value itself."""
    prop = object.property(name)
    return prop.normal_column if prop.kind.name == "phone" else prop.column


def _keys(
    object: ObjectDef, rules: Sequence[DuplicateRule], row: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    values = values_of(object, row)
    for rule in rules:
        for key in dict.fromkeys(rule.keys(values)):
            yield rule.name, key[:LONGEST_KEY]


def last_run(object: ObjectDef) -> datetime | None:
    """When duplicates of an object type were looked for last."""
    at: datetime | None = scalar(
        sa.select(DUPLICATE_RUN.c.at).where(DUPLICATE_RUN.c.object_id == object.id)
    )
    return at


def keep_groups(model: DataModel, object: ObjectDef, *, at: datetime) -> int:
    """Put the groups of an object type in place of those of the last time; answers how many."""
    found_groups: Groups = {}
    with transaction.atomic():
        for rule in rules_of(object):
            for members, number in _shared(model, object, rule):
                reasons, most = found_groups.get(members, ([], 0))
                if rule.name not in reasons:
                    found_groups[members] = ([*reasons, rule.name], max(most, number))
        denied = _denied({id for members in found_groups for id in members})
        groups = _ordered(object, _folded_in(_without(found_groups, denied)))
        kept = groups[:MOST_GROUPS]
        _write(object, kept)
        execute(DUPLICATE_RUN.delete().where(DUPLICATE_RUN.c.object_id == object.id))
        execute(
            DUPLICATE_RUN.insert().values(
                object_id=object.id,
                at=at,
                groups=len(kept),
                is_capped=len(groups) > MOST_GROUPS,
            )
        )
    return len(kept)


def _shared(
    model: DataModel, object: ObjectDef, rule: DuplicateRule
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Groups of live records that share a key of a rule, and the linked record if it asks."""
    keys, table = DUPLICATE_KEY, object.table
    here = sa.and_(keys.c.rule == rule.name, keys.c.object_id == object.id)
    twice = (
        sa.select(keys.c.key).where(here).group_by(keys.c.key).having(sa.func.count() > 1)
    ).subquery()
    live = sa.and_(table.c.id == keys.c.record_id, table.c.deleted_at.is_(None))
    if not rule.by_links:
        statement = (
            sa.select(keys.c.key, sa.literal(0).label("parent"), keys.c.record_id)
            .join_from(keys, twice, twice.c.key == keys.c.key)
            .join(table, live)
            .where(here)
            .order_by(keys.c.key, keys.c.record_id)
        )
        yield from _grouped(statement)
        return
    sides = [side for side in model.sides(object.name) if side.other in PARENTS]
    if object.name == "contact":
        sides = [side for side in sides if side.other == "company"]
    for side in sides:
        yield from _grouped(_linked(here, twice, live, side, object))


def _linked(
    here: sa.ColumnElement[bool],
    twice: sa.Subquery,
    live: sa.ColumnElement[bool],
    side: Side,
    object: ObjectDef,
) -> sa.Select[Any]:
    keys, links = DUPLICATE_KEY, pairs_from(side)
    return (
        sa.select(keys.c.key, links.c.other.label("parent"), keys.c.record_id)
        .join_from(keys, twice, twice.c.key == keys.c.key)
        .join(object.table, live)
        .join(links, links.c.here == keys.c.record_id)
        .where(here)
        .order_by(keys.c.key, links.c.other, keys.c.record_id)
    )


def _grouped(statement: sa.Select[Any]) -> Iterator[tuple[tuple[int, ...], int]]:
    everything = itertools.chain.from_iterable(batches(statement))
    for _, group in itertools.groupby(everything, key=lambda row: (row[0], row[1])):
        members: list[int] = []
        number = 0
        for _, _, id in group:
            number += 1
            if len(members) < MOST_MEMBERS:
                members.append(id)
        if number > 1:
            yield tuple(members), number


def _denied(ids: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs that somebody said are two."""
    wanted = set(ids)
    pairs = rows(sa.select(NOT_DUPLICATE.c.low_id, NOT_DUPLICATE.c.high_id))
    return {(low, high) for low, high in pairs if low in wanted and high in wanted}


def _without(groups: Groups, denied: set[tuple[int, int]]) -> Groups:
    """Groups without members that are no duplicate of any other member."""
    if not denied:
        return groups
    left: Groups = {}
    for members, (reasons, number) in groups.items():
        kept = likely_among(members, denied)
        if kept:
            left[kept] = (reasons, number - len(members) + len(kept))
    return left


def likely_among(members: Sequence[int], denied: set[tuple[int, int]]) -> tuple[int, ...]:
    """Those members that are still likely the same as another one; none if all pairs are denied."""
    return tuple(
        one
        for one in members
        if any(one != two and (min(one, two), max(one, two)) not in denied for two in members)
    )


def _folded_in(groups: Groups) -> Groups:
    """A group that lies within a larger one gives it its reasons."""
    kept: Groups = {}
    holding: dict[int, list[tuple[int, ...]]] = {}
    for members in sorted(groups, key=len, reverse=True):
        reasons, number = groups[members]
        inside = set(members)
        wider = next((each for each in holding.get(members[0], ()) if inside <= set(each)), None)
        if wider is not None:
            known, most = kept[wider]
            kept[wider] = (list(dict.fromkeys([*known, *reasons])), most)
            continue
        kept[members] = (reasons, number)
        for id in members:
            holding.setdefault(id, []).append(members)
    return kept


def _ordered(object: ObjectDef, groups: Groups) -> list[tuple[tuple[int, ...], list[str], int]]:
    """Groups with more and stronger reasons first, switchboards last."""
    rank = {rule.name: place for place, rule in enumerate(rules_of(object))}
    found_groups = [(members, reasons, number) for members, (reasons, number) in groups.items()]
    return sorted(
        found_groups,
        key=lambda each: (
            each[2] > MOST_MEMBERS,
            -len(each[1]),
            min(rank[name] for name in each[1]),
            each[0],
        ),
    )


def _write(object: ObjectDef, groups: Sequence[tuple[tuple[int, ...], list[str], int]]) -> None:
    _alone(DUPLICATE_GROUP)
    own = sa.select(DUPLICATE_GROUP.c.id).where(DUPLICATE_GROUP.c.object_id == object.id)
    execute(DUPLICATE_MEMBER.delete().where(DUPLICATE_MEMBER.c.group_id.in_(own)))
    execute(DUPLICATE_GROUP.delete().where(DUPLICATE_GROUP.c.object_id == object.id))
    start = (scalar(sa.select(sa.func.max(DUPLICATE_GROUP.c.id))) or 0) + 1
    load(
        DUPLICATE_GROUP,
        ("id", "object_id", "reasons", "number"),
        [
            (start + place, object.id, ",".join(reasons), number)
            for place, (_, reasons, number) in enumerate(groups)
        ],
    )
    load(
        DUPLICATE_MEMBER,
        ("group_id", "record_id"),
        [(start + place, id) for place, (members, _, _) in enumerate(groups) for id in members],
    )


@transaction.atomic
def deny_duplicates(
    model: DataModel, object: ObjectDef, ids: Sequence[int], *, actor: Actor
) -> int:
    """Remember that no two of these records are the same; answers how many pairs are new.

    Raises:
        TresseError: `record_not_found`, `record_in_bin`, `not_permitted` (it needs `merge`).
    """
    wanted = sorted(set(ids))[:MOST_MEMBERS]
    found(model, object, wanted, actor)
    require(actor, "merge", object.name, shown_plural(object))
    check_reach(object, wanted, actor, "merge")
    known = _denied(wanted)
    fresh = [pair for pair in itertools.combinations(wanted, 2) if pair not in known]
    if fresh:
        change_set = new_change_set(actor)
        load(
            NOT_DUPLICATE,
            ("low_id", "high_id", "change_set_id"),
            [(*pair, change_set) for pair in fresh],
        )
        _shrink(object, wanted)
    return len(fresh)


def _shrink(object: ObjectDef, ids: Sequence[int]) -> None:
    """Take members out of groups where nobody is like them any more."""
    member = DUPLICATE_MEMBER
    holding = sa.select(member.c.group_id).where(member.c.record_id.in_(ids)).distinct()
    groups: dict[int, list[int]] = {}
    for group, record in rows(
        sa.select(member.c.group_id, member.c.record_id)
        .where(member.c.group_id.in_(holding))
        .order_by(member.c.record_id)
    ):
        groups.setdefault(group, []).append(record)
    denied = _denied(id for members in groups.values() for id in members)
    for group, members in groups.items():
        kept = likely_among(members, denied)
        gone = [id for id in members if id not in kept]
        execute(member.delete().where(member.c.group_id == group, member.c.record_id.in_(gone)))
        if not kept:
            execute(DUPLICATE_GROUP.delete().where(DUPLICATE_GROUP.c.id == group))
        elif gone:
            execute(
                DUPLICATE_GROUP.update()
                .where(DUPLICATE_GROUP.c.id == group, DUPLICATE_GROUP.c.object_id == object.id)
                .values(number=DUPLICATE_GROUP.c.number - len(gone))
            )


def find_duplicates(model: DataModel, object: ObjectDef) -> int:
    """Look for duplicates of one object type, at once; answers how many groups there are."""
    at = now()
    for _ in keep_keys(object, since=last_run(object)):
        pass
    return keep_groups(model, object, at=at)
