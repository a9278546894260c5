"""What a change of records may reach: they and all that values tie to them, before and now (D82).

A region is closed: no value ties a record in it to one outside, in the version before or in this
one. So what is worked out of its records alone is what a full build works out of them, and all
else stays. Values are *touched* if a record that changed carries them, or carried them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.builds.differing import COMPARED, differs
from tresse.datasets.builds.tables import Tables
from tresse.datasets.layout import RID, Plan, record_columns
from tresse.datasets.matching import attach
from tresse.datasets.matching.narrow import (
    carriers_of,
    columns_needed,
    labels_of_sets,
    strengths_of,
    values_of,
)
from tresse.engine.base import Engine
from tresse.engine.relations import table as table_like

MOST_CHANGED, MOST_REACHED = 0.2, 0.4
"Shares of all records above which it is no more work to work all of them out."
MOST_ROUNDS = 30
Columns = list[sa.ColumnClause[Any]]
Pairs = Sequence[tuple[int, int]]


class TooWide(Exception):  # noqa: N818  no fault: all is worked out then
    """A region cannot be told, or would be too large to be worth it."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Records that differ from the version before.

    `differing`: `rid, source, key, is_now, is_then`; the key is that of now.
    """

    differing: sa.TableClause
    number: int
    total: int


def changes_of(engine: Engine, now: sa.SelectBase, then: sa.TableClause) -> Changes:
    """Compare the records of now (`mapping.books`) with those of the version before."""
    books = engine.view(now)
    here, there = books.alias("here"), then.alias("there")
    other = [differs(here.c[name], there.c[name]) for name in COMPARED]
    differing = engine.keep(
        "differing",
        sa.select(
            sa.func.coalesce(here.c.rid, there.c.rid).label("rid"),
            here.c.source,
            here.c.key,
            here.c.rid.is_not(None).label("is_now"),
            there.c.rid.is_not(None).label("is_then"),
        )
        .select_from(here.join(there, here.c.rid == there.c.rid, full=True))
        .where(sa.or_(here.c.rid.is_(None), there.c.rid.is_(None), *other)),
    )
    total = int(engine.scalar(sa.select(sa.func.count()).select_from(then)) or 0)
    number = int(engine.scalar(sa.select(sa.func.count()).select_from(differing)) or 0)
    return Changes(differing, number, total)


class Region:
    """The region of some changes, found step by step; every step is kept by the engine.

    Args:
        engine: Holds the tables.
        plan: Of both versions.
        then: The version before.
        changes: What differs.
        fresh: Records (`layout.record_columns`) that are new or changed.
        lifted: Column and value that no guard keeps back.
        seeds: Further records that are reached, as decisions on them changed.
        links: Pairs of records that are one by decision.
    """

    def __init__(
        self,
        engine: Engine,
        plan: Plan,
        then: Tables,
        changes: Changes,
        fresh: sa.TableClause,
        *,
        lifted: frozenset[tuple[str, str]],
        seeds: Iterable[int],
        links: Pairs,
    ) -> None:
        self.engine, self.plan, self.then = engine, plan, then
        self.changes, self.fresh, self.lifted = changes, fresh, lifted
        self.gone = self._kept("region_gone", self._rids(sa.true(), is_then=True))
        self.touched = self._touched()
        self.near = self._near()
        self.guards = self._guards()
        self.ids = self._ids(seeds, links)
        self.rids = self._kept("region_rids", self._old_rids())
        self.records = self._records()
        self.reached = self._kept("region_reached", self._reached())

    def _kept(self, name: str, statement: sa.SelectBase) -> sa.TableClause:
        return self.engine.keep(name, statement)

    def _number(self, table: sa.TableClause) -> int:
        return int(self.engine.scalar(sa.select(sa.func.count()).select_from(table)) or 0)

    def _rids(self, where: sa.ColumnElement[bool], *, is_then: bool) -> sa.Select[Any]:
        found = self.changes.differing
        side = found.c.is_then if is_then else found.c.is_now
        return sa.select(found.c.rid).where(side, where)

    def _narrow(self, table: sa.FromClause) -> list[Any]:
        return [table.c[name] for name in columns_needed(self.plan)]

    def _touched(self) -> sa.TableClause:
        """`label, value` that records carry, or carried, which changed or are gone."""
        then = self.then.records
        old = self._kept(
            "region_old",
            sa.select(*self._narrow(then)).where(then.c.rid.in_(sa.select(self.gone.c.rid))),
        )
        both = sa.union(values_of(self.plan, old), values_of(self.plan, self.fresh))
        return self._kept("region_touched", sa.select(both.subquery("both")))

    def _near(self) -> sa.TableClause:
        """Records of now that carry a touched value, with what matching looks at."""
        then = self.then.records
        stays = then.c.rid.not_in(sa.select(self.gone.c.rid))
        found = carriers_of(self.plan, then, self.touched).subquery("carriers")
        return self._kept(
            "region_near",
            sa.union_all(
                sa.select(*self._narrow(then)).where(then.c.rid.in_(sa.select(found.c.rid)), stays),
                sa.select(*self._narrow(self.fresh)),
            ),
        )

    def _guards(self) -> sa.TableClause:
        """`layout.GUARDS` of this version: of touched values anew, all others as they were."""
        self._require_few(self._number(self.near))
        columns = [sa.column(each.name, each.type) for each in record_columns(self.plan)]
        near = table_like(self.near.name, columns)
        self.attached = attach(self.engine, self.plan, near, lifted=self.lifted)
        before, now = self.then.guards, self.attached.guards
        self._require_whole_sets(before, now)
        names = [each.name for each in before.c]
        return self._kept(
            "region_guards",
            sa.union_all(
                sa.select(*(before.c[name] for name in names)).where(
                    sa.not_(self._is_touched(before))
                ),
                sa.select(*(now.c[name] for name in names)).where(self._is_touched(now)),
            ),
        )

    def _require_few(self, number: int) -> None:
        if number > MOST_REACHED * self.changes.total:
            raise TooWide

    def _is_touched(self, guards: sa.TableClause) -> sa.ColumnElement[bool]:
        touched = self.touched
        same = sa.and_(touched.c.label == guards.c.columns, touched.c.value == guards.c.value)
        return sa.exists(sa.select(touched.c.value).where(same).correlate(guards))

    def _require_whole_sets(self, before: sa.TableClause, now: sa.TableClause) -> None:
        """Go on only if no part of a set of several columns is newly blocked or freed.

        The values of such a set change on records that carry no touched value.
        """
        parts = sorted(labels_of_sets(self.plan))
        if not parts:
            return
        sides = [
            sa.select(each.c.columns, each.c.value)
            .where(each.c.columns.in_(parts), self._is_touched(each))
            .distinct()
            for each in (before, now)
        ]
        for one, other in (sides, sides[::-1]):
            if self.engine.rows(sa.except_(one, other).limit(1)):
                raise TooWide

    def _ids(self, seeds: Iterable[int], links: Pairs) -> sa.TableClause:
        """Golden records of before that are reached."""
        bridges = self._bridges(links)
        reached = self._kept("region_ids", self._first_ids(seeds))
        number = -1
        for _ in range(MOST_ROUNDS):
            found = self._number(reached)
            if found == number:
                return reached
            number = found
            values = sa.select(bridges.c.bridge).where(bridges.c.id.in_(sa.select(reached.c.id)))
            more = sa.select(bridges.c.id).where(bridges.c.bridge.in_(values))
            both = sa.union(sa.select(reached.c.id), more).subquery("both")
            reached = self._kept(f"region_ids_{found}", sa.select(both.c.id))
        raise TooWide

    def _first_ids(self, seeds: Iterable[int]) -> sa.Select[Any]:
        """Of records that changed, that carry a touched value which ties, and that seeds name."""
        then = self.then
        members, tied = then.members, then.attachments
        batch = pa.RecordBatch.from_pydict({"rid": pa.array(sorted(seeds), pa.int64())})
        named = self.engine.load("region_seeds", [batch], [sa.column("rid", RID)])
        rids = sa.union(
            sa.select(self.gone.c.rid),
            sa.select(named.c.rid),
            sa.select(tied.c.rid).where(self._ties(tied)),
            sa.select(self.attached.attachments.c.rid).where(self._ties(self.attached.attachments)),
        ).subquery("reached")
        of_records = sa.select(members.c.id).where(members.c.rid.in_(sa.select(rids.c.rid)))
        homes, aliases = then.homes, then.aliases
        at_home = (
            sa.select(sa.func.coalesce(aliases.c.to, homes.c.id).label("id"))
            .select_from(homes.outerjoin(aliases, aliases.c.id == homes.c.id))
            .where(homes.c.rid.in_(self._rids(sa.true(), is_then=False)))
        )
        every = sa.union(of_records, at_home).subquery("every")
        return sa.select(every.c.id)

    def _ties(self, attachments: sa.TableClause) -> sa.ColumnElement[bool]:
        """Whether an attachment is by a touched value."""
        touched = self.touched
        ways = []
        for label, strength in strengths_of(self.plan):
            values = sa.select(touched.c.value).where(touched.c.label == label)
            ways.append(
                sa.and_(attachments.c.strength == strength, attachments.c.value.in_(values))
            )
        return sa.or_(*ways)

    def _bridges(self, links: Pairs) -> sa.TableClause:
        """`bridge, id`: what ties golden records of before to each other: refused values, links."""
        tied, members = self.then.attachments, self.then.members
        refused = self._kept(
            "region_refused",
            sa.select(tied.c.strength, tied.c.value).where(sa.not_(tied.c.is_accepted)).distinct(),
        )
        same = sa.and_(tied.c.strength == refused.c.strength, tied.c.value == refused.c.value)
        name = sa.cast(refused.c.strength, sa.Text()) + ":" + refused.c.value
        by_value = (
            sa.select(name.label("bridge"), members.c.id)
            .select_from(tied.join(refused, same).join(members, members.c.rid == tied.c.rid))
            .distinct()
        )
        pairs = [(f"link:{at}", rid) for at, pair in enumerate(links) for rid in pair]
        batch = pa.RecordBatch.from_pydict(
            {
                "bridge": pa.array([each for each, _ in pairs], pa.string()),
                "rid": pa.array([each for _, each in pairs], pa.int64()),
            }
        )
        columns: Columns = [sa.column("bridge", sa.Text()), sa.column("rid", RID)]
        said = self.engine.load("region_links", [batch], columns)
        by_link = sa.select(said.c.bridge, members.c.id).join_from(
            said, members, members.c.rid == said.c.rid
        )
        return self._kept("region_bridges", sa.union_all(by_value, by_link))

    def _reached(self) -> sa.Select[Any]:
        """`rid` of all records in the region, of before and of now."""
        rids = sa.union(
            sa.select(self.rids.c.rid), sa.select(self.changes.differing.c.rid)
        ).subquery("rids")
        return sa.select(rids.c.rid)

    def _old_rids(self) -> sa.Select[Any]:
        """`rid, id, label` of before, of the golden records that are reached."""
        members = self.then.members
        return sa.select(members).where(members.c.id.in_(sa.select(self.ids.c.id)))

    def _records(self) -> sa.TableClause:
        """All columns of the records of now that are reached."""
        then = self.then.records
        self._require_few(self._number(self.rids) + self.changes.number)
        names = [each.name for each in record_columns(self.plan)]
        stays = sa.select(*(then.c[name] for name in names)).where(
            then.c.rid.in_(sa.select(self.rids.c.rid)),
            then.c.rid.not_in(sa.select(self.gone.c.rid)),
        )
        fresh = sa.select(*(self.fresh.c[name] for name in names))
        return self._kept("region_records", sa.union_all(stays, fresh))
