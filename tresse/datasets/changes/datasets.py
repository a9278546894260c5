"""Making, changing and removing datasets."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.builds.refusals import BUILD_GOING_ON
from tresse.datasets.builds.tables import owner_of
from tresse.datasets.changes.crm_sources import make_named
from tresse.datasets.changes.schedules import set_times
from tresse.datasets.checks import check_dataset
from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.models import LIVE, Dataset, RuleVersion
from tresse.datasets.parsing import parsed
from tresse.datasets.refusals import BUILT_IN, CHANGED_MEANWHILE, KEEPS_NAME, NAME_TAKEN
from tresse.datasets.saying import said
from tresse.datasets.stored import definition_of, facts_of, kept
from tresse.datasets.uses import users_of
from tresse.kernel.clock import now
from tresse.kernel.errors import IN_USE
from tresse.kernel.marks import N_
from tresse.objects.changes.refusals import RESERVED_NAME
from tresse.sources.definition import When
from tresse.sources.versions import house

MANAGE = "datasets.manage"
WORDS = ("new", "builds", "review", "preview")
"Words of our addresses."
THE_DATASET = N_('The dataset "{name}"')
LATER = ("as_of", "erasure", "schedule", "computed", "aggregates", "scores")
"""Of a definition, what changes nothing of the merged rows that stand, or what every build looks
at."""
Item = Mapping[str, Any]


def add_dataset(item: Item, *, actor: Actor, in_file: bool = False) -> Dataset:
    """Make a dataset from its definition (D1, D3); its rules are its first rule version (D66).

    Nothing is built yet.

    Args:
        item: The definition, complete: what is left out takes its default.
        actor: Needs `datasets.manage`. Owns the dataset: is told of its builds.
        in_file: What it leads to may stand further down in a file of definitions; whoever reads
            the file calls `checks.check_leads` at its end.

    Raises:
        TresseError: `not_permitted`, `name_taken`, `reserved_name`; what `parsing.parsed` and
            `checks.check_dataset` refuse.
    """
    require_right(actor, MANAGE)
    definition = parsed(item)
    if definition.name in WORDS:
        raise RESERVED_NAME(name=definition.name)
    try:
        with transaction.atomic():
            make_named(feed.source for feed in definition.sources or ())
            check_dataset(definition, in_file=in_file)
            row = made(definition, owner_id=actor.user_id)
            audit.log(actor, "dataset.add", row.name, after=facts_of(row))
    except IntegrityError:
        raise NAME_TAKEN(name=definition.name) from None
    return row


def made(
    definition: DatasetDefinition, *, owner_id: int | None, is_builtin: bool = False
) -> Dataset:
    """The rows of a new dataset, in the caller's transaction; nothing is checked."""
    rest, rules = kept(definition)
    row = Dataset.objects.create(
        name=definition.name,
        entity=definition.entity,
        definition=rest,
        owner_id=owner_id,
        is_enabled=definition.is_enabled,
        is_builtin=is_builtin,
    )
    row.rules = _new_rules(row, rules, owner_id)
    row.save(update_fields=["rules"])
    set_times(row, definition.schedule)
    return row


