"""How many imports an account runs at once (T68), and how large a file may be (T8)."""

from tresse.accounts.account import limit
from tresse.accounts.queries import account
from tresse.kernel.marks import N_

IMPORTS_AT_ONCE = "imports_at_once"
MOST_MEGABYTES = "max_import_megabytes"
SETTINGS = (
    limit(IMPORTS_AT_ONCE, N_("Imports at once"), 2),
    limit(MOST_MEGABYTES, N_("Megabytes of a file to import"), 512),
)


def imports_at_once() -> int:
    """How many imports run at once, one at least; the others wait in their order."""
    return max(int(account().values[IMPORTS_AT_ONCE]), 1)


def most_megabytes() -> int:
    """The largest file that is taken in."""
    return int(account().values[MOST_MEGABYTES])
