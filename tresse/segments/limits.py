"""How many lists and segments an account may have (G31)."""

from tresse.accounts.account import limit
from tresse.kernel.marks import N_

SETTINGS = (
    limit("max_lists", N_("Lists"), 1_000),
    limit("max_segments", N_("Segments"), 1_000),
)
