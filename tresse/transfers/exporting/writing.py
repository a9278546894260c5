"""Records written to a file, with ids and association columns (T80 to T86)."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from itertools import repeat
from pathlib import Path
from typing import Any, Protocol, TextIO

import sqlalchemy as sa
from django.db import connection, transaction

from tresse.accounts.actor import Actor
from tresse.objects.database import raw_batches, scalar
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_plural
from tresse.records.links import pairs_from
from tresse.records.visibility import visible
from tresse.transfers.exporting.asked import TAB, Asked
from tresse.transfers.exporting.columns import (
    Column,
    LinkColumn,
    link_columns,
    property_columns,
    zone_of_account,
)
from tresse.transfers.exporting.linked import Answer, Links, parts
from tresse.transfers.exporting.selected import selected
from tresse.transfers.exporting.texts import PLAIN, guarded_all
from tresse.transfers.files.form import MOST_CHARACTERS
from tresse.transfers.files.texts import guarded
from tresse.transfers.files.writing import MOST_CHARACTERS as MOST_IN_CELL
from tresse.transfers.files.writing import check_fit, writer_of

BATCH = 5_000
BOM = "\ufeff"
Row = Sequence[Any]


class Rows(Protocol):
    """What takes rows."""

    def __call__(self, rows: Iterable[Row], /) -> Any:
        """Write some."""


class Lines:
    """Writes rows as lines of CSV, a batch at once: a file that takes each by itself is slower."""

    def __init__(self, out: TextIO, delimiter: str) -> None:
        self._out, self._delimiter = out, delimiter

    def __call__(self, rows: Iterable[Row], /) -> None:
        """Write some."""
        batch = StringIO(newline="")
        csv.writer(batch, delimiter=self._delimiter).writerows(rows)
        self._out.write(batch.getvalue())


@contextmanager
def consistent() -> Iterator[None]:
    """One state of the data for all reads within the block; nobody waits for it."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        # Django's own transactions take the write lock at once; this one only reads.
        cursor.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("COMMIT")


