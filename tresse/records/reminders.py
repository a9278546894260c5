"""Tells people when their tasks are due: at the reminder, or without one at the time due (C117)."""

from datetime import timedelta

import sqlalchemy as sa
from django.utils import timezone, translation
from django.utils.translation import gettext

from tresse.accounts.models import User
from tresse.accounts.queries import actor_of
from tresse.jobs.changes import notify
from tresse.jobs.models import Notification
from tresse.jobs.ticks import Tick
from tresse.kernel.clock import now
from tresse.objects.database import rows
from tresse.objects.described import data_model
from tresse.records.addresses import record_address
from tresse.records.tasks import TASK
from tresse.records.title import title_of
from tresse.web.templatetags.numbers import moment

EVERY_SECONDS = 30
LOOKED_BACK = timedelta(days=7)
"What a worker that was away makes up for."


def remind() -> bool:
    """Tell the owners of open tasks whose time has come, once per task and time."""
    task = data_model().object(TASK)
    if task.is_archived:
        return False
    table = task.table
    due, reminder, status = (
        table.c[task.property(name).column] for name in ("due_at", "reminder_at", "status")
    )
    at = sa.func.coalesce(reminder, due)
    statement = sa.select(table.c.id, table.c.owner, at.label("at"), due).where(
        table.c.deleted_at.is_(None),
        table.c.owner.is_not(None),
        sa.or_(status.is_(None), status != "done"),
        at <= now(),
        at > now() - LOOKED_BACK,
    )
    found = {
        f"task_due:{id}:{at.isoformat()}": (id, owner, due)
        for id, owner, at, due in rows(statement)
    }
    told = set(Notification.objects.filter(cause__in=found).values_list("cause", flat=True))
    left = {cause: each for cause, each in found.items() if cause not in told}
    people = {
        user.pk: user
        for user in User.objects.select_related("role").filter(
            pk__in={owner for _, owner, _ in left.values()}, is_active=True
        )
    }
    for cause, (id, owner, due_at) in left.items():
        if owner not in people:
            continue
        person = actor_of(people[owner])
        with translation.override(person.language), timezone.override(person.zone):
            [(title,)] = rows(sa.select(title_of(task, table, person)).where(table.c.id == id))
            sentence = gettext("Due {time}").format(time=moment(due_at)) if due_at else ""
            notify(
                owner,
                "task_due",
                title=gettext("Task due: {title}").format(title=title),
                sentence=sentence,
                link=record_address(task, id),
                cause=cause,
            )
    return bool(people)


TICKS = (Tick("reminders", EVERY_SECONDS, remind),)
