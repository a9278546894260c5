"""Guards lifted for one value (D50): it ties records again, whatever was counted."""

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.changes.decisions import LONGEST_REASON, MANAGE
from tresse.datasets.changes.rebuilding import rebuild
from tresse.datasets.deciding import lifts_of
from tresse.datasets.deciding_refusals import NOT_LIFTED
from tresse.datasets.models import Dataset, Lift
from tresse.kernel.clock import now
from tresse.kernel.errors import TOO_LONG, WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable

LONGEST_VALUE = 2_000


def lift(dataset: Dataset, column: str, value: str, *, actor: Actor, reason: str = "") -> Lift:
    """Let a value tie records though a guard blocks it; from the next build on.

    One that is lifted already is answered as it is.

    Args:
        dataset: Whose guard.
        column: Name of the column, as the row of the guard says it.
        value: The match value, as the row of the guard says it.
        actor: Needs `datasets.manage`.
        reason: Why, for others to follow.

    Raises:
        TresseError: `not_permitted`, `wrong_value`.
    """
    require_right(actor, MANAGE)
    for name, text, most in (("column", column, 120), ("value", value, LONGEST_VALUE)):
        if not text or not is_storable(text):
            raise WRONG_VALUE(name=name, wanted=N_("a text"), value=f'"{text}"')
        if len(text) > most:
            raise TOO_LONG(name=name, most=most)
    if len(reason) > LONGEST_REASON:
        raise TOO_LONG(name="reason", most=LONGEST_REASON)
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        row, is_new = Lift.objects.get_or_create(
            dataset=dataset,
            column=column,
            value=value,
            withdrawn_at=None,
            defaults={"author_id": actor.user_id, "reason": reason.strip()},
        )
        if is_new:
            audit.log(actor, "guard.lift", dataset.name, after={"column": column})
            rebuild(dataset, actor)
    return row


def withdraw_lift(dataset: Dataset, column: str, value: str, *, actor: Actor) -> Lift:
    """Let the guard act on the value again.

    Raises:
        TresseError: `not_permitted`, `unknown_name`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        row = lifts_of(dataset).filter(column=column, value=value).first()
        if row is None:
            raise NOT_LIFTED(column=column, value=f'"{value}"')
        row.withdrawn_at = now()
        row.save(update_fields=["withdrawn_at"])
        audit.log(actor, "guard.restore", dataset.name, before={"column": column})
        rebuild(dataset, actor)
    return row
