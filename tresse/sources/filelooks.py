"""Rows of the files of a source for a look at it: the latest first, while there is time."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from tresse.accounts.queries import account
from tresse.connections.files import fetched
from tresse.connections.kinds.base import FileKind, Opened
from tresse.kernel.errors import TresseError
from tresse.sources.definition import Read
from tresse.sources.extraction.refusals import NO_FILES
from tresse.sources.extraction.staging import numbered
from tresse.sources.files import Candidate, matched
from tresse.sources.formats import FileForm, Wanted, batches, form_of, members
from tresse.sources.refusals import LOOK_TOO_LONG

PATIENCE = 30.0
"Seconds that the first file may take beyond those of a look."


class FileRows:
    """The rows of files, read once: facts are complete when `batches` has ended.

    `names`: columns, of the latest file. `files`: those that were read; `found`: how many there
    are. `rejected`: lines that could not be read. `dates`: of files by position. `is_whole`: every
    file was read to its end.
    """

    def __init__(
        self, kind: FileKind, reached: Opened, read: Read, folder: Path, until: float
    ) -> None:
        self.names: tuple[str, ...] = ()
        self.files: list[str] = []
        self.found = 0
        self.rejected = 0
        self.dates: dict[int, datetime] = {}
        self.is_whole = True
        self._kind, self._reached, self._read = kind, reached, read
        self._here = folder / "file"
        self._until = until

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows of all files with `_file` and `_line`.

        Raises:
            TresseError: What the connection refuses; `no_files`; what refuses the latest file, if
                none can be read.
        """
        here = account()
        listing = self._kind.listing(self._reached)
        found = matched(listing, self._read, here.zone).candidates
        self.found = len(found)
        if not found:
            pattern = self._read.files or f"{self._read.starts_with}…"
            raise NO_FILES(connection=self._reached.name, pattern=pattern)
        refused: TresseError | None = None
        with ExitStack() as stack:
            reached = stack.enter_context(self._kind.keeping(self._reached))
            for candidate in reversed(found):
                if self.files and time.monotonic() > self._until:
                    self.is_whole = False
                    return
                try:
                    yield from self._of_file(reached, candidate, here.language)
                except TresseError as error:
                    refused = refused or error
                    self.is_whole = False
                finally:
                    self._here.unlink(missing_ok=True)
        if refused is not None and not self.files:
            raise refused

    def _of_file(
        self, reached: Opened, candidate: Candidate, language: str
    ) -> Iterator[pa.RecordBatch]:
        fetched(self._kind, reached, candidate.file, self._here, check=self._check)
        wanted = Wanted(
            name=candidate.file.name,
            format=self._read.format,
            separator=self._read.separator,
            encoding=self._read.encoding,
            path=self._read.path,
            columns=self.names,
            language=language,
        )
        for member in members(self._here, wanted):
            form = form_of(self._here, wanted, member, check=self._check)
            yield from self._of_member(form, candidate)

    def _check(self) -> None:
        """A first file may take a little longer; what takes still longer is no look any more."""
        late = time.monotonic() - self._until
        if late > (0 if self.files else PATIENCE):
            raise LOOK_TOO_LONG(connection=self._reached.name)

    def _of_member(self, form: FileForm, candidate: Candidate) -> Iterator[pa.RecordBatch]:
        self.names = self.names or form.headers
        at = len(self.files)
        self.files.append(form.name)
        if candidate.date is not None:
            self.dates[at] = candidate.date
        for part in batches(self._here, form, self.names):
            self.rejected += len(part.rejected)
            yield numbered(part.batch, at, None)
