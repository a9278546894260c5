"""Rules as pages change them: a draft, unless nothing was built by those that hold (D66)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.datasets.changes.datasets import change_dataset
from tresse.datasets.changes.rules import checked, drop_draft, save_draft
from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.models import Dataset, RuleVersion
from tresse.datasets.rule_versions import draft_of
from tresse.datasets.saying import joined
from tresse.datasets.stored import definition_of

Content = Mapping[str, Any]


def content_of(dataset: Dataset) -> dict[str, Any]:
    """The rules that a page shows and changes: those of the draft, else those that hold."""
    row = draft_of(dataset) or dataset.rules
    return dict(row.content) if row else {}


def drafted_definition(dataset: Dataset) -> DatasetDefinition:
    """The definition with the rules of the draft, if there is one."""
    return definition_of(dataset, draft_of(dataset))


def with_rules(dataset: Dataset, content: Content) -> DatasetDefinition:
    """The definition with rules that are being tried."""
    return definition_of(dataset, RuleVersion(content=dict(content)))


def save_rules(dataset: Dataset, content: Content, *, actor: Actor) -> RuleVersion | None:
    """Keep other rules: as the draft, or at once where no version was built by any.

    Rules that are those that hold leave no draft.

    Returns:
        The draft; None if there is none now.

    Raises:
        TresseError: `not_permitted`; what the rules are refused for.
    """
    content = checked(dataset, content)
    draft = draft_of(dataset)
    if dataset.version_id is None:
        item = joined(dataset.definition, content)
        if not dataset.is_enabled:
            item["enabled"] = False
        change_dataset(dataset, item, actor=actor)
        return None
    if dataset.rules is not None and dataset.rules.content == content:
        if draft is not None:
            drop_draft(dataset, actor=actor)
        return None
    return save_draft(dataset, content, actor=actor)


def tell_saved(request: HttpRequest, draft: RuleVersion | None) -> None:
    """Say what became of rules that were saved."""
    said = gettext("It is saved.")
    if draft is not None:
        said = gettext("It is in the draft. See what it would change, then apply it.")
    messages.success(request, said)


def with_merge(content: Content, column: str, merge: Any) -> dict[str, Any]:
    """Rules with another merge of one column; None: the default."""
    columns = {name: each for name, each in content.get("columns", {}).items() if name != column}
    if merge is not None:
        columns[column] = {"merge": merge}
    return {**content, "columns": columns}
