"""Where linked rows are kept: the room that owns links hands its store over."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.filters.shape import Base
from tresse.kernel.registry import Registry
from tresse.objects.described import Side


class Found(NamedTuple):
    """A row as a page names it; `address` of its own page."""

    id: int
    title: str
    address: str


class Store(Protocol):
    """What the compiler asks about links."""

    @property
    def name(self) -> str:
        """Stable name."""

    def pairs(self, side: Side) -> sa.FromClause:
        """All links of a side as rows `here`, `other`, each way of a symmetric one."""

    def visible(self, base: Base, actor: Actor, table: sa.FromClause) -> sa.ColumnElement[bool]:
        """Rows out of the bin that the person may see (C58, C108)."""

    def count(
        self, base: Base, where: sa.ColumnElement[bool], actor: Actor, *, is_exact: bool = False
    ) -> int:
        """How many rows in sight pass, exact to 10,000; 10,001 means more (C86)."""

    def sample(
        self, base: Base, where: sa.ColumnElement[bool], actor: Actor, limit: int
    ) -> Sequence[Found]:
        """Some rows in sight that pass, the newest first."""

    def named(self, base: Base, words: str, actor: Actor, limit: int) -> Sequence[Found]:
        """Rows in sight that typed words find (C88)."""

    def asked(
        self, base: Base, id: int, actor: Actor, columns: Sequence[sa.ColumnElement[Any]]
    ) -> Sequence[Any] | None:
        """Title and expressions of one row in sight; None if there is no such row."""

    def tally(
        self, base: Base, column: sa.ColumnElement[Any], actor: Actor
    ) -> Sequence[tuple[Any, int]]:
        """Each value of a column of the rows in sight, with how many have it."""


STORES: Registry[Store] = Registry("store of links")
