"""Datasets and their mapping as programs get them: over REST, as JSON of commands."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from tresse.datasets.mapping import Mapped
from tresse.datasets.mapping.suggesting import Suggestion
from tresse.datasets.mapping.trying import Tried
from tresse.datasets.models import Dataset
from tresse.datasets.stored import facts_of


def dataset_told(dataset: Dataset) -> dict[str, Any]:
    """A dataset, as `queries.datasets` gave it."""
    build, version = dataset.last_build, dataset.version
    is_due = dataset.schedule is not None and dataset.is_enabled
    return {
        "name": dataset.name,
        "entity": dataset.entity,
        "enabled": dataset.is_enabled,
        "built_in": dataset.is_builtin,
        "revision": dataset.revision,
        "rules": dataset.rules.number if dataset.rules else None,
        "version": version.number if version else None,
        "records": version.rows if version else None,
        "source_rows": version.source_rows if version else None,
        "state": build.state if build else None,
        "last_build": build.pk if build else None,
        "last_build_at": build.requested_at if build else None,
        "next_build_at": dataset.schedule.next_at if dataset.schedule and is_due else None,
        "full": dataset.needs_full,
        "definition": facts_of(dataset),
    }


def mapping_told(mapped: Mapped, suggestions: Iterable[Suggestion]) -> dict[str, Any]:
    """Which column is taken from where, and what of the sources goes nowhere."""
    columns = [
        {
            "name": each.column.name,
            "type": each.merged_type,
            "semantic": each.column.semantic,
            "sources": {
                feed: taken[each.column.name]
                for feed, taken in mapped.columns.items()
                if each.column.name in taken
            },
        }
        for each in mapped.plan.columns
    ]
    return {"columns": columns, "sources": [asdict(each) for each in suggestions]}


def tried_told(tried: Tried) -> dict[str, Any]:
    """What the rules of a column make of its values (D31)."""
    return asdict(tried)
