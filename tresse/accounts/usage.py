"""How much of each limit of the account is used (C128); higher rooms know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tresse.accounts.queries import account
from tresse.kernel.registry import Registry

PERCENT_TOLD = 80
"Share of a limit from which administrators are told."


@dataclass(frozen=True, slots=True)
class Used:
    """The most that is used of a limit, and by what; `of` is empty for the account as a whole."""

    number: int
    of: str = ""
    is_near: bool = False


@dataclass(frozen=True, slots=True)
class LimitUses:
    """One room's limits: `used()` gives the most that is used of each, by the setting's name."""

    name: str
    used: Callable[[], Mapping[str, tuple[int, str]]]


LIMIT_USES: Registry[LimitUses] = Registry("uses of limits")
"Filled by `config.members.hand_over`."


def uses_of_limits() -> dict[str, Used]:
    """The most that is used of each limit that a room knows."""
    values = account().values
    return {
        name: Used(number, of, number * 100 >= values[name] * PERCENT_TOLD)
        for each in LIMIT_USES
        for name, (number, of) in each.used().items()
    }
