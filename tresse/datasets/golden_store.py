"""Golden records as the editor of filters asks for them: how many fit, some of them, one (G73)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.datasets.builds.tables import Tables, names_of, tables_of
from tresse.datasets.golden_filter import ASKED, Golden, asked_rows, version_base
from tresse.datasets.golden_rows import COUNTED, ids_found
from tresse.datasets.models import DatasetVersion
from tresse.datasets.naming import title_columns, title_of
from tresse.datasets.parsing_rules import PREFIX
from tresse.datasets.queries import dataset_named, published
from tresse.engine.base import Engine
from tresse.filters.shape import Base
from tresse.filters.stores import Found
from tresse.objects.described import DataModel
from tresse.sources.versions import engine

Where = sa.ColumnElement[bool]


class GoldenRows:
    """Rows of the published versions of datasets; who may read datasets sees all of them."""

    name = "golden"

    def base(self, name: str, model: DataModel, actor: Actor) -> Base | None:  # noqa: ARG002
        """The published version of `dataset:NAME`."""
        if not name.startswith(PREFIX):
            return None
        return version_base(published(dataset_named(name.removeprefix(PREFIX), actor)))

    def count(self, base: Base, where: Where, actor: Actor, *, is_exact: bool = False) -> int:  # noqa: ARG002
        """How many pass, exact to 10,000; 10,001 means more."""
        chosen = sa.select(base.table.c.id).where(where)
        some = chosen if is_exact else chosen.limit(COUNTED + 1)
        number = sa.select(sa.func.count()).select_from(some.subquery())
        with _opened(base) as (session, tables):
            return int(session.scalar(_over(number, tables)) or 0)

    def sample(self, base: Base, where: Where, actor: Actor, limit: int) -> list[Found]:  # noqa: ARG002
        """Some that pass, those that changed last first."""
        with _opened(base) as (session, tables):
            return list(_found(session, tables, base, where, limit))

    def named(self, base: Base, words: str, actor: Actor, limit: int) -> list[Found]:  # noqa: ARG002
        """Those that a text means: an id, a key, an identity value, a whole name."""
        with _opened(base) as (session, tables):
            where = base.table.c.id.in_(ids_found(tables, words.strip()))
            return list(_found(session, tables, base, where, limit))

    def tally(
        self,
        base: Base,
        column: sa.ColumnElement[Any],
        actor: Actor,  # noqa: ARG002
    ) -> list[tuple[Any, int]]:
        """Each value of a column, with how many have it."""
        counted = sa.select(column, sa.func.count()).select_from(base.table).group_by(column)
        with _opened(base) as (session, tables):
            return [(value, number) for value, number in session.rows(_over(counted, tables))]

    def asked(
        self,
        base: Base,
        id: str,
        actor: Actor,  # noqa: ARG002
        columns: Sequence[sa.ColumnElement[Any]],
    ) -> Sequence[Any] | None:
        """Title and expressions of one golden record."""
        with _opened(base) as (session, tables):
            own = _title_cells(tables, base)
            chosen = sa.select(*own, *columns).select_from(base.table)
            found = session.rows(_over(chosen.where(base.table.c.id == id), tables))
            if not found:
                return None
            return [_title(tables, found[0][: len(own)]), *found[0][len(own) :]]


@contextmanager
def _opened(base: Base) -> Iterator[tuple[Engine, Tables]]:
    assert isinstance(base, Golden)  # noqa: S101  what has this store
    version = DatasetVersion.objects.select_related("dataset").get(pk=base.version_id)
    with engine() as session:
        yield session, tables_of(session, version)


def _over(statement: sa.Select[Any], tables: Tables) -> sa.Select[Any]:
    """A statement over `ASKED` with its rows in front."""
    return statement.add_cte(asked_rows(tables.golden, tables.plan, tables.relations).cte(ASKED))


def _title_cells(tables: Tables, base: Base) -> list[sa.ColumnElement[Any]]:
    physical = names_of(tables.plan, tables.relations)
    names = ["_id", *title_columns(tables.plan)]
    return [base.table.c[physical[name]].label(f"n{at}") for at, name in enumerate(names)]


def _title(tables: Tables, cells: Sequence[Any]) -> str:
    names = ["_id", *title_columns(tables.plan)]
    return title_of(tables.plan, dict(zip(names, cells, strict=True)))


def _found(
    session: Engine, tables: Tables, base: Base, where: Where, limit: int
) -> Iterator[Found]:
    table = base.table
    chosen = (
        sa.select(*_title_cells(tables, base))
        .select_from(table)
        .where(where)
        .order_by(table.c.modified_at.desc(), table.c.id)
        .limit(limit)
    )
    place = f"/datasets/{tables.plan.definition.name}/rows/"
    for cells in session.rows(_over(chosen, tables)):
        yield Found(cells[0], _title(tables, cells), f"{place}{cells[0]}/")


STORES = (GoldenRows(),)
