"""Computed columns among those that syncs send (D121): which fields they fill, and by which sync.

A field of ours that a computed column fills is read by people and written by syncs alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.utils.translation import gettext

from tresse.datasets.builds.plans import plan_of, worked_of
from tresse.datasets.computed.checks import everything
from tresse.datasets.computed.graph import items_of, names_of
from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.layout import SCORE, Worked
from tresse.datasets.models import Dataset
from tresse.datasets.scores.base import Output, columns_of
from tresse.datasets.scores.members.rfm_tables import table_of
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.stored import definition_of as dataset_definition
from tresse.objects.calculated import is_for_syncs
from tresse.objects.described import data_model
from tresse.objects.uses import Target, Writer
from tresse.syncs.definition import SyncDefinition
from tresse.syncs.destinations import CRM
from tresse.syncs.models import Sync
from tresse.syncs.parsing import parsed
from tresse.syncs.queries import A_SYNC

Filled = tuple[str, str]
"An object type, and a property of it."
SEGMENTS = "segments"
"Setting of a score whose categories have the names that people gave them."


def computed_names(dataset: Dataset) -> frozenset[str]:
    """Names of computed columns: as published, else as the definition has them."""
    if dataset.version is not None:
        return frozenset(each.name for each in worked_of(dataset.version.computed))
    items = items_of(dataset_definition(dataset))
    return frozenset(name for item in items for name in names_of(item))


def worked_before_build(name: str) -> tuple[Worked, ...]:
    """Computed columns of a dataset that was never built, as far as their types are known.

    Those of scores always are; others if all columns of the datasets that they may be made of are.
    """
    rows = Dataset.objects.select_related("rules")
    every = everything({each.name: dataset_definition(each) for each in rows})
    graph = every.drawing.graph
    unsure = {name, *graph.reads.get(name, ())} & every.unsure
    return tuple(each for each in graph.worked(name) if each.sort == SCORE or not unsure)


def output_of(dataset: Dataset, column: str) -> tuple[Output, str] | None:
    """The output of a score that a column is, and the prefix of its use; None of other columns."""
    definition: DatasetDefinition = (
        plan_of(dataset.version).definition if dataset.version else dataset_definition(dataset)
    )
    for use in definition.scores:
        named = dict(columns_of(SCORES[use.score], use.prefix)) if use.score in SCORES else {}
        if column not in named:
            continue
        output = named[column]
        if output.choices and use.settings.get(SEGMENTS):
            own = table_of(use.settings).segments
            output = replace(output, choices=tuple((each.name, each.label) for each in own))
        return output, use.prefix
    return None


def fields_filled(definition: SyncDefinition, computed: Iterable[str]) -> frozenset[str]:
    """Fields that computed columns fill."""
    names = set(computed)
    every = (*definition.key, *definition.columns)
    return frozenset(each.field for each in every if each.column in names)


def filled_by(row: Sync) -> frozenset[Filled]:
    """Properties of the CRM that a sync fills from computed columns; whatever state it is in."""
    if row.kind != CRM:
        return frozenset()
    fields = fields_filled(parsed(row.definition), computed_names(row.dataset))
    return frozenset((row.target, field) for field in fields)


def fields_kept(row: Sync) -> frozenset[str]:
    """Fields that a sync writes and people only read."""
    if row.kind != CRM:
        return frozenset()
    definition, model = parsed(row.definition), data_model()
    here = next((each for each in model.objects if each.name == row.target), None)
    names = {each.field for each in (*definition.key, *definition.columns)}
    found = here.properties if here else ()
    return frozenset(each.name for each in found if each.name in names and is_for_syncs(each))


def all_filled() -> frozenset[Filled]:
    """Properties that any sync fills from computed columns."""
    return frozenset(each for row in _rows() for each in filled_by(row))


def _rows(target: str | None = None) -> Iterable[Sync]:
    found = Sync.objects.filter(kind=CRM).select_related("dataset__version", "dataset__rules")
    return (found if target is None else found.filter(target=target)).order_by("name")


def _writes(target: Target) -> Iterator[str]:
    if target.sort != "property":
        return
    for row in _rows(target.object_name):
        definition = parsed(row.definition)
        if target.name in {each.field for each in (*definition.key, *definition.columns)}:
            yield row.name


def _fills(target: Target) -> Iterator[str]:
    if target.sort != "property":
        return
    for row in _rows(target.object_name):
        if (target.object_name, target.name) in filled_by(row):
            yield gettext(A_SYNC).format(name=row.name)


WRITERS = (Writer("syncs", _writes, _fills),)
