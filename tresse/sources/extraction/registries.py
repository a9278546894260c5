"""What higher rooms tell runs of sources: who is erased, which versions are needed, who follows.

Filled by `config.members.hand_over`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.engine.base import Engine
from tresse.kernel.registry import Registry
from tresse.sources.extraction.steps import Columns
from tresse.sources.models import Source, SourceRun


@dataclass(frozen=True, slots=True)
class Tombstones:
    """Rows that must not come in again, as they are of somebody who was erased (S103).

    `erased(engine, source, columns)` gives a condition over the columns of a row (type of S52 and
    expression, by name), never NULL; None: nobody of this source was erased. It may `load` tables.
    """

    name: str
    erased: Callable[[Engine, Source, Columns], sa.ColumnElement[bool] | None]


@dataclass(frozen=True, slots=True)
class VersionUsers:
    """Somebody who needs versions of sources longer (S117); `of` gives ids of `SourceVersion`."""

    name: str
    of: Callable[[Source], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who acts when a run has ended (S115), in the transaction that ends it.

    Told of every end: what waits for all running sources of a dataset learns of failures too.
    """

    name: str
    ended: Callable[[SourceRun], Any]


TOMBSTONES: Registry[Tombstones] = Registry("tombstones")
VERSION_USERS: Registry[VersionUsers] = Registry("users of versions")
FOLLOWERS: Registry[Follower] = Registry("followers of runs")


def erased_in(engine: Engine, source: Source) -> Callable[[Columns], sa.ColumnElement[bool] | None]:
    """The condition for all that is erased, as the step `rows` asks for it."""

    def condition(columns: Columns) -> sa.ColumnElement[bool] | None:
        found = [each.erased(engine, source, columns) for each in TOMBSTONES]
        conditions = [each for each in found if each is not None]
        return sa.or_(*conditions) if conditions else None

    return condition
