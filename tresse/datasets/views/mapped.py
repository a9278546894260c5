"""The columns of a dataset as pages show them: what each comes from, means and keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext, ngettext

from tresse.accounts.answers import message
from tresse.datasets.cells import icon_of, shown
from tresse.datasets.definition import Column, DatasetDefinition, Merge
from tresse.datasets.layout import Plan
from tresse.datasets.mapping import Fed, feeds_of, mapped
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.shown import method_label
from tresse.datasets.stored import definition_of
from tresse.kernel.errors import TresseError
from tresse.sources.rule_forms import rule_labels
from tresse.sources.shown import type_choices
from tresse.web.templatetags.numbers import number


@dataclass(frozen=True, slots=True)
class Mapped:
    """A definition with what feeds it now.

    `plan` is None where the definition and what feeds it do not go together: `sentence` says why.
    """

    definition: DatasetDefinition
    feeds: tuple[Fed, ...]
    plan: Plan | None
    taken: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    "By feed: column of the dataset to column of the feed."
    unmapped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sentence: str = ""
    filled: Mapping[str, float] = field(default_factory=dict)
    "By column, in percent, of the published version."

    def lines(self) -> list[dict[str, Any]]:
        """A line for each column, in order; those that nothing feeds yet come last."""
        planned = self.plan.columns if self.plan else ()
        columns = [(each.column, each.merged_type) for each in planned]
        known = {column.name for column, _ in columns}
        columns += [(each, each.type) for each in self.definition.columns if each.name not in known]
        return [self._line(column, type_) for column, type_ in columns]

    def _line(self, column: Column, type_: str) -> dict[str, Any]:
        sources = [
            (feed, taken[column.name]) for feed, taken in self.taken.items() if column.name in taken
        ]
        group = self.group_of(column.name)
        return {
            "name": column.name,
            "icon": icon_of(type_, column.semantic),
            "type": type_,
            "type_label": type_label(type_),
            "semantic": column.semantic,
            "rules": rule_labels(column.rules),
            "merge": merge_words(group.merge if group else column.merge),
            "group": group.name if group else "",
            "fill": "" if column.fill is None else shown(column.fill),
            "sources": sources,
            "from_words": _from_words(sources),
            "filled": self.filled.get(column.name),
            "is_key": any(column.name in key.columns for key in self.definition.identity.keys),
        }

    def group_of(self, name: str) -> Any:
        """The group a column moves with; None if it is in none."""
        return next((each for each in self.definition.groups if name in each.columns), None)


def mapped_of(dataset: Dataset, definition: DatasetDefinition | None = None) -> Mapped:
    """The columns of a dataset, by its definition or by another one that is being tried."""
    definition = definition or definition_of(dataset)
    feeds = feeds_of(definition)
    filled = filled_of(dataset.version) if dataset.version else {}
    try:
        found = mapped(definition, feeds, is_partial=any(not each.types for each in feeds))
    except TresseError as error:
        return Mapped(definition, feeds, None, sentence=message(error), filled=filled)
    return Mapped(definition, feeds, found.plan, found.columns, found.unmapped, filled=filled)


def filled_of(version: DatasetVersion) -> dict[str, float]:
    """How full each column of a version is, in percent, by its health check of nulls."""
    found = (each.get("columns") for each in version.health if each.get("name") == NULLS)
    columns = next(found, None)
    if not isinstance(columns, Mapping):
        return {}
    return {name: 100 - float(value) for name, value in columns.items() if value is not None}


NULLS = "nulls"


def merge_words(merge: Merge) -> str:
    """A merge method with its settings, in few words."""
    label = method_label(merge.method)
    if merge.sources:
        return f"{label}: {', '.join(merge.sources)}"
    return f"{label} ({merge.by})" if merge.by else label


def type_label(name: str) -> str:
    """A type of S52 in words."""
    return dict(type_choices()).get(name, name) if name else gettext("not known yet")


def _from_words(sources: list[tuple[str, str]]) -> str:
    if len(sources) <= 1:
        return ".".join(sources[0]) if sources else ""
    count = len(sources)
    return ngettext("{n} source", "{n} sources", count).format(n=number(count))
