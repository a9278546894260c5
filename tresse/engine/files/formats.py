"""File formats told by their content (T7): those with a reader, and what to do with the others."""

import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tresse.engine.files.refusals import FILE_IS_ENCRYPTED, UNSUPPORTED_FILE_TYPE
from tresse.engine.files.zips import directory_fits
from tresse.kernel.marks import N_

HEAD = 65_536
"Bytes looked at."

_ODS = "application/vnd.oasis.opendocument.spreadsheet"
# `RuntimeError`: encrypted, or of a version or compression that there is not.
_BROKEN_ZIP = (
    *(zipfile.BadZipFile, OSError, ValueError, EOFError, zlib.error),
    *(RuntimeError, struct.error),
)
_DBASE = frozenset((0x03, 0x30, 0x83, 0x8B, 0xF5))
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_NEVER_TEXT = bytes({*range(1, 32)} - set(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f"))
_FEW = 32
"Odd bytes that a text may hold, however short it is."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS_XLSX = N_("Save it as XLSX or CSV.")
_NO_TABLE = N_("Give a CSV file.")
_EXPORT = N_("Export the table as CSV.")


@dataclass(frozen=True, slots=True)
class Format:
    """A sort of file. `remedy`: empty if it can be read; `label` completes "x.xls is …"."""

    name: str
    label: str
    fits: Callable[[bytes, Path], bool]
    remedy: str = ""


def _begins(*marks: bytes) -> Callable[[bytes, Path], bool]:
    return lambda head, _: head.startswith(marks)


def _holds(part: str) -> Callable[[bytes, Path], bool]:
    """A zip archive with a member of that name; a torn one that names it early will do."""

    def fits(head: bytes, path: Path) -> bool:
        with _archive(head, path) as archive:
            return part in archive.namelist() if archive else _names(head, part)

    return fits


def _is_ods(head: bytes, path: Path) -> bool:
    """A zip archive that says so in its first member, or at least in its list of files."""
    if _names(head[:256], _ODS):
        return True
    with _archive(head, path) as archive:
        if archive is None or "content.xml" not in archive.namelist():
            return False
        told = [
            name for name in ("mimetype", "META-INF/manifest.xml") if name in archive.NameToInfo
        ]
        try:
            return any(_ODS.encode() in archive.open(name).read(HEAD) for name in told)
        except _BROKEN_ZIP:
            return False


@contextmanager
def _archive(head: bytes, path: Path) -> Iterator[zipfile.ZipFile | None]:
    """The archive a file is; None if it is none, or a broken one."""
    archive = None
    if head.startswith(b"PK\x03\x04") and directory_fits(path):
        try:
            archive = zipfile.ZipFile(path)
        except _BROKEN_ZIP:
            archive = None
    try:
        yield archive
    finally:
        if archive:
            archive.close()


def _names(head: bytes, part: str) -> bool:
    return head.startswith(b"PK\x03\x04") and part.encode() in head


def _is_json_lines(head: bytes, _: Path) -> bool:
    """An object on the first line, or the second if the first is broken."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{"):
        return False
    lines = text.split(b"\n", 2)
    if len(lines) == 1 and len(head) == HEAD:
        # One that is longer than what is looked at.
        return text[1:].lstrip().startswith(b'"')
    return any(map(_is_object, lines[:2]))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_json(head: bytes, _: Path) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith((b"[{", b"{\n", b"{\r\n")) or (
        text.startswith(b"[") and text[1:].lstrip().startswith(b"{")
    )


def _is_markup(head: bytes, _: Path) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:100].lower()
    return text.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<workbook"))


def _is_dbase(head: bytes, _: Path) -> bool:
    """A dBase table: its version, the day of its last change, its header's length and end."""
    if len(head) < 33 or head[0] not in _DBASE or not (1 <= head[2] <= 12 and 1 <= head[3] <= 31):
        return False
    length = int.from_bytes(head[8:10], "little")
    end = head[length - 1 : length] if length <= len(head) else b""
    return end == b"\r" or (length > 32 and head[length - 264 : length - 263] == b"\r")


def _is_binary(head: bytes, _: Path) -> bool:
    """Bytes that no text has, where the text is not UTF-16 or UTF-32."""
    if head.startswith(_WIDE) or b"\0" in head[:4]:
        return False
    odd = len(head) - len(head.translate(None, _NEVER_TEXT))
    return odd > _FEW and odd * 20 > len(head)


CSV = Format("csv", N_("a CSV file"), lambda _head, _path: True)

FORMATS: tuple[Format, ...] = (
    Format("xlsx", N_("an Excel workbook (XLSX)"), _holds("xl/workbook.xml")),
    Format(
        "ods",
        N_("an OpenDocument spreadsheet (ODS)"),
        _is_ods,
    ),
    Format("xls", N_("an old Excel file"), _begins(_OLE), _SAVE_AS_XLSX),
    Format("xlsb", N_("a binary Excel workbook"), _holds("xl/workbook.bin"), _SAVE_AS_XLSX),
    Format(
        "zip",
        N_("an archive"),
        _begins(
            b"PK\x03\x04",
            b"PK\x05\x06",
            b"\x1f\x8b",
            b"BZh91AY",
            b"7z\xbc\xaf",
            b"Rar!\x1a",
            b"\xfd7zXZ",
        ),
        N_("Unpack it and give the CSV file in it."),
    ),
    Format("pdf", N_("a PDF document"), _begins(b"%PDF-"), _NO_TABLE),
    Format(
        "image",
        N_("an image"),
        _begins(b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"),
        _NO_TABLE,
    ),
    Format(
        "database",
        N_("a database file"),
        _begins(b"SQLite format 3\x00", b"PAR1"),
        _EXPORT,
    ),
    Format("dbase", N_("a dBase table"), _is_dbase, _EXPORT),
    Format("jsonl", N_("a file of JSON lines"), _is_json_lines),
    Format("json", N_("a JSON document"), _is_json, N_("Convert it to CSV.")),
    Format(
        "markup", N_("a web page or XML document"), _is_markup, N_("Open it and save it as CSV.")
    ),
    Format("binary", N_("no text and no known table"), _is_binary, _NO_TABLE),
    CSV,
)
"In the order they are tried; what is none of the others is text."


def format_of(path: Path, name: str) -> Format:
    """The format of a file, by its first bytes.

    Raises:
        TresseError: `unsupported_file_type` (with what to do), `file_is_encrypted`.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    found = next(each for each in FORMATS if each.fits(head, path))
    if found.name == "xls" and _has_encrypted_stream(path):
        raise FILE_IS_ENCRYPTED(file=name)
    if found.remedy:
        raise UNSUPPORTED_FILE_TYPE(file=name, type=found.label, remedy=found.remedy)
    return found


def _has_encrypted_stream(path: Path) -> bool:
    """Whether an OLE file wraps a workbook with a password; its directory names the stream."""
    with path.open("rb") as file:
        last = b""
        while block := file.read(1 << 20):
            if _ENCRYPTED_STREAM in last + block:
                return True
            last = block[-len(_ENCRYPTED_STREAM) :]
    return False
