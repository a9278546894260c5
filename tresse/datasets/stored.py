"""Datasets of the database as values: their definitions, with the rules that were applied."""

from dataclasses import replace
from typing import Any

from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.models import Dataset, RuleVersion
from tresse.datasets.parsing import parsed
from tresse.datasets.saying import joined, said, split


def definition_of(dataset: Dataset, rules: RuleVersion | None = None) -> DatasetDefinition:
    """The definition of a dataset with its applied rules, or with those of another rule version."""
    chosen = rules or dataset.rules
    item = joined(dataset.definition, chosen.content if chosen else {})
    return replace(parsed(item), is_enabled=dataset.is_enabled)


def facts_of(dataset: Dataset) -> dict[str, Any]:
    """The definition as `config` prints it and the API answers it, rules included."""
    # Said anew, as PostgreSQL keeps the keys of JSON in an order of its own.
    return said(definition_of(dataset))


def kept(definition: DatasetDefinition) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `Dataset.definition` and `RuleVersion.content` keep of a definition."""
    item = said(replace(definition, is_enabled=True))
    return split(item)
