"""Figures of health after a build of what changed: those of before, less and plus a region's."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.before import Known
from tresse.datasets.builds.region import Region
from tresse.datasets.layout import Plan, Planned
from tresse.datasets.merging.health import Figures
from tresse.engine.base import Engine

Tables = Mapping[str, sa.TableClause]
OF_FIELDS = {
    "first_name": "first_names",
    "last_name": "last_names",
    "postal_code": "postal_codes",
}
BY_RID, BY_ID = ("records", "attachments"), ("golden", "values")


class NarrowFigures(Figures):
    """Figures of a whole version.

    What is counted by golden record, or by values that tie, is the count of the version before,
    less what the region had, plus what it has: both are closed. The rest is counted of all.

    Args:
        engine: Holds the tables.
        plan: Of both versions.
        tables: Of this version, whole.
        now: Of the region of this version.
        before: The version before.
        region: What was worked out.
    """

    def __init__(
        self,
        engine: Engine,
        plan: Plan,
        tables: Tables,
        *,
        now: Tables,
        before: Known,
        region: Region,
    ) -> None:
        super().__init__(engine, plan, tables)
        self.before, self.region = before, region
        self.known = {each["name"]: each for each in before.version.health}
        self.is_now = Figures(engine, plan, now)
        self.was = Figures(engine, plan, _of_region(engine, before, region))

    def with_more(self, planned: Planned, most: int) -> int:
        """See `Figures.with_more`."""
        last = self._last(OF_FIELDS[planned.column.semantic])
        if last is None:
            return super().with_more(planned, most)
        return last - self.was.with_more(planned, most) + self.is_now.with_more(planned, most)

    def sharing_names(self, fields: Sequence[str]) -> tuple[int, list[str]] | None:
        """See `Figures.sharing_names`; closed only if the values of the fields tie."""
        last = self._last("name_and_email" if "email" in fields else "name_and_phone")
        found = [self.plan.with_field(each) for each in fields]
        single = {key.columns for key in self.plan.definition.identity.keys}
        if last is None or any(each and (each.column.name,) not in single for each in found):
            return super().sharing_names(fields)
        was, is_now = self.was.sharing_names(fields), self.is_now.sharing_names(fields)
        if was is None or is_now is None:
            return None
        return last - was[0] + is_now[0], is_now[1]

    def changed_ids(self, before: sa.FromClause) -> tuple[int, int]:
        """See `Figures.changed_ids`: elsewhere no record moved."""
        if before is None:
            raise AssertionError
        number, _ = self.is_now.changed_ids(self.region.rids)
        changes = self.region.changes
        gone = sa.select(sa.func.count()).select_from(changes.differing)
        left = self._scalar(gone.where(changes.differing.c.is_now.is_(False)))
        return number, changes.total - left

    def refused(self) -> int:
        """See `Figures.refused`."""
        last = self._last("refused")
        if last is None:
            return super().refused()
        return last - self.was.refused() + self.is_now.refused()

    def unexplained(self) -> tuple[int, dict[str, float | None]]:
        """See `Figures.unexplained`: mostly there are none, so none elsewhere."""
        if self._last("unexplained") != 0:
            return super().unexplained()
        return self.is_now.unexplained()

    def _last(self, name: str) -> int | None:
        count = self.known.get(name, {}).get("count")
        return None if count is None else int(count)


def _of_region(engine: Engine, before: Known, region: Region) -> dict[str, Any]:
    """Tables of the version before, as far as a region goes."""
    tables, rids, ids = before.tables, sa.select(region.rids.c.rid), sa.select(region.ids.c.id)
    found: dict[str, Any] = {"members": region.rids, "guards": tables.guards}
    for name in BY_RID:
        table = tables.table(name)
        found[name] = engine.view(sa.select(table).where(table.c.rid.in_(rids)))
    for name in BY_ID:
        table = tables.table(name)
        found[name] = engine.view(sa.select(table).where(table.c.id.in_(ids)))
    return found
