"""Settings of the account about datasets."""

from tresse.accounts.account import AccountSetting
from tresse.accounts.queries import account
from tresse.kernel.marks import N_

HISTORY_SHARE = "history_share"


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


SETTINGS = (
    AccountSetting(
        HISTORY_SHARE,
        N_("Share of its range by which the number of a score moves to be in its history"),
        0.01,
        N_("a number from 0 to 1"),
        _is_share,
    ),
)


def history_share() -> float:
    """How far a number moves to be told, as a share of its range (SC15)."""
    return float(account().values[HISTORY_SHARE])
