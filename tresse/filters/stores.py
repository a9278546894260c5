"""Where rows are kept, and links between them: rooms that own some hand their stores over."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.filters.shape import Base
from tresse.kernel.registry import Registry
from tresse.objects.described import DataModel, Side

CHOSEN = "records"
"The store of links: only records have any."


class Found(NamedTuple):
    """A row as a page names it; `address` of its own page."""

    id: int | str
    title: str
    address: str


class Links(Protocol):
    """What the compiler asks about links, of the store that has some."""

    @property
    def name(self) -> str:
        """Stable name."""

    def pairs(self, side: Side) -> sa.FromClause:
        """All links of a side as rows `here`, `other`, each way of a symmetric one."""

    def visible(self, base: Base, actor: Actor, table: sa.FromClause) -> sa.ColumnElement[bool]:
        """Rows out of the bin that the person may see (C58, C108)."""


class Store(Protocol):
    """What the editor asks about rows: of records, of golden records."""

    @property
    def name(self) -> str:
        """Stable name, as `Base.store` says it."""

    def base(self, name: str, model: DataModel, actor: Actor) -> Base | None:
        """What is chosen of under a name; None if it is none of this store's.

        Raises:
            TresseError: `not_permitted` to look at its rows; `not_built`.
        """

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
        self, base: Base, id: str, actor: Actor, columns: Sequence[sa.ColumnElement[Any]]
    ) -> Sequence[Any] | None:
        """Title and expressions of one row in sight; None if there is no such row.

        `id`: as an address has it.
        """

    def tally(
        self, base: Base, column: sa.ColumnElement[Any], actor: Actor
    ) -> Sequence[tuple[Any, int]]:
        """Each value of a column of the rows in sight, with how many have it."""


STORES: Registry[Store] = Registry("store of rows")
LINKS: Registry[Links] = Registry("store of links")


def base_named(name: str, model: DataModel, actor: Actor) -> Base:
    """What a filter chooses rows of, by its name, if the person may look at them.

    Raises:
        TresseError: `unknown_object`, `not_permitted`.
    """
    for store in STORES:
        found = store.base(name, model, actor)
        if found is not None:
            return found
    return model.object(name)


def store_of(base: Base) -> Store:
    """Who has the rows of a base."""
    return STORES[base.store]
