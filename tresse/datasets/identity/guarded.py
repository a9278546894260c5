"""D42 inside the components that break a constraint, streamed one after the other.

On every engine these run in this process, by the same code: they are few, one component is one
sequence whoever works it out, and no more than one is in memory. What is found goes back as steps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from tresse.datasets.identity.facts import Scene
from tresse.datasets.identity.founding import place
from tresse.datasets.identity.sequence import Component, settle
from tresse.datasets.identity.streams import Collected, Columns, by_label
from tresse.datasets.layout import RID

WHOLE = sa.BigInteger()
MOVED: list[sa.ColumnClause[Any]] = [sa.column("v", RID), sa.column("label", RID)]
REFUSED: list[sa.ColumnClause[Any]] = [
    sa.column("component", RID),
    sa.column("turn", WHOLE),
    sa.column("reason", sa.Text()),
    sa.column("detail", sa.Text()),
    sa.column("a", RID),
    sa.column("b", RID),
    sa.column("is_reviewed", sa.Boolean()),
]


@dataclass(frozen=True, slots=True)
class Guarded:
    """What became of the broken components."""

    moved: sa.TableClause
    "`v, label`: nodes of these components and the first node of their cluster, if it is another."
    turns: sa.TableClause
    "`component, turn, rid, strength, value`: their attachments in the order of D42."
    refused: sa.TableClause
    "`REFUSED`: those that were refused."


def guarded(
    scene: Scene,
    nodes: sa.FromClause,
    attachments: sa.FromClause,
    *,
    grouped: sa.TableClause,
    broken: sa.TableClause,
    aparts: sa.FromClause | None,
    has_links: bool,
) -> Guarded:
    """Accept or refuse, one after the other, the attachments of broken components.

    Args:
        scene: The constraints.
        nodes: `facts`, with `node`.
        attachments: `rid, strength, value`.
        grouped: `v, label` of nodes of components.
        broken: `label` of those that are broken.
        aparts: `a, b`: records never to be one.
        has_links: Whether some records are of the node of another one.
    """
    engine, name = scene.engine, scene.name
    inside = engine.keep(
        f"{name}_inside", _inside(scene, nodes, grouped, broken, has_links=has_links)
    )
    turns = engine.keep(f"{name}_turns", _turns(scene, inside, attachments))
    moved = Collected(engine, f"{name}_moved", MOVED)
    refused = Collected(engine, f"{name}_refused", REFUSED)
    for label, component, own in _components(scene, inside, turns, aparts):
        settled = settle(component, scene.constraints)
        for at, root in enumerate(settled.roots):
            if component.nodes[at] == at != root:
                moved.add((own[at], own[root]))
        for each in settled.refused:
            detail = orjson.dumps({"constraint": each.guard, **each.detail}).decode()
            a, b = component.rids[each.a], component.rids[each.b]
            refused.add((label, each.turn + 1, each.guard, detail, a, b, each.is_reviewed))
    return Guarded(moved.kept(), turns, refused.kept())


def _inside(
    scene: Scene,
    nodes: sa.FromClause,
    grouped: sa.TableClause,
    broken: sa.TableClause,
    *,
    has_links: bool,
) -> sa.Select[Any]:
    """Records of broken components, numbered in the order of D42 from 1."""
    position = sa.func.row_number().over(partition_by=grouped.c.label, order_by=place(nodes))
    cells = [nodes.c[f"v{number}"] for number in range(len(scene.constraints.columns))]
    found = (
        sa.select(
            grouped.c.label,
            nodes.c.node,
            nodes.c.rid,
            nodes.c.seen,
            nodes.c.known,
            sa.cast(position, WHOLE).label("position"),
            *cells,
        )
        .join_from(nodes, grouped, grouped.c.v == nodes.c.node)
        .join(broken, broken.c.label == grouped.c.label)
        .subquery("found")
    )
    first: sa.ColumnElement[Any] = found.c.position
    if has_links:
        same = [found.c.label, found.c.node]
        first = sa.func.min(found.c.position).over(partition_by=same)
    return sa.select(*found.c, first.label("first"))


def _turns(scene: Scene, inside: sa.TableClause, attachments: sa.FromClause) -> sa.Select[Any]:
    """Attachments of broken components, numbered in the order of D42 from 1."""
    each = attachments.c
    label, devices = inside.c.label, scene.constraints.devices
    comes_last = sa.case((each.strength.in_(sorted(devices)), 1), else_=0)
    order = (comes_last, each.strength, inside.c.first, each.value, inside.c.position)
    turn = sa.func.row_number().over(partition_by=label, order_by=order)
    held = sa.func.dense_rank().over(partition_by=label, order_by=(each.strength, each.value))
    return sa.select(
        label.label("component"),
        sa.cast(turn, WHOLE).label("turn"),
        sa.cast(held, WHOLE).label("held"),
        inside.c.position,
        each.rid,
        each.strength,
        each.value,
    ).join_from(attachments, inside, inside.c.rid == each.rid)


def _components(
    scene: Scene, inside: sa.TableClause, turns: sa.TableClause, aparts: sa.FromClause | None
) -> Iterator[tuple[int, Component, list[int]]]:
    """Label, records and attachments of each component, and the node of each record."""
    engine = scene.engine
    cells = [inside.c[f"v{number}"] for number in range(len(scene.constraints.columns))]
    columns = [inside.c[n] for n in ("label", "rid", "node", "first", "seen", "known")]
    records = by_label(
        engine,
        sa.select(*columns, *cells).order_by(inside.c.label, inside.c.position),
    )
    attached = by_label(
        engine,
        sa.select(turns.c.component, turns.c.position, turns.c.held, turns.c.strength).order_by(
            turns.c.component, turns.c.turn
        ),
    )
    apart = _Beside(by_label(engine, _apart(inside, aparts)) if aparts is not None else iter(()))
    for (label, own), (other, rows) in zip(records, attached, strict=True):
        if label != other:
            message = f"Component {label} has no attachments."
            raise AssertionError(message)
        yield label, _component(scene, own, rows, apart.of(label)), own[1]


def _component(scene: Scene, own: Columns, rows: Columns, apart: Columns) -> Component:
    rids, _, first, seen, known, *values = own
    devices = scene.constraints.devices
    positions, held, strengths = rows
    return Component(
        rids=rids,
        nodes=[number - 1 for number in first],
        seen=seen,
        known=known,
        values=values,
        turns=[
            (position - 1, value, strength in devices)
            for position, value, strength in zip(positions, held, strengths, strict=True)
        ],
        aparts=[(a - 1, b - 1) for a, b in zip(*apart, strict=True)] if apart else (),
    )


def _apart(inside: sa.TableClause, aparts: sa.FromClause) -> sa.Select[Any]:
    """Pairs of one broken component, by position, in a fixed order."""
    one, other = inside.alias("one"), inside.alias("other")
    return (
        sa.select(one.c.label, one.c.position.label("a"), other.c.position.label("b"))
        .join_from(aparts, one, one.c.rid == aparts.c.a)
        .join(other, sa.and_(other.c.rid == aparts.c.b, other.c.label == one.c.label))
        .order_by(one.c.label, one.c.position, other.c.position)
    )


class _Beside:
    """Runs of a stream that has none for most labels."""

    def __init__(self, runs: Iterator[tuple[int, Columns]]) -> None:
        self._runs = runs
        self._next = next(runs, None)

    def of(self, label: int) -> Columns:
        """The run of a label, which rises from call to call."""
        if self._next is None or self._next[0] != label:
            return []
        found = self._next[1]
        self._next = next(self._runs, None)
        return found