class Exporting:
    """Writes the records of one object type that a person may see.

    Raises:
        TresseError: `unknown_reference`, what a filter is refused with.
    """

    def __init__(self, model: DataModel, object: ObjectDef, asked: Asked, actor: Actor) -> None:
        self._model, self._object, self._asked, self._actor = model, object, asked, actor
        self._table = object.table
        chosen = selected(model, object, asked, actor)
        self.condition = chosen.condition
        self.properties: list[Column] = property_columns(
            model, object, chosen.columns, asked, actor
        )
        self.links: list[LinkColumn] = link_columns(model, object, asked, actor)

    def narrow(self, ids: sa.Select[Any]) -> None:
        """Leave out records that are not among these."""
        self.condition = sa.and_(self.condition, self._table.c.id.in_(ids))

    @property
    def headers(self) -> list[str]:
        """The header line."""
        links = []
        for each in self.links:
            links += [each.header, f"{each.header} name"] if self._has_names else [each.header]
        headers = [*(each.header for each in self.properties), *links]
        is_guarded = self._asked.guard and self._asked.is_lines
        return [guarded(each) if is_guarded else each for each in headers]

    @property
    def _has_names(self) -> bool:
        return self._asked.with_names and self._asked.form != "brevo"

    def number(self) -> int:
        """How many records there are."""
        statement = sa.select(sa.func.count()).select_from(self._table).where(self.condition)
        return int(scalar(statement))

    def check_fit(self) -> None:
        """Refuse what the format cannot hold, before anything is written (T86).

        Raises:
            TresseError: `does_not_fit_format`.
        """
        format = self._asked.format
        if self._asked.is_lines or format == "jsonl":
            return
        rows = self._number_of_links() if self._asked.form == "brevo" else self.number()
        check_fit(format, rows=rows, columns=len(self.headers), long_texts=self._long_texts(format))

    def _number_of_links(self) -> int:
        """Rows of the form of Brevo: of each record its links, but one at least."""
        here = self._table.c.id
        linked = [
            sa.select(pairs.c.here.label("here"))
            .join_from(pairs, other, other.c.id == pairs.c.other)
            .where(visible(each.other, self._actor, other))
            for each, pairs, other in (
                (each, pairs_from(each.side), each.other.table.alias(f"other_{at}"))
                for at, each in enumerate(self.links)
            )
        ]
        if not linked:
            return self.number()
        links = sa.union_all(*linked).subquery()
        number = sa.case((sa.func.count(links.c.here) > 1, sa.func.count(links.c.here)), else_=1)
        each = (
            sa.select(number.label("number"))
            .select_from(self._table.outerjoin(links, links.c.here == here))
            .where(self.condition)
            .group_by(here)
            .subquery()
        )
        return int(scalar(sa.select(sa.func.coalesce(sa.func.sum(each.c.number), 0))))

    def _long_texts(self, format: str) -> int:
        most = MOST_IN_CELL.get(format)
        texts = [each.value for each in self.properties if each.prop.kind.name in PLAIN]
        if most is None or not texts:
            return 0
        too_long = [
            sa.func.sum(sa.case((sa.func.length(each) > most, 1), else_=0)) for each in texts
        ]
        total = sum(map(sa.func.coalesce, too_long, repeat(0)), start=sa.literal(0))
        statement = sa.select(total).select_from(self._table).where(self.condition)
        return int(scalar(statement) or 0)

    def first(self, number: int) -> list[list[Any]]:
        """The cells of the first records, for people to look at."""
        with transaction.atomic():
            found: list[Row] = []
            self._write(self._statement().limit(number), found.extend, seen=lambda _: None)
            return [list(row) for row in found[:number]]

    def write(
        self,
        path: Path,
        *,
        seen: Callable[[int], None],
        begun: Callable[[], None] = lambda: None,
    ) -> tuple[int, list[str]]:
        """Write the file; answers the number of rows and the headers.

        Args:
            path: Where to.
            seen: Told the number of rows so far, now and then; may stop the work.
            begun: Called once in the state of the data that all is read from.

        Raises:
            TresseError: `does_not_fit_format`.
        """
        with consistent():
            begun()
            self.check_fit()
            headers = self.headers
            if self._asked.is_lines:
                sign = TAB if self._asked.format == "txt" else self._asked.delimiter
                with path.open("w", encoding="utf-8", newline="") as out:
                    out.write(BOM)
                    lines = Lines(out, sign)
                    lines([headers])
                    return self._write(self._statement(), lines, seen=seen), headers
            with writer_of(
                self._asked.format,
                path,
                headers,
                sheet=shown_plural(self._object),
                zone=zone_of_account(),
                number=self.number(),
            ) as typed:
                return self._write(self._statement(), typed.rows, seen=seen), headers

    def _write(self, statement: sa.Select[Any], write: Rows, *, seen: Callable[[int], None]) -> int:
        number = 0

        def counted(rows: Iterable[Row]) -> Iterator[Row]:
            nonlocal number
            for row in rows:
                number += 1
                yield row

        has_names = self._has_names
        links = [
            Links(each, self._asked.keys, self._actor, titles=has_names) for each in self.links
        ]
        with raw_batches(statement, BATCH) as raw:
            while batch := raw.next():
                answers = [each.ask(raw, batch[0][0], batch[-1][0]) for each in links]
                raw.ahead()
                rows = self._rows(batch, answers)
                if isinstance(rows, zip):
                    number += len(batch)
                    write(rows)
                else:
                    write(counted(rows))
                seen(number)
        return number

    def _statement(self) -> sa.Select[Any]:
        columns = [each.value.label(f"c{at}") for at, each in enumerate(self.properties)]
        return (
            sa.select(self._table.c.id, *columns).where(self.condition).order_by(self._table.c.id)
        )

    def _rows(self, batch: Sequence[Row], answers: Sequence[Answer]) -> Iterable[Row]:
        """Rows of cells of a batch of records."""
        ids, *values = zip(*batch, strict=True)
        columns = [each.cells(column) for each, column in zip(self.properties, values, strict=True)]
        if not answers:
            return zip(*columns, strict=True)
        if self._asked.form == "brevo":
            return self._one_link_a_row(ids, columns, answers)
        cells = self._link_cells(ids, answers)
        longest = MOST_IN_CELL.get(self._asked.format, MOST_CHARACTERS)
        if any(len(cell) > longest for column in cells for cell in column if type(cell) is str):
            return self._further_rows(columns, cells, longest)
        return zip(*columns, *cells, strict=True)

    def _link_cells(self, ids: Sequence[int], answers: Sequence[Answer]) -> list[Sequence[Any]]:
        columns: list[Sequence[Any]] = []
        for answer in answers:
            keys, titles = answer.joined()
            columns.append(self._column(keys, ids, is_id=self._asked.keys == "id"))
            if self._has_names:
                columns.append(self._column(titles, ids, is_id=False))
        return columns

    def _column(self, cells: dict[int, Any], ids: Sequence[int], *, is_id: bool) -> Sequence[Any]:
        if not cells:
            return [None] * len(ids)
        column = list(map(cells.get, ids))
        if is_id and self._asked.is_lines:
            return column
        texts = [None if each is None else str(each) for each in column]
        return guarded_all(texts) if self._asked.guard and self._asked.is_lines else texts

    def _further_rows(
        self, columns: Sequence[Sequence[Any]], cells: Sequence[Sequence[Any]], longest: int
    ) -> Iterator[Row]:
        """Ids too long for a cell go on in further rows of their record (T86)."""
        empty = [None] * (len(columns) - 2)
        for own, linked in zip(zip(*columns, strict=True), zip(*cells, strict=True), strict=True):
            if not any(type(each) is str and len(each) > longest for each in linked):
                yield (*own, *linked)
                continue
            pieces = [
                list(parts(each, longest)) if type(each) is str else [each] for each in linked
            ]
            for at in range(max(map(len, pieces))):
                further = [each[at] if at < len(each) else None for each in pieces]
                yield (*(own if at == 0 else (*own[:2], *empty)), *further)

    def _one_link_a_row(
        self,
        ids: Sequence[int],
        columns: Sequence[Sequence[Any]],
        answers: Sequence[Answer],
    ) -> Iterator[Row]:
        """A row per link with one association cell filled; a record without links has one row."""
        linked = [each.several() for each in answers]
        empty = [None] * len(self.links)
        is_guarded = self._asked.guard and self._asked.is_lines
        for id, own in zip(ids, zip(*columns, strict=True), strict=True):
            others = [each.get(id, ()) for each in linked]
            if not any(others):
                yield (*own, *empty)
            for position, keys in enumerate(others):
                for key in keys:
                    cell = guarded(key) if is_guarded else key
                    yield (*own, *empty[:position], cell, *empty[position + 1 :])
