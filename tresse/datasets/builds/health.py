"""Health checks of a build (D88): measured before publishing, told with it, what they hold."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.before import Known
from tresse.datasets.builds.refusals import HELD_TOGETHER, UNHEALTHY
from tresse.datasets.layout import Plan
from tresse.datasets.models import DatasetBuild
from tresse.engine.base import Engine
from tresse.kernel.errors import TresseError
from tresse.sources.extraction.rejecting import storable

FEWEST_RECORDS = 200
"Golden records below which nothing is held."


def judged(
    engine: Engine,
    plan: Plan,
    tables: Mapping[str, sa.TableClause],
    before: Known | None,
    *,
    relations: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """The checks of a version that is not published yet, as it will keep them."""
    return []


def suspicion(health: list[dict[str, Any]], *, dataset: str, records: int) -> TresseError | None:
    """Why a build waits for a person; None: it need not."""
    bad = [each for each in health if each["band"] == "bad" and each["holds"]]
    if not bad or records < FEWEST_RECORDS:
        return None
    return UNHEALTHY(
        dataset=dataset,
        checks=[each["name"] for each in bad],
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
