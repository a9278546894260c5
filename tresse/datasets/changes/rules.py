"""Rule versions of a dataset (D66, DG15): drafted, applied, reverted; identity, guards, merge."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.changes.rebuilding import rebuild
from tresse.datasets.checks import check_dataset
from tresse.datasets.deciding_refusals import NEVER_APPLIED, SAME_RULES
from tresse.datasets.models import Dataset, RuleVersion
from tresse.datasets.queries import published
from tresse.datasets.rule_versions import draft_of, required_draft, rules_numbered
from tresse.datasets.stored import definition_of, kept
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.kernel.clock import now
from tresse.kernel.definitions import check_keys
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_

MANAGE = "datasets.manage"
Content = Mapping[str, Any]
KEYS = ("identity", "columns", "groups")
PREVIEW = "rules_preview"
"Kind of the job."


def save_draft(dataset: Dataset, content: Content, *, actor: Actor) -> RuleVersion:
    """Write other rules down without applying them; there is one draft at most, which this is.

    Args:
        dataset: Whose rules.
        content: `{identity, columns: {name: {merge}}, groups}`, complete: what is left out takes
            its default.
        actor: Needs `datasets.manage`.

    Raises:
        TresseError: `not_permitted`; what `parsing.parsed` refuses; `wrong_value` (the same rules
            as those that hold).
    """
    require_right(actor, MANAGE)
    content = checked(dataset, content)
    with transaction.atomic():
        dataset = _locked(dataset)
        if dataset.rules is not None and dataset.rules.content == content:
            raise SAME_RULES()
        draft = draft_of(dataset)
        if draft is not None and draft.content == content:
            return draft
        before = draft.content if draft else {}
        draft = draft or RuleVersion(dataset=dataset, number=_next_number(dataset))
        draft.content, draft.author_id = content, actor.user_id
        draft.preview, draft.job = None, None
        draft.save()
        audit.log(
            actor,
            "rules.draft",
            dataset.name,
            before={"content": before},
            after={"number": draft.number, "content": content},
        )
    return draft


def checked(dataset: Dataset, content: Content) -> dict[str, Any]:
    """Rules of a dataset as they are kept, if its definition could have them.

    Raises:
        TresseError: What `parsing.parsed` and `checks.check_dataset` refuse.
    """
    check_keys(content, KEYS, N_("rules"))
    columns = content.get("columns", {})
    if not isinstance(columns, Mapping):
        raise WRONG_VALUE(name="columns", wanted=N_("columns with their merge"), value=columns)
    for merge in columns.values():
        check_keys(merge if isinstance(merge, Mapping) else {}, ("merge",), N_("rules of a column"))
    definition = definition_of(dataset, RuleVersion(content=dict(content)))
    check_dataset(definition, in_file=False)
    return kept(definition)[1]


def drop_draft(dataset: Dataset, *, actor: Actor) -> None:
    """Throw the draft away.

    Raises:
        TresseError: `not_permitted`, `no_draft`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        dataset = _locked(dataset)
        draft = required_draft(dataset)
        audit.log(actor, "rules.drop", dataset.name, before={"number": draft.number})
        draft.delete()


def apply_draft(dataset: Dataset, *, actor: Actor) -> RuleVersion:
    """Make the draft the rules that hold, and have all history worked out by it, ids kept.

    A dataset that was never built waits for its first build.

    Raises:
        TresseError: `not_permitted`, `no_draft`, `wrong_value` (it says what holds already).
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        dataset = _locked(dataset)
        draft = required_draft(dataset)
        draft.content = checked(dataset, draft.content)
        if dataset.rules is not None and dataset.rules.content == draft.content:
            raise SAME_RULES()
        draft.applied_at = now()
        draft.save()
        was = dataset.rules.number if dataset.rules else None
        _hold(dataset, draft)
        audit.log(
            actor,
            "rules.apply",
            dataset.name,
            before={"number": was},
            after={"number": draft.number},
        )
        rebuild(dataset, actor)
    return draft


def revert_rules(dataset: Dataset, number: int, *, actor: Actor) -> RuleVersion:
    """Make rules hold again that held before; a draft stays a draft.

    Raises:
        TresseError: `not_permitted`, `unknown_name`, `wrong_state` (that number is a draft),
            `wrong_value` (they hold already), and what `parsing.parsed` refuses.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        dataset = _locked(dataset)
        row = rules_numbered(dataset, number)
        if row.applied_at is None:
            raise NEVER_APPLIED(number=number)
        if dataset.rules_id == row.pk:
            raise SAME_RULES()
        checked(dataset, row.content)
        was = dataset.rules.number if dataset.rules else None
        _hold(dataset, row)
        audit.log(
            actor, "rules.revert", dataset.name, before={"number": was}, after={"number": number}
        )
        rebuild(dataset, actor)
    return row


def preview_rules(rules: RuleVersion, *, actor: Actor) -> Job:
    """Have worked out what other rules would change, as a job; a look that goes on is joined.

    The result is kept with the rule version (`preview`); nothing is published.

    Raises:
        TresseError: `not_permitted`, `not_built` (there is nothing to compare with), `wrong_value`
            (they hold already), and what `parsing.parsed` refuses.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        dataset = _locked(rules.dataset)
        published(dataset)
        if dataset.rules_id == rules.pk:
            raise SAME_RULES()
        checked(dataset, rules.content)
        job = jobs.enqueue(
            PREVIEW,
            arguments={"rules_id": rules.pk},
            actor=actor,
            target=dataset.name,
            link=f"/datasets/{dataset.name}/identity/rules/{rules.number}/",
            unique=f"{PREVIEW}:{rules.pk}",
        )
        RuleVersion.objects.filter(pk=rules.pk).update(job=job)
        rules.job = job
    return job


def keep_preview(rules_id: int, content: Content, found: Mapping[str, Any]) -> bool:
    """Keep what was worked out of rules; false if they were changed meanwhile, or are gone."""
    with transaction.atomic():
        row = RuleVersion.objects.select_for_update().filter(pk=rules_id).first()
        if row is None or row.content != content:
            return False
        row.preview = dict(found)
        row.save(update_fields=["preview"])
    return True


def _hold(dataset: Dataset, rules: RuleVersion) -> None:
    dataset.rules, dataset.needs_full, dataset.updated_at = rules, True, now()
    dataset.revision += 1
    dataset.save(update_fields=["rules", "needs_full", "updated_at", "revision"])


def _locked(dataset: Dataset) -> Dataset:
    # Not its rules with it: PostgreSQL cannot lock the outer side of a join.
    return Dataset.objects.select_for_update().get(pk=dataset.pk)


def _next_number(dataset: Dataset) -> int:
    last = dataset.rule_versions.order_by("-number").first()
    return last.number + 1 if last else 1
