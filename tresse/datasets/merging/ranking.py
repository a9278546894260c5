"""The places of records in their clusters: one narrow table, by which all else is picked."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from tresse.datasets.layout import RID
from tresse.datasets.merging.choices import Choice, Line, row_of
from tresse.datasets.merging.methods.base import Level, Value
from tresse.engine.base import Engine

CANDIDATE = "candidate"
_TIES = ("priority", "source", "key")


def choices_of(lines: Iterable[Line]) -> list[Choice]:
    """Each choice once."""
    found = {each.choice.number: each.choice for each in lines if each.choice is not None}
    return list(found.values())


def sized(engine: Engine, members: sa.FromClause, name: str) -> sa.TableClause:
    """`id`, `head` (least rid), `members`: a row per cluster."""
    head = sa.func.min(members.c.rid)
    return engine.keep(
        name,
        sa.select(
            members.c.id,
            sa.type_coerce(head, RID).label("head"),
            sa.func.count().label("members"),
        ).group_by(members.c.id),
    )


def ranked(
    engine: Engine,
    records: sa.FromClause,
    members: sa.FromClause,
    sizes: sa.FromClause,
    lines: Sequence[Line],
    name: str,
) -> sa.TableClause:
    """A row per record of clusters of two and more.

    `rid`, `head`, `members` (of the cluster), `rank` (1 is the latest record), and a column per
    order that methods ask for, NULL of records that are no candidates.
    """
    asked = [each for each in choices_of(lines) if each.order != "rank"]
    needed = {column.name for each in asked for column in each.pick.needs(each.asked)}
    first = (
        sa.select(
            records.c.rid,
            sizes.c.head,
            sizes.c.members,
            *(records.c[each] for each in (*_TIES, "modified_at", "created_at")),
            *(records.c[each] for each in sorted(needed)),
        )
        .join_from(members, sizes, members.c.id == sizes.c.id)
        .join(records, records.c.rid == members.c.rid)
        .where(sizes.c.members > 1)
        .subquery("cluster_rows")
    )
    first = _marked(first, asked)
    rank = sa.func.row_number().over(
        partition_by=first.c.head,
        order_by=[first.c.modified_at.desc(), *(first.c[each] for each in _TIES)],
    )
    level = sa.select(first, sa.type_coerce(rank, sa.BigInteger()).label("rank")).subquery("ranks")
    level = _levelled(level, asked)
    kept = ("rid", "head", "members", "rank", *(each.order for each in asked))
    return engine.keep(name, sa.select(*(level.c[each] for each in kept)))


def _marked(first: sa.Subquery, asked: Sequence[Choice]) -> sa.Subquery:
    """What orders need of each record: marks, and whether it is a candidate.

    Of texts that are looked at no further nothing is left to sort.
    """
    added: list[Value] = []
    row = row_of(first)
    for each in asked:
        marks = each.pick.marks(each.asked, row)
        added += [value.label(f"{each.order}_{name}") for name, value in marks.items()]
        candidate = each.candidate(first)
        if candidate is not None:
            added.append(candidate.label(f"{each.order}_{CANDIDATE}"))
    return sa.select(first, *added).subquery("marked")


def _levelled(level: sa.Subquery, asked: Sequence[Choice]) -> sa.Subquery:
    """All levels of all orders, side by side; names of an order's own begin with its number."""
    pending = [(each, list(each.pick.levels(each.asked))) for each in asked]
    depth = max((len(levels) for _, levels in pending), default=0)
    for number in range(depth):
        added = [
            value.label(name)
            for choice, levels in pending
            if number < len(levels)
            for name, value in _added(level, choice, levels[number]).items()
        ]
        level = sa.select(level, *added).subquery(f"level{number}")
    return level


def _added(level: sa.Subquery, choice: Choice, step: Level) -> dict[str, Value]:
    own = f"{choice.order}_"
    row = {each.name: each for each in level.c}
    row |= {name.removeprefix(own): each for name, each in row.items() if name.startswith(own)}
    made = step(row)
    if "place" not in made:
        return {own + name: value for name, value in made.items()}
    place: Any = made["place"]
    if CANDIDATE in row:
        place = sa.case((row[CANDIDATE], place))
    return {choice.order: sa.type_coerce(place, sa.BigInteger())}
