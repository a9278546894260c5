"""Rejected rows read again by today's rules, as kept or as a person corrected them (S105).

The raw rows of such a run are rejected rows: `_line` is the id of the rejected row, so that its
fate is known. A corrected row without a number stands for none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import QuerySet

from tresse.jobs.work import Work
from tresse.sources.extraction import places
from tresse.sources.extraction.counting import Warnings
from tresse.sources.extraction.layout import FILE, LINE
from tresse.sources.extraction.staging import Part, Stage, Staged
from tresse.sources.formats import Wanted, batches, form_of
from tresse.sources.models import Rejection, SourceFile, SourceRun
from tresse.sources.rejection_file import NUMBER, cells_of

MODE = "rejections"
CHUNK = 2_000
UNNUMBERED = 2**62
"`_line` of corrected rows without a number begins here, far above every id."


@dataclass(slots=True)
class Again:
    """A run that reads rejected rows again.

    `columns`: those that are read. `origins`: file and line that each rejected row came from.
    """

    run: SourceRun
    columns: Sequence[str]
    origins: dict[int, tuple[int | None, int | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = self.open().values_list("pk", "file_id", "line")
        self.origins = {pk: (file_id, line) for pk, file_id, line in rows}

    @property
    def of(self) -> SourceRun:
        """The run whose rejected rows they are."""
        return SourceRun.objects.get(pk=self.run.arguments["of"])

    @property
    def files(self) -> list[int]:
        """Ids of the files the rows came from; their places are the `_file` of the raw rows."""
        return sorted({file_id for file_id, _ in self.origins.values() if file_id is not None})

    def dates(self) -> dict[int, datetime]:
        """The date of each file by its position, where its name says one."""
        found = dict(SourceFile.objects.filter(pk__in=self.files).values_list("pk", "file_date"))
        dates = {at: found.get(pk) for at, pk in enumerate(self.files)}
        return {at: date for at, date in dates.items() if date is not None}

    def open(self) -> QuerySet[Rejection]:
        """Its rejected rows that are still open, in order."""
        wanted = Rejection.objects.filter(run_id=self.run.arguments["of"], state=Rejection.OPEN)
        return wanted.order_by("pk")

    def stage(self, stage: Stage, staged: Staged, work: Work, warnings: Warnings) -> None:
        """Write the raw rows onto disk, all of them text."""
        stage.begin_again(staged)
        part = Part(stage, staged)
        try:
            part.write(self._batch([]), has_lines=True)
            rows = self._corrected(part) if self.run.arguments["file"] else self._kept(warnings)
            for batch in rows:
                work.check_cancelled()
                part.write(batch, has_lines=True)
        except BaseException:
            part.abandon()
            raise
        part.close(staged, lambda: None)
        staged.is_complete = True

    def _kept(self, warnings: Warnings) -> Iterator[pa.RecordBatch]:
        """Rows as they were kept; those of which only the line is known stay as they are."""
        for rows in _chunks(self.open()):
            cells = [(row, cells_of(row)) for row in rows]
            warnings.add("lines_not_readable", sum(not each for _, each in cells))
            yield self._batch([(row.pk, each) for row, each in cells if each])

    def _batch(self, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> pa.RecordBatch:
        columns = [
            pa.array([cells.get(name) for _, cells in rows], pa.string()) for name in self.columns
        ]
        return self._whole(columns, [pk for pk, _ in rows])

    def _whole(self, columns: Sequence[pa.Array], numbers: Sequence[int]) -> pa.RecordBatch:
        places_of = {file_id: at for at, file_id in enumerate(self.files)}
        files = [places_of.get(self.origins.get(pk, (None, None))[0] or 0, 0) for pk in numbers]
        return pa.RecordBatch.from_arrays(
            [*columns, pa.array(files, pa.int32()), pa.array(numbers, pa.int64())],
            names=[*self.columns, FILE, LINE],
        )

    def _corrected(self, part: Part) -> Iterator[pa.RecordBatch]:
        """Rows of the corrected file, each under the number of the rejected row it stands for."""
        path = places.place(self.run.pk) / places.CORRECTED
        wanted = Wanted(name=places.CORRECTED, format="csv", columns=tuple(self.columns))
        form = form_of(path, wanted)
        names = [*self.columns, *(name for name in (NUMBER,) if name in form.headers)]
        for found in batches(path, form, names):
            part.refuse(found.rejected)
            yield self._numbered(found.batch)

    def _numbered(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        lines = batch.column(LINE).to_pylist()
        numbers: list[str | None] = [None] * len(lines)
        if NUMBER in batch.schema.names:
            numbers = batch.column(NUMBER).to_pylist()
        own = [self._number(text, line) for text, line in zip(numbers, lines, strict=True)]
        columns = [batch.column(name) for name in self.columns]
        # A line whose cells could not be told apart, and that nobody corrected, has no cells.
        filled = pa.array([False] * len(own))
        for column in columns:
            filled = pc.or_(filled, pc.is_valid(column))
        return self._whole(columns, own).filter(filled)

    def _number(self, text: str | None, line: int) -> int:
        number = int(text) if text and text.isascii() and text.isdecimal() else 0
        return number if number in self.origins else UNNUMBERED + line

    def origin(self, _file: int, line: int) -> tuple[int | None, int | None]:
        """File and line a raw row came from; a corrected row that stands for none has neither."""
        return self.origins.get(line, (None, None))

    def settle(self, refused: Iterable[int], passed: Iterable[int], read: Iterable[int]) -> None:
        """Note what became of each rejected row, in the caller's transaction."""
        again, gone = set(refused), set(passed)
        fates = {Rejection.AGAIN: again, Rejection.PASSED: gone - again}
        fates[Rejection.ENTERED] = set(read) - again - gone
        for state, ids in fates.items():
            listed = sorted(ids)
            for at in range(0, len(listed), CHUNK):
                mine = Rejection.objects.filter(
                    run_id=self.run.arguments["of"], pk__in=listed[at : at + CHUNK]
                )
                mine.update(state=state)


def _chunks(rows: QuerySet[Rejection]) -> Iterator[list[Rejection]]:
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1].pk
