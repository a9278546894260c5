"""Packed files, and zips with several files (S86, S125)."""

import bz2
import gzip
import zipfile

import pyarrow as pa
import pytest

from tests.sources.formats.reading import read, refused, written
from tresse.kernel.errors import TresseError
from tresse.sources.formats import Wanted, batches, form_of, members

TEXT = "id,name\n" + "".join(f"{at},Zoë {at}\n" for at in range(50_000))
PACKED = {
    "": lambda data: data,
    "gz": gzip.compress,
    "bz2": lambda data: bz2.compress(data, 1),
    "zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}


def zipped(path, files, method=zipfile.ZIP_DEFLATED):
    """A zip with files by name."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("packing", PACKED)
def test_a_packed_file_is_told_by_its_content(tmp_path, packing):
    """S86: plain or `.gz .bz2 .zst`."""
    got = read(written(tmp_path, PACKED[packing](TEXT.encode()), "orders"))
    assert got.form.packing == packing
    assert len(got.rows) == 50_000
    assert got.rows[-1] == ("49999", "Zoë 49999")
    assert got.lines[-1] == 50_001


@pytest.mark.parametrize("packing", ["gz", "bz2", "zst"])
def test_a_packed_file_of_several_parts_is_whole(tmp_path, packing):
    """S86: some programs append one packed part to another."""
    parts = [PACKED[packing](part) for part in (b"a,b\n1,", b"2\n3,4\n")]
    assert read(written(tmp_path, b"".join(parts))).rows == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize("packing", ["gz", "bz2", "zst"])
def test_a_packed_file_that_breaks_off_is_refused(tmp_path, packing):
    """S86: `file_is_damaged`, whether it is noticed at once or while reading."""
    whole = PACKED[packing](b"".join(b"%d,x\n" % number for number in range(300_000)))
    path = written(tmp_path, whole[: len(whole) - 100])
    assert refused(path)[0] == "file_is_damaged"
    assert refused(written(tmp_path, whole[:20], "b"), encoding="utf-8")[0] == "file_is_damaged"
    form = form_of(path, Wanted(encoding="utf-8"))
    with pytest.raises(TresseError) as error:
        list(batches(path, form))
    assert error.value.code == "file_is_damaged"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_zip_may_hold_several_files(tmp_path, method):
    """S86: a zip may hold several files; each has a form, a name and lines of its own."""
    files = {
        "jan/orders.csv": "id;x\n1;é\n",
        "empty/": "",
        "__MACOSX/jan/._orders.csv": "\0",
        "feb.json": '[{"id": 2}]',
    }
    path = zipped(tmp_path / "all.zip", files, method)
    assert members(path, Wanted()) == ("jan/orders.csv", "feb.json")
    first, second = (read(path, member=member) for member in members(path, Wanted()))
    assert (first.form.name, first.rows, first.lines) == (
        "all.zip/jan/orders.csv",
        [("1", "é")],
        [2],
    )
    assert (second.form.format, second.rows) == ("json", [("2",)])


def test_a_zip_of_one_file_is_that_file(tmp_path):
    """S86"""
    path = zipped(tmp_path / "a.zip", {"a.csv": TEXT})
    got = read(path)
    assert (got.form.name, len(got.rows)) == ("a.zip/a.csv", 50_000)
    assert members(written(tmp_path, "a\n1\n"), Wanted()) == ("",)


def test_zips_that_cannot_be_read_are_refused(tmp_path):
    """S86: a zip without files, torn, with a password; a spreadsheet."""
    path = zipped(tmp_path / "a.zip", {"a.csv": TEXT})
    whole = path.read_bytes()
    assert refused(written(tmp_path, whole[:-30], "torn.zip"))[0] == "file_is_damaged"
    assert refused(zipped(tmp_path / "b.zip", {"x/": ""}))[0] == "file_is_empty"
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.rfind(b"PK\x01\x02") + 8] |= 1
    assert refused(written(tmp_path, bytes(locked), "c.zip"))[0] == "file_is_encrypted"
    wrong = bytearray(whole)
    wrong[200] ^= 255
    assert refused(written(tmp_path, bytes(wrong), "d.zip"))[0] == "file_is_damaged"
    book = zipped(tmp_path / "e.xlsx", {"xl/workbook.xml": "<x/>", "[Content_Types].xml": ""})
    assert refused(book) == (
        "unsupported_file_type",
        "e.xlsx is an Excel workbook (XLSX). Save it as CSV.",
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7\n", "x.csv is a PDF document. Give a CSV file."),
        (b"<html><table>", "x.csv is a web page or XML document."),
        (b"PAR1\x00\x01", "x.csv is a database file. Export the table as CSV."),
        (b"\xfd7zXZ\x00", "x.csv is an archive."),
        (gzip.compress(b"%PDF-1.7\n"), "x.csv is a PDF document."),
    ],
)
def test_other_files_are_refused_with_what_to_do(tmp_path, content, words):
    """S86: what is neither CSV nor JSON: `unsupported_file_type`."""
    code, message = refused(written(tmp_path, content))
    assert code == "unsupported_file_type"
    assert words in message


@pytest.mark.parametrize("sort", ["zip", "gz", "bz2", "zst"])
def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path, sort):
    """S125: `file_too_large` (after 10 GB, here after 2 MB); nothing is unpacked beyond that."""
    data = b"a,b\n" + b"1,2\n" * 600_000
    path = tmp_path / "bomb"
    if sort == "zip":
        zipped(path, {"a.csv": data})
    else:
        path.write_bytes(PACKED[sort](data))
    code, message = refused(path, most_bytes=2_000_000)
    assert code == "file_too_large"
    assert message == "bomb holds more than 2 MB when unpacked. Split it."
    form = form_of(path, Wanted(encoding="utf-8"))
    with pytest.raises(TresseError) as error:
        list(batches(path, form, most=2_000_000))
    assert error.value.code == "file_too_large"


def test_a_file_that_is_too_large_as_it_is_is_refused(tmp_path):
    """S86: up to 10 GB."""
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(10 * 1000**3 + 1)
    code, message = refused(path)
    assert code == "file_too_large"
    assert "10 GB" in message or "9,537 MB" in message
