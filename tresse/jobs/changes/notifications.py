"""Telling people something, once per cause, and what they have read."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from tresse.accounts.actor import Actor
from tresse.accounts.queries import account
from tresse.jobs.kinds import NOTIFICATIONS
from tresse.jobs.models import MailCopy, Notification, NotificationChoice
from tresse.jobs.queries import notification, notifications_of
from tresse.kernel import clock

MAILED = ("at_once", "daily")
MORNING = 7
KEPT = timedelta(days=90)
"How long a read notification is kept (C118)."


def notify(  # the words of a notification are its arguments
    user_id: int, kind: str, *, title: str, sentence: str, link: str, cause: str
) -> None:
    """Tell a person something, in the caller's transaction.

    The same cause tells the same person once, however often and from however many processes it is
    told (C118).

    Args:
        user_id: Whom.
        kind: A member of `NOTIFICATIONS`.
        title: A few words, in the language of the person.
        sentence: What happened, in the language of the person.
        link: The page that shows more, from the root of the site.
        cause: Names what happened, as `job:12:1` or `assigned:change:88`.
    """
    told = Notification(
        user_id=user_id,
        kind=NOTIFICATIONS[kind].name,
        title=title[:200],
        sentence=sentence,
        link=link,
        cause=cause,
        created_at=clock.now(),
    )
    Notification.objects.bulk_create([told], ignore_conflicts=True)
    if settings.EMAIL_HOST:
        _copy(user_id, told.kind, cause)


def _copy(user_id: int, kind: str, cause: str) -> None:
    """Put a copy into the outbox, if the person has chosen so; the same one once."""
    choice = NotificationChoice.objects.filter(user_id=user_id, kind=kind).first()
    if choice is None or choice.email not in MAILED:
        return
    told = Notification.objects.select_related("user").get(user_id=user_id, cause=cause)
    is_daily = choice.email == "daily"
    due_at = next_morning(told.user.time_zone or account().zone) if is_daily else told.created_at
    copy = MailCopy(notification=told, is_daily=is_daily, due_at=due_at)
    MailCopy.objects.bulk_create([copy], ignore_conflicts=True)


def next_morning(zone: str) -> datetime:
    """When the next summary of a day is due in a zone: seven o'clock."""
    local = clock.now().astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=int(local.hour >= MORNING))
    return datetime.combine(day, time(MORNING), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def mark(notification_id: int, *, read: bool, actor: Actor) -> Notification:
    """Mark one of the actor's notifications as read, or as unread again.

    Raises:
        TresseError: `unknown_name`; there is none, or it is of another person.
    """
    found = notification(notification_id, actor=actor)
    if (found.read_at is not None) != read:
        found.read_at = clock.now() if read else None
        found.save(update_fields=["read_at"])
    return found


def mark_all_read(*, actor: Actor) -> int:
    """Mark all of the actor's notifications as read; answers how many were not."""
    return notifications_of(actor, unread=True).update(read_at=clock.now())


def purge_notifications() -> int:
    """Delete what was read more than 90 days ago; answers how many."""
    return Notification.objects.filter(read_at__lt=clock.now() - KEPT).delete()[0]
