"""What the health checks of a build hold (D88), and what it is told of it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.before import Known
from tresse.datasets.builds.refusals import HELD_TOGETHER, UNHEALTHY
from tresse.datasets.layout import Plan
from tresse.datasets.merging.health import CHECKS, Figures, measured
from tresse.datasets.models import DatasetBuild
from tresse.engine.base import Engine
from tresse.kernel.errors import TresseError
from tresse.sources.extraction.rejecting import storable


def judged(
    engine: Engine,
    plan: Plan,
    tables: Mapping[str, sa.TableClause],
    before: Known | None,
    *,
    members_before: sa.TableClause | None,
    relations: Iterable[Mapping[str, Any]],
    figures: Figures | None = None,
) -> list[dict[str, Any]]:
    """The checks of a version that is not published yet, as it will keep them."""
    found = measured(
        engine,
        plan,
        tables,
        members_before=members_before,
        last=before.version.health if before else (),
        relations=relations,
        figures=figures,
    )
    return [each.said() for each in found]


def suspicion(health: Iterable[Mapping[str, Any]], *, dataset: str) -> TresseError | None:
    """Why a build waits for a person; None: it need not."""
    bad = [each for each in health if each["holds"]]
    if not bad:
        return None
    return UNHEALTHY(
        dataset=dataset,
        checks=[CHECKS[each["name"]].label for each in bad],
        values=[each["value"] for each in bad],
    )


def note_unhealthy(reasons: Mapping[int, TresseError]) -> Callable[[DatasetBuild], None]:
    """Notes in a build what it waits for: itself, or one that is built with it."""

    def note(build: DatasetBuild) -> None:
        why = reasons.get(build.pk)
        if why is None:
            [first, *_] = reasons.values()
            why = HELD_TOGETHER(dataset=build.dataset.name, other=first.details["dataset"])
        build.code, build.message = why.code, why.template
        build.details = storable(why.details)

    return note
