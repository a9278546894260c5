"""Ids that stay with their records over builds (DG14, D55 to D59).

Clusters that hold the records they held before keep their id, unless an id is drawn to them by
records that moved. Of the others most are picked by one id, and most ids pick the one cluster that
holds all of their records; what is torn between several is ranked apart.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.identity.changes_of_ids import changes_of
from tresse.datasets.identity.founding import founders, id_of, place
from tresse.datasets.identity.outcome import Before
from tresse.engine.base import Engine
from tresse.engine.relations import table

AGE = ("since", "founded", "id")
"Ids from the oldest on."


@dataclass(frozen=True, slots=True)
class Ids:
    """Tables by `layout`."""

    members: sa.TableClause
    homes: sa.TableClause
    aliases: sa.TableClause
    id_changes: sa.TableClause


def placed(
    engine: Engine,
    dataset: str,
    records: sa.TableClause,
    clusters: sa.TableClause,
    *,
    firsts: sa.TableClause,
    before: Before | None,
    number: int,
    cause: str,
    name: str,
) -> Ids:
    """Give each cluster its id.

    Args:
        engine: Keeps the steps, under names that begin with `name`.
        dataset: Its name, which new ids are made of.
        records: By `layout`.
        clusters: `rid, label`: a row per record.
        firsts: See `founders`.
        before: The version before; None: there is none.
        number: Of this version.
        cause: Of new rows of `id_changes`.
        name: Begins the names of steps.
    """
    new = _New(engine, dataset, records, firsts, number, name)
    if before is None:
        live = new.ids(clusters, None)
        both = sa.join(clusters, live, live.c.label == clusters.c.label)
        cells = [clusters.c.rid, *(live.c[cell] for cell in ("id", "since", "founded", "label"))]
        found = engine.keep(f"{name}_homes", sa.select(*cells).select_from(both))
        return Ids(
            members=table(found.name, layout.MEMBERS),
            homes=table(found.name, layout.HOMES),
            aliases=engine.keep(f"{name}_aliases", _none(layout.ALIASES)),
            id_changes=engine.keep(f"{name}_id_changes", _none(layout.ID_CHANGES)),
        )
    touched = _touched(engine, clusters, before, name)
    of_touched = clusters.c.label.in_(sa.select(touched.c.label))
    some = engine.keep(
        f"{name}_some", sa.select(clusters.c.rid, clusters.c.label).where(of_touched)
    )
    homes = before.homes
    votes = engine.keep(f"{name}_votes", _votes(some, homes))
    torn = engine.keep(f"{name}_torn", _repeated(votes.c.id))
    picks = engine.keep(f"{name}_picks", _picks(records, some, homes, votes, torn))
    many = engine.keep(f"{name}_many", _repeated(picks.c.label))
    kept = engine.keep(f"{name}_kept", _oldest(picks, many))
    fresh = engine.keep(f"{name}_fresh", _not_picked(some, picks))
    made = new.ids(fresh, homes)
    names = [each.name for each in kept.c]
    live = engine.keep(
        f"{name}_live",
        sa.union_all(*(sa.select(*(part.c[each] for each in names)) for part in (kept, made))),
    )
    left = engine.keep(f"{name}_left", _left(some, picks, homes, torn))
    absorbed = engine.keep(f"{name}_absorbed", _absorbed(picks, many, kept))
    aliases = engine.keep(f"{name}_aliases", _aliases(absorbed, picks, before.aliases))
    changes = changes_of(
        before, fresh=fresh, made=made, kept=kept, aliases=aliases, number=number, cause=cause
    )
    return Ids(
        members=engine.keep(f"{name}_members", _members(before.members, touched, some, live)),
        homes=engine.keep(f"{name}_homes", _homes(some, live, left, homes)),
        aliases=aliases,
        id_changes=engine.keep(f"{name}_id_changes", changes),
    )


def _touched(engine: Engine, clusters: sa.TableClause, before: Before, name: str) -> sa.TableClause:
    """Labels of clusters whose id may change; all others hold the records they held before.

    An id whose records at home lie in one cluster, which did not change, picks it as it did. So
    the clusters that count are those that did change, before and now, and those that an id with
    records at home in these might pick.
    """
    then, homes = before.members, before.homes
    differ = (
        sa.select(clusters.c.label.label("now"), then.c.label.label("was"))
        .select_from(clusters.outerjoin(then, then.c.rid == clusters.c.rid, full=True))
        .where(clusters.c.label.is_distinct_from(then.c.label))
    )
    moved = engine.keep(f"{name}_differ", differ)
    labels = sa.union(
        sa.select(moved.c.now.label("label")).where(moved.c.now.is_not(None)),
        sa.select(moved.c.was.label("label")).where(moved.c.was.is_not(None)),
    ).subquery("labels")
    changed = engine.keep(f"{name}_changed", sa.select(labels.c.label))
    ids = engine.keep(
        f"{name}_drawn",
        sa.select(homes.c.id)
        .join_from(clusters, changed, changed.c.label == clusters.c.label)
        .join(homes, homes.c.rid == clusters.c.rid)
        .distinct(),
    )
    around = (
        sa.select(clusters.c.label)
        .join_from(homes, ids, ids.c.id == homes.c.id)
        .join(clusters, clusters.c.rid == homes.c.rid)
    )
    every = sa.union(sa.select(changed.c.label), around).subquery("every")
    return engine.keep(f"{name}_touched", sa.select(every.c.label))


@dataclass(frozen=True, slots=True)
class _New:
    """Makes ids of clusters that no id picked (D55)."""

    engine: Engine
    dataset: str
    records: sa.TableClause
    firsts: sa.TableClause
    number: int
    name: str

    def ids(self, clusters: sa.TableClause, homes: sa.FromClause | None) -> sa.TableClause:
        """`label, id, since, founded` of clusters (`rid, label`); `homes`: ids that are taken."""
        found = founders(self.records, clusters, self.firsts)
        first = self.engine.keep(f"{self.name}_founders", found)
        made = self.engine.keep(f"{self.name}_made", self._counted(first, 0))
        counter = 0
        while homes is not None and (gone := self._taken(made, homes)) is not None:
            counter += 1
            taken = made.c.id.in_(sa.select(gone.c.id))
            cells = [made.c[each] for each in ("label", *AGE)]
            again = self._counted(first, counter).where(
                first.c.label.in_(sa.select(made.c.label).where(taken))
            )
            free = sa.select(*cells).where(sa.not_(taken))
            made = self.engine.keep(f"{self.name}_made_{counter}", sa.union_all(free, again))
        return made

    def _counted(self, first: sa.TableClause, counter: int) -> sa.Select[Any]:
        return sa.select(
            first.c.label,
            sa.cast(sa.literal(self.number), sa.BigInteger()).label("since"),
            first.c.first_seen.label("founded"),
            id_of(self.dataset, first.c.source, first.c.key, counter).label("id"),
        )

    def _taken(self, made: sa.TableClause, homes: sa.FromClause) -> sa.TableClause | None:
        """Ids that were given before; None: there are none."""
        found = sa.select(made.c.id).join_from(homes, made, made.c.id == homes.c.id).distinct()
        kept = self.engine.keep(f"{self.name}_taken", found)
        return kept if self.engine.rows(sa.select(kept.c.id).limit(1)) else None


def _votes(clusters: sa.TableClause, homes: sa.TableClause) -> sa.Select[Any]:
    """How many records each id has at home in each cluster: `id, label, n, since, founded`."""
    return (
        sa.select(
            homes.c.id,
            clusters.c.label,
            sa.func.count().label("n"),
            sa.func.min(homes.c.since).label("since"),
            sa.func.min(homes.c.founded).label("founded"),
        )
        .join_from(clusters, homes, homes.c.rid == clusters.c.rid)
        .group_by(homes.c.id, clusters.c.label)
    )


def _repeated(column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Values that several rows have, each once."""
    return sa.select(column).group_by(column).having(sa.func.count() > 1)


