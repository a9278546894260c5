"""What people choose of their notifications (C118)."""

from collections.abc import Mapping

from django.db import transaction

from tresse.accounts.actor import Actor
from tresse.jobs.kinds import NOTIFICATIONS
from tresse.jobs.models import NotificationChoice
from tresse.kernel.errors import WRONG_VALUE

EMAILS = ("none", "at_once", "daily")


def choose_email(choices: Mapping[str, str], *, actor: Actor) -> None:
    """Choose for kinds of notifications whether they also come by e-mail; others stay.

    Args:
        choices: `none`, `at_once` or `daily`, by name of a kind.
        actor: Chooses for themselves.

    Raises:
        TresseError: `unknown_name`, `wrong_value`.
    """
    for kind, email in choices.items():
        if email not in EMAILS:
            raise WRONG_VALUE(name=NOTIFICATIONS[kind].name, wanted=" / ".join(EMAILS), value=email)
    rows = [
        NotificationChoice(user_id=actor.user_id or 0, kind=NOTIFICATIONS[kind].name, email=email)
        for kind, email in choices.items()
    ]
    with transaction.atomic():
        NotificationChoice.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["user", "kind"],
            update_fields=["email"],
        )
