"""What higher rooms tell datasets: which versions they read, who follows, what a rollback pauses.

Filled by `config.members.hand_over`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tresse.accounts.actor import Actor
from tresse.datasets.models import Dataset, DatasetBuild
from tresse.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class VersionUsers:
    """Somebody who needs versions longer (D85); `of` gives ids of `DatasetVersion`."""

    name: str
    of: Callable[[Dataset], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who acts when a build has ended, in the transaction that ends it.

    Told of every end, and of a rollback as of a build that published (`build` is None then).
    """

    name: str
    ended: Callable[[Dataset, DatasetBuild | None], Any]


@dataclass(frozen=True, slots=True)
class Pauses:
    """What a rollback pauses (D85), in its transaction; `pause` answers what, for people."""

    name: str
    pause: Callable[[Dataset, Actor], Iterable[str]]


VERSION_USERS: Registry[VersionUsers] = Registry("users of versions of datasets")
FOLLOWERS: Registry[Follower] = Registry("followers of builds")
PAUSES: Registry[Pauses] = Registry("what a rollback pauses")
