"""Datasets that are built along: those whose computed columns read each other (D80, D120)."""

from collections.abc import Sequence

from tresse.datasets.computed.checks import everything
from tresse.datasets.models import Dataset
from tresse.datasets.stored import definition_of

COMPUTED = ("computed", "aggregates", "scores")


def built_along(asked: Sequence[Dataset]) -> list[Dataset]:
    """Datasets to be built with others, so that what is made of each other is in step.

    Whatever an asked dataset's computed columns are made of, and whatever is made of it, over all
    steps. One that is not built by itself (switched off, as by a rollback) stays as it is, unless
    it was never built.
    """
    rows = {row.name: row for row in Dataset.objects.select_related("rules").order_by("pk")}
    if not any(row.definition.get(key) for row in rows.values() for key in COMPUTED):
        return []
    graph = everything({name: definition_of(row) for name, row in rows.items()}).drawing.graph
    beside: dict[str, set[str]] = {name: set() for name in rows}
    for name, read in graph.reads.items():
        for other in read & rows.keys():
            beside[name].add(other)
            beside[other].add(name)
    names = [each.name for each in asked]
    found, waiting = dict.fromkeys(names), list(names)
    while waiting:
        for other in sorted(beside[waiting.pop(0)]):
            row = rows[other]
            if other not in found and (row.is_enabled or row.version_id is None):
                found[other] = None
                waiting.append(other)
    return [rows[name] for name in found if name not in names]