def change_dataset(
    dataset: Dataset,
    item: Item,
    *,
    actor: Actor,
    revision: int | None = None,
    in_file: bool = False,
) -> Dataset:
    """Give a dataset another definition; `merged` makes one of single keys that change.

    Other rules (identity, guards, merge, groups) become a new rule version that is applied at once
    (D66); drafts are made by `changes.rules`. Whatever changes rows has the next build work
    everything out anew (D81).

    Args:
        dataset: The dataset.
        item: The definition, complete; its name is that of the dataset, or left out.
        actor: Needs `datasets.manage`.
        revision: On which the change is based; refused if the dataset has moved on.
        in_file: As `add_dataset`.

    Raises:
        TresseError: As `add_dataset`; `wrong_value` (another name), `changed_meanwhile`.
    """
    require_right(actor, MANAGE)
    if item.get("name", dataset.name) != dataset.name:
        raise KEEPS_NAME(name=dataset.name, value=f'"{item["name"]}"')
    definition = parsed({**item, "name": dataset.name})
    with transaction.atomic():
        make_named(feed.source for feed in definition.sources or ())
        check_dataset(definition, in_file=in_file)
        # Not its rules with it: PostgreSQL cannot lock the outer side of a join.
        row = Dataset.objects.select_for_update().get(pk=dataset.pk)
        if revision is not None and revision != row.revision:
            raise CHANGED_MEANWHILE(name=row.name)
        before, facts = definition_of(row), facts_of(row)
        if said(before) == said(definition):
            return row
        rest, rules = kept(definition)
        if rules != kept(before)[1]:
            row.rules = _new_rules(row, rules, actor.user_id)
        row.needs_full = row.needs_full or _makes_other(before, definition)
        row.entity, row.definition = definition.entity, rest
        row.is_enabled = definition.is_enabled
        row.revision += 1
        row.updated_at = now()
        row.save()
        times = (before.schedule, before.is_enabled)
        if times != (definition.schedule, definition.is_enabled):
            set_times(row, definition.schedule)
        old, new = audit.difference(facts, {**dict.fromkeys(facts), **facts_of(row)})
        audit.log(actor, "dataset.change", row.name, before=old, after=new)
    return row


def merged(dataset: Dataset, changes: Item) -> dict[str, Any]:
    """The definition of a dataset with some keys changed; None takes a key's default again."""
    item = {**facts_of(dataset), **changes}
    return {key: value for key, value in item.items() if value is not None}


def enable_dataset(dataset: Dataset, is_enabled: bool, *, actor: Actor) -> Dataset:
    """Have a dataset built by its schedule, or not.

    Raises:
        TresseError: `not_permitted`.
    """
    return change_dataset(dataset, merged(dataset, {"enabled": is_enabled}), actor=actor)


def remove_dataset(dataset: Dataset, *, actor: Actor) -> None:
    """Remove a dataset with its versions, builds, rules and decisions; its sources stay.

    Raises:
        TresseError: `not_permitted`, `built_in`, `in_use` (datasets lead to it or are fed by it, a
            sync reads it), `build_going_on`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        row = Dataset.objects.select_for_update().get(pk=dataset.pk)
        if row.is_builtin:
            raise BUILT_IN(name=row.name)
        if users := users_of(row):
            raise IN_USE(name=gettext(THE_DATASET).format(name=row.name), users=users)
        if live := row.builds.filter(state__in=LIVE).first():
            raise BUILD_GOING_ON(build=live.pk, dataset=row.name)
        owner = owner_of(row.pk)
        set_times(row, When())
        audit.log(actor, "dataset.remove", row.name, before=facts_of(row))
        # Else the row would be changed once more by each of those it points to.
        Dataset.objects.filter(pk=row.pk).update(rules=None, version=None, last_build=None)
        row.delete()
        transaction.on_commit(lambda: house().remove_owner(owner))


class DatasetOwnership:
    """Datasets of somebody who leaves pass to another, who is then told of their builds."""

    name = "datasets"

    def hand_over(self, old: int, new: int, *, actor: Actor) -> None:  # noqa: ARG002
        """Make `new` the owner of the datasets of `old` (C111)."""
        Dataset.objects.filter(owner_id=old).update(owner_id=new)


def _new_rules(dataset: Dataset, content: Item, author_id: int | None) -> RuleVersion:
    """The next rule version of a locked dataset, applied."""
    last = dataset.rule_versions.order_by("-number").first()
    return RuleVersion.objects.create(
        dataset=dataset,
        number=last.number + 1 if last else 1,
        content=content,
        author_id=author_id,
        applied_at=now(),
    )


def _makes_other(before: DatasetDefinition, after: DatasetDefinition) -> bool:
    """Whether rows that stand would be others now."""
    unsaid = DatasetDefinition(name=after.name, entity=after.entity)
    same = {key: getattr(unsaid, key) for key in (*LATER, "is_enabled")}
    return replace(before, **same) != replace(after, **same)
