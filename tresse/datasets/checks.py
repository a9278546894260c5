"""What of a dataset's definition is judged against sources and other datasets."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext

from tresse.datasets.builds.refusals import FEED_CIRCLE
from tresse.datasets.computed.checks import check_file, check_saved
from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.mapping import feeds_of, mapped
from tresse.datasets.mapping.relations import check_match
from tresse.datasets.models import Dataset
from tresse.datasets.parsing_rules import PREFIX
from tresse.datasets.stored import definition_of
from tresse.datasets.uses import column_users
from tresse.kernel.errors import UNKNOWN_REFERENCE, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.sources.models import Source

A_SOURCE, A_DATASET = N_("source"), N_("dataset")


def check_dataset(definition: DatasetDefinition, *, in_file: bool) -> None:
    """Check a definition against all there is, before it is saved.

    Args:
        definition: With its rules.
        in_file: What it leads to may be missing yet; `check_leads` looks later.

    Raises:
        TresseError: `unknown_reference`, `feed_circle`, what `mapping.planned` refuses,
            `wrong_value` (a relation matched by no identity key); what computed columns are refused
            for, and `in_use` (`computed.checks.check_saved`).
    """
    if not in_file:
        everyone = definitions()
        check_references(definition, everyone)
        check_mapping(definition, everyone)
        check_saved(definition, everyone, column_users)


def check_leads(names: Iterable[str]) -> None:
    """Check what leads from datasets to others, once all of a file are there.

    Raises:
        TresseError: As `check_dataset`; `place` names the dataset.
    """
    everyone = definitions()
    names = sorted({name for name in names if name in everyone})
    for name in names:
        try:
            check_references(everyone[name], everyone)
            check_mapping(everyone[name], everyone)
        except TresseError as error:
            error.details.setdefault("place", f"datasets {name}")
            raise


def check_computed(names: Iterable[str]) -> None:
    """Check the computed columns of datasets of a file, once all of its scores are there.

    Raises:
        TresseError: As `computed.checks.check_file`.
    """
    wanted = set(names)
    if wanted:
        everyone = definitions()
        check_file(wanted & set(everyone), everyone)


def definitions() -> dict[str, DatasetDefinition]:
    """Of every dataset, by its name."""
    found = Dataset.objects.select_related("rules").order_by("name")
    return {row.name: definition_of(row) for row in found}


def check_references(
    definition: DatasetDefinition, everyone: Mapping[str, DatasetDefinition]
) -> None:
    """Refuse names of sources and datasets that are not there, and circles of feeds.

    Raises:
        TresseError: `unknown_reference` with the nearest, `feed_circle`.
    """
    known = {**everyone, definition.name: definition}
    sources = set(Source.objects.values_list("name", flat=True))
    for feed in definition.sources or ():
        name = feed.source.removeprefix(PREFIX)
        _check(feed.source.startswith(PREFIX), name, known, sources)
    if definition.schedule.after:
        _check(False, definition.schedule.after, known, sources)
    for relation in definition.relations:
        _check(True, relation.to, known, sources)
    merges = [*(c.merge for c in definition.columns), *(g.merge for g in definition.groups)]
    for name in (name for merge in merges for name in merge.sources):
        _check(name.startswith(PREFIX), name.removeprefix(PREFIX), known, sources)
    for dataset in definition.erasure:
        if dataset != "events":
            _check(True, dataset, known, sources)
    _check_circle(definition.name, known)


def check_mapping(definition: DatasetDefinition, everyone: Mapping[str, DatasetDefinition]) -> None:
    """Refuse columns, types, fields, merges and matches that cannot be, as far as feeds are known.

    Columns that nothing feeds are refused once every source that it names has columns; of a dataset
    that takes all sources of its entity, others may come.

    Raises:
        TresseError: What `mapping.planned` refuses, `wrong_value`.
    """
    feeds = feeds_of(definition)
    is_known = definition.sources is not None and all(fed.types for fed in feeds)
    mapped(definition, feeds, is_partial=not is_known)
    for relation in definition.relations:
        target = definition if relation.to == definition.name else everyone.get(relation.to)
        if target is not None:
            check_match(relation, target, dataset=definition.name)


def fed_by(definition: DatasetDefinition) -> tuple[str, ...]:
    """Datasets that feed a dataset, in the order of its definition."""
    named = (feed.source for feed in definition.sources or ())
    return tuple(each[len(PREFIX) :] for each in named if each.startswith(PREFIX))


def _check(
    is_dataset: bool, name: str, datasets: Iterable[str], sources: Iterable[str]
) -> None:  # fmt: skip
    there = datasets if is_dataset else sources
    if name not in there:
        sort = gettext(A_DATASET if is_dataset else A_SOURCE)
        raise UNKNOWN_REFERENCE(sort=sort, name=name, nearest=nearest(name, there))


def _check_circle(name: str, known: Mapping[str, DatasetDefinition]) -> None:
    """Refuse a dataset that feeds itself, over others or directly."""
    waiting: list[tuple[str, tuple[str, ...]]] = [(name, (name,))]
    seen: set[str] = set()
    while waiting:
        here, path = waiting.pop()
        for other in fed_by(known[here]) if here in known else ():
            if other == name:
                raise FEED_CIRCLE(path=" → ".join(reversed((*path, name))))
            if other not in seen:
                seen.add(other)
                waiting.append((other, (*path, other)))
