"""Settings of the account about runs of sources: what is suspicious, how long things are kept."""

from tresse.accounts.account import AccountSetting, limit
from tresse.accounts.queries import account
from tresse.kernel.marks import N_
from tresse.sources.extraction.guards import Limits

PERCENT, ROWS, DAYS = "rejected_percent", "rejected_rows", "rejection_days"


def _is_percent(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100


SETTINGS = (
    AccountSetting(
        PERCENT,
        N_("Percent of rejected rows that hold a run"),
        10,
        N_("a whole number from 0 to 100"),
        _is_percent,
    ),
    limit(ROWS, N_("Rejected rows below which no run is held"), 100),
    limit(DAYS, N_("Days that rejected rows are kept"), 30),
)


def limits() -> Limits:
    """What the account finds suspicious (S80, S104)."""
    values = account().values
    return Limits(rejected_share=int(values[PERCENT]) / 100, rejected_rows=int(values[ROWS]))


def rejection_days() -> int:
    """How many days rejected rows are kept (S100)."""
    return int(account().values[DAYS])
