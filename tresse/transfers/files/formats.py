"""File formats told by their content (T7): those with a reader, and what to do with the others."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tresse.kernel.marks import N_
from tresse.transfers.refusals import (
    FILE_IS_DAMAGED,
    FILE_IS_ENCRYPTED,
    UNSUPPORTED_FILE_TYPE,
)

HEAD = 65_536
"Bytes looked at."

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS_CSV = N_("Save the sheet as CSV.")
_NO_TABLE = N_("Give a CSV file.")


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
    """A zip archive with a member whose name, or whose type in `mimetype`, is or ends so."""

    def fits(head: bytes, path: Path) -> bool:
        if not head.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError, ValueError):
            return part.encode() in head
        return part in names or part.encode() in head[:256]

    return fits


def _is_json_lines(head: bytes, _: Path) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(text.split(b"\n", 1)[0]), dict)
    except ValueError:
        return False


def _is_json(head: bytes, _: Path) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith((b"[{", b"{\n", b"{\r\n")) or (
        text.startswith(b"[") and text[1:].lstrip().startswith(b"{")
    )


def _is_markup(head: bytes, _: Path) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:100].lower()
    return text.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<workbook"))


CSV = Format("csv", N_("a CSV file"), lambda _head, _path: True)

FORMATS: tuple[Format, ...] = (
    Format("xlsx", N_("an Excel workbook (XLSX)"), _holds("xl/workbook.xml"), _SAVE_AS_CSV),
    Format(
        "ods",
        N_("an OpenDocument spreadsheet (ODS)"),
        _holds("application/vnd.oasis.opendocument.spreadsheet"),
        _SAVE_AS_CSV,
    ),
    Format("xls", N_("an old Excel file"), _begins(_OLE), N_("Save it as CSV.")),
    Format("xlsb", N_("a binary Excel workbook"), _holds("xl/workbook.bin"), _SAVE_AS_CSV),
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
        N_("Export the table as CSV."),
    ),
    Format("jsonl", N_("a file of JSON lines"), _is_json_lines, N_("Convert it to CSV.")),
    Format("json", N_("a JSON document"), _is_json, N_("Convert it to CSV.")),
    Format(
        "markup", N_("a web page or XML document"), _is_markup, N_("Open it and save it as CSV.")
    ),
    CSV,
)
"In the order they are tried; what is none of the others is text."


def format_of(path: Path, name: str) -> Format:
    """The format of a file, by its first bytes.

    Raises:
        TresseError: `unsupported_file_type` (with what to do), `file_is_encrypted`,
            `file_is_damaged`.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    found = next(each for each in FORMATS if each.fits(head, path))
    if found.name == "xls" and _has_encrypted_stream(path):
        raise FILE_IS_ENCRYPTED(file=name)
    if found.name in {"xlsx", "ods"}:
        _check_archive(path, name, found)
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


def _check_archive(path: Path, name: str, found: Format) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        damaged = FILE_IS_DAMAGED(file=name, type=found.name.upper(), byte=path.stat().st_size)
        raise damaged from None
    if any(member.flag_bits & 1 for member in members):
        raise FILE_IS_ENCRYPTED(file=name)
