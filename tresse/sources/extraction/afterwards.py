"""What follows publication: files put away, old versions and staged rows removed (S85, S117)."""

from tresse.connections.files import done_with
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import FileKind, Opened
from tresse.connections.opening import opened
from tresse.jobs.work import Work
from tresse.kernel.errors import TresseError
from tresse.sources.extraction import places
from tresse.sources.extraction.counting import Warnings
from tresse.sources.extraction.publishing import retire
from tresse.sources.extraction.reading_files import seen_of
from tresse.sources.models import SourceFile, SourceRun
from tresse.sources.stored import definition_of

DONE = ("read", "same_content")


def tidy_up(row: SourceRun, work: Work) -> None:
    """Do what is left after a run, as often as it is asked; nothing here undoes the run."""
    if row.state == "held":
        return
    if row.state in ("published", "unchanged"):
        _put_files_away(row, work)
    if row.state == "published":
        retire(row.source_id)
    places.clear(row.pk)


def _put_files_away(row: SourceRun, work: Work) -> None:
    source = row.source
    read = definition_of(source).read
    kind = KINDS[source.connection.kind]
    waiting = row.taken_files.filter(state__in=DONE, afterwards="").exclude(sha256="")
    if not isinstance(kind, FileKind) or not waiting.exists():
        return
    if read.afterwards == "leave":
        waiting.update(afterwards="left")
        return
    failed: list[str] = []
    try:
        with kind.keeping(opened(source.connection)) as held:
            for file in waiting.order_by("pk"):
                work.check_cancelled()
                _put_away(kind, held, file, read.afterwards, read.ready == "marker", failed)
    except TresseError as error:
        failed = [f"{each.path}: {error.message}" for each in waiting]
        waiting.update(afterwards="failed")
    if failed:
        warnings = Warnings(dict(row.warnings))
        warnings.add("afterwards_failed", len(failed), examples=failed)
        row.warnings = warnings.found
        row.save(update_fields=["warnings"])


def _put_away(
    kind: FileKind,
    held: Opened,
    file: SourceFile,
    afterwards: str,
    has_marker: bool,
    failed: list[str],
) -> None:
    try:
        file.afterwards = done_with(kind, held, seen_of(file), afterwards, has_marker=has_marker)
    except TresseError as error:
        file.afterwards = "failed"
        failed.append(f"{file.path}: {error.message}")
    file.save(update_fields=["afterwards"])
