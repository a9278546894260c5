"""An incremental build of what changed and all that it reaches; the rest is shared (D82).

It gives what a full build gives. What it cannot tell in this way (relations, sets that remember,
claims, guards that were lifted) it leaves to the build of everything: `TooWide`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.datasets.builds.before import Identity, Known
from tresse.datasets.builds.found import carried_over, found_by, write_all
from tresse.datasets.builds.layers import KEYS, add_layer, is_deep
from tresse.datasets.builds.marks import Marked
from tresse.datasets.builds.narrow_health import NarrowFigures
from tresse.datasets.builds.region import MOST_CHANGED, Changes, Region, TooWide, changes_of
from tresse.datasets.identity import resolve
from tresse.datasets.identity.founding import id_of
from tresse.datasets.layout import ID_CHANGES
from tresse.datasets.mapping import books, worked_out
from tresse.datasets.matching.narrow import tied
from tresse.datasets.merging.merge import merge
from tresse.sources.stored import defaults

if TYPE_CHECKING:
    from tresse.datasets.builds.working import Working

COUNTERS = 4
"Ids that a founding record may give, of which is looked whether they are taken (D55)."
SAME = ("lifts", "claims", "links")
"Decisions that change guards, or values that are one, of any record."
Tables = dict[str, sa.TableClause]


class Narrow:
    """The work on what changed."""

    def __init__(self, working: "Working", before: Known) -> None:
        self.working, self.before = working, before
        self.engine, self.plan, self.begun = working.engine, working.plan, working.begun
        self._require_plain()

    def _require_plain(self) -> None:
        begun, then, now = self.begun, self.before.marks, self.begun.marks.fingerprints()
        keys = self.plan.definition.identity.keys
        if (
            not keys
            or self.working.relations
            or any(key.remembers for key in keys)
            or not all(fed.is_trusted for fed in self.working.feeds)
            or self.before.salt != self.working.salt
            or self.before.version.number != begun.dataset.last_number
            or not isinstance(then, Mapping)
            or any(then.get(name) != now[name] for name in SAME)
            # Values that a must-link ties are one in every cluster, wherever they stand (DG8).
            or begun.marks.links
            or is_deep(self.before.tables.folder / "records")
        ):
            raise TooWide

    def changes(self) -> Changes:
        """Which records differ.

        Raises:
            TooWide: Many do.
        """
        now = books(
            *(self.engine, self.plan, self.working.feeds),
            as_of=self.begun.as_of,
            salt=self.working.salt,
            defaults=defaults(),
        )
        changes = changes_of(self.engine, now, self.before.tables.records)
        if changes.number > MOST_CHANGED * changes.total:
            raise TooWide
        return changes

    def work_out(self, changes: Changes, aside: Callable[[], Path]) -> Path:
        """Write the version's tables, and what was found for people to look at.

        Args:
            changes: What differs.
            aside: Gives the folder to write in, once it is sure that there is one.

        Raises:
            TooWide: It reaches too far.
        """
        fresh = self._fresh(changes)
        marked = Marked(self.engine, self.begun.marks, fresh, self.working.salt)
        self.working.say(self.begun, "matching")
        region = self._region(changes, fresh, marked)
        attachments = self.engine.keep(
            "narrow_attachments", tied(self.engine, self.plan, region.records, region.guards)
        )
        self.working.say(self.begun, "identity")
        marked = Marked(self.engine, self.begun.marks, region.records, self.working.salt)
        then = self._then(region)
        resolved = resolve(
            self.engine,
            self.plan,
            region.records,
            attachments,
            links=marked.links,
            aparts=marked.aparts,
            before=then,
            number=self.begun.number,
            cause=self.working.cause(),
            guards=region.guards,
        )
        self.working.say(self.begun, "merging")
        golden, values = self._merged(region, resolved.members, marked)
        self._now = {
            "records": region.records,
            "members": resolved.members,
            "attachments": resolved.attachments,
            "guards": region.guards,
            "golden": golden,
            "values": values,
        }
        self._reached = region
        folder = aside()
        self._write(folder, region, resolved, {"golden": golden, "values": values}, then)
        stays = carried_over(self.engine, self.begun.dataset, region, marked)
        new = found_by(self.engine, self.plan, region.records, resolved.reviews)
        write_all(folder, [*stays, *new])
        return folder

    def figures(self, tables: Mapping[str, sa.TableClause]) -> NarrowFigures:
        """Figures of the version that was worked out; `tables`: its tables as they are read."""
        return NarrowFigures(
            *(self.engine, self.plan, tables),
            now=self._now,
            before=self.before,
            region=self._reached,
        )

    def _fresh(self, changes: Changes) -> sa.TableClause:
        """Records that are new or changed, worked out."""
        found = changes.differing
        only = self.engine.keep(
            "only", sa.select(found.c.source, found.c.key).where(found.c.is_now)
        )
        given = worked_out(
            *(self.engine, self.plan, self.working.feeds),
            as_of=self.begun.as_of,
            salt=self.working.salt,
            defaults=defaults(),
            only=only,
        )
        self.working.warn(given.warnings)
        self._require_numbers(given.table)
        return given.table

    def _require_numbers(self, fresh: sa.TableClause) -> None:
        """Go on only if no record got the number of another one."""
        twice = sa.select(fresh.c.rid).group_by(fresh.c.rid).having(sa.func.count() > 1).limit(1)
        then = self.before.tables.records
        other = sa.or_(then.c.source != fresh.c.source, then.c.key != fresh.c.key)
        clash = sa.select(fresh.c.rid).join_from(then, fresh, then.c.rid == fresh.c.rid)
        if self.engine.rows(twice) or self.engine.rows(clash.where(other).limit(1)):
            raise TooWide

    def _region(self, changes: Changes, fresh: sa.TableClause, marked: Marked) -> Region:
        marks = self.begun.marks
        texts = {each for pair in marks.links for each in pair}
        is_alike = self.before.marks == marks.fingerprints()
        decided = [] if is_alike else [*marks.decided_once, *marks.pinned_once]
        rids = marked.rids([*texts, *decided]) if texts or decided else {}
        return Region(
            *(self.engine, self.plan, self.before.tables, changes, fresh),
            lifted=marked.lifted,
            seeds=[rids[each] for each in decided],
            links=[(rids[a], rids[b]) for a, b in marks.links],
        )

    def _then(self, region: Region) -> Identity:
        """Members, homes and aliases of before, as far as the region goes."""
        tables, ids = self.before.tables, sa.select(region.ids.c.id)
        homes, aliases = tables.homes, tables.aliases
        mine = homes.c.rid.in_(sa.select(region.reached.c.rid))
        own = self.engine.keep("narrow_homes", sa.select(homes).where(mine))
        taken = self._ids_given(region)
        others = sa.select(homes).where(homes.c.id.in_(taken), sa.not_(mine))
        is_near = sa.or_(
            aliases.c.to.in_(ids), aliases.c.id.in_(ids), aliases.c.id.in_(sa.select(own.c.id))
        )
        return Identity(
            members=region.rids,
            homes=self.engine.keep("narrow_all_homes", sa.union_all(sa.select(own), others)),
            aliases=self.engine.keep("narrow_aliases", sa.select(aliases).where(is_near)),
            id_changes=self.engine.read([], ID_CHANGES),
        )

    def _ids_given(self, region: Region) -> sa.SelectBase:
        """Ids that records of the region give as founders: some may be taken elsewhere."""
        records, name = region.records, self.plan.definition.name
        return sa.union_all(
            *(sa.select(id_of(name, records.c.source, records.c.key, at)) for at in range(COUNTERS))
        )

    def _merged(
        self, region: Region, members: sa.TableClause, marked: Marked
    ) -> tuple[sa.TableClause, sa.TableClause]:
        then, ids = self.before.tables, sa.select(region.ids.c.id)
        golden = self.engine.keep(
            "narrow_golden", sa.select(then.merged).where(then.merged.c.id.in_(ids))
        )
        numbers = {each.column.name: each.number for each in self.plan.columns}
        merged = merge(
            self.engine,
            self.plan,
            region.records,
            members,
            pins=marked.pins(members, numbers),
            as_of=self.begun.as_of,
            before=_Golden(golden, then.values),
            number=self.begun.number,
        )
        return merged.golden, merged.values

    def _write(
        self, folder: Path, region: Region, resolved: Any, merged: Tables, then: Identity
    ) -> None:
        before = self.before.tables
        of_region = sa.select(region.reached.c.rid)
        homes = resolved.homes
        added: dict[str, tuple[sa.SelectBase, sa.SelectBase]] = {
            "records": (sa.select(region.gone.c.rid), sa.select(region.fresh)),
            "attachments": (of_region, sa.select(resolved.attachments)),
            "members": (of_region, sa.select(resolved.members)),
            "homes": (of_region, sa.select(homes).where(homes.c.rid.in_(of_region))),
            "golden": (sa.select(region.ids.c.id), sa.select(merged["golden"])),
            "values": (sa.select(region.ids.c.id), sa.select(merged["values"])),
        }
        for name in KEYS:
            gone, rows = added[name]
            typed = self._typed(name, rows)
            add_layer(self.engine, before.folder / name, folder / name, gone=gone, added=typed)
        former = before.aliases
        kept = sa.select(former).where(former.c.id.not_in(sa.select(then.aliases.c.id)))
        whole: dict[str, sa.SelectBase] = {
            "guards": sa.select(region.guards),
            "aliases": sa.union_all(kept, sa.select(resolved.aliases)),
            "id_changes": sa.union_all(
                sa.select(before.id_changes), sa.select(resolved.id_changes)
            ),
        }
        for name, statement in whole.items():
            self.engine.write(self._typed(name, statement), folder / name)

    def _typed(self, name: str, statement: sa.SelectBase) -> sa.Select[Any]:
        """The columns of a table in their order, of their types."""
        rows = statement.subquery("rows")
        columns = self.working.columns[name]
        return sa.select(*(sa.type_coerce(rows.c[c.name], c.type).label(c.name) for c in columns))


class _Golden:
    """Golden records of before that merging compares with."""

    def __init__(self, golden: sa.TableClause, values: sa.TableClause) -> None:
        self.golden, self.values = golden, values
