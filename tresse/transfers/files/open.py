"""Files opened: `sniff` says how a file is read, `rows` reads it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tresse.engine.files.formats import format_of
from tresse.engine.files.refusals import FILE_IS_EMPTY
from tresse.engine.files.sizes import shown_size
from tresse.transfers.files import delimited, tables
from tresse.transfers.files.form import Chunk, FileForm, Reading
from tresse.transfers.refusals import FILE_TOO_LARGE

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
            `too_many_columns`, `sheet_not_chosen`; or `wrong_value` for a choice there is not.
    """
    name = name or path.name
    size = path.stat().st_size
    if size > reading.most_bytes:
        raise FILE_TOO_LARGE(file=name, size=shown_size(size), most=shown_size(reading.most_bytes))
    if not size:
        raise FILE_IS_EMPTY(file=name)
    format = format_of(path, name)
    if format.name in tables.TYPES:
        return tables.form_of(path, name=name, type=format.name, reading=reading)
    return delimited.form_of(path, name=name, reading=reading, language=language)


def rows(path: Path, form: FileForm) -> Iterator[Chunk]:
    """The rows of a file in order, in chunks of at most 20,000.

    Memory does not grow with the file. Refuses nothing that `sniff` took, as long as the file
    stays what it was.
    """
    if form.type in tables.TYPES:
        return tables.rows(path, form)
    return delimited.rows(path, form)


def telling(path: Path, form: FileForm, positions: Sequence[int]) -> Iterator[list[list[str]]]:
    """Of some columns, the cells that may tell how dates and numbers are written, in pieces.

    The whole file, at less cost than `rows` where there is a shorter way.
    """
    if form.type in tables.TYPES:
        for chunk in tables.rows(path, form):
            yield [chunk.telling(position) for position in positions]
    else:
        yield from delimited.columns(path, form, positions)
