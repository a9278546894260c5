"""Where the relations of a dataset lead: to versions, or to what is made in the same job (D18)."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from tresse.datasets.builds.begin import Begun
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.layout import Plan
from tresse.datasets.mapping import Fed, Golden, Related, Target, feeds_of, related
from tresse.datasets.models import DatasetVersion
from tresse.datasets.parsing_rules import PREFIX
from tresse.engine.base import Engine

Tables = Mapping[str, sa.TableClause]


@dataclass(frozen=True, slots=True)
class Made:
    """A dataset that was worked out in the same job, and is not published yet."""

    golden: Golden
    feeds: tuple[Fed, ...]
    salt: int

    def target(self, engine: Engine) -> Target:
        """Its tables, for relations that lead to it."""
        tables = self.golden.tables(engine)
        return Target(
            *(self.golden.plan, self.feeds, self.salt),
            *(tables.members, tables.attachments, tables.guards),
        )


def leads_of(
    engine: Engine,
    begun: Begun,
    plan: Plan,
    feeds: tuple[Fed, ...],
    tables: Tables,
    *,
    made: Mapping[str, Made],
    salt: int,
) -> Related:
    """Where every golden record leads; a dataset that was never built is led to by nothing."""
    targets: dict[str, Target] = {}
    for name in {each.to for each in begun.definition.relations}:
        if name == begun.dataset.name:
            own = (tables["members"], tables["attachments"], tables["guards"])
            targets[name] = Target(plan, feeds, salt, *own)
        elif name in made:
            targets[name] = made[name].target(engine)
        elif (number := begun.inputs.get(f"{PREFIX}{name}")) is not None:
            version = DatasetVersion.objects.get(dataset__name=name, number=number)
            targets[name] = _target(engine, version)
    members, records = tables["members"], tables["records"]
    return related(engine, plan, feeds, records, members, targets=targets, salt=salt)


def _target(engine: Engine, version: DatasetVersion) -> Target:
    plan, tables = plan_of(version), tables_of(engine, version)
    return Target(
        *(plan, feeds_of(plan.definition, inputs=version.inputs)),
        int(version.basis.get("salt", 0)),
        *(tables.members, tables.attachments, tables.guards),
    )
