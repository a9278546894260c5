"""Components that break a constraint (D44): only inside these does D42 go step by step."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets.identity.facts import Scene
from tresse.datasets.identity.linking import Linked, with_nodes

Labels = sa.TableClause


@dataclass(frozen=True, slots=True)
class Summed:
    """What is known of components as wholes."""

    grouped: sa.TableClause
    "`v, label, n`: nodes of components of several, and how many there are in each."
    firsts: sa.TableClause
    "`label, first_seen`: of the first record of those that break no constraint."
    broken: sa.TableClause | None
    "`label` of those that break one, and maybe of some that break none; None: there are none."


def summed(
    scene: Scene,
    labels: Labels,
    *,
    links: Linked | None,
    strong: Labels | None,
    aparts: sa.FromClause | None,
) -> Summed:
    """Ask components for their constraints.

    Args:
        scene: The constraints.
        labels: `v, label` of nodes, by all attachments.
        links: Records that people linked.
        strong: The same by attachments without devices; None: there are no devices.
        aparts: `a, b`: nodes never to be one.
    """
    engine, name = scene.engine, scene.name
    sizes = engine.keep(
        f"{name}_sizes",
        sa.select(labels.c.label, (sa.func.count() + 1).label("n")).group_by(labels.c.label),
    )
    grouped = engine.keep(
        f"{name}_grouped",
        sa.union_all(
            sa.select(labels.c.v, labels.c.label, sizes.c.n).join_from(
                labels, sizes, sizes.c.label == labels.c.label
            ),
            sa.select(sizes.c.label.label("v"), sizes.c.label, sizes.c.n),
        ),
    )
    sums = engine.keep(f"{name}_sums", _sums(scene, links, grouped))
    is_over = sa.or_(sums.c.n > scene.constraints.cap, sums.c.is_torn)
    found = [sa.select(sums.c.label).where(is_over), *_of_many(scene, links, grouped)]
    if aparts is not None:
        found.append(_of_aparts(grouped, aparts))
    if strong is not None:
        found.append(_of_devices(scene, links, grouped, strong))
    every = sa.union(*found).subquery("every")
    kept = engine.keep(f"{name}_broken", sa.select(every.c.label))
    firsts = sa.select(sums.c.label, sums.c.first_seen)
    return Summed(
        grouped,
        engine.keep(f"{name}_firsts", firsts.where(sums.c.label.not_in(sa.select(kept.c.label)))),
        kept if engine.rows(sa.select(kept.c.label).limit(1)) else None,
    )


def _sums(scene: Scene, links: Linked | None, grouped: sa.TableClause) -> sa.Select[Any]:
    """`label, n, first_seen, is_torn`: by values of which there may be one; in windows as ever."""
    places = {each.place for each in scene.constraints.counts if each.at_most == 1}
    nodes = with_nodes(scene, links, places, with_known=False)
    values = [nodes.c[f"v{place}"] for place in sorted(places)]
    torn = (sa.func.min(value) != sa.func.max(value) for value in values)
    return (
        sa.select(
            grouped.c.label,
            sa.func.min(grouped.c.n).label("n"),
            sa.func.min(nodes.c.first_seen).label("first_seen"),
            # NULL where a component has no value of a column.
            sa.func.coalesce(sa.or_(sa.false(), *torn), sa.false()).label("is_torn"),
        )
        .join_from(nodes, grouped, grouped.c.v == nodes.c.node)
        .group_by(grouped.c.label)
    )


def _of_many(
    scene: Scene, links: Linked | None, grouped: sa.TableClause
) -> Iterator[sa.Select[Any]]:
    """By values of which there may be several; a window counts as ever, which finds no less."""
    counts = [each for each in scene.constraints.counts if each.at_most > 1]
    if counts:
        nodes = with_nodes(scene, links, {each.place for each in counts}, with_known=False)
        distinct = (
            sa.func.count(nodes.c[f"v{each.place}"].distinct()) > each.at_most for each in counts
        )
        yield (
            sa.select(grouped.c.label)
            .join_from(nodes, grouped, grouped.c.v == nodes.c.node)
            .where(grouped.c.n > min(each.at_most for each in counts))
            .group_by(grouped.c.label)
            .having(sa.or_(*distinct))
        )


def _of_aparts(grouped: sa.TableClause, aparts: sa.FromClause) -> sa.Select[Any]:
    """By records that are never one."""
    one, other = grouped.alias("one"), grouped.alias("other")
    return (
        sa.select(one.c.label)
        .join_from(aparts, one, one.c.v == aparts.c.a)
        .join(other, sa.and_(other.c.v == aparts.c.b, other.c.label == one.c.label))
    )


def _of_devices(
    scene: Scene, links: Linked | None, grouped: sa.TableClause, strong: Labels
) -> sa.Select[Any]:
    """By known persons that nothing but devices ties."""
    nodes = with_nodes(scene, links, ())
    core = sa.func.coalesce(strong.c.label, grouped.c.v)
    known = (
        sa.select(grouped.c.label, core.label("core"))
        .join_from(grouped, nodes, nodes.c.node == grouped.c.v)
        .outerjoin(strong, strong.c.v == grouped.c.v)
        .where(nodes.c.known)
        .subquery("known")
    )
    return (
        sa.select(known.c.label)
        .group_by(known.c.label)
        .having(sa.func.min(known.c.core) < sa.func.max(known.c.core))
    )
