"""Background work of connections: messages to webhooks, and the daily check of connections."""

import threading

from django.db import connection

from tresse.connections.changes import check_used, deliver, forget_old, gather
from tresse.connections.models import Delivery
from tresse.jobs.kinds import JobKind, NotificationKind, StandingSchedule
from tresse.jobs.ticks import Tick
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.kernel.marks import N_

SECONDS = 2.0
_sending = threading.Lock()


def send_aside() -> bool:
    """Send what is due on a thread of its own: a slow receiver holds up nothing else here."""
    if not Delivery.objects.filter(state=Delivery.WAITING, next_at__lte=now()).exists():
        return False
    if _sending.acquire(blocking=False):
        threading.Thread(target=_send, name="webhooks", daemon=True).start()
    return False


def _send() -> None:
    try:
        while deliver():
            pass
    finally:
        connection.close()
        _sending.release()


def _forget(_work: Work) -> dict[str, int]:
    return {"forgotten": forget_old()}


def _check(work: Work) -> dict[str, int]:
    return check_used(between=work.check_cancelled)


KINDS = (
    JobKind("webhooks_forget", N_("Forget old messages to webhooks"), _forget),
    JobKind("connections_check", N_("Check connections"), _check),
)
SCHEDULES = (
    StandingSchedule("webhooks_forget", kind="webhooks_forget", cron="41 3 * * *"),
    StandingSchedule("connections_check", kind="connections_check", cron="17 5 * * *"),
)
NOTIFICATIONS = (
    NotificationKind("webhook", N_("A webhook gets no answer"), "webhook"),
    NotificationKind("connection", N_("A connection fails or works again"), "plug"),
)
TICKS = (Tick("webhooks", SECONDS, gather), Tick("webhooks_send", SECONDS, send_aside))
