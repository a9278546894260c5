"""What follows a run into the CRM: proposals for merging, merges, companies of e-mails (Y50)."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from django.db import transaction

from tresse.accounts.actor import SYSTEM
from tresse.jobs.changes import enqueue
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.changes.duplicates import propose_merges
from tresse.records.changes.email_companies import link_by_email
from tresse.records.changes.merging import merge_records
from tresse.records.email_companies import contacts_with_new_email, rule
from tresse.syncs.destinations.base import Counted
from tresse.syncs.destinations.crm_people import members_sent
from tresse.syncs.destinations.crm_settling import writer
from tresse.syncs.models import SyncRun
from tresse.transfers.stage import pieces

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Sending

MOST_MERGED = 9
"Records that one merge takes into another."


def follow(sending: "Sending", model: DataModel, object: ObjectDef, counted: Counted) -> None:
    """Do what is left once rows are written; as often as it is asked."""
    if sending.is_preview or sending.run.arguments.get("keys"):
        return
    has_written = bool(counted.added + counted.changed)
    if has_written:
        link_companies(sending, model, object)
    if not has_written and _was_sent(sending):
        return
    pairs = _several(sending, object)
    if sending.definition.merge_records:
        counted.facts["merged_records"] = _merge(sending, model, object, pairs)
    else:
        number = propose_merges(object, sending.sync.dataset.name, _flat(pairs))
        if number:
            counted.facts["proposed"] = number
    if has_written or pairs:
        enqueue(
            "duplicates",
            arguments={"objects": [object.name]},
            actor=SYSTEM,
            target=sending.sync.name,
            unique=f"duplicates:sync:{sending.run.pk}",
        )


def _was_sent(sending: "Sending") -> bool:
    """Whether this version was sent before: then nothing of this is new."""
    others = SyncRun.objects.filter(
        sync_id=sending.run.sync_id, number=sending.number, is_preview=False
    )
    return others.filter(state__in=("done", "partial")).exclude(pk=sending.run.pk).exists()


def _several(sending: "Sending", object: ObjectDef) -> dict[str, list[int]]:
    """Golden records with several records of the CRM, the oldest first."""
    engine = sending.engine
    members = members_sent(sending, object)
    wanted = sending.rows_wanted
    many = sa.select(members.c.id).where(members.c.place == 2)
    is_wanted = sa.exists().where(wanted.c.id == members.c.id).correlate(members)
    statement = (
        sa.select(members.c.id, members.c.record)
        .where(members.c.id.in_(many), is_wanted)
        .order_by(members.c.id, members.c.place)
    )
    found: dict[str, list[int]] = {}
    for id, record in engine.rows(statement):
        found.setdefault(id, []).append(record)
    return found


def _flat(pairs: dict[str, list[int]]) -> list[tuple[str, int]]:
    return [(id, record) for id, records in pairs.items() for record in records]


def _merge(
    sending: "Sending", model: DataModel, object: ObjectDef, pairs: dict[str, list[int]]
) -> int:
    """Merge them into the oldest; a merge that the CRM refuses is left to people."""
    merged = 0
    for oldest, *others in pairs.values():
        sending.pause()
        for start in range(0, len(others), MOST_MERGED):
            few = others[start : start + MOST_MERGED]
            try:
                merge_records(model, object, oldest, few, actor=writer())
            except TresseError:
                # Such as a record that is in the bin, or merged already.
                continue
            merged += len(few)
    return merged


def link_companies(sending: "Sending", model: DataModel, object: ObjectDef) -> None:
    """Link contacts whose e-mail came with the sync to their companies (C46)."""
    change_set = sending.run.change_set_id
    if object.name != "contact" or rule(model) is None or change_set is None:
        return
    for few in pieces(contacts_with_new_email(model, change_set)):
        sending.pause()
        with transaction.atomic():
            link_by_email(model, few, actor=writer(), change_set=change_set)
