"""Settings of the account that this room asks."""

from tresse.accounts.account import AccountSetting
from tresse.kernel.marks import N_

SETTINGS = (
    AccountSetting(
        "private_addresses",
        N_("Webhooks and connections may go to private addresses"),
        False,
        N_("true or false"),
        lambda value: isinstance(value, bool),
    ),
)
