"""One run of a source, as a job: stage, make, judge, publish, tidy up (S71).

Killed at any moment and started again it gives what an uninterrupted run gives: rows that are on
disk stay, a version aside that no row knows is made anew, and what follows publication is done
until it is done.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tresse.accounts.queries import account
from tresse.connections.kinds.base import FileKind
from tresse.engine.base import Stopped as EngineStopped
from tresse.jobs.runs import remember
from tresse.jobs.work import Work
from tresse.kernel.errors import TresseError
from tresse.sources.extraction import afterwards, publishing, rejecting, seen
from tresse.sources.extraction.again import MODE as AGAIN
from tresse.sources.extraction.again import Again
from tresse.sources.extraction.begin import Begun, Skipped, begin
from tresse.sources.extraction.counting import Counts, Warnings
from tresse.sources.extraction.guards import Before, suspicion
from tresse.sources.extraction.layout import DELETED, FILE, LINE, Layout, core_type
from tresse.sources.extraction.making import Given, Made, Making
from tresse.sources.extraction.memory import Memory
from tresse.sources.extraction.publishing import PUBLISHED, Version
from tresse.sources.extraction.reading import Rows, request_of, stage_rows
from tresse.sources.extraction.reading_files import Files, dates_of, remembered, stage_files
from tresse.sources.extraction.refusals import FILE_REFUSED, NO_FILES
from tresse.sources.extraction.registries import erased_in
from tresse.sources.extraction.staging import Stage, Staged, is_there
from tresse.sources.extraction.values import committed, is_before, read_committed
from tresse.sources.limits import limits
from tresse.sources.models import SourceFile, SourceRun
from tresse.sources.stored import defaults
from tresse.sources.versions import columns_of, engine, files_of, house, owner_of
from tresse.sources.written import result_type

RESULT = (
    *("read", "new", "changed", "unchanged", "deleted", "rejected", "superseded"),
    *("number", "state", "seconds"),
)


def run(work: Work) -> dict[str, Any]:
    """Read a source from where the job is; answers the counts of S73, `version` and `state`."""
    with Memory() as memory:
        row = _run(work, memory)
    afterwards.tidy_up(row, work)
    row.refresh_from_db()
    work.finish({"held": "held", "skipped": "skipped"}.get(row.state, "done"))
    return answer(row)


def answer(row: SourceRun) -> dict[str, Any]:
    """What `extract` answers of a run; `version` is the published one, whoever made it."""
    found = {name: getattr(row, name) for name in RESULT}
    number = found.pop("number") or (row.source.version.number if row.source.version else None)
    return {"run": row.pk, "source": row.source.name, "version": number, **found}


def _run(work: Work, memory: Memory) -> SourceRun:
    if isinstance(work.cursor, Mapping) and work.cursor.get("step") in (PUBLISHED, "held"):
        return SourceRun.objects.get(pk=work.arguments["run_id"])
    try:
        begun = begin(work)
    except Skipped as skipped:
        return _skip(work, skipped.reason)
    if (held := begun.run.arguments.get("held")) and begun.run.is_confirmed:
        version = Version(**held)
        if version.aside:
            publishing.publish(begun.run, version, work)
        else:
            # It was held for bringing nothing, and there is nothing to publish.
            publishing.settle(begun.run, version.stored(), work)
        return begun.run
    try:
        _Extraction(begun, work, memory).go()
    except EngineStopped:
        # The engine stops when it is asked to; who asked says why.
        work.check_cancelled()
        raise
    except TresseError as error:
        note(begun.run, error)
        raise
    return begun.run


def _skip(work: Work, reason: TresseError) -> SourceRun:
    row = SourceRun.objects.get(pk=work.arguments["run_id"])
    note(row, reason)
    publishing.end(row, "skipped")
    return row


def note(row: SourceRun, reason: TresseError) -> None:
    """Keep why a run is held, failed or was skipped, in words that can be translated."""
    row.code, row.message = reason.code, reason.template
    row.details = rejecting.storable(reason.details)
    row.save(update_fields=["code", "message", "details"])


class _Extraction:
    """The work of one attempt."""

    def __init__(self, begun: Begun, work: Work, memory: Memory) -> None:
        self.begun, self.work, self.memory = begun, work, memory
        self.row, self.source = begun.run, begun.source
        self.definition = begun.definition
        self.warnings = Warnings()
        self.stage = Stage(self.row.pk, work.attempt)
        self.seen: list[dict[str, Any]] = []
        names = [column.name for column in self.definition.columns or ()]
        self.again = Again(self.row, names) if self.row.mode == AGAIN else None
        self._also: Callable[[], None] = lambda: None
        kept = work.cursor if isinstance(work.cursor, Mapping) else {}
        self.staged = Staged.read(kept.get("staged"))
        if not is_there(self.row.pk, self.staged):
            self.staged = Staged()
        if not self.staged.parts and self.again is None:
            SourceFile.objects.filter(run=self.row).delete()

    def go(self) -> None:
        """Read, make, judge, publish."""
        self._read()
        if not self.staged.parts:
            self._nothing_read()
            return
        house().discard(Path(self.row.arguments.get("aside") or "/nonexistent"))
        # The engine also looks at the flags: a statement may take long.
        with engine(folders=[self.stage.raw], cancelled=lambda: self.work.is_stopped) as session:
            self.work.log("Rows are typed, compared and written.")
            making = Making(session, self._given(erased_in(session, self.source)))
            made = making.made(self._aside)
            self._keep_refused(making, made)
        self._end(made)

    def _save(self) -> None:
        SourceRun.objects.filter(pk=self.row.pk).update(bytes=self.staged.bytes)
        self.work.save({"staged": self.staged.stored()}, done=self.staged.rows)

    def _read(self) -> None:
        if self.again is not None:
            if not self.staged.is_complete:
                self.again.stage(self.stage, self.staged, self.work, self.warnings)
                self._save()
        elif self.definition.read.is_files:
            self._read_files()
        else:
            self._read_rows()

    def _read_rows(self) -> None:
        since = None if self.row.is_full else read_committed(self.source.cursor)
        request = request_of(self.definition, since)
        expected = None
        if self.source.version is not None and request.since is None:
            expected = self.source.version.rows
        rows = Rows(self.begun.kind, self.begun.opened, request, expected)
        self.seen = seen.checked(self.source, self.definition, rows, self.warnings)
        if self.begun.kind.is_builtin and DELETED in {each["name"] for each in self.seen}:
            # Records of this installation say themselves when they were deleted (S97).
            rows = replace(rows, request=replace(request, columns=(*request.columns, DELETED)))
        if not self.staged.is_complete:
            stage_rows(rows, self.stage, self.staged, self.work, self._save)
        if self.begun.kind.is_builtin:
            return  # its journal only grows
        if since is not None and request.cursor and is_before(self.staged.newest, since):
            # Rows that were there are gone, and with them what came after: a backup was restored.
            self.warnings.add("cursor_went_back", examples=[str(since)])
            if is_before(self.staged.newest, request.since):
                self._read_everything(rows)

    def _read_everything(self, rows: Rows) -> None:
        self.work.log("The cursor went back further than its overlap: everything is read again.")
        self.row.is_full, self.row.cursor_from = True, None
        self.row.save(update_fields=["is_full", "cursor_from"])
        self.stage.begin_again(self.staged)
        self.staged.is_complete = False
        whole = replace(rows, request=replace(rows.request, since=None))
        stage_rows(whole, self.stage, self.staged, self.work, self._save)

    def _read_files(self) -> None:
        kind = self.begun.kind
        if not isinstance(kind, FileKind):
            raise TypeError
        here = account()
        files = Files(
            kind=kind,
            opened=self.begun.opened,
            definition=self.definition,
            run=self.row,
            stage=self.stage,
            staged=self.staged,
            work=self.work,
            warnings=self.warnings,
            language=here.language,
            zone=here.zone,
        )
        remembered(files)
        if not self.staged.is_complete:
            stage_files(files, self._save)
            if not files.found and self.source.version is None:
                read = self.definition.read
                raise NO_FILES(
                    connection=self.begun.opened.name, pattern=read.files or read.starts_with
                )
        self.seen = seen.of_files(self.row)
        seen.tell_new(self.source, [each["name"] for each in self.seen], self.warnings)
        self.row.files = len(self.staged.files)

    def _nothing_read(self) -> None:
        """No file to read: nothing new."""
        self.row.warnings = self.warnings.found
        self._measure()
        publishing.settle(self.row, {"cursor": None, "seen": []}, self.work)

    def _given(self, erased: Any) -> Given:
        schema = self.stage.schema(self.staged)
        if schema is None:
            raise AssertionError
        raw = {f.name: core_type(f.type) for f in schema if f.name not in (FILE, LINE)}
        here = account()
        layout = Layout(
            definition=self.definition,
            defaults=defaults(),
            started=self.row.started_at,  # type: ignore[arg-type]  # it has begun
            zone=ZoneInfo(here.zone),
            raw=raw,
            marks_deleted=self.begun.kind.is_builtin and DELETED in schema.names,
            dates=self.again.dates() if self.again else dates_of(self.staged.files),
        )
        given = Given(
            layout=layout,
            raw=self.stage.paths(self.staged),
            refused=self._refused_lines(),
            of_files=self.definition.read.is_files and self.again is None,
            erased=erased,
            check=self.work.check_cancelled,
        )
        given = replace(given, marks_absent=self._marks_absent())
        version = self.source.version
        # A table is read again under its new key; files may be gone, so their rows are kept.
        is_other_key = self._is_other_key()
        if version is None or (is_other_key and not self.definition.read.is_files):
            return given
        old: dict[str, Any] = {"old": files_of(version), "old_columns": columns_of(version)}
        old["new_key"] = is_other_key
        if self.again is not None:
            return replace(given, **old, read_before=self.again.of.started_at)
        return replace(given, **old)

    def _refused_lines(self) -> dict[int, Counter[str]]:
        """By file and code, lines that never became rows."""
        found: dict[int, Counter[str]] = {}
        for each in self.stage.refused(self.staged):
            found.setdefault(each["file"], Counter())[each["code"]] += 1
        return found

    def _marks_absent(self) -> bool:
        """Whether rows that were not read are gone at the source (S80, S90)."""
        if self.again is not None:
            return False
        extract = self.definition.extract
        if self.definition.read.is_files:
            return self.begun.is_whole and not extract.deletes_column
        return self.begun.is_whole and extract.deletes == "absent"

    def _is_other_key(self) -> bool:
        """Whether keys of the last version are not those of this run (S45)."""
        version = self.source.version
        if version is None:
            return False
        before = {column["name"]: column["type"] for column in version.columns}
        now = {column.name: result_type(column) for column in self.definition.columns or ()}
        key = self.definition.record_key
        return list(key) != version.record_key or any(
            name in now and before.get(name) != now[name] for name in key
        )

    def _aside(self) -> Path:
        folder = house().aside(owner_of(self.source.pk))
        remember(self.row, aside=str(folder))
        return folder

    def _keep_refused(self, making: Making, made: Made) -> None:
        """Write refused rows where people see them; of an earlier attempt, none stay."""
        rejecting.clear(self.row)
        check: Callable[[], None] = self.work.check_cancelled
        files = self.staged.files
        origin = rejecting.of_files(files)
        if self.again is not None:
            origin = self.again.origin
            refused, passed = making.lines_refused(), making.lines_passed()
            self._also = partial(self.again.settle, refused, passed, making.lines_read())
        left_out = {each.position for each in made.refused_files}
        kept = (each for each in self.stage.refused(self.staged) if each["file"] not in left_out)
        lines = rejecting.of_lines(self.row, kept, files)
        rejecting.write(lines, check)
        if made.has_refused:
            batches = making.refused_rows()
            rejecting.write(
                rejecting.of_rows(self.row, batches, made.reading.reasons, origin), check
            )

    def _refuse_files(self, made: Made) -> None:
        """Note which files were refused as a whole, and why (S91)."""
        for each in made.refused_files:
            file = SourceFile.objects.get(pk=self.staged.files[each.position])
            why = FILE_REFUSED(
                file=file.path, rejected=each.rejected, lines=each.lines, reason=each.reason
            )
            file.state, file.rejected = "refused", each.rejected
            file.code, file.message, file.details = why.code, why.template, why.details
            file.save()
            self.warnings.add(why.code, examples=[file.path])

    def _end(self, made: Made) -> None:
        self._refuse_files(made)
        row, counts = self.row, made.counts
        self.warnings.merge(made.warnings)
        for name, number in counts.stored().items():
            setattr(row, name, number)
        row.warnings = self.warnings.found
        row.cursor_to = committed(self.staged.newest)
        row.bytes = self.staged.bytes
        self._measure()
        version = self._version(made)
        # Rows that were refused before are few, and somebody looks at them just now.
        is_trusted = row.is_confirmed or self.again is not None
        why = None if is_trusted else self._suspicion(counts, made)
        if why is not None:
            note(row, why)
            publishing.hold(row, version, self.work)
        elif made.written is None:
            publishing.settle(row, version.stored(), self.work, also=self._also)
        else:
            publishing.publish(row, version, self.work, also=self._also)

    def _measure(self) -> None:
        self.row.peak_bytes = self.memory.peak
        self.row.log = list(self.work.progress.log)

    def _version(self, made: Made) -> Version:
        written = made.written
        return Version(
            aside=self.row.arguments["aside"] if written else "",
            rows=made.rows,
            deleted=made.deleted,
            bytes=written.bytes if written else 0,
            columns=made.columns,
            record_key=list(self.definition.record_key),
            newest=made.newest.isoformat() if made.newest else None,
            cursor=self.row.cursor_to,
            seen=self.seen,
        )

    def _suspicion(self, counts: Counts, made: Made) -> TresseError | None:
        version = self.source.version
        before = Before(
            rows=version.rows - version.deleted if version else 0,
            is_whole=(self.begun.is_whole or self.row.is_full) and not made.refused_files,
        )
        found = suspicion(counts, before, limits(), source=self.source.name)
        return found or seen.altered(self.source, self.seen, made.faults, self.warnings)
