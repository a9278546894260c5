"""Rows of components, one component after the other, and what is found out about them."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from tresse.engine.base import Engine
from tresse.engine.relations import schema, table

ROWS_AT_ONCE = 200_000
Columns = list[list[Any]]


def by_label(engine: Engine, statement: sa.Select[Any]) -> Iterator[tuple[int, Columns]]:
    """Rows in runs of the same label, as columns.

    Args:
        engine: Streams the rows.
        statement: Its first column is the label, never NULL, and comes first in its order.

    Yields:
        The label, and the other columns. Memory is that of one run.
    """
    current: int | None = None
    found: Columns = []
    for batch in engine.batches(statement):
        if not batch.num_rows:
            continue
        labels = batch.column(0).to_numpy(zero_copy_only=False)
        starts = [0, *(np.flatnonzero(labels[1:] != labels[:-1]) + 1).tolist(), len(labels)]
        columns = [_values(column) for column in batch.columns[1:]]
        for start, end in pairwise(starts):
            label = int(labels[start])
            cells = [column[start:end] for column in columns]
            if label == current:
                for column, more in zip(found, cells, strict=True):
                    column.extend(more)
                continue
            if current is not None:
                yield current, found
            current, found = label, cells
    if current is not None:
        yield current, found


def _values(column: pa.Array) -> list[Any]:
    if pa.types.is_integer(column.type) and not column.null_count:
        values: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
        return values
    return list(column.to_pylist())


class Collected:
    """Rows written bit by bit to steps of an engine, so that they need no memory here."""

    def __init__(self, engine: Engine, name: str, columns: Sequence[sa.ColumnClause[Any]]) -> None:
        self._engine, self._name, self._columns = engine, name, columns
        self._rows: list[tuple[Any, ...]] = []
        self._steps: list[str] = []

    def add(self, row: tuple[Any, ...]) -> None:
        """One more row, in the order of the columns."""
        self._rows.append(row)
        if len(self._rows) >= ROWS_AT_ONCE:
            self._flush()

    def kept(self) -> sa.TableClause:
        """All of them under the name."""
        if not self._steps:
            return self._load(self._name)
        if self._rows:
            self._flush()
        parts = [table(step, self._columns) for step in self._steps]
        every = sa.union_all(
            *(sa.select(*(part.c[column.name] for column in self._columns)) for part in parts)
        )
        found = self._engine.keep(self._name, every)
        for step in self._steps:
            self._engine.drop(step)
        return found

    def _flush(self) -> None:
        step = f"{self._name}_{len(self._steps)}"
        self._load(step)
        self._steps.append(step)

    def _load(self, step: str) -> sa.TableClause:
        wanted = schema(self._columns)
        cells = zip(*self._rows, strict=True) if self._rows else ([] for _ in self._columns)
        arrays = [pa.array(column, f.type) for column, f in zip(cells, wanted, strict=True)]
        self._rows = []
        batch = pa.RecordBatch.from_arrays(arrays, schema=wanted)
        return self._engine.load(step, [batch], self._columns)
