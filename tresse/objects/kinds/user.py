"""Users of the account."""

from typing import Any

import sqlalchemy as sa

from tresse.kernel.errors import nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import normal
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.operators import CHOICE
from tresse.objects.kinds.reading import Reading, Unreadable


class User(PropertyKind):
    """One active user, stored by id."""

    name = "user"
    label = N_("User")
    icon = "user-round"
    column = sa.BigInteger()
    refusals = ("could_not_find_user", "multiple_users_found", "inactive_user")
    wanted = N_("the e-mail of a user")
    operators = CHOICE

    def parse(self, text: str, reading: Reading) -> int:
        """Read an e-mail, an id, or the full name if only one user has it."""
        key = normal(text)
        found = reading.users.get(key, ())
        if len(found) == 1:
            return found[0]
        if found:
            raise Unreadable("multiple_users_found", user=text, number=len(found))
        if key in reading.inactive_users:
            raise Unreadable("inactive_user", user=text)
        emails = (each for each in reading.users if "@" in each)
        raise Unreadable("could_not_find_user", user=text, nearest=nearest(key, emails))

    def format(self, value: int, reading: Reading) -> str:
        """The e-mail."""
        return reading.user_emails.get(value, str(value))

    def to_json(self, value: int, reading: Reading) -> Any:
        """The e-mail."""
        return reading.user_emails.get(value, value)
