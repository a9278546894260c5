"""Files of versions written anew without some rows, in place of the old ones (D91).

A file is written aside and renamed over the old one: a reader has the old or the new one, and one
that opened the old one goes on with it. Files without such rows are not touched. Killed half-way,
the next attempt finds the rows that are still there.
"""

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

PASSING = ".erasing"
KEPT = frozenset(
    ("rid", "id", "source", "key", "hash", "_key", "_hash", "members", "sources", "keys")
)
"Columns that are never emptied: they say which row it is."


@dataclass(frozen=True, slots=True)
class Cut:
    """What becomes of the rows of one table.

    Rows whose `by` is among `gone` go. In those whose `by` is among `blank`, `columns` become
    NULL, and so do texts that `is_personal`. Cells of `scrubbed` become NULL in any row that
    `is_personal`.
    """

    by: str
    gone: Collection[Any] = ()
    blank: Collection[Any] = ()
    columns: frozenset[str] = frozenset()
    scrubbed: str = ""
    is_personal: Callable[[str], bool] = field(default=lambda _: False)


def rewrite(files: Iterable[Path], cut: Cut) -> int:
    """Write files of one table anew; answers how many rows went or were emptied."""
    return sum(_rewrite(path, cut) for path in files)


def _rewrite(path: Path, cut: Cut) -> int:
    with pq.ParquetFile(path) as file:
        if cut.by not in file.schema_arrow.names or not _is_touched(file, cut):
            return 0
        passing = path.with_name(f".{path.name}{PASSING}")
        number = 0
        with pq.ParquetWriter(passing, file.schema_arrow, compression="zstd") as out:
            for at in range(file.num_row_groups):
                group = file.read_row_group(at)
                kept, changed = _changed(group, cut)
                number += changed
                out.write_table(kept.cast(file.schema_arrow))
    with passing.open("rb") as written:
        os.fsync(written.fileno())
    passing.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return number


def _is_touched(file: pq.ParquetFile, cut: Cut) -> bool:
    wanted = [cut.by, *([cut.scrubbed] if cut.scrubbed else [])]
    for at in range(file.num_row_groups):
        some = file.read_row_group(at, columns=wanted)
        if pc.any(_among(some, cut.by, [*cut.gone, *cut.blank])).as_py():
            return True
        if cut.scrubbed and pc.any(_personal(some, cut)).as_py():
            return True
    return False


def _among(table: pa.Table, name: str, values: Collection[Any]) -> Any:
    column = table[name]
    wanted = pa.array(list(values), column.type)
    return pc.fill_null(pc.is_in(column, value_set=wanted), False)


def _personal(table: pa.Table, cut: Cut) -> pa.Array:
    """Of the column `scrubbed`: which cells are about the person."""
    cells = table[cut.scrubbed].to_pylist()
    return pa.array([bool(each) and cut.is_personal(each) for each in cells], pa.bool_())


def _changed(table: pa.Table, cut: Cut) -> tuple[pa.Table, int]:
    """A row group as it will be, and how many of its rows went or were emptied."""
    gone = _among(table, cut.by, cut.gone)
    number = int(pc.sum(gone).as_py() or 0)
    left = table.filter(pc.invert(gone)) if number else table
    if cut.blank:
        blank = _among(left, cut.by, cut.blank)
        emptied = int(pc.sum(blank).as_py() or 0)
        if emptied:
            left = _emptied(left, blank, cut)
            number += emptied
    if cut.scrubbed:
        left = _without(left, cut.scrubbed, _personal(left, cut))
    return left, number


def _emptied(table: pa.Table, rows: Any, cut: Cut) -> pa.Table:
    for field_ in table.schema:
        if field_.name in cut.columns:
            table = _without(table, field_.name, rows)
        elif pa.types.is_string(field_.type) and field_.name not in KEPT:
            personal = [
                is_meant and bool(cell) and cut.is_personal(cell)
                for is_meant, cell in zip(
                    rows.to_pylist(), table[field_.name].to_pylist(), strict=True
                )
            ]
            if any(personal):
                table = _without(table, field_.name, pa.array(personal, pa.bool_()))
    return table


def _without(table: pa.Table, name: str, rows: Any) -> pa.Table:
    """The table with NULL in a column of some rows."""
    at = table.schema.get_field_index(name)
    column = table.column(at)
    if pa.types.is_list(column.type):
        flags = rows.to_pylist()
        cells = [None if f else cell for f, cell in zip(flags, column.to_pylist(), strict=True)]
        emptied: Any = pa.array(cells, column.type)
    else:
        emptied = pc.if_else(rows, pa.scalar(None, column.type), column)
    return table.set_column(at, table.schema.field(at), emptied)
