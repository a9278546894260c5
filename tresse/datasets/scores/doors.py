"""What the API and the command line tell of scores alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from tresse.datasets.builds.plans import plan_of
from tresse.datasets.layout import SCORE
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.saying_computed import score_said
from tresse.datasets.scores.base import Output
from tresse.datasets.scores.distribution import distribution
from tresse.datasets.scores.explaining import Explained, explained_all
from tresse.datasets.scores.library import library, run_facts, use_named, uses_of
from tresse.datasets.scores.saying import value_shown
from tresse.datasets.scores.told import library_told, run_told, use_told
from tresse.datasets.stored import definition_of
from tresse.engine.base import Engine

Told = dict[str, Any]


def scores_told(dataset: Dataset) -> Told:
    """Scores of the published version, and the library for the dataset as it is defined."""
    version = dataset.version
    return {
        "version": version.number if version else None,
        "scores": [use_told(each) for each in uses_of(version)] if version else [],
        "library": library_told(library(dataset)),
    }


def told_of(dataset: Dataset, key: str) -> Told:
    """A use of a score as the definition of a dataset has it, with its key."""
    uses = definition_of(dataset).scores
    return {"key": key, **next(score_said(each) for each in uses if each.key == key)}


def described(engine: Engine, version: DatasetVersion, key: str) -> Told:
    """A score of a version: its run facts, and the spread of its columns, or of the one asked for.

    Raises:
        TresseError: `unknown_name`.
    """
    found = use_named(version, key)
    names = [column.name for column, _ in found.columns if key in (found.key, column.name)]
    spread = [distribution(engine, version, name) for name in names]
    return run_told(run_facts(version, key), spread, version)


def computed_told(engine: Engine, version: DatasetVersion, values: Mapping[str, Any]) -> list[Told]:
    """Computed columns of one golden record with what they are made of (`explain`).

    Args:
        engine: Reads the version.
        version: Which.
        values: Of the golden record by name of column, `_id` among them.
    """
    plan = plan_of(version)
    said = {each.name: each.sql for each in plan.definition.computed}
    outputs = {column.name: output for use in uses_of(version) for column, output in use.columns}
    words = dict(_words(explained_all(engine, version, str(values["_id"]))))
    return [
        {
            "column": each.name,
            "value": values.get(each.name),
            "label": _label(values.get(each.name), outputs.get(each.name)),
            "sort": each.sort,
            "score": each.of or None,
            "formula": said.get(each.name),
            "words": words.get(each.of) if each.sort == SCORE else None,
        }
        for each in plan.computed
    ]


def _label(value: Any, output: Output | None) -> str | None:
    """What a category is called; None of anything else."""
    is_category = output is not None and output.choices and value is not None
    return value_shown(value, output) if is_category else None


def _words(found: Iterable[Explained]) -> Iterable[tuple[str, str]]:
    return ((each.in_use.key, each.words) for each in found)
