"""Connected components by sets alone: the same statements on every engine, spilling as they do.

Each vertex hooks on its least neighbour, pointers are followed to their ends, what is left is
contracted, until no edge is left: 3 rounds on data of people. Of a chain about a third of the
records is left after a round, as their numbers are hashes, so 100,000 take some 10 rounds.

Source: after Bögeholz, Brand, Todor, "In-database connected component analysis", ICDE 2020; the
vertices are random numbers already, so they are not numbered anew each round. Measured:
docs/reference/benchmarks.md.
"""

from typing import Any

import sqlalchemy as sa

from tresse.datasets.layout import RID
from tresse.engine.base import Engine

EDGES = (sa.column("v", RID), sa.column("w", RID))
LABELS = (sa.column("v", RID), sa.column("label", RID))


def star_edges(attachments: sa.FromClause) -> sa.Select[Any]:
    """Each record and the least record of the same key value.

    Args:
        attachments: `rid, strength, value`.

    Returns:
        `v, w` with v > w, maybe repeated.
    """
    each = attachments.c
    hubs = (
        sa.select(each.strength, each.value, sa.func.min(each.rid).label("hub"))
        .group_by(each.strength, each.value)
        .having(sa.func.count() > 1)
        .subquery("hubs")
    )
    both = (hubs.c.strength == each.strength) & (hubs.c.value == each.value)
    return (
        sa.select(each.rid.label("v"), hubs.c.hub.label("w"))
        .join_from(attachments, hubs, both)
        .where(each.rid > hubs.c.hub)
    )


def components(engine: Engine, edges: sa.Select[Any], *, name: str) -> sa.TableClause:
    """The least vertex of each component.

    Args:
        engine: Runs the rounds.
        edges: `v, w` with v > w, maybe repeated.
        name: Begins the names of steps; the answer is kept under it.

    Returns:
        `v, label`: a row per vertex that is not the least one of its component. All others,
        vertices or not, are their own label.
    """
    rounds: list[sa.TableClause] = []
    left = engine.keep(f"{name}_edges", edges)
    while engine.scalar(sa.select(sa.func.count()).select_from(left)):
        hooked = engine.keep(f"{name}_hooked", _hooked(left))
        jumped = engine.keep(f"{name}_{len(rounds)}", _jumped(hooked))
        while engine.rows(sa.select(jumped.c.v).where(jumped.c.is_short).limit(1)):
            jumped = engine.keep(f"{name}_{len(rounds)}", _jumped_on(jumped))
        rounds.append(jumped)
        left = engine.keep(f"{name}_edges", _contracted(left, jumped))
    number = len(rounds)
    # Backwards, as what is left gets small round by round.
    found = engine.keep(name, _composed(rounds.pop(), None) if rounds else _nothing())
    while rounds:
        found = engine.keep(name, _composed(rounds.pop(), found))
    for each in ("edges", "hooked", *range(number)):
        engine.drop(f"{name}_{each}")
    return found


def _hooked(edges: sa.TableClause) -> sa.Select[Any]:
    """Each vertex that has a lesser neighbour, and the least of them."""
    return sa.select(edges.c.v, sa.func.min(edges.c.w).label("label")).group_by(edges.c.v)


def _jumped(hooked: sa.TableClause) -> sa.Select[Any]:
    """Pointers as they are; `is_short`: they lead on."""
    ahead = hooked.alias("ahead")
    return sa.select(
        hooked.c.v, hooked.c.label, ahead.c.v.is_not(None).label("is_short")
    ).select_from(hooked.outerjoin(ahead, ahead.c.v == hooked.c.label))


def _jumped_on(jumped: sa.TableClause) -> sa.CompoundSelect[Any]:
    """Short pointers three times as long; most are not, and stay."""
    first, second, third, fourth = (jumped.alias(f"jump_{n}") for n in range(4))
    label = sa.func.coalesce(third.c.label, second.c.label, first.c.label)
    longer = (
        sa.select(first.c.v, label.label("label"), fourth.c.v.is_not(None).label("is_short"))
        .join_from(first, second, second.c.v == first.c.label)
        .join(third, third.c.v == second.c.label, isouter=True)
        .join(fourth, fourth.c.v == third.c.label, isouter=True)
        .where(first.c.is_short)
    )
    stays = sa.select(jumped.c.v, jumped.c.label, jumped.c.is_short)
    return sa.union_all(stays.where(sa.not_(jumped.c.is_short)), longer)


def _contracted(edges: sa.TableClause, jumped: sa.TableClause) -> sa.Select[int, int]:
    """Edges between what their ends became."""
    left, right = jumped.alias("left_end"), jumped.alias("right_end")
    ends = (
        sa.select(left.c.label.label("a"), sa.func.coalesce(right.c.label, edges.c.w).label("b"))
        .join_from(edges, left, left.c.v == edges.c.v)
        .join(right, right.c.v == edges.c.w, isouter=True)
        .subquery("ends")
    )
    high, low = (
        sa.func.greatest(ends.c.a, ends.c.b, type_=RID),
        sa.func.least(ends.c.a, ends.c.b, type_=RID),
    )
    return sa.select(high.label("v"), low.label("w")).where(ends.c.a != ends.c.b).distinct()


def _composed(earlier: sa.TableClause, later: sa.TableClause | None) -> sa.SelectBase:
    """What vertices became in a round, led on by what their labels became after it.

    Labels of that round are vertices of later ones only.
    """
    if later is None:
        return sa.select(earlier.c.v, earlier.c.label)
    label = sa.func.coalesce(later.c.label, earlier.c.label).label("label")
    led = sa.select(earlier.c.v, label).select_from(
        earlier.outerjoin(later, later.c.v == earlier.c.label)
    )
    return sa.union_all(led, sa.select(later.c.v, later.c.label))


def _nothing() -> sa.Select[int, int]:
    nothing = sa.cast(sa.null(), RID)
    return sa.select(nothing.label("v"), nothing.label("label")).where(sa.false())
