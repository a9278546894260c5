"""The rows of a run made into the next version, aside; nothing is published here."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.engine.base import Engine, Written
from tresse.sources.extraction.counting import (
    EMPTIED,
    FEWEST_EMPTIED,
    MOST_EXAMPLES,
    Counts,
    Warnings,
)
from tresse.sources.extraction.guards import exceeds
from tresse.sources.extraction.layout import BOOK, FILE, KEY, LINE, Layout, bare, raw_columns
from tresse.sources.extraction.steps import (
    OLDER,
    REASON,
    Erased,
    Reading,
    Reason,
    absent_keys,
    compared,
    counted,
    entering,
    facts,
    matched,
    new_version,
    present_keys,
    refused,
    rekeyed,
    repeated_keys,
    repeats,
    rows_read,
    superseded_rows,
)
from tresse.sources.normalising import Mark

FILE_SHARE, FILE_LINES = 0.5, 20
"A file with more than this share and this number of rejected lines is refused (S91)."
NO_FILE = -1
MOST_MARKS = 20
"Warnings of which examples are looked up."


@dataclass(frozen=True, slots=True)
class Given:
    """What a version is made of.

    `raw`: Parquet of the raw rows. `old`: Parquet and columns of the last version; empty: nothing
    of one stays. `refused`: by file and code, lines that never became rows. `marks_absent`: rows of
    the last version that were not read are gone; of several files each of which holds everything,
    the last counts. `read_before`: see `steps.matched`.
    """

    layout: Layout
    raw: Sequence[Path]
    old: Sequence[Path] = ()
    old_columns: Sequence[sa.ColumnClause[Any]] = ()
    refused: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    marks_absent: bool = False
    of_files: bool = False
    new_key: bool = False
    read_before: datetime | None = None
    erased: Erased | None = None
    check: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file of which more was rejected than entered (S91). `reason`: the most frequent code."""

    position: int
    lines: int
    rejected: int
    reason: str


@dataclass(slots=True)
class Made:
    """What came of it: counters, warnings, and the version if there is one.

    `columns`: as `SourceVersion.columns`. `faults`: by column, cells that could not be read.
    """

    counts: Counts
    warnings: Warnings
    reading: Reading
    written: Written | None = None
    columns: list[dict[str, str]] = field(default_factory=list)
    rows: int = 0
    deleted: int = 0
    newest: datetime | None = None
    faults: dict[str, int] = field(default_factory=dict)
    has_refused: bool = False
    refused_files: list[RefusedFile] = field(default_factory=list)


