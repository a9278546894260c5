"""From attachments to golden ids: components, guards, stable ids (D41 to D59)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.identity.breaking import summed
from tresse.datasets.identity.components import components, star_edges
from tresse.datasets.identity.constraints import LINKS, constraints_of
from tresse.datasets.identity.facts import Scene, scene_of
from tresse.datasets.identity.founding import founders
from tresse.datasets.identity.guarded import Guarded, guarded
from tresse.datasets.identity.ids import placed
from tresse.datasets.identity.linking import Linked, by_node, linked, pairs, with_nodes
from tresse.datasets.identity.outcome import Before, Resolved, Review
from tresse.datasets.identity.reviewing import Reviews
from tresse.datasets.layout import Plan
from tresse.engine.base import Engine


def resolve(
    engine: Engine,
    plan: Plan,
    records: sa.TableClause,
    attachments: sa.TableClause,
    *,
    links: sa.TableClause | None = None,
    aparts: sa.TableClause | None = None,
    before: Before | None = None,
    number: int = 1,
    cause: str = "data",
    guards: sa.TableClause | None = None,
    claims: Collection[int] = frozenset(),
    name: str = "identity",
) -> Resolved:
    """Work out which records are one, and under which id.

    The clusters are those of D42, whatever the order of rows, the engine, or the version before.
    Components that break no constraint are kept whole (D44), by statements alone; D42 goes step
    by step inside the others.

    Args:
        engine: Keeps the steps, under names that begin with `name`.
        plan: The identity's settings, and the name of the dataset.
        records: By `layout.record_columns`.
        attachments: `rid, strength, value`: usable ones, each once, of records that are there.
        links: `a, b`: rids of must-links (DG8); None: there are none. Records that are gone are
            passed over.
        aparts: `a, b`: rids of must-not-links.
        before: The version before; None: there is none. Its tables must not be of the same `name`.
        number: Of the version that is made.
        cause: Of new rows of `id_changes`: `data`, `rules` or `decision`.
        guards: `layout.GUARDS` of these records: values of blocked columns that no constraint
            counts either. None: there are none.
        claims: Untrusted records whose claims a person accepted: no constraint counts others'.
        name: Answers of two calls with the same name stand in each other's place.
    """
    scene = scene_of(
        engine, plan, constraints_of(plan), records, guards=guards, claims=claims, name=name
    )
    one = linked(scene, links, aparts)
    apart = pairs(aparts, records) if aparts is not None else None
    settled = _settled(scene, attachments, one, apart)
    clusters = engine.keep(f"{name}_clusters", _clusters(records, settled.labels, one))
    ids = placed(
        engine,
        plan.definition.name,
        records,
        clusters,
        firsts=settled.firsts,
        before=before,
        number=number,
        cause=cause,
        name=name,
    )
    return Resolved(
        members=ids.members,
        attachments=engine.keep(f"{name}_attachments", _outcome(attachments, settled.guarded)),
        homes=ids.homes,
        aliases=ids.aliases,
        id_changes=ids.id_changes,
        reviews=_reviews(scene, settled, clusters, ids.members, one),
    )


@dataclass(frozen=True, slots=True)
class _Settled:
    """Clusters of nodes."""

    labels: sa.TableClause
    "`v, label`."
    firsts: sa.TableClause
    "See `founders`."
    guarded: Guarded | None
    "What was worked out step by step."


def _settled(
    scene: Scene,
    attachments: sa.TableClause,
    one: Linked | None,
    apart: sa.Subquery | None,
) -> _Settled:
    engine, name = scene.engine, scene.name
    of_nodes = by_node(attachments, one, "rid")
    strong = None
    if scene.constraints.devices:
        strong, labels = _by_strength(scene, of_nodes)
    else:
        labels = components(engine, star_edges(of_nodes), name=f"{name}_labels")
    found = summed(
        scene,
        labels,
        links=one,
        strong=strong,
        aparts=by_node(apart, one, "a", "b") if apart is not None else None,
    )
    if found.broken is None:
        return _Settled(labels, found.firsts, None)
    inside = guarded(
        scene,
        with_nodes(scene, one),
        attachments,
        grouped=found.grouped,
        broken=found.broken,
        aparts=apart,
        has_links=one is not None,
    )
    whole = labels.c.label.not_in(sa.select(found.broken.c.label))
    final = sa.union_all(
        sa.select(labels.c.v, labels.c.label).where(whole),
        sa.select(inside.moved.c.v, inside.moved.c.label),
    )
    return _Settled(engine.keep(f"{name}_settled", final), found.firsts, inside)


def _by_strength(scene: Scene, attachments: sa.FromClause) -> tuple[sa.TableClause, sa.TableClause]:
    """Labels without devices, and with them: these join what those made (DG11)."""
    engine, name = scene.engine, scene.name
    is_device = attachments.c.strength.in_(sorted(scene.constraints.devices))
    cells = [attachments.c[each.name] for each in layout.ATTACHMENTS[:3]]
    others = sa.select(*cells).where(sa.not_(is_device)).subquery("others")
    strong = components(engine, star_edges(others), name=f"{name}_strong")
    label = sa.func.coalesce(strong.c.label, attachments.c.rid).label("rid")
    of_devices = (
        sa.select(label, *cells[1:])
        .select_from(attachments.outerjoin(strong, strong.c.v == attachments.c.rid))
        .where(is_device)
        .subquery("of_devices")
    )
    weak = components(engine, star_edges(of_devices), name=f"{name}_weak")
    final = sa.func.coalesce(weak.c.label, strong.c.label)
    both = sa.union_all(
        sa.select(strong.c.v, final.label("label")).select_from(
            strong.outerjoin(weak, weak.c.v == strong.c.label)
        ),
        sa.select(weak.c.v, weak.c.label),
    )
    return strong, engine.keep(f"{name}_labels", both)


def _clusters(
    records: sa.TableClause, labels: sa.TableClause, one: Linked | None
) -> sa.Select[Any]:
    """`rid, label`: a row per record."""
    node: sa.ColumnElement[Any] = records.c.rid
    source: sa.FromClause = records
    if one is not None:
        source = source.outerjoin(one.nodes, one.nodes.c.rid == records.c.rid)
        node = sa.func.coalesce(one.nodes.c.node, records.c.rid)
    label = sa.func.coalesce(labels.c.label, node).label("label")
    return sa.select(records.c.rid, label).select_from(source.outerjoin(labels, labels.c.v == node))


def _outcome(attachments: sa.TableClause, settled: Guarded | None) -> sa.Select[Any]:
    """`layout.ATTACHMENTS`."""
    cells = [attachments.c[each.name] for each in layout.ATTACHMENTS[:3]]
    if settled is None:
        nothing = sa.cast(sa.null(), sa.Text())
        return sa.select(
            *cells, sa.true().label("is_accepted"), nothing.label("reason"), nothing.label("detail")
        )
    turns, refused = settled.turns, settled.refused
    same = sa.and_(turns.c.component == refused.c.component, turns.c.turn == refused.c.turn)
    rows = (
        sa.select(turns.c.rid, turns.c.strength, turns.c.value, refused.c.reason, refused.c.detail)
        .join_from(refused, turns, same)
        .subquery("rows")
    )
    tied = sa.and_(*(rows.c[each.name] == each for each in cells))
    return sa.select(
        *cells, rows.c.reason.is_(None).label("is_accepted"), rows.c.reason, rows.c.detail
    ).select_from(attachments.outerjoin(rows, tied))


def _reviews(
    scene: Scene,
    settled: _Settled,
    clusters: sa.TableClause,
    members: sa.TableClause,
    one: Linked | None,
) -> Reviews:
    labels, inside = settled.labels, settled.guarded
    n = sa.func.count() + 1
    large = scene.engine.keep(
        f"{scene.name}_large",
        sa.select(labels.c.label, n.label("n"))
        .group_by(labels.c.label)
        .having(n > scene.constraints.soft),
    )
    oversize = None
    if scene.engine.scalar(sa.select(sa.func.count()).select_from(large)):
        of_large = clusters.c.label.in_(sa.select(large.c.label))
        rows = sa.select(clusters.c.rid, clusters.c.label).where(of_large).subquery("rows")
        first = founders(scene.records, rows).subquery("first")
        oversize = scene.engine.keep(
            f"{scene.name}_oversize",
            sa.select(first.c.rid, large.c.n).join_from(
                first, large, large.c.label == first.c.label
            ),
        )
    return Reviews(
        scene.engine,
        members,
        oversize=oversize,
        turns=inside.turns if inside else None,
        refused=inside.refused if inside else None,
        links=tuple(
            Review("refused", a=a, b=b, constraint=LINKS) for a, b in (one.refused if one else ())
        ),
    )
