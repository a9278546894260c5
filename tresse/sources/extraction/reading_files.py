"""Files of a source, staged: listed, settled, brought here, read line by line (S81 to S91)."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction

from tresse.connections.files import fetched, listed, settled
from tresse.connections.kinds.base import FileKind, FileSeen, Opened
from tresse.jobs.work import Work
from tresse.kernel.errors import TresseError
from tresse.sources.definition import SourceDefinition
from tresse.sources.extraction import places
from tresse.sources.extraction.counting import Warnings
from tresse.sources.extraction.refusals import SAME_CONTENT
from tresse.sources.extraction.rejecting import storable
from tresse.sources.extraction.staging import PART_ROWS, Part, Stage, Staged, room
from tresse.sources.files import Candidate, matched, unread
from tresse.sources.formats import FileForm, Wanted, batches, form_of, members
from tresse.sources.models import SourceFile, SourceRun
from tresse.sources.refused import Again, known_of, note_gone, tried_again

LEFT = frozenset({"file_changed", "file_missing"})
"A file that changed or went while it was brought here is left for the next run."


@dataclass(slots=True)
class Files:
    """What a run reads of a connection with files, and what it has found there."""

    kind: FileKind
    opened: Opened
    definition: SourceDefinition
    run: SourceRun
    stage: Stage
    staged: Staged
    work: Work
    warnings: Warnings
    language: str = "en"
    zone: str = "UTC"
    again: Again = field(default_factory=Again)
    "What is tried again."
    found: int = 0
    "Files that match, whether they were read before or not."
    whole: int = 0
    done: int = 0
    "Bytes of the files to read, and of those that were."


def remembered(files: Files) -> None:
    """Warn again of the files that an earlier attempt of the run came across."""
    for file in files.run.taken_files.order_by("pk"):
        if file.state == "same_content":
            files.warnings.add("same_content", examples=[file.path])
        elif file.state == "refused":
            files.warnings.add(file.code, examples=[file.path])


def stage_files(files: Files, save: Callable[[], None]) -> None:
    """Bring every file here that was not read before, and its rows onto disk.

    `save` writes the cursor of the job after every file, in one transaction with what is known of
    the file. A file that cannot be read as a whole is refused, and the others go on.

    Raises:
        TresseError: What the connection refuses; `no_space`.
    """
    with files.kind.keeping(files.opened) as held:
        wanted = _wanted(files, held)
        files.whole = sum(each.file.size for each in wanted)
        for candidate in wanted:
            files.work.check_cancelled()
            _read_one(files, held, candidate, save)
            files.done += candidate.file.size
    files.staged.is_complete = True
    save()


def _wanted(files: Files, held: Opened) -> list[Candidate]:
    """Files to read, in order, without those of an earlier attempt of this run."""
    run, warnings = files.run, files.warnings
    listing = listed(files.kind, held, files.work.check_cancelled)
    found = matched(listing, files.definition.read, files.zone)
    files.found = len(found.candidates)
    _warn(warnings, "file_undated", [each.path for each, _ in found.undated])
    _warn(warnings, "file_unmarked", [each.path for each in found.unmarked])
    undated = (each for each, _ in found.undated)
    matching = (*(each.file for each in found.candidates), *found.unmarked, *undated)
    note_gone(run, [each.path for each in matching])
    candidates = list(found.candidates)
    files.again = tried_again(run)
    if not run.is_full:
        candidates = unread(candidates, known_of(run, files.again))
    if run.mode == "once" and run.arguments.get("refused") and not (run.is_full or run.is_first):
        # What is read once takes no other files later.
        candidates = [each for each in candidates if each.file.path in files.again.paths]
    earlier = set(run.taken_files.values_list("path", flat=True))
    candidates = [each for each in candidates if each.file.path not in earlier]
    at_rest, moving = settled(
        files.kind,
        held,
        [each.file for each in candidates],
        wait=_waiting(files.work),
        check=files.work.check_cancelled,
    )
    _warn(warnings, "file_unsettled", [each.path for each in moving])
    calm = {each.path for each in at_rest}
    return [each for each in candidates if each.file.path in calm]


def _waiting(work: Work) -> Callable[[float], None]:
    def wait(seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            work.check_cancelled()
            time.sleep(0.2)

    return wait


def _warn(warnings: Warnings, code: str, paths: list[str]) -> None:
    warnings.add(code, len(paths), examples=paths)


def _read_one(files: Files, held: Opened, candidate: Candidate, save: Callable[[], None]) -> None:
    file, work = candidate.file, files.work
    local = places.made(files.run.pk) / "file"
    try:
        with room(local.parent, files.run.source.name):
            brought = fetched(files.kind, held, file, local, check=work.check_cancelled)
    except TresseError as error:
        if error.code not in LEFT:
            raise
        if error.code == "file_changed":
            files.warnings.add("file_unsettled", examples=[file.path])
        work.log(error.message)
        return
    holds_all = files.definition.read.file_holds == "all"
    same = _same_content(files.run, brought.sha256, holds_all=holds_all)
    if same is not None and same.path == file.path and file.path in files.again.archives:
        same = None  # its refused members are tried again, and the others with them
    row = _row(files, candidate, brought.sha256)
    if same is not None:
        why = SAME_CONTENT(file=file.path, same=same.path)
        row.state, row.same_as = "same_content", same
        row.code, row.message, row.details = why.code, why.template, why.details
        files.warnings.add("same_content", examples=[file.path])
        row.save()
    else:
        _stage(files, row, local, candidate, save)
    local.unlink(missing_ok=True)


def _same_content(run: SourceRun, sha256: str, *, holds_all: bool) -> SourceFile | None:
    """A file with the same content that was read; of a full reading, within this run alone.

    Of files each of which holds everything only the one before counts: what it says may have been
    so once, and be so again (S83, S90).
    """
    mine = run.taken_files.filter(state="taken").exclude(sha256="").order_by("-pk")
    others = SourceFile.objects.filter(source_id=run.source_id, state="read").exclude(sha256="")
    others = others.none() if run.is_full else others.order_by("-pk")
    if holds_all:
        latest = mine.first() or others.first()
        return latest if latest is not None and latest.sha256 == sha256 else None
    return mine.filter(sha256=sha256).first() or others.filter(sha256=sha256).last()


def _row(files: Files, candidate: Candidate, sha256: str) -> SourceFile:
    file = candidate.file
    return SourceFile(
        source_id=files.run.source_id,
        run=files.run,
        position=len(files.staged.files),
        path=file.path,
        size=file.size,
        modified_at=file.modified_at,
        file_date=candidate.date,
        sha256=sha256,
    )


def _stage(
    files: Files, row: SourceFile, local: Path, candidate: Candidate, save: Callable[[], None]
) -> None:
    """Read a file, or every file of a zip, and keep what is known of it with its rows."""
    before = list(files.staged.parts)
    counted = Staged.read(files.staged.stored())
    rows: list[SourceFile] = []
    try:
        for member in members(local, _as_wanted(files, row.path)):
            path = f"{row.path}/{member}" if member else row.path
            own = row if not rows else _row(files, candidate, "")
            own.path = path if rows else row.path
            own.position = len(files.staged.files) + len(rows)
            rows.append(own)
            _read_member(files, own, local, member, path)
    except TresseError as error:
        files.stage.drop(files.staged, [n for n in files.staged.parts if n not in before])
        for name in ("rows", "bytes", "refused"):
            setattr(files.staged, name, getattr(counted, name))
        _refuse(files, row, error, save)
        return
    except BaseException:
        files.staged.parts = before
        raise
    with transaction.atomic():
        for own in rows:
            own.save()
        files.staged.files += [own.pk for own in rows]
        save()


def _refuse(files: Files, row: SourceFile, error: TresseError, save: Callable[[], None]) -> None:
    """Note why a file as a whole is not read; the others of the run go on (S88)."""
    row.state, row.code, row.message = "refused", error.code, error.template
    row.details = storable(error.details)
    files.warnings.add(error.code, examples=[row.path])
    files.work.log(error.message)
    with transaction.atomic():
        row.save()
        save()


def _as_wanted(files: Files, path: str) -> Wanted:
    read = files.definition.read
    return Wanted(
        name=path,
        format=read.format,
        separator=read.separator,
        encoding=read.encoding,
        path=read.path,
        columns=tuple(column.name for column in files.definition.columns or ()),
        language=files.language,
    )


def _read_member(files: Files, row: SourceFile, local: Path, member: str, path: str) -> None:
    """The rows of one file as parts of the run; `row` learns its form and counts."""
    wanted = _as_wanted(files, path)
    form = form_of(local, wanted, member, check=files.work.check_cancelled)
    row.form = form.told()
    for column in form.absent:
        files.warnings.add("column_absent", column=column, examples=[path])
    part = Part(files.stage, files.staged, file=row.position)
    reading = batches(local, form, wanted.columns or None)
    try:
        for found in reading:
            files.work.check_cancelled()
            part.write(found.batch, has_lines=True)
            part.refuse(found.rejected)
            row.lines += found.batch.num_rows + len(found.rejected)
            row.rejected += len(found.rejected)
            _tell(files, row, form, found.bytes, part.rows)
            if part.rows >= PART_ROWS:
                part.close(files.staged, _later)
                part = Part(files.stage, files.staged, file=row.position)
    except BaseException:
        part.abandon()
        raise
    finally:
        reading.close()
    part.close(files.staged, _later)


def _later() -> None:
    """Parts within a file count once the whole file does."""


def _tell(files: Files, row: SourceFile, form: FileForm, gone: int, rows: int) -> None:
    """Show how far the reading is: rows, and how many there will be if they go on like this."""
    done = files.staged.rows + rows
    share = (files.done + row.size * min(gone / max(form.size, 1), 1)) / max(files.whole, 1)
    files.work.tell(done=done, total=round(done / share) if share > 0.01 else None)


def dates_of(ids: Iterable[int]) -> dict[int, datetime]:
    """The date of each file of a run by its position, where its name says one."""
    found = SourceFile.objects.filter(pk__in=list(ids)).values_list("position", "file_date")
    return {position: date for position, date in found if date is not None}


def seen_of(file: SourceFile) -> FileSeen:
    """A file as it was listed when it was read."""
    return FileSeen(file.path, file.path.rpartition("/")[2], file.size, file.modified_at)
