"""Tells administrators when a limit of the data model comes near (C128)."""

from django.urls import reverse
from django.utils.translation import gettext, override

from tresse.accounts.queries import account, administrators
from tresse.jobs.changes import notify
from tresse.jobs.kinds import NotificationKind
from tresse.kernel.marks import N_

PERCENT_TOLD = 80
NOTIFICATIONS = (NotificationKind("limit", N_("Limit near"), "triangle-alert"),)
TITLE = N_("A limit is near")
SENTENCE = N_("{name} has {number} of {most} {things}.")


def tell_if_near(setting: str, *, number: int, name: str, things: str) -> None:
    """Tell each administrator once, in the caller's transaction, from 80 % of a limit on.

    Args:
        setting: The limit, a setting of the account.
        number: How many there are now.
        name: What has them, such as `Contact`.
        things: What they are, as marked for translation: `properties`.
    """
    most = account().values[setting]
    if number * 100 < most * PERCENT_TOLD:
        return
    for person in administrators():
        with override(person.language):
            sentence = gettext(SENTENCE).format(
                name=name, number=number, most=most, things=gettext(things)
            )
            notify(
                person.pk,
                "limit",
                title=gettext(TITLE),
                sentence=sentence,
                link=reverse("objects:model"),
                cause=f"limit:{setting}:{name}:{most}",
            )
