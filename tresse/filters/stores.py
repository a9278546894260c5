"""Where linked rows are kept: the room that owns links hands its store over."""

from typing import Protocol

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.filters.shape import Base
from tresse.kernel.registry import Registry
from tresse.objects.described import Side


class Store(Protocol):
    """What the compiler asks about links."""

    @property
    def name(self) -> str:
        """Stable name."""

    def pairs(self, side: Side) -> sa.FromClause:
        """All links of a side as rows `here`, `other`, each way of a symmetric one."""

    def visible(self, base: Base, actor: Actor, table: sa.FromClause) -> sa.ColumnElement[bool]:
        """Rows out of the bin that the person may see (C58, C108)."""

    def count(self, base: Base, where: sa.ColumnElement[bool], actor: Actor) -> int:
        """How many rows in sight pass, exact to 10,000; 10,001 means more (C86)."""


STORES: Registry[Store] = Registry("store of links")
