"""What a user owns in higher rooms, and how it passes to another user (C111)."""

from typing import Protocol

from tresse.accounts.actor import Actor
from tresse.kernel.registry import Registry


class Ownership(Protocol):
    """One sort of thing that users own; `config` hands the members over."""

    @property
    def name(self) -> str: ...  # noqa: D102  stable name, such as `records`

    def hand_over(self, old: int, new: int, *, actor: Actor) -> None:
        """Make the user `new` (id) the owner of what `old` owns, now or in a job."""


OWNERSHIPS: Registry[Ownership] = Registry("ownership")
