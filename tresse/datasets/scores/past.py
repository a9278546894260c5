"""Worlds that stood: what the scores of a published version were worked out of, read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.accounts.queries import account
from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.computed.world import Side, World
from tresse.datasets.definition import ScoreUse
from tresse.datasets.layout import SCORE, Worked
from tresse.datasets.models import DatasetVersion
from tresse.datasets.scores.base import Facts
from tresse.datasets.scores.runs import Runs, runs_in
from tresse.engine.base import Engine

SIDES = "sides"
"""Key of `DatasetVersion.basis`: `{dataset: number}`, the version of every dataset that computed
columns were worked out of, its own included."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What values of the scores of a dataset were, or are, and what they were worked out of."""

    uses: tuple[ScoreUse, ...]
    columns: tuple[Worked, ...]
    "Of scores."
    values: sa.FromClause
    "`id`, and a column per `Worked.column`."
    facts: Mapping[str, Any]
    "By key of the use."
    runs: Runs
    "Likewise."
    world: World | None
    "None: a version of it is not kept any more, so that nothing can be worked out again."

    @property
    def by_key(self) -> dict[str, ScoreUse]:
        """Uses by their keys."""
        return {each.key: each for each in self.uses}

    def facts_of(self, key: str) -> Facts:
        """The facts of a use."""
        return dict(self.facts.get(key) or {})

    def side(self, name: str) -> Side | None:
        """The rows of a dataset; None: it was not there."""
        return self.world.sides.get(name) if self.world else None


def stand_of(engine: Engine, version: DatasetVersion) -> Stand:
    """What stood in a published version."""
    tables = tables_of(engine, version)
    return stand_in(tables, version, world_of(engine, version))


def stand_in(tables: Tables, version: DatasetVersion, world: World | None) -> Stand:
    """As `stand_of`, of tables and a world that are there already."""
    plan = tables.plan
    return Stand(
        uses=plan.definition.scores,
        columns=scored_columns(plan.computed),
        values=tables.computed,
        facts=version.facts,
        runs=runs_in(version),
        world=world,
    )


def scored_columns(computed: tuple[Worked, ...]) -> tuple[Worked, ...]:
    """Those of computed columns that scores give."""
    return tuple(each for each in computed if each.sort == SCORE)


def world_of(engine: Engine, version: DatasetVersion) -> World | None:
    """The datasets that the computed columns of a version were worked out of, as they were.

    None: it has no computed columns, or a version of one of them is not kept any more.
    """
    numbers = version.basis.get(SIDES)
    if not numbers:
        return None
    versions = versions_in(numbers)
    if len(versions) < len(numbers):
        return None
    sides = {}
    for name in sorted(versions):
        tables = tables_of(engine, versions[name])
        sides[name] = Side(tables, tables.plan.definition, is_done=True)
    zone = str(version.basis.get("zone", "UTC"))
    return World(engine, sides, version.as_of, zone, account().currency)


def versions_in(numbers: Mapping[str, int]) -> dict[str, DatasetVersion]:
    """Versions by dataset, those that are kept."""
    rows = DatasetVersion.objects.filter(
        dataset__name__in=list(numbers), number__in=set(numbers.values())
    ).select_related("dataset", "rules")
    return {row.dataset.name: row for row in rows if numbers.get(row.dataset.name) == row.number}
