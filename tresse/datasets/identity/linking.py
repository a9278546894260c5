"""Must-links and must-not-links (DG8): linked records are one before anything else is asked."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets.identity.constraints import Constraints
from tresse.datasets.identity.facts import Scene, facts
from tresse.datasets.identity.founding import place
from tresse.datasets.identity.sequence import Component, settle
from tresse.datasets.identity.streams import Collected
from tresse.datasets.layout import RID

_NODES: list[sa.ColumnClause[Any]] = [sa.column("rid", RID), sa.column("node", RID)]
_SAME: list[sa.ColumnClause[Any]] = [
    sa.column("place", sa.BigInteger()),
    sa.column("value", sa.Text()),
    sa.column("same", sa.Text()),
]
_FREE = Constraints((), (), cap=2**62, soft=2**62, devices=frozenset(), known=())
"What must-links keep: nothing but must-not-links."


@dataclass(frozen=True, slots=True)
class Linked:
    """Records that people linked, and what follows."""

    nodes: sa.TableClause
    "`rid, node`: linked records, and the first record of those each is linked with."
    same: sa.TableClause
    "`place, value, same`: values that links make one, by column of the constraints."
    places: frozenset[int]
    "Of columns with such values."
    refused: tuple[tuple[int, int], ...]
    "Links that would join records set apart."


def pairs(table: sa.TableClause, records: sa.TableClause) -> sa.Subquery:
    """Pairs of decisions whose records are both there, and two: `a, b`."""
    one, other = records.alias("one"), records.alias("other")
    return (
        sa.select(table.c.a, table.c.b)
        .join_from(table, one, one.c.rid == table.c.a)
        .join(other, other.c.rid == table.c.b)
        .where(table.c.a != table.c.b)
        .distinct()
        .subquery()
    )


def linked(
    scene: Scene, links: sa.TableClause | None, aparts: sa.TableClause | None
) -> Linked | None:
    """Make linked records one; None where there are no links.

    A link that would join records set apart is refused, the later one by the order of D42. As
    decisions that contradict each other are not taken (D61), there hardly is one.
    """
    if links is None or not (wanted := _pairs(scene, links)):
        return None
    both = pairs(links, scene.records)
    rids = sa.union(sa.select(both.c.a.label("rid")), sa.select(both.c.b.label("rid"))).subquery()
    found = facts(scene).subquery("found")
    cells = [found.c[f"v{number}"] for number in range(len(scene.constraints.columns))]
    rows = scene.engine.rows(
        sa.select(found.c.rid, *cells)
        .join_from(found, rids, rids.c.rid == found.c.rid)
        .order_by(*place(found))
    )
    order = {row[0]: at for at, row in enumerate(rows)}
    turns = sorted(tuple(sorted((order[a], order[b]), reverse=True)) for a, b in wanted)
    apart = _pairs(scene, aparts) if aparts is not None else []
    settled = settle(
        Component(
            rids=[row[0] for row in rows],
            nodes=range(len(rows)),
            seen=[0] * len(rows),
            known=[False] * len(rows),
            values=(),
            turns=[(end, n, False) for n, ends in enumerate(turns) for end in reversed(ends)],
            aparts=[(order[a], order[b]) for a, b in apart if a in order and b in order],
        ),
        _FREE,
    )
    same = list(_same(settled.roots, [row[1:] for row in rows]))
    return Linked(
        nodes=_loaded(scene, "nodes", _NODES, _nodes(settled.roots, [row[0] for row in rows])),
        same=_loaded(scene, "same", _SAME, same),
        places=frozenset(row[0] for row in same),
        refused=tuple((rows[each.a][0], rows[each.b][0]) for each in settled.refused),
    )


def with_nodes(
    scene: Scene,
    links: Linked | None,
    places: Collection[int] | None = None,
    *,
    with_known: bool = True,
) -> sa.Subquery:
    """`facts`, with `node`: what linked records count as; values that links make one are one."""
    found = facts(scene, places, with_known=with_known).subquery("facts")
    if links is None:
        return sa.select(*found.c, found.c.rid.label("node")).subquery("nodes")
    nodes, source = links.nodes, found.outerjoin(links.nodes, links.nodes.c.rid == found.c.rid)
    cells: list[sa.ColumnElement[Any]] = []
    for column in found.c:
        at = int(column.name[1:]) if column.name[1:].isdecimal() else None
        if at not in links.places:
            cells.append(column)
            continue
        same = (
            sa.select(links.same.c.value, links.same.c.same)
            .where(links.same.c.place == at)
            .subquery(f"same_{at}")
        )
        source = source.outerjoin(same, same.c.value == column)
        cells.append(sa.func.coalesce(same.c.same, column).label(column.name))
    node = sa.func.coalesce(nodes.c.node, found.c.rid).label("node")
    return sa.select(*cells, node).select_from(source).subquery("nodes")


def by_node(table: sa.FromClause, links: Linked | None, *names: str) -> sa.FromClause:
    """A table with the nodes of records in place of the records in some columns."""
    if links is None:
        return table
    source, cells = table, {column.name: column for column in table.c}
    for name in names:
        nodes = links.nodes.alias(f"node_of_{name}")
        source = source.outerjoin(nodes, nodes.c.rid == table.c[name])
        cells[name] = sa.func.coalesce(nodes.c.node, table.c[name]).label(name)
    return sa.select(*cells.values()).select_from(source).subquery()


def _pairs(scene: Scene, table: sa.TableClause) -> list[tuple[int, int]]:
    found = pairs(table, scene.records)
    return [(a, b) for a, b in scene.engine.rows(sa.select(found.c.a, found.c.b))]


def _nodes(roots: list[int], rids: list[int]) -> list[tuple[int, int]]:
    return [(rids[at], rids[root]) for at, root in enumerate(roots) if at != root]


def _same(roots: list[int], rows: list[tuple[Any, ...]]) -> Iterator[tuple[int, str, str]]:
    """By column, each value tied to a lesser one, and the least of those it is tied to."""
    for at in range(len(rows[0])):
        least: dict[str, str] = {}

        def of(value: str, least: dict[str, str] = least) -> str:
            while least.setdefault(value, value) != value:
                value = least[value]
            return value

        held: dict[int, str] = {}
        for root, row in zip(roots, rows, strict=True):
            if (value := row[at]) is None:
                continue
            one, other = sorted((of(value), of(held.setdefault(root, value))))
            least[other] = one
        yield from ((at, value, of(value)) for value in sorted(least) if of(value) != value)


def _loaded(
    scene: Scene, name: str, columns: list[sa.ColumnClause[Any]], rows: list[tuple[Any, ...]]
) -> sa.TableClause:
    found = Collected(scene.engine, f"{scene.name}_{name}", columns)
    for row in rows:
        found.add(row)
    return found.kept()
