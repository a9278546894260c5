"""Files opened: `sniff` says how a file is read, `rows` reads it."""

from collections.abc import Iterator
from pathlib import Path

from tresse.transfers.files import delimited
from tresse.transfers.files.form import Chunk, FileForm, Reading
from tresse.transfers.files.formats import format_of
from tresse.transfers.refusals import FILE_IS_EMPTY, FILE_TOO_LARGE

AS_FOUND = Reading()


def sniff(
    path: Path, *, name: str = "", language: str = "en", reading: Reading = AS_FOUND
) -> FileForm:
    """Say how a file is read, told by its content (T7 to T14); reads the whole file once.

    Args:
        path: The file.
        name: What the person calls it; its own name if empty.
        language: Of the person; decides between encodings that fit equally well.
        reading: What the person chose; the rest is found.

    Raises:
        TresseError: A finding of level file (T79): `unsupported_file_type`, `file_too_large`,
            `file_is_empty`, `file_is_encrypted`, `file_is_damaged`, `undecodable_text`,
            `too_many_columns`; or `wrong_value` for a choice there is not.
    """
    name = name or path.name
    size = path.stat().st_size
    if size > reading.most_bytes:
        raise FILE_TOO_LARGE(file=name, size=_shown(size), most=_shown(reading.most_bytes))
    if not size:
        raise FILE_IS_EMPTY(file=name)
    format_of(path, name)
    return delimited.form_of(path, name=name, reading=reading, language=language)


def rows(path: Path, form: FileForm) -> Iterator[Chunk]:
    """The rows of a file in order, in chunks of at most 20,000.

    Memory does not grow with the file. Refuses nothing that `sniff` took, as long as the file
    stays what it was.
    """
    return delimited.rows(path, form)


def _shown(size: int) -> str:
    """A number of bytes as people read it, rounded up: 513 MB is not "512 MB"."""
    for unit, label in ((1 << 20, "MB"), (1 << 10, "kB")):
        if size >= unit:
            return f"{-(-size // unit):,} {label}"
    return f"{size} bytes"
