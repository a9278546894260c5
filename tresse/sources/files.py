"""Which files of a listing a source reads, in which order, and which it knows (S81 to S84)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import re2

from tresse.connections.files import is_unfinished
from tresse.connections.kinds.base import FileSeen
from tresse.sources.definition import Read

LONGEST_PATTERN = 1_000
MARKER = ".done"
_QUIET = re2.Options()
_QUIET.log_errors = False
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


class BadPattern(Exception):  # noqa: N818  reads as a sentence
    """A pattern that cannot be read, and why."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that a source reads; `date`: from its name, UTC; None if none is written there."""

    file: FileSeen
    date: datetime | None = None

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """File date, modification time, name (S82); a file without date goes by the time alone."""
        at = self.file.modified_at or _EARLIEST
        return self.date or at, at, self.file.path


@dataclass(frozen=True, slots=True)
class Matched:
    """What a source has to do with a listing.

    `candidates`: in reading order. `unmarked`: match, but wait for their marker. `undated`: match,
    but what should be their date is none, with that text; they are not read.
    """

    candidates: tuple[Candidate, ...] = ()
    unmarked: tuple[FileSeen, ...] = ()
    undated: tuple[tuple[FileSeen, str], ...] = ()


class Known(Protocol):
    """What is kept of a file that was read: a `SourceFile`."""

    path: str
    size: int
    modified_at: datetime | None


def compiled(pattern: str) -> Any:
    """A pattern of file names, ready; RE2, so that no pattern takes for ever.

    Raises:
        BadPattern: It cannot be read. Look-around and back-references cannot.
    """
    if len(pattern) > LONGEST_PATTERN:
        message = f"it has more than {LONGEST_PATTERN} characters"
        raise BadPattern(message)
    try:
        return re2.compile(pattern, _QUIET)
    except re2.error as error:
        reason = error.args[0] if error.args else "it cannot be read"
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise BadPattern(text) from None


def matched(files: Iterable[FileSeen], read: Read, zone: str) -> Matched:
    """The files of a listing that belong to a source.

    Args:
        files: Of the listing of its connection.
        read: What the source says of its files.
        zone: Of the account: what a date in a name without an offset means.

    Returns:
        Candidates in the order of S82. Hidden and unfinished files are none, nor are markers.
    """
    listed = list(files)
    names = {each.path for each in listed}
    pattern = compiled(read.files) if read.files else None
    candidates: list[Candidate] = []
    unmarked: list[FileSeen] = []
    undated: list[tuple[FileSeen, str]] = []
    for each in listed:
        found = _found(each, read, pattern)
        if found is None:
            continue
        if read.ready and f"{each.path}{MARKER}" not in names:
            unmarked.append(each)
            continue
        text = found.get("date")
        date = _date(text, read.date_format, zone) if text else None
        if text and date is None:
            undated.append((each, text))
        else:
            candidates.append(Candidate(each, date))
    candidates.sort(key=lambda candidate: candidate.order)
    return Matched(tuple(candidates), tuple(unmarked), tuple(undated))


def _found(file: FileSeen, read: Read, pattern: Any) -> Mapping[str, str] | None:
    """The named groups of a file's name; None if the file is not of the source."""
    if is_unfinished(file.name) or (read.ready and file.name.endswith(MARKER)):
        return None
    if pattern is None:
        return {} if file.name.startswith(read.starts_with) else None
    found = pattern.fullmatch(file.name)
    return None if found is None else found.groupdict()


def _date(text: str, form: str, zone: str) -> datetime | None:
    try:
        found = datetime.strptime(text, form)  # noqa: DTZ007  its zone follows
        given = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        return given.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def unread(candidates: Iterable[Candidate], known: Iterable[Known]) -> list[Candidate]:
    """Those whose state, by path, size and time, was not read yet (S83).

    One that comes back as new may still hold what was read: its SHA-256 says so once it is here.
    Of a server that tells no times, every file comes back.
    """
    read = {(each.path, each.size, each.modified_at) for each in known if each.modified_at}
    return [
        each
        for each in candidates
        if (each.file.path, each.file.size, each.file.modified_at) not in read
    ]
