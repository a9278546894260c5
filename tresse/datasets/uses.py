"""Who uses a dataset, and which sources and datasets a dataset uses."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from tresse.datasets.models import Dataset
from tresse.datasets.parsing_rules import PREFIX
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.sources.models import Source

A_DATASET = N_('dataset "{name}"')


@dataclass(frozen=True, slots=True)
class DatasetUses:
    """One sort of user; `of` gives their names as a sentence shows them: `sync "crm"`."""

    name: str
    of: Callable[[Dataset], Iterable[str]]


USES: Registry[DatasetUses] = Registry("users of datasets")
"Filled by `config.members.hand_over`."


def users_of(dataset: Dataset) -> list[str]:
    """Datasets that it feeds or that lead to it, then what higher rooms say."""
    own = (
        gettext(A_DATASET).format(name=other.name)
        for other in Dataset.objects.exclude(pk=dataset.pk).order_by("name")
        if dataset.name in _used_by(other)
    )
    return [*own, *(each for use in USES for each in use.of(dataset))]


def datasets_fed_by(source: Source) -> Iterator[str]:
    """Datasets that name a source, or are built after it, as a sentence shows them."""
    for dataset in Dataset.objects.order_by("name"):
        schedule = dataset.definition.get("schedule", {})
        if source.name in feeds_named(dataset) or schedule.get("after") == source.name:
            yield gettext(A_DATASET).format(name=dataset.name)


def feeds_named(dataset: Dataset) -> list[str]:
    """What its definition names as sources, in order; empty: all of its entity."""
    return [each["source"] for each in dataset.definition.get("sources", ())]


def _used_by(dataset: Dataset) -> set[str]:
    relations = {each["to"] for each in dataset.definition.get("relations", ())}
    feeds = {each[len(PREFIX) :] for each in feeds_named(dataset) if each.startswith(PREFIX)}
    return relations | feeds