def _picks(
    records: sa.TableClause,
    clusters: sa.TableClause,
    homes: sa.TableClause,
    votes: sa.TableClause,
    torn: sa.TableClause,
) -> sa.CompoundSelect[Any]:
    """The cluster that each id picks: `id, label, since, founded` (D56 step 1)."""
    cells = [votes.c[each] for each in ("id", "label", "since", "founded")]
    whole = sa.select(*cells).where(votes.c.id.not_in(sa.select(torn.c.id)))
    ranked = _ranked(records, clusters, homes, votes, torn).subquery("ranked")
    chosen = sa.select(*(ranked.c[each.name] for each in cells)).where(ranked.c.rank == 1)
    return sa.union_all(whole, chosen)


def _ranked(
    records: sa.TableClause,
    clusters: sa.TableClause,
    homes: sa.TableClause,
    votes: sa.TableClause,
    torn: sa.TableClause,
) -> sa.Select[Any]:
    """Clusters of torn ids: those with most records at home in the id, then the earliest record."""
    first = sa.func.row_number().over(
        partition_by=(homes.c.id, clusters.c.label), order_by=place(records)
    )
    rows = (
        sa.select(homes.c.id, clusters.c.label, *place(records), first.label("first"))
        .join_from(homes, torn, torn.c.id == homes.c.id)
        .join(clusters, clusters.c.rid == homes.c.rid)
        .join(records, records.c.rid == homes.c.rid)
        .subquery("rows")
    )
    same = sa.and_(votes.c.id == rows.c.id, votes.c.label == rows.c.label)
    rank = sa.func.row_number().over(
        partition_by=votes.c.id, order_by=(votes.c.n.desc(), *place(rows))
    )
    return (
        sa.select(votes.c.id, votes.c.label, votes.c.since, votes.c.founded, rank.label("rank"))
        .join_from(votes, rows, same)
        .where(rows.c.first == 1)
    )


