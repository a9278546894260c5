"""Making, changing, switching and removing syncs."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.permission import require_right
from tresse.accounts.queries import account
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.models import Dataset
from tresse.jobs.changes import add_schedule, remove_schedule
from tresse.kernel.clock import now
from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_
from tresse.objects.changes.refusals import RESERVED_NAME
from tresse.sources.versions import engine
from tresse.syncs.changes.computed_columns import make_fields, settle_fields
from tresse.syncs.changes.runs import live_run
from tresse.syncs.checks import check_overlap, check_sync
from tresse.syncs.computed import filled_by
from tresse.syncs.definition import SyncDefinition
from tresse.syncs.models import Sync
from tresse.syncs.parsing import parsed
from tresse.syncs.queries import A_SYNC, MANAGE
from tresse.syncs.refusals import (
    CHANGED_MEANWHILE,
    NAME_TAKEN,
    PATCH_NAMED,
    ROLLED_BACK,
    RUN_GOING_ON,
)
from tresse.syncs.running.beginning import forget_known, keep_known
from tresse.syncs.stored import definition_of, facts_of, kept

WORDS = ("new", "fields")
"Words of our addresses."
DUE = "sync_due"
"Job kind that asks for a run when a schedule says so."
BY_PERSON = Refusal("paused_by_person", 409, N_("Paused by {person}."))
Item = Mapping[str, Any]


def add_sync(item: Item, *, actor: Actor) -> Sync:
    """Make a sync from its definition (Y1). Nothing is sent before it is switched on.

    Args:
        item: The definition, complete: what is left out takes its default. With `active: true` it
            is switched on at once. Fields that it asks to create are made (D121).
        actor: Needs `syncs.manage`, and `model.edit` to make properties. Owns the sync: is told of
            its runs.

    Raises:
        TresseError: `not_permitted`, `name_taken`, `reserved_name`; what `parsing.parsed`,
            `checks.check_sync`, `activate_sync` and `computed_columns` refuse.
    """
    require_right(actor, MANAGE)
    definition = parsed(item)
    if definition.name in WORDS:
        raise RESERVED_NAME(name=definition.name)
    with transaction.atomic():
        make_fields(definition, actor)
        dataset, destination, target = check_sync(definition)
        row = Sync(
            name=definition.name,
            dataset=dataset,
            kind=destination.name,
            target=target,
            definition=kept(definition),
            owner_id=actor.user_id,
        )
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise NAME_TAKEN(name=row.name) from None
        audit.log(actor, "sync.add", row.name, after=facts_of(row))
        settle_fields(row.name, filled_by(row), actor)
    if definition.is_active:
        return activate_sync(row, actor=actor)
    return row


def change_sync(sync: Sync, item: Item, *, actor: Actor, revision: int | None = None) -> Sync:
    """Give a sync another definition; `merged` makes one of single keys that change.

    Rows that are sent otherwise now are changes at the next run (Y43). `active` switches it on, or
    pauses it; where the definition says nothing of it, the state stays.

    Args:
        sync: The sync.
        item: The definition, complete; its name is that of the sync, or left out.
        actor: Needs `syncs.manage`.
        revision: On which the change is based; refused if the sync has moved on.

    Raises:
        TresseError: As `add_sync`; `wrong_value` (another name), `changed_meanwhile`,
            `field_taken`.
    """
    require_right(actor, MANAGE)
    if item.get("name", sync.name) != sync.name:
        raise PATCH_NAMED(name=sync.name, value=f'"{item["name"]}"')
    definition = parsed({**item, "name": sync.name})
    with transaction.atomic():
        make_fields(definition, actor)
        dataset, destination, target = check_sync(definition)
        row = Sync.objects.select_for_update().get(pk=sync.pk)
        filled = filled_by(row)
        if revision is not None and revision != row.revision:
            raise CHANGED_MEANWHILE(name=row.name)
        if row.state != "draft":
            check_overlap(row, definition)
        facts = facts_of(row)
        is_same = kept(definition_of(row)) == kept(definition)
        if not is_same:
            row.dataset, row.kind, row.target = dataset, destination.name, target
            row.definition = kept(definition)
            _save(row)
            old, new = audit.difference(facts, {**dict.fromkeys(facts), **facts_of(row)})
            audit.log(actor, "sync.change", row.name, before=old, after=new)
            set_times(row)
        settle_fields(row.name, filled | filled_by(row), actor)
    if "active" in item:
        if definition.is_active and row.state != "active":
            return activate_sync(row, actor=actor)
        if not definition.is_active and row.state == "active":
            return pause_sync(row, actor=actor)
    return row


def merged(sync: Sync, changes: Item) -> dict[str, Any]:
    """The definition of a sync with some keys changed; None takes a key's default again."""
    item = {**facts_of(sync), **changes}
    if "active" not in changes:
        item.pop("active", None)
    return {key: value for key, value in item.items() if value is not None}


