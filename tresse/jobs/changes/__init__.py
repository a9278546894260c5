"""Every write of this room: the queue, schedules, notifications."""

from tresse.jobs.changes.choices import choose_email
from tresse.jobs.changes.ending import End, finish
from tresse.jobs.changes.leasing import claim, recover, release
from tresse.jobs.changes.notifications import mark, mark_all_read, notify, purge_notifications
from tresse.jobs.changes.queue import cancel, enqueue, purge_jobs, resume
from tresse.jobs.changes.schedules import add_schedule, enqueue_due, remove_schedule, set_up

__all__ = [
    "End",
    "add_schedule",
    "cancel",
    "choose_email",
    "claim",
    "enqueue",
    "enqueue_due",
    "finish",
    "mark",
    "mark_all_read",
    "notify",
    "purge_jobs",
    "purge_notifications",
    "recover",
    "release",
    "remove_schedule",
    "resume",
    "set_up",
]
