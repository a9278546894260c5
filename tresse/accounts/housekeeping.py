"""What this room forgets in time; a scheduled job of `config` calls it."""

from datetime import timedelta

from axes.models import AccessAttempt

from tresse.accounts import audit, idempotency
from tresse.accounts.models import Invitation, Session
from tresse.kernel.clock import now

ATTEMPTS_KEPT = timedelta(days=1)
INVITATIONS_KEPT = timedelta(days=30)


def forget() -> dict[str, int]:
    """Delete what is over: sessions, invitations, failed sign-ins, stored answers, old log rows."""
    over = {
        "sessions": Session.objects.filter(expire_date__lt=now()),
        "invitations": Invitation.objects.filter(expires_at__lt=now() - INVITATIONS_KEPT),
        "attempts": AccessAttempt.objects.filter(attempt_time__lt=now() - ATTEMPTS_KEPT),
    }
    counts = {name: found.delete()[0] for name, found in over.items()}
    return counts | {"answers": idempotency.forget_old(), "entries": audit.forget_old()}