def remove_sync(sync: Sync, *, actor: Actor) -> None:
    """Remove a sync with its state, runs and rows; what it wrote stays at the destination.

    People may write again what it filled from computed columns, if no other sync does.

    Raises:
        TresseError: `not_permitted`, `run_going_on`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        row = Sync.objects.select_for_update().get(pk=sync.pk)
        if live := live_run(row):
            raise RUN_GOING_ON(run=live.pk, sync=row.name)
        id = row.pk
        remove_schedule(schedule_of(row))
        audit.log(actor, "sync.remove", row.name, before=facts_of(row))
        Sync.objects.filter(pk=id).update(last_run=None, schedule=None)
        filled = filled_by(row)
        row.delete()
        settle_fields(row.name, filled, actor)
        transaction.on_commit(lambda: forget_known(id))


def activate_sync(sync: Sync, *, actor: Actor) -> Sync:
    """Switch a sync on: it is sent by its schedule and by hand from now on.

    Raises:
        TresseError: `not_permitted`, `field_taken`; what `checks.check_sync` refuses.
    """
    require_right(actor, MANAGE)
    definition = definition_of(sync)
    check_sync(definition)
    is_first = sync.since is None
    number = _known(sync, definition) if is_first else sync.since
    with transaction.atomic():
        row = Sync.objects.select_for_update().get(pk=sync.pk)
        check_overlap(row, definition)
        was = row.state
        row.state, row.code, row.message, row.details = "active", "", "", {}
        row.since = number if row.since is None else row.since
        _save(row)
        set_times(row)
        audit.log(actor, "sync.activate", row.name, before={"state": was})
        settle_fields(row.name, filled_by(row), actor)
    return row


def _known(sync: Sync, definition: SyncDefinition) -> int:
    """The version that is published now; its ids are kept where only later ones are sent (Y10)."""
    dataset = Dataset.objects.select_related("version").get(pk=sync.dataset_id)
    if dataset.version is None:
        return 0
    if definition.mode == "new_only":
        with engine() as session:
            keep_known(session, tables_of(session, dataset.version), sync, dataset.version.number)
    return dataset.version.number


def pause_sync(sync: Sync, *, actor: Actor) -> Sync:
    """Pause a sync: neither its schedule nor a person sends it until it is switched on again.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, MANAGE)
    reason = BY_PERSON(person=actor.name or gettext("Tresse"))
    with transaction.atomic():
        row = Sync.objects.select_for_update().get(pk=sync.pk)
        audit.log(actor, "sync.pause", row.name, before={"state": row.state})
        return stop(row, "paused", reason.code, BY_PERSON.sentence, reason.details)


def stop(row: Sync, state: str, code: str, message: str, details: Mapping[str, Any]) -> Sync:
    """Pause or break a locked sync, with the reason (Y4); a draft stays one."""
    if row.state == "draft":
        return row
    row.state, row.code, row.message = state, code, message
    row.details = {key: str(value) for key, value in details.items()}
    _save(row)
    set_times(row)
    return row


def pause_for_rollback(dataset: Dataset, actor: Actor) -> Iterable[str]:  # noqa: ARG001
    """Pause the syncs of a dataset that is rolled back (Y4, D85), in the caller's transaction."""
    number = dataset.version.number if dataset.version else 0
    reason = ROLLED_BACK(dataset=dataset.name, version=number)
    rows = Sync.objects.select_for_update().filter(dataset=dataset, state="active")
    paused = []
    for row in rows.order_by("pk"):
        stop(row, "paused", reason.code, ROLLED_BACK.sentence, reason.details)
        paused.append(gettext(A_SYNC).format(name=row.name))
    return paused


def schedule_of(sync: Sync) -> str:
    """Name of the schedule of a sync."""
    return f"sync:{sync.pk}"


def set_times(sync: Sync) -> None:
    """Have a sync sent at its times; one that is not active is not.

    Syncs are of the house, not of a person: their schedules go on when their author leaves.
    """
    when = definition_of(sync).schedule
    if when.cron and sync.state == "active":
        sync.schedule = add_schedule(
            schedule_of(sync),
            kind=DUE,
            actor=SYSTEM,
            arguments={"sync_id": sync.pk},
            target=sync.name,
            cron=when.cron,
            zone=when.zone or account().zone,
        )
    else:
        sync.schedule = None
        remove_schedule(schedule_of(sync))
    Sync.objects.filter(pk=sync.pk).update(schedule=sync.schedule)


class SyncOwnership:
    """Syncs of somebody who leaves pass to another, who is then told of their runs."""

    name = "syncs"

    def hand_over(self, old: int, new: int, *, actor: Actor) -> None:  # noqa: ARG002
        """Make `new` the owner of the syncs of `old` (C111)."""
        Sync.objects.filter(owner_id=old).update(owner_id=new)


def _save(row: Sync) -> None:
    row.revision += 1
    row.updated_at = now()
    row.save()
