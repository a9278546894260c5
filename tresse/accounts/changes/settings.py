"""Changes to the settings of the account."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.account import SETTINGS, Account
from tresse.accounts.actor import Actor
from tresse.accounts.models import Setting
from tresse.accounts.permission import require_right
from tresse.accounts.queries import account
from tresse.kernel.definitions import check_keys
from tresse.kernel.marks import N_


def change_settings(values: Mapping[str, Any], *, actor: Actor) -> Account:
    """Change settings; those not named stay.

    Raises:
        TresseError: `not_permitted`, `unknown_key`, `wrong_value`.
    """
    require_right(actor, "settings.manage")
    checked = checked_settings(values)
    with transaction.atomic():
        was, now_is = audit.difference(account().values, checked)
        for name, value in now_is.items():
            Setting.objects.update_or_create(name=name, defaults={"value": value})
        if now_is:
            audit.log(actor, "settings.change", ", ".join(now_is), before=was, after=now_is)
    return account()


def checked_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, each fit for its setting.

    Raises:
        TresseError: `unknown_key`, `wrong_value`.
    """
    check_keys(values, [each.name for each in SETTINGS], N_("settings"))
    return {name: SETTINGS[name].checked(value) for name, value in values.items()}