class Making:
    """One version in the making, on one engine; the names of its steps are those of the tables."""

    def __init__(self, engine: Engine, given: Given) -> None:
        self.engine = engine
        self.given = given
        self.layout = given.layout
        self.warnings = Warnings()
        self.raw = engine.read(given.raw, raw_columns(given.layout.raw))
        self.reading = rows_read(self.raw, given.layout, erased=given.erased)
        self.rows: sa.TableClause = self.raw
        self._gave_way: sa.TableClause | None = None
        self._known: sa.TableClause | None = None
        self._refused_files: list[RefusedFile] = []

    def made(self, aside: Callable[[], Path]) -> Made:
        """Run all steps; `aside` gives the folder to write in, asked only if anything is new."""
        self._keep("rows", self.reading.statement)
        self.rows = self._kept
        if self.given.of_files:
            self._refuse_files()
        made = self._counted()
        superseded = self._superseded(made.counts)
        comes = entering(
            self.rows, superseded, present=self._present(), started=self.layout.started
        )
        known, old, absent = self._compared(comes, made.counts)
        made.counts.check()
        if not made.counts.changes_anything:
            return made
        columns = self._columns()
        statement = new_version(comes, known, old, absent, layout=self.layout, columns=columns)
        self.given.check()
        folder = aside()
        made.written = self.engine.write(statement, folder)
        types = self.reading.types
        made.columns = [{"name": name, "type": types[name]} for name in types]
        self._look_at(made, folder, columns)
        return made

    def _keep(self, name: str, statement: sa.SelectBase) -> None:
        self.given.check()
        self._kept = self.engine.keep(name, statement)

    def _refuse_files(self) -> None:
        """Leave out files of which too much cannot be read; nothing of them enters (S91)."""
        rows = self.rows
        found: dict[int, Counter[str]] = {}
        for file, codes in self.given.refused.items():
            found.setdefault(file, Counter()).update(codes)
        wanted = (
            sa.select(rows.c[FILE], rows.c[REASON], sa.func.count())
            .select_from(rows)
            .group_by(rows.c[FILE], rows.c[REASON])
        )
        for file, reason, number in self.engine.rows(wanted):
            code = "" if reason is None else self.reading.reasons[int(reason)].code
            found.setdefault(int(file), Counter())[code] += int(number)
        for file, codes in sorted(found.items()):
            lines, accepted = codes.total(), codes.pop("", 0)
            rejected = lines - accepted
            if exceeds(rejected, lines, FILE_SHARE, FILE_LINES):
                [(reason, _)] = codes.most_common(1)
                self._refused_files.append(RefusedFile(file, lines, rejected, reason))
        if self._refused_files:
            left_out = [each.position for each in self._refused_files]
            self._keep("rows", sa.select(*rows.c).where(rows.c[FILE].not_in(left_out)))
            self.rows = self._kept

    def _lines_refused(self) -> int:
        """Lines that never became rows, of the files that are read."""
        left_out = {each.position for each in self._refused_files}
        files = self.given.refused.items()
        return sum(sum(codes.values()) for file, codes in files if file not in left_out)

    def _counted(self) -> Made:
        """How many rows there are, and what is odd about them."""
        [found] = self.engine.rows(counted(self.rows, self.reading))
        rows, late, no_cursor, *numbers = map(int, found)
        reasons, marks = self.reading.reasons, self.reading.marks
        by_reason = dict(zip(reasons, numbers, strict=False))
        refused = self._lines_refused()
        counts = Counts(read=rows + refused, rejected=refused + sum(by_reason.values()))
        self.warnings.add("future_date", late)
        self.warnings.add("cursor_null", no_cursor)
        self.warnings.add("erased", sum(n for r, n in by_reason.items() if r.code == "erased"))
        made = Made(counts, self.warnings, self.reading, refused_files=self._refused_files)
        made.has_refused = any(n for r, n in by_reason.items() if r.code != "erased")
        shown = 0
        faulty: dict[str, Mark] = {}
        for mark, number in zip(marks, numbers[len(reasons) :], strict=True):
            examples: list[str] = []
            if number and mark.is_fault:
                made.faults[mark.column] = made.faults.get(mark.column, 0) + number
                if Reason(mark.column, mark.code) in by_reason:
                    # Its rows are rejected, and told so; nothing stays to be warned of.
                    continue
                faulty.setdefault(mark.column, mark)
                shown += 1
                examples = self._examples(mark.label, mark.column) if shown <= MOST_MARKS else []
            self.warnings.add(mark.code, number, column=mark.column, examples=examples)
        self._tell_emptied(made, faulty)
        return made

    def _tell_emptied(self, made: Made, faulty: Mapping[str, Mark]) -> None:
        """Warn of columns none of whose cells could be read: most often their type is wrong."""
        rows = self.rows
        tried = [name for name in faulty if made.faults[name] >= FEWEST_EMPTIED]
        if not tried:
            return
        wanted = sa.select(*(sa.func.count(rows.c[name]) for name in tried)).select_from(rows)
        [filled] = self.engine.rows(wanted.where(rows.c[REASON].is_(None)))
        for name, number in zip(tried, filled, strict=True):
            if not number:
                examples = self._examples(faulty[name].label, name)
                self.warnings.add(EMPTIED, made.faults[name], column=name, examples=examples)

    def _examples(self, mark: str, column: str) -> list[str]:
        """A few of the cells a warning is about, as they came."""
        rows, raw = self.rows, self.raw
        same = sa.and_(rows.c[FILE] == raw.c[FILE], rows.c[LINE] == raw.c[LINE])
        found = self.engine.rows(
            sa.select(raw.c[column], rows.c[FILE], rows.c[LINE])
            .select_from(rows.join(raw, same))
            .where(rows.c[mark])
            .order_by(rows.c[FILE], rows.c[LINE])
            .limit(MOST_EXAMPLES)
        )
        return [str(value)[:100] for value, _, _ in found]

    def _superseded(self, counts: Counts) -> sa.TableClause | None:
        self._keep("repeated", repeated_keys(self.rows))
        repeated = self._kept
        if not self.engine.scalar(sa.select(sa.func.count()).select_from(repeated)):
            return None
        self._keep("superseded", superseded_rows(self.rows, repeated))
        counts.superseded = self._number(self._kept)
        self._gave_way = self._kept
        return self._kept

    def _number(self, table: sa.TableClause) -> int:
        return int(self.engine.scalar(sa.select(sa.func.count()).select_from(table)))

    def _compared(
        self, comes: sa.Select[Any], counts: Counts
    ) -> tuple[sa.TableClause | None, sa.TableClause | None, sa.TableClause | None]:
        """Count what is new and changed, and which rows are gone."""
        given = self.given
        accepted = counts.read - counts.rejected - counts.superseded
        if not given.old:
            counts.new = accepted
            return None, None, None
        old = self._old()
        wanted = matched(comes, old, layout=self.layout, read_before=given.read_before)
        self._keep("known", wanted)
        known = self._known = self._kept
        [found] = self.engine.rows(compared(known))
        number, same, older, back, marked = map(int, found)
        counts.new = accepted - number
        counts.unchanged = same
        counts.changed = number - same - older
        counts.superseded += older
        counts.deleted = marked
        self.warnings.add("older_than_known", older)
        self.warnings.add("time_went_back", back - older)
        if not given.marks_absent or (given.of_files and self._last_file() == NO_FILE):
            return known, old, None
        self._keep("absent", absent_keys(self.rows, old))
        gone = self._number(self._kept)
        if gone and self._unread:
            # A line that could not be read may hold the key of a row that seems to be gone.
            self.warnings.add("deletes_put_off", gone, lines=self._unread)
            return known, old, None
        counts.deleted += gone
        return known, old, self._kept

    @property
    def _unread(self) -> int:
        """Lines that could not be read, of what tells which rows are absent."""
        last = self._last_file() if self.given.of_files else 0
        return sum(self.given.refused.get(last, {}).values())

    def _present(self) -> sa.TableClause | None:
        """Keys of the last of several files each of which holds everything (S90)."""
        if not (self.given.marks_absent and self.given.of_files):
            return None
        files = self.engine.scalar(sa.select(sa.func.min(self.rows.c[FILE])))
        last = self._last_file()
        if files is None or int(files) == last or self._unread:
            return None
        self._keep("present", present_keys(self.rows, last))
        return self._kept

    def _old(self) -> sa.TableClause:
        """The last version, under the keys of this run."""
        old = self.engine.read(self.given.old, self.given.old_columns)
        if not self.given.new_key:
            return old
        types = self.reading.types
        self._keep("old", rekeyed(old, [(n, types[n]) for n in self.layout.definition.record_key]))
        # Rows without the new key, or that share it with a newer one, stay in the last version.
        self.warnings.add("not_carried", self._number(old) - self._number(self._kept))
        return self._kept

    def _last_file(self) -> int:
        """The last file that was read and not refused; `NO_FILE` without one."""
        last = self.engine.scalar(sa.select(sa.func.max(self.rows.c[FILE])))
        return NO_FILE if last is None else int(last)

    def _columns(self) -> dict[str, sa.types.TypeEngine[Any]]:
        """Columns of the version: its own, then what stood in those with rules."""
        reading = self.reading
        columns = {name: bare(type_) for name, type_ in reading.types.items()}
        kept = {name: self.rows.c[name].type for name in reading.kept}
        return columns | kept

    def _look_at(
        self, made: Made, folder: Path, columns: Mapping[str, sa.types.TypeEngine[Any]]
    ) -> None:
        """Facts of the version as it was written."""
        whole = [sa.column(n, t) for n, t in {**columns, **BOOK}.items()]
        if made.written is None:
            raise AssertionError
        version = self.engine.read([folder / name for name in made.written.files], whole)
        [(made.rows, made.deleted, made.newest)] = self.engine.rows(facts(version))
        for key in self.layout.definition.further_keys:
            number = int(self.engine.scalar(repeats(version, key)))
            self.warnings.add("further_key_repeated", number, column=", ".join(key))

    def lines_read(self) -> list[int]:
        """`_line` of all rows."""
        return self._lines(sa.select(self.rows.c[LINE]))

    def lines_refused(self) -> list[int]:
        """`_line` of the rows that were refused."""
        return self._lines(sa.select(self.rows.c[LINE]).where(self.rows.c[REASON].is_not(None)))

    def lines_passed(self) -> list[int]:
        """`_line` of the rows that gave way to another: of this run, or of the last version."""
        found: list[int] = []
        if self._gave_way is not None:
            found += self._lines(sa.select(self._gave_way.c[LINE]))
        if self._known is not None:
            same = self.rows.c[KEY] == self._known.c[KEY]
            found += self._lines(
                sa.select(self.rows.c[LINE])
                .select_from(self.rows.join(self._known, same))
                .where(self._known.c[OLDER], self.rows.c[REASON].is_(None))
            )
        return found

    def _lines(self, statement: sa.Select[Any]) -> list[int]:
        return [int(line) for (line,) in self.engine.rows(statement)]

    def refused_rows(self) -> Iterator[pa.RecordBatch]:
        """Refused rows with their raw cells, in order, streamed."""
        return self.engine.batches(refused(self.rows, self.raw, self.layout))
