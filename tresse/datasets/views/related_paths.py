"""Relations as paths from the rows of a dataset: to many rows, and on to one (D110)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from tresse.datasets.builds.plans import plan_of, relations_of
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.models import Dataset
from tresse.datasets.stored import definition_of
from tresse.datasets.views.mapped import mapped_of
from tresse.engine.base import Engine

MOST_STEPS = 3
MOST_ONWARD = 2
"Steps over to-one relations that a list of columns offers; more may be typed in a formula."
TIMES = ("date", "datetime")


@dataclass(frozen=True, slots=True)
class Known:
    """A dataset with its definition."""

    row: Dataset
    definition: DatasetDefinition


@dataclass(frozen=True, slots=True)
class Path:
    """A path of relations to many rows."""

    steps: tuple[str, ...]
    dataset: Dataset
    "Whose rows its last step has."

    @property
    def name(self) -> str:
        """As a definition writes it."""
        return ".".join(self.steps)


def known_datasets() -> dict[str, Known]:
    """All datasets by name."""
    rows = Dataset.objects.select_related("version__dataset", "rules").order_by("name")
    return {row.name: Known(row, definition_of(row)) for row in rows}


def paths_from(name: str, known: Mapping[str, Known]) -> list[Path]:
    """Paths of one to three relations to many rows, the short ones first."""
    found: list[Path] = []
    waiting: list[tuple[str, tuple[str, ...]]] = [(name, ())]
    while waiting:
        here, steps = waiting.pop(0)
        for path in _steps_from(here, steps, known):
            found.append(path)
            if len(path.steps) < MOST_STEPS and path.dataset.name != name:
                waiting.append((path.dataset.name, path.steps))
    return found


def _steps_from(here: str, steps: tuple[str, ...], known: Mapping[str, Known]) -> Iterator[Path]:
    for other, each in known.items():
        for relation in each.definition.relations:
            if relation.to == here:
                yield Path((*steps, relation.inverse or other), each.row)


def led_nowhere(session: Engine, name: str, path: Path, known: Mapping[str, Known]) -> int:
    """Rows of the first step of a path that belong to none of a dataset (D113); 0 if not built."""
    for other, each in known.items():
        version = each.row.version
        for relation in each.definition.relations if version is not None else ():
            is_first = relation.to == name and (relation.inverse or other) == path.steps[0]
            if is_first and version is not None and relation.name in relations_of(version):
                rows = tables_of(session, version).merged
                lost = rows.c[f"{relation.name}_id"].is_(None)
                number = session.scalar(sa.select(sa.func.count()).select_from(rows).where(lost))
                return int(number or 0)
    return 0


def types_of(dataset: Dataset) -> dict[str, str]:
    """Types of the columns of a dataset by name, computed ones last; of its version if it has one.

    Of one that was never built: as its sources have them; empty if nobody knows yet.
    """
    version = dataset.version
    if version is None:
        plan = mapped_of(dataset).plan
        return {each.column.name: each.merged_type for each in plan.columns} if plan else {}
    plan = plan_of(version)
    types = {each.column.name: each.merged_type for each in plan.columns}
    types |= {f"{name}_id": "text" for name in relations_of(version)}
    return types | {each.name: each.type for each in plan.computed}


def columns_along(
    dataset: Dataset, known: Mapping[str, Known], *, without: Iterable[str] = ()
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Columns of a dataset and of those it leads to: groups of `(written, type)`.

    Args:
        dataset: The one whose rows are looked at; its own columns come first.
        known: All datasets.
        without: Names of datasets that are left out: where one came from.
    """
    found = [(dataset.name, list(types_of(dataset).items()))]
    waiting: list[tuple[str, tuple[str, ...]]] = [(dataset.name, ())]
    left_out = {dataset.name, *without}
    while waiting:
        here, steps = waiting.pop(0)
        for relation in known[here].definition.relations:
            to = known.get(relation.to)
            if to is None or relation.to in left_out:
                continue
            left_out.add(relation.to)
            path = (*steps, relation.name)
            begin = ".".join(path)
            types = types_of(to.row).items()
            found.append((begin, [(f"{begin}.{name}", type_) for name, type_ in types]))
            if len(path) < MOST_ONWARD:
                waiting.append((relation.to, path))
    return [(label, columns) for label, columns in found if columns]
