"""Golden records and builds as rows that `tresse rows` prints (D130)."""

from collections.abc import Iterator
from typing import Any

from tresse.accounts.actor import Actor
from tresse.datasets.queries import dataset_named, is_published, published
from tresse.datasets.rows import Asked, rows_of
from tresse.kernel.marks import N_
from tresse.records.row_tables import Chosen, RowSource
from tresse.sources.versions import engine


def _read(actor: Actor, name: str, chosen: Chosen) -> Iterator[dict[str, Any]]:
    version = published(dataset_named(name, actor))
    asked = Asked(chosen.filter, chosen.sort, chosen.columns, chosen.limit, actor)
    with engine() as session:
        yield from rows_of(session, version, asked)


ROW_SOURCES = (RowSource(N_("dataset"), "dataset", is_published, _read),)
