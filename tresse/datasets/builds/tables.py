"""Versions of datasets as tables of an engine (D80): where they stand, what they hold."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.builds.layers import KEYS, table_in
from tresse.datasets.builds.plans import plan_of, relations_of
from tresse.datasets.layout import Plan
from tresse.datasets.models import DatasetVersion
from tresse.engine.base import Engine
from tresse.sources.versions import house

__all__ = ["Tables", "folder_of", "names_of", "owner_of", "plan_of", "tables_of"]


def owner_of(dataset_id: int) -> str:
    """Under which name the warehouse keeps the versions of a dataset."""
    return f"dataset_{dataset_id}"


def folder_of(version: DatasetVersion) -> Path:
    """The folder of a version; in it one folder per table of `layout.TABLES`."""
    return house().folder(owner_of(version.dataset_id), version.number)


def columns_by_table(plan: Plan, relations: tuple[str, ...]) -> dict[str, list[Any]]:
    """The columns of every table of a version, by its name."""
    return {
        "records": layout.record_columns(plan),
        "attachments": layout.ATTACHMENTS,
        "guards": layout.GUARDS,
        "members": layout.MEMBERS,
        "golden": layout.golden_columns(plan, relations),
        "values": layout.value_columns(plan),
        "homes": layout.HOMES,
        "aliases": layout.ALIASES,
        "id_changes": layout.ID_CHANGES,
        "computed": layout.computed_columns(plan),
        "changes": layout.CHANGES,
    }


class Tables:
    """The tables of one version, read when they are first asked for; rows as `layout` says.

    Columns that people name are `c0, c1 …`: `plan.of(name).name` says which.
    """

    def __init__(
        self, engine: Engine, folder: Path, plan: Plan, relations: tuple[str, ...] = ()
    ) -> None:
        self.engine, self.folder = engine, folder
        self.plan, self.relations = plan, relations
        self._columns = columns_by_table(plan, relations)
        self._read: dict[str, sa.TableClause] = {}

    def table(self, name: str) -> sa.TableClause:
        """One of `layout.TABLES`; nothing is read yet."""
        if name not in self._read:
            place, columns = self.folder / name, self._columns[name]
            self._read[name] = table_in(self.engine, place, columns, KEYS.get(name))
        return self._read[name]

    @property
    def records(self) -> sa.TableClause:
        """A row per record of a source."""
        return self.table("records")

    @property
    def attachments(self) -> sa.TableClause:
        """What ties records to key values, accepted or refused."""
        return self.table("attachments")

    @property
    def guards(self) -> sa.TableClause:
        """A row per value that a guard keeps from tying anything."""
        return self.table("guards")

    @property
    def members(self) -> sa.TableClause:
        """Which golden record each record belongs to."""
        return self.table("members")

    @property
    def golden(self) -> sa.TableClause:
        """A row per golden record, computed columns too (`computed`, under their names there)."""
        if not self.plan.computed:
            return self.merged
        if "complete" not in self._read:
            self._read["complete"] = self.engine.view(self._complete())
        return self._read["complete"]

    @property
    def merged(self) -> sa.TableClause:
        """A row per golden record as merging made it, without computed columns."""
        return self.table("golden")

    @property
    def computed(self) -> sa.TableClause:
        """Computed columns, a row per golden record."""
        return self.table("computed")

    @property
    def changes(self) -> sa.TableClause:
        """How values of scores changed, and why."""
        return self.table("changes")

    def _complete(self) -> sa.Select[Any]:
        merged, computed = self.merged, self.computed
        changed = sa.func.greatest(merged.c.changed_in, computed.c.changed_in)
        latest = sa.case(
            (computed.c.changed_in.is_(None), merged.c.changed_in), else_=changed
        )  # fmt: skip
        own = [
            sa.type_coerce(latest, sa.BigInteger()).label("changed_in")
            if each.name == "changed_in"
            else each
            for each in merged.c
        ]
        worked = [computed.c[each.column] for each in self.plan.computed]
        joined = merged.outerjoin(computed, computed.c.id == merged.c.id)
        return sa.select(*own, *worked).select_from(joined)

    @property
    def values(self) -> sa.TableClause:
        """Who won of how many, per golden record and column."""
        return self.table("values")

    @property
    def homes(self) -> sa.TableClause:
        """The home of every record that ever was (D56)."""
        return self.table("homes")

    @property
    def aliases(self) -> sa.TableClause:
        """Ids that stand for another one now."""
        return self.table("aliases")

    @property
    def id_changes(self) -> sa.TableClause:
        """Every change of an id, of all versions so far (D59)."""
        return self.table("id_changes")


def tables_of(engine: Engine, version: DatasetVersion) -> Tables:
    """The tables of a version, to be asked of an engine that may read the warehouse."""
    return Tables(engine, folder_of(version), plan_of(version), relations_of(version))


def names_of(plan: Plan, relations: tuple[str, ...] = ()) -> Mapping[str, str]:
    """Physical columns of `golden` by the names that people use, in order: `_id` first (D4)."""
    system = {
        "_id": "id",
        "_first_seen_at": "first_seen_at",
        "_modified_at": "modified_at",
        "_changed_in": "changed_in",
        "_members": "members",
        "_sources": "sources",
        "_keys": "keys",
    }
    own = {each.name: each.column for each in plan.shown}
    return system | own | {f"{name}_id": f"{name}_id" for name in relations}
