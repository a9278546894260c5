"""Tables of a version that share what did not change with the version before.

    <table>/part-*.parquet               its first rows
    <table>/layer-001/gone/part-*        keys of rows that are none any more, of all before
    <table>/layer-001/add/part-*         rows that came, those that changed among them
    <table>/layer-002/…

A version that an incremental build makes has hard links to the files of the version before, and one
layer more. A row is there unless a later layer has its key in `gone`. After `MOST_LAYERS`, or once
layers hold more than `MOST_SHARE` of the rows, a table is written as a whole again.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from tresse.engine.base import Engine

KEYS = {
    "records": "rid",
    "attachments": "rid",
    "members": "rid",
    "homes": "rid",
    "golden": "id",
    "values": "id",
}
"Tables that are written in layers, and the key that says which rows are gone."
MOST_LAYERS = 8
GONE, ADD = "gone", "add"


def parquet_of(folder: Path) -> list[Path]:
    """All Parquet files of a table, of its layers too, by name."""
    return sorted(folder.rglob("*.parquet"))


def holding(folder: Path) -> list[Path]:
    """The files of a table that hold rows, those of its layers too; not what layers take out."""
    return [file for file in parquet_of(folder) if file.parent.name != GONE]


def table_in(
    engine: Engine, folder: Path, columns: Sequence[sa.ColumnClause[Any]], key: str | None
) -> sa.TableClause:
    """A table of a version as it is read, of all of its layers."""
    layers = sorted(folder.glob("layer-*"))
    first = engine.read(sorted(folder.glob("*.parquet")), columns)
    if not layers or key is None:
        return first
    by = next(each for each in columns if each.name == key)
    parts = [_there(engine, first, layers, by)]
    for number, layer in enumerate(layers, 1):
        added = engine.read(sorted((layer / ADD).glob("*.parquet")), columns)
        parts.append(_there(engine, added, layers[number:], by))
    return engine.view(sa.union_all(*parts))


def _there(
    engine: Engine, rows: sa.TableClause, later: Sequence[Path], by: sa.ColumnClause[Any]
) -> sa.Select[Any]:
    """Rows that no later layer takes out."""
    statement = sa.select(*rows.c)
    files = [file for layer in later for file in sorted((layer / GONE).glob("*.parquet"))]
    if not files:
        return statement
    gone = engine.read(files, [sa.column(by.name, by.type)])
    is_gone = sa.select(gone.c[by.name]).where(gone.c[by.name] == rows.c[by.name])
    return statement.where(sa.not_(sa.exists(is_gone)))


def add_layer(
    engine: Engine,
    before: Path,
    folder: Path,
    *,
    gone: sa.SelectBase,
    added: sa.SelectBase,
) -> None:
    """A table like that of the version before, with a layer more; `folder` must not be there."""
    _link(before, folder)
    layer = folder / f"layer-{len(list(before.glob('layer-*'))) + 1:03}"
    engine.write(gone, layer / GONE)
    engine.write(added, layer / ADD)


def superseded(folder: Path, key: str) -> Iterator[tuple[list[Path], pa.ChunkedArray]]:
    """Files of a table, and keys of rows in them that nobody reads: a later layer took them out."""
    layers = sorted(folder.glob("layer-*"))
    holders = [folder, *(layer / ADD for layer in layers)]
    for number, holder in enumerate(holders[:-1]):
        gone = [file for layer in layers[number:] for file in (layer / GONE).glob("*.parquet")]
        if gone:
            keys = pa.concat_tables([pq.read_table(file, columns=[key]) for file in gone])
            yield sorted(holder.glob("*.parquet")), keys[key]


def is_deep(before: Path) -> bool:
    """Whether a table has as many layers as it may have."""
    return len(list(before.glob("layer-*"))) >= MOST_LAYERS


def _link(before: Path, folder: Path) -> None:
    for file in parquet_of(before):
        place = folder / file.relative_to(before)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, place)
