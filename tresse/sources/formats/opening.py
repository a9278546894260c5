"""Files opened: `form_of` says how one is read, `batches` reads it."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tresse.engine.files.encoding import Encoding
from tresse.engine.files.formats import FORMATS
from tresse.engine.files.refusals import UNSUPPORTED_FILE_TYPE
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.sources.formats import delimited, json_files
from tresse.sources.formats.blocks import LONGEST_LINE, blocks
from tresse.sources.formats.encodings import HEAD, decoded, encoding_of
from tresse.sources.formats.form import MOST_BYTES, FileForm, Part, Wanted
from tresse.sources.formats.packing import (
    files_in,
    opened,
    packing_of,
    size_of,
    too_large,
)
from tresse.sources.formats.refusals import FILE_HOLDS_NOTHING, LINE_TOO_LONG

_READ = ("csv", "json", "jsonl")
_SAVE_AS_CSV = N_("Save it as CSV.")
_WORKBOOKS = ("xlsx", "ods", "xlsb")
"Sheets that are zips, too."
_SHEETS = (*_WORKBOOKS, "xls")
_MARK = 8
"Bytes that tell how a file is packed."


def never_over() -> None:
    """Looking at a file that nobody cuts short."""


def members(path: Path, wanted: Wanted) -> tuple[str, ...]:
    """Names of the files in a zip, in its order, without folders; of any other file `("",)`.

    Raises:
        TresseError: `file_is_damaged`, `file_is_encrypted`, `file_is_empty` (a zip without files),
            `file_too_large` (its files together are larger than `wanted.most_bytes`),
            `unsupported_file_type` (a spreadsheet, which is a zip to programs only).
    """
    if packing_of(_head(path, _MARK)) != "zip":
        return ("",)
    name = wanted.name or path.name
    _refuse_others(_head(path, HEAD), path, name, _WORKBOOKS)
    return files_in(path, name=name, most=wanted.most_bytes)


def form_of(
    path: Path, wanted: Wanted, member: str = "", *, check: Callable[[], None] = never_over
) -> FileForm:
    """How a file is read: as wanted, the rest found; goes through the whole file once.

    Args:
        path: The file, on this machine.
        wanted: What the definition says.
        member: Of a zip, one of `members`; it may be left out if there is one only.
        check: Asked every megabyte or so; what it raises ends the looking.

    Raises:
        TresseError: `unsupported_file_type`, `file_too_large`, `file_is_empty`, `file_is_damaged`,
            `file_is_encrypted`, `too_many_columns`, `cell_too_large` (a header without an end),
            `header_missing`, `header_repeated`, `header_mismatch` (a picked column is not there;
            details `missing`, `nearest`), `path_not_found` (no array there), `wrong_value` (a
            choice there is not).
    """
    name = wanted.name or path.name
    if path.stat().st_size > wanted.most_bytes:
        raise too_large(name, wanted.most_bytes)
    packing = packing_of(_head(path, _MARK))
    if packing == "zip":
        known = members(path, wanted)
        member = member or (known[0] if len(known) == 1 else "")
        name = f"{name}/{member}"
    form = FileForm(name, "", packing=packing, member=member)
    form = replace(form, size=size_of(path, form), path=wanted.path)
    with opened(path, form, wanted.most_bytes) as stream:
        head = stream.read(HEAD)
    if not head:
        raise FILE_HOLDS_NOTHING(file=name)
    encoding = _encoding(path, form, wanted, head, check)
    form = _with_format(path, form, wanted, head, encoding)
    if form.format == "csv":
        return _delimited(path, form, wanted, encoding)
    return json_files.form_of(path, form, wanted, check)


def batches(
    path: Path, form: FileForm, columns: Sequence[str] | None = None, *, most: int = MOST_BYTES
) -> Generator[Part, None, None]:
    """The rows of a file, in order, some ten thousand at a time; None: all columns.

    Refuses nothing that `form_of` took, as long as the file stays what it was, but a packed file
    that breaks off (`file_is_damaged`). Closing the iterator ends what it has started.
    """
    names = form.headers if columns is None else tuple(dict.fromkeys(columns))
    read = delimited.batches if form.format == "csv" else json_files.batches
    return read(path, form, names, most)


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _encoding(
    path: Path, form: FileForm, wanted: Wanted, head: bytes, check: Callable[[], None]
) -> Encoding:
    """The encoding; JSON is UTF-8 unless its beginning is not, so the rest is not looked at."""
    format = wanted.format or _found_format(head.decode("utf-8", "replace").lstrip("\ufeff"))
    is_json = bool(wanted.path) or format != "csv"
    most = len(head) if is_json else wanted.most_bytes

    def whole() -> Iterator[bytes]:
        with opened(path, form, wanted.most_bytes) as stream:
            seen = 0
            while seen < most and (chunk := stream.read(HEAD)):
                check()
                seen += len(chunk)
                yield chunk

    return encoding_of(
        head, whole, name=form.name, wanted=wanted.encoding, language=wanted.language
    )


def _with_format(
    path: Path, form: FileForm, wanted: Wanted, head: bytes, encoding: Encoding
) -> FileForm:
    format = wanted.format or ("json" if wanted.path else "")
    if format and format not in _READ:
        raise WRONG_VALUE(name="format", wanted=", ".join(_READ), value=format)
    guessed = set() if format else {"format"}
    if not wanted.encoding:
        guessed.add("encoding")
    if not format:
        _refuse_others(head, path, form.name)
        format = _found_format(decoded(head[encoding.bom :], encoding.codec)[0])
    return replace(
        form,
        format=format,
        encoding=encoding.name,
        bom=encoding.bom,
        guessed=frozenset(guessed),
    )


def _found_format(head: str) -> str:
    text = head.lstrip()
    if text.startswith("{"):
        return "jsonl" if json_files.is_lines(text) else "json"
    if text.startswith("[") and text[1:].lstrip()[:1] in {"{", "]", ""}:
        return "json"
    return "csv"


def _refuse_others(head: bytes, path: Path, name: str, only: Sequence[str] | None = None) -> None:
    """Refuse what is no text, with what to do."""
    for each in FORMATS:
        if each.name in _READ or (only and each.name not in only):
            continue
        if each.fits(head, path):
            # Imports read workbooks, and say so; sources do not.
            remedy = _SAVE_AS_CSV if each.name in _SHEETS else each.remedy
            raise UNSUPPORTED_FILE_TYPE(file=name, type=each.label, remedy=remedy)


def _delimited(path: Path, form: FileForm, wanted: Wanted, encoding: Encoding) -> FileForm:
    with opened(path, form, wanted.most_bytes) as stream:
        first = next(blocks(stream, encoding.codec, encoding.bom), None)
    if first is None:
        raise FILE_HOLDS_NOTHING(file=form.name)
    if first.dropped:
        raise LINE_TOO_LONG(line=1, size=f"> {LONGEST_LINE >> 20} MB", most="32 MB")
    return delimited.form_of(first.data, form, wanted, encoding)
