"""A large file read and typed by a process of its own, while this one stages what it has typed.

The process is a plain program (`python -m tresse.transfers.apart`) that knows no Django and no
database, so it starts in a third of a second and shares nothing with its parent. What it is to do
comes in on standard input, typed chunks go out on standard output, pickled. A pipe holds less than
a chunk: it types one chunk ahead of its parent and then waits, so memory stays flat. It ends when
its parent has ended, however that was: then there is nobody to write to.
"""

import contextlib
import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from tresse.transfers.files import FileForm
from tresse.transfers.options import NewOptions
from tresse.transfers.packing import packed, unpacked
from tresse.transfers.typed import Typed, Typing, typed_chunks
from tresse.transfers.wanted import Wanted

LARGE = 8 * 1024 * 1024
"Bytes of a file from which on a second process pays."
ENOUGH_PROCESSORS = 2
_NUMBER = 8
"Bytes of the length before each pickle."


class ReaderDied(RuntimeError):  # noqa: N818  reads as a sentence
    """The process that reads the file ended before the file did: somebody killed it."""


class Apart:
    """The typed chunks of a file, read by another process; to be gone through once.

    `options` is complete when the last chunk was given.

    Raises:
        ReaderDied: The process was killed. Begin again, without it.
    """

    def __init__(self, path: Path, form: FileForm, wanted: Wanted, options: NewOptions) -> None:
        self._asked = (path, form, wanted, options)
        self.options = options
        self.pid = 0

    def __iter__(self) -> Generator[Typed, None, None]:
        command = [sys.executable, "-m", __name__]
        # Modules are found where this process finds them, installed or not.
        own = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with subprocess.Popen(  # noqa: S603  our own program
            command, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            self.pid = process.pid
            try:
                yield from self._chunks(process)
            finally:
                # Whether it has ended, or nobody wants the rest any more.
                process.kill()

    def _chunks(self, process: "subprocess.Popen[bytes]") -> Iterator[Typed]:
        there, back = process.stdin, process.stdout
        if there is None or back is None:
            raise ReaderDied
        with contextlib.suppress(BrokenPipeError):
            _send(there, self._asked)
        # Closing sends once more what could not be sent.
        with contextlib.suppress(BrokenPipeError):
            there.close()
        while True:
            found = _received(back)
            if isinstance(found, NewOptions):
                self.options = found
                return
            if isinstance(found, BaseException):
                raise found
            yield _whole(found)


class Here:
    """The typed chunks of a file, read by this process."""

    def __init__(self, path: Path, form: FileForm, wanted: Wanted, options: NewOptions) -> None:
        self._path, self._form = path, form
        self._typing = Typing(wanted, options)
        self.options = options

    def __iter__(self) -> Iterator[Typed]:
        return typed_chunks(self._path, self._form, self._typing)


def reading_of(
    path: Path, form: FileForm, wanted: Wanted, options: NewOptions, *, apart: bool = True
) -> Apart | Here:
    """The typed chunks of a file: read apart if it is large enough, and may be."""
    pays = apart and form.size >= LARGE and _processors() >= ENOUGH_PROCESSORS
    return (Apart if pays else Here)(path, form, wanted, options)


def _processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # not Linux


def _small(chunk: Typed) -> Typed:
    """A chunk with its columns packed."""
    return _changed(chunk, packed)


def _whole(chunk: Typed) -> Typed:
    """A chunk with its columns as they were."""
    return _changed(chunk, unpacked)


def _changed(chunk: Typed, change: Callable[[Any], Any]) -> Typed:
    def of(values: Any) -> Any:
        return values if values is None else change(values)

    columns = [
        replace(each, values=of(each.values), normals=of(each.normals), blank=of(each.blank))
        for each in chunk.columns
    ]
    return replace(
        chunk,
        lines=of(chunk.lines),
        columns=columns,
        ids=of(chunk.ids),
        cells={position: of(cells) for position, cells in chunk.cells.items()},
        digests=of(chunk.digests),
    )


def _send(out: BinaryIO | Any, value: Any) -> None:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    out.write(len(data).to_bytes(_NUMBER, "big"))
    out.write(data)
    out.flush()


def _received(source: BinaryIO | Any) -> Any:
    head = source.read(_NUMBER)
    size = int.from_bytes(head, "big")
    data = source.read(size)
    if len(head) < _NUMBER or len(data) < size:
        raise ReaderDied
    return pickle.loads(data)  # noqa: S301  written by our own program


def main() -> None:
    """Type the file asked for on standard input."""
    # Ctrl-C reaches the whole group; the parent decides what becomes of the import.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    out = sys.stdout.buffer
    path, form, wanted, options = _received(sys.stdin.buffer)
    typing = Typing(wanted, options)
    try:
        for chunk in typed_chunks(path, form, typing):
            _send(out, _small(chunk))
        _send(out, typing.options)
    except BrokenPipeError:
        # The parent is gone, or wants no more. Nothing is left to be flushed on the way out.
        os._exit(1)
    except Exception as error:  # noqa: BLE001  the parent raises it
        _send(out, error)


if __name__ == "__main__":
    main()
