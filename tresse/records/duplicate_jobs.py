"""Looking for duplicates in the background: nightly and after each import (C67)."""

from typing import Any

import sqlalchemy as sa
from django.utils import translation
from django.utils.translation import gettext, ngettext

from tresse.jobs.changes import notify
from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.kernel.marks import N_
from tresse.objects.database import scalar
from tresse.objects.described import ObjectDef, data_model
from tresse.objects.labels import shown_plural
from tresse.records.addresses import index_address
from tresse.records.changes.duplicates import keep_groups, keep_keys, last_run
from tresse.records.duplicate_rules import rules_of
from tresse.records.merge_tables import DUPLICATE_GROUP, DUPLICATE_MEMBER
from tresse.records.tables import EVENT
from tresse.records.visibility import visible


def find(work: Work) -> dict[str, Any]:
    """Look for duplicates of all object types, or of those in `objects`.

    After an import (`change_set`) its author is told if records of it are likely there already.
    """
    model = data_model()
    wanted = work.arguments.get("objects")
    numbers: dict[str, int] = {}
    for object in model.objects:
        if object.is_archived or (wanted and object.name not in wanted) or not rules_of(object):
            continue
        at, done = now(), 0
        for number in keep_keys(object, since=last_run(object)):
            done += number
            work.tell(done=done)
            work.check_cancelled()
        numbers[object.name] = keep_groups(model, object, at=at)
        if change_set := work.arguments.get("change_set"):
            _tell(work, object, int(change_set))
    return {"groups": numbers}


def _tell(work: Work, object: ObjectDef, change_set: int) -> None:
    actor = work.actor
    if actor.user_id is None:
        return
    number = groups_of_change(object, change_set, actor)
    if not number:
        return
    with translation.override(actor.language):
        sentence = ngettext(
            "{n} group of {things} from your import is likely there twice.",
            "{n} groups of {things} from your import are likely there twice.",
            number,
        )
        notify(
            actor.user_id,
            "duplicates",
            title=gettext("Duplicates found"),
            sentence=sentence.format(n=number, things=shown_plural(object).lower()),
            link=f"{index_address(object)}duplicates/",
            cause=f"duplicates:{change_set}",
        )


def groups_of_change(object: ObjectDef, change_set: int, actor: Any) -> int:
    """How many groups hold a record that a change set wrote and the person sees."""
    member, table = DUPLICATE_MEMBER, object.table
    statement = (
        sa.select(sa.func.count(sa.distinct(member.c.group_id)))
        .select_from(EVENT)
        .join(member, member.c.record_id == EVENT.c.record_id)
        .join(DUPLICATE_GROUP, DUPLICATE_GROUP.c.id == member.c.group_id)
        .join(table, table.c.id == member.c.record_id)
        .where(
            EVENT.c.change_set_id == change_set,
            EVENT.c.name.in_(("record_created", "record_changed")),
            EVENT.c.object_id == object.id,
            visible(object, actor, table),
        )
    )
    return int(scalar(statement))


KINDS = (JobKind("duplicates", N_("Look for duplicates"), find),)
SCHEDULES = (StandingSchedule("duplicates", kind="duplicates", cron="41 2 * * *"),)