def _not_picked(clusters: sa.TableClause, picks: sa.TableClause) -> sa.Select[Any]:
    """Records of clusters that no id picked."""
    return sa.select(clusters.c.rid, clusters.c.label).where(
        clusters.c.label.not_in(sa.select(picks.c.label))
    )


def _oldest(picks: sa.TableClause, many: sa.TableClause) -> sa.CompoundSelect[Any]:
    """The oldest id that picked each cluster (D56 step 2); `many`: clusters that several picked."""
    is_of_many = picks.c.label.in_(sa.select(many.c.label))
    cells = [picks.c[each] for each in ("label", *AGE)]
    rank = sa.func.row_number().over(
        partition_by=picks.c.label, order_by=[picks.c[each] for each in AGE]
    )
    ranked = sa.select(*cells, rank.label("rank")).where(is_of_many).subquery("ranked")
    oldest = sa.select(*(ranked.c[each.name] for each in cells)).where(ranked.c.rank == 1)
    return sa.union_all(sa.select(*cells).where(sa.not_(is_of_many)), oldest)


def _absorbed(picks: sa.TableClause, many: sa.TableClause, kept: sa.TableClause) -> sa.Select[Any]:
    """Ids whose cluster has an older one: `id, to`."""
    return (
        sa.select(picks.c.id, kept.c.id.label("to"))
        .join_from(picks, many, many.c.label == picks.c.label)
        .join(kept, sa.and_(kept.c.label == picks.c.label, kept.c.id != picks.c.id))
    )


def _homes_of(clusters: sa.FromClause, live: sa.TableClause) -> sa.Select[Any]:
    """Homes of records that are placed anew: where their cluster is."""
    return sa.select(clusters.c.rid, live.c.id, live.c.since, live.c.founded).join_from(
        clusters, live, live.c.label == clusters.c.label
    )


def _members(
    then: sa.TableClause, touched: sa.TableClause, some: sa.TableClause, live: sa.TableClause
) -> sa.CompoundSelect[Any]:
    """`layout.MEMBERS`: as before, but of touched clusters."""
    stays = sa.select(then.c.rid, then.c.id, then.c.label).where(
        then.c.label.not_in(sa.select(touched.c.label))
    )
    anew = sa.select(some.c.rid, live.c.id, live.c.label).join_from(
        some, live, live.c.label == some.c.label
    )
    return sa.union_all(stays, anew)


def _left(
    clusters: sa.TableClause, picks: sa.TableClause, homes: sa.TableClause, torn: sa.TableClause
) -> sa.Select[Any]:
    """Records, in their clusters, whose home picked another one."""
    return (
        sa.select(clusters.c.rid, clusters.c.label)
        .join_from(homes, torn, torn.c.id == homes.c.id)
        .join(picks, picks.c.id == torn.c.id)
        .join(clusters, clusters.c.rid == homes.c.rid)
        .where(picks.c.label != clusters.c.label)
    )


def _homes(
    clusters: sa.TableClause, live: sa.TableClause, left: sa.TableClause, homes: sa.TableClause
) -> sa.CompoundSelect[Any]:
    """Homes stay, but of records whose home picked another cluster (D56 step 4)."""
    stays = sa.select(homes.c.rid, homes.c.id, homes.c.since, homes.c.founded).where(
        homes.c.rid.not_in(sa.select(left.c.rid))
    )
    new = (
        sa.select(clusters.c.rid, clusters.c.label)
        .select_from(clusters.outerjoin(homes, homes.c.rid == clusters.c.rid))
        .where(homes.c.rid.is_(None))
        .subquery("new")
    )
    return sa.union_all(stays, _homes_of(left, live), _homes_of(new, live))


def _aliases(
    absorbed: sa.TableClause, picks: sa.TableClause, aliases: sa.TableClause
) -> sa.CompoundSelect[Any]:
    """Ids whose cluster has an older one; and former ones that have no record left to pick by."""
    former = (
        sa.select(aliases.c.id, sa.func.coalesce(absorbed.c.to, aliases.c.to).label("to"))
        .select_from(aliases.outerjoin(absorbed, absorbed.c.id == aliases.c.to))
        .where(aliases.c.id.not_in(sa.select(picks.c.id)))
    )
    return sa.union_all(sa.select(absorbed.c.id, absorbed.c.to), former)


def _none(columns: list[sa.ColumnClause[Any]]) -> sa.Select[Any]:
    """No rows of a table."""
    return sa.select(*(sa.cast(sa.null(), c.type).label(c.name) for c in columns)).where(sa.false())
