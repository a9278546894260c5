"""Components that break a constraint (D44): only inside these does D42 go step by step."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tresse.datasets.identity.facts import Scene

Labels = sa.TableClause


def broken(
    scene: Scene,
    nodes: sa.FromClause,
    labels: Labels,
    *,
    strong: Labels | None,
    aparts: sa.FromClause | None,
) -> sa.TableClause | None:
    """Labels of components that break a constraint, and maybe of some that break none.

    Args:
        scene: The constraints.
        nodes: `facts`, with `node`.
        labels: `v, label` of nodes, by all attachments.
        strong: The same by attachments without devices; None: there are no devices.
        aparts: `a, b`: nodes never to be one.

    Returns:
        `label`, each once; None: there are none.
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
    found = [
        sa.select(sizes.c.label).where(sizes.c.n > scene.constraints.cap),
        *_of_counts(scene, nodes, grouped),
    ]
    if aparts is not None:
        found.append(_of_aparts(grouped, aparts))
    if strong is not None:
        found.append(_of_devices(nodes, grouped, strong))
    every = sa.union(*found).subquery("every")
    kept = engine.keep(f"{name}_broken", sa.select(every.c.label))
    return kept if engine.scalar(sa.select(sa.func.count()).select_from(kept)) else None


def _of_counts(
    scene: Scene, nodes: sa.FromClause, grouped: sa.TableClause
) -> Iterator[sa.Select[Any]]:
    """By distinct values of columns; a window counts as ever here, which finds no less."""
    joined = sa.join(nodes, grouped, grouped.c.v == nodes.c.node)
    counts = scene.constraints.counts
    ones = {each.place for each in counts if each.at_most == 1}
    if ones:
        values = [nodes.c[f"v{place}"] for place in sorted(ones)]
        yield (
            sa.select(grouped.c.label)
            .select_from(joined)
            .group_by(grouped.c.label)
            .having(sa.or_(*(sa.func.min(v) != sa.func.max(v) for v in values)))
        )
    more = [each for each in counts if each.at_most > 1]
    if more:
        yield (
            sa.select(grouped.c.label)
            .select_from(joined)
            .where(grouped.c.n > min(each.at_most for each in more))
            .group_by(grouped.c.label)
            .having(
                sa.or_(
                    *(
                        sa.func.count(nodes.c[f"v{each.place}"].distinct()) > each.at_most
                        for each in more
                    )
                )
            )
        )


def _of_aparts(grouped: sa.TableClause, aparts: sa.FromClause) -> sa.Select[Any]:
    """By records that are never one."""
    one, other = grouped.alias("one"), grouped.alias("other")
    return (
        sa.select(one.c.label)
        .join_from(aparts, one, one.c.v == aparts.c.a)
        .join(other, sa.and_(other.c.v == aparts.c.b, other.c.label == one.c.label))
    )


def _of_devices(nodes: sa.FromClause, grouped: sa.TableClause, strong: Labels) -> sa.Select[Any]:
    """By known persons that nothing but devices ties."""
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
