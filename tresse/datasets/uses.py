"""Who uses a dataset or its columns, and which sources and datasets a dataset uses."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from tresse.datasets.computed.checks import everything
from tresse.datasets.models import Dataset
from tresse.datasets.parsing_rules import PREFIX
from tresse.datasets.stored import definition_of
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.objects.uses import Target
from tresse.objects.uses import users_of as users_of_target
from tresse.sources.models import Source

A_DATASET = N_('dataset "{name}"')


@dataclass(frozen=True, slots=True)
class DatasetUses:
    """One sort of user; `of` gives their names as a sentence shows them: `sync "crm"`.

    `of_columns(dataset, columns)`: those that use any of some columns (D121).
    """

    name: str
    of: Callable[[Dataset], Iterable[str]]
    of_columns: Callable[[Dataset, Collection[str]], Iterable[str]] | None = None


USES: Registry[DatasetUses] = Registry("users of datasets")
"Filled by `config.members.hand_over`."


def users_of(dataset: Dataset) -> list[str]:
    """Datasets that it feeds or that lead to it, computed columns, segments, then higher rooms."""
    others = list(Dataset.objects.select_related("rules").order_by("name"))
    own = (
        gettext(A_DATASET).format(name=other.name)
        for other in others
        if other.pk != dataset.pk and dataset.name in _used_by(other)
    )
    every = everything({each.name: definition_of(each) for each in others})
    computed = every.users_of(dataset.name)
    segments = users_of_target(Target("dataset", dataset.name))
    return [*own, *computed, *segments, *(each for use in USES for each in use.of(dataset))]


def column_users(name: str, columns: Collection[str]) -> list[str]:
    """What uses columns of a dataset, as sentences show it: segments, then higher rooms (D121)."""
    row = Dataset.objects.filter(name=name).first()
    if row is None:
        return []
    hooks = [use.of_columns for use in USES if use.of_columns is not None]
    targets = (Target("property", column, f"{PREFIX}{name}") for column in sorted(columns))
    filters = dict.fromkeys(use for target in targets for use in users_of_target(target))
    return [*filters, *(each for hook in hooks for each in hook(row, columns))]


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
