"""Changes of currency rates (SC7), for files of definitions and doors."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.models import Rate

MANAGE = "datasets.manage"


def set_rate(currency: str, day: date, rate: Decimal, *, actor: Actor) -> bool:
    """Say what one unit of a currency is worth in that of the account, from a day on (SC7).

    The next build of what is made of amounts takes it.

    Args:
        currency: Three letters, upper case.
        day: From which it holds, until the next one.
        rate: Above 0, at most 8 places.
        actor: Needs `datasets.manage`.

    Returns:
        Whether that is new.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        row, is_new = Rate.objects.select_for_update().get_or_create(
            currency=currency, date=day, defaults={"rate": rate}
        )
        if not is_new and row.rate == rate:
            return False
        before = None if is_new else {"rate": str(row.rate)}
        row.rate = rate
        row.save()
        target = f"{currency} {day.isoformat()}"
        audit.log(actor, "rate.set", target, before=before, after={"rate": str(rate)})
    return True


def remove_rate(currency: str, day: date, *, actor: Actor) -> None:
    """Take a rate away: the one before holds on. One that is not there is away already.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        row = Rate.objects.select_for_update().filter(currency=currency, date=day).first()
        if row is not None:
            before = {"rate": str(row.rate)}
            audit.log(actor, "rate.remove", f"{currency} {day.isoformat()}", before=before)
            row.delete()
