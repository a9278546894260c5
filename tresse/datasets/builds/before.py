"""The version before, as a build goes on from it (D81, D82)."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.plans import columns_kept
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.layout import Plan, rid_of
from tresse.datasets.models import DatasetVersion
from tresse.datasets.parsing import parsed
from tresse.datasets.saying import said
from tresse.engine.base import Engine

Facts = dict[str, Any]
WORKS = 1
"Raised whenever the same records and rules give another result than before: then all is new."
UNSEEN = (
    "as_of",
    "erasure",
    "schedule",
    "enabled",
    "name",
    "entity",
    "computed",
    "aggregates",
    "scores",
)
"Of a definition, what no row of a version depends on, or what is compared for itself."


class Known:
    """The version before: its tables, and what of them a build may go on from.

    `is_alike`: everything but the inputs is as it was, so that what
    did not change may be taken over.
    """

    def __init__(
        self,
        engine: Engine,
        version: DatasetVersion,
        plan: Plan,
        mapping: Facts,
    ) -> None:
        self.engine, self.version = engine, version
        self.tables = tables_of(engine, version)
        self.is_alike = is_alike_to(version, plan, mapping)
        self.salt = int(version.basis.get("salt", 0))
        self.is_clamped = bool(version.basis.get("clamped", True))
        self.marks = version.basis.get("marks")
        self.grounds: Facts = version.basis.get("grounds", version.inputs)

    @property
    def golden(self) -> sa.TableClause:
        """Of the plan of then (`tables.plan`), without computed columns."""
        return self.tables.merged

    @property
    def values(self) -> sa.TableClause:
        """Likewise."""
        return self.tables.values

    def identity(self, salt: int) -> "Identity":
        """Members, homes, aliases and changes of ids, under the numbers of a salt."""
        tables = self.tables
        if salt == self.salt:
            return Identity(tables.members, tables.homes, tables.aliases, tables.id_changes)
        # Records that are gone have no text any more: they come back as new ones.
        return Identity(
            self._renumbered("members", tables.members, salt),
            self._renumbered("homes", tables.homes, salt),
            tables.aliases,
            tables.id_changes,
        )

    def _renumbered(self, name: str, table: sa.TableClause, salt: int) -> sa.TableClause:
        records = self.tables.records
        rid = rid_of(records.c.source, records.c.key, salt).label("rid")
        cells = [each for each in table.c if each.name != "rid"]
        joined = table.join(records, records.c.rid == table.c.rid)
        return self.engine.keep(f"before_{name}", sa.select(rid, *cells).select_from(joined))


@dataclass(frozen=True, slots=True)
class Identity:
    """What identity goes on from (`identity.Before`)."""

    members: sa.TableClause
    homes: sa.TableClause
    aliases: sa.TableClause
    id_changes: sa.TableClause


def before_of(
    engine: Engine,
    version: DatasetVersion | None,
    plan: Plan,
    mapping: Facts,
) -> Known | None:
    """The version before, or None."""
    return None if version is None else Known(engine, version, plan, mapping)


def basis_of(
    plan: Plan,
    mapping: Facts,
    *,
    salt: int,
    marks: dict[str, str],
    is_clamped: bool,
    grounds: Facts,
) -> dict[str, Any]:
    """What rows depend on beside definition and inputs, as `DatasetVersion.basis` keeps it.

    `clamped`: some record's time was cut to the moment of the build, so that a later one differs.
    """
    facts = {"salt": salt, "marks": marks, "clamped": is_clamped, "grounds": grounds}
    return {**_ground(plan, mapping), **facts}


def _ground(plan: Plan, mapping: Facts) -> dict[str, Any]:
    return {
        "works": WORKS,
        "zone": plan.zone,
        "country": plan.country,
        "sources": list(plan.sources),
        "mapping": mapping,
    }


def is_alike_to(version: DatasetVersion, plan: Plan, mapping: Facts) -> bool:
    """Whether a version was built by the same rules over the same columns and sources (D81)."""
    ground = _ground(plan, mapping)
    return (
        {key: version.basis.get(key) for key in ground} == ground
        and version.columns == columns_kept(plan)
        and _seen(parsed(version.definition)) == _seen(plan.definition)
    )


def _seen(definition: DatasetDefinition) -> dict[str, Any]:
    return {key: value for key, value in said(definition).items() if key not in UNSEEN}
