"""Which sources and datasets feed a dataset, as its definition names them now (D1, D2)."""

from collections.abc import Iterator

from django.db.models import QuerySet

from tresse.datasets.models import Dataset
from tresse.datasets.parsing_rules import PREFIX
from tresse.datasets.uses import feeds_named
from tresse.sources.models import Source


def feeding_sources(dataset: Dataset) -> QuerySet[Source]:
    """Sources that feed a dataset: those it names, or all of its entity."""
    named = feeds_named(dataset)
    if named:
        return Source.objects.filter(name__in=named)
    return Source.objects.filter(entity=dataset.entity)


def fed_datasets(dataset: Dataset) -> Iterator[Dataset]:
    """Datasets that a dataset feeds, by name."""
    for other in Dataset.objects.order_by("name").select_related("version", "rules"):
        if f"{PREFIX}{dataset.name}" in feeds_named(other):
            yield other
