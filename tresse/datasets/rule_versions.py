"""Reads of rule versions (D66): the one that holds, the draft, older ones."""

from django.db.models import QuerySet

from tresse.datasets.deciding_refusals import NO_DRAFT
from tresse.datasets.models import Dataset, RuleVersion
from tresse.kernel.errors import UNKNOWN_NAME
from tresse.kernel.marks import N_

RULE_VERSION = N_("rule version")


def rule_versions(dataset: Dataset) -> QuerySet[RuleVersion]:
    """Rule versions of a dataset, latest first, with their authors; a draft is one of them."""
    return dataset.rule_versions.select_related("author", "job").order_by("-number")


def rules_numbered(dataset: Dataset, number: int) -> RuleVersion:
    """A rule version by its number.

    Raises:
        TresseError: `unknown_name`.
    """
    found = rule_versions(dataset).filter(number=number).first() if 0 < number < 2**31 else None
    if found is None:
        raise UNKNOWN_NAME(sort=RULE_VERSION, name=number)
    return found


def draft_of(dataset: Dataset) -> RuleVersion | None:
    """The draft of a dataset; None if nobody wrote one."""
    return rule_versions(dataset).filter(applied_at=None).first()


def required_draft(dataset: Dataset) -> RuleVersion:
    """The draft of a dataset.

    Raises:
        TresseError: `no_draft`.
    """
    draft = draft_of(dataset)
    if draft is None:
        raise NO_DRAFT(dataset=dataset.name)
    return draft
