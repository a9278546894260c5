"""Hostile files: no traceback, no silent loss, no more memory than a bound (T8 to T15).

A file is read or refused with a code. Of one that is read, every line is the header's, blank, in a
row or in a rejected row. Memory is measured in a process of its own, with the room it needs and not
much more.
"""

import json
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.examples import examples
from tests.transfers.books import ods, ods_row, row, xlsx
from tests.transfers.reading import written
from tresse.engine.files.encoding import ENCODINGS
from tresse.kernel.errors import TresseError
from tresse.transfers import refusals
from tresse.transfers.files import Reading, archives, rows, sniff, unpacked

FILE_CODES = {code for code, level in refusals.LEVEL_OF.items() if level == refusals.FILE}
MEMORY = 400 << 20
"Of a process that reads files: Python, the product's code, and what a file may take."
fuzz = examples(150)
CHOICES = st.builds(
    Reading,
    encoding=st.none() | st.sampled_from([*ENCODINGS]),
    delimiter=st.none() | st.sampled_from(",;\t|"),
    header=st.none() | st.booleans(),
    sheet=st.none() | st.just("S1"),
)
MARKUP = st.sampled_from(
    [
        *("<row>", "</row>", '<row r="3">', '<row r="1">', '<row r="-5">', "<c>", "</c>", "<c/>"),
        *('<c t="s">', '<c t="b">', '<c t="e">', '<c t="d">', '<c r="B2">', '<c r="AAAA1">'),
        *('<c s="9">', '<c s="x">', "<v>", "</v>", "<f>", "</f>", "<is>", "<t>", "</t>", "</is>"),
        *("0", "-1", "1e999", "NaN", "true", "x", "&amp;", "&lol;", "<!-- -->", "<![CDATA[<v>]]>"),
        *("99999999999999999999", "_x0001_", "_xD800_", "\u2028", "<x:row>", "\x01", "\ufffe"),
    ]
)
ODF = st.sampled_from(
    [
        *("<table:table-row>", "</table:table-row>", "<table:table-cell/>", "</table:table-cell>"),
        '<table:table-cell table:number-columns-repeated="99999999999">',
        '<table:table-row table:number-rows-repeated="99999999999">',
        '<table:table-cell office:value-type="float" office:value="1e9">',
        '<table:table-cell office:value-type="date">',
        *("<text:p>", "</text:p>", '<text:s text:c="999999999"/>', "<text:tab/>", "x", "&amp;"),
        *("<office:annotation>", "</office:annotation>", '<table:table table:name="S1">'),
    ]
)


def outcome(path, reading=Reading()):  # noqa: B008  frozen
    """The code a file is refused with, or what was read of it with every line accounted for."""
    refused = None
    try:
        form = sniff(path, name="x", reading=reading)
    except TresseError as error:
        refused = error
    if refused:
        assert refused.code in FILE_CODES | {"wrong_value"}, refused
        assert "{" not in refused.template.format_map(refused.details)
        return refused.code
    numbers: list[int] = []
    number = blank = 0
    for chunk in rows(path, form):
        assert all(len(column) == len(chunk) for column in chunk.columns)
        assert len(chunk.rejected) <= len(chunk.findings)
        for place, column in chunk.left_out:
            assert chunk.columns[column][place] == ""
        numbers += [*chunk.lines, *(each.line for each in chunk.rejected)]
        number += len(chunk) + len(chunk.rejected)
        blank += chunk.blank
    assert len(numbers) == len(set(numbers)), "a line is read twice"
    return number, blank, form


def whole(path, lines, reading=Reading()):  # noqa: B008  frozen
    """Every one of the lines of a file without line breaks in cells is somewhere."""
    found = outcome(path, reading)
    if not isinstance(found, str):
        number, blank, form = found
        skipped = form.skip - form.blank
        assert number + blank + skipped == lines, (number, blank, form)
    return found


@fuzz
@given(st.binary(max_size=3_000), CHOICES)
@example(b"\xef\xbb\xbf", Reading())
@example(b"\xff\xfe\x00", Reading())
@example(b"PK\x03\x04", Reading())
@example(b"PK\x05\x06" + b"\0" * 18, Reading())
@example(b"\0" * 100, Reading())
def test_noise_is_read_or_refused(tmp_path, content, reading):
    """T9, T11"""
    outcome(written(tmp_path, content), reading)


@fuzz
@given(
    st.lists(st.text(max_size=30), max_size=30),
    st.sampled_from([*ENCODINGS.values(), "utf-8-sig", "utf-16", "cp037", "shift_jis"]),
    CHOICES,
)
def test_texts_in_any_encoding_lose_no_line(tmp_path, lines, encoding, reading):
    """T10, T11, T13: also in a wrong encoding, or one that is not known here."""
    content = "\n".join(lines).encode(encoding, "ignore")
    outcome(written(tmp_path, content), reading)


@fuzz
@given(st.lists(st.lists(st.sampled_from(["a", "", " ", "1", "é", "x;y"]), max_size=5), min_size=2))
def test_every_line_of_a_plain_file_is_somewhere(tmp_path, table):
    """T13"""
    lines = [",".join(cells) for cells in table]
    path = written(tmp_path, "\n".join([*lines, "end,end"]) + "\n")
    whole(path, len(lines) + 1, Reading(header=True, delimiter=","))


@fuzz
@given(st.lists(MARKUP, max_size=40), CHOICES)
def test_broken_sheets_of_xlsx_are_read_or_refused(tmp_path, parts, reading):
    """T9, T15"""
    body = row("A", "B") + row("1", "2") + "".join(parts)
    outcome(xlsx(tmp_path / "x", body, texts="<si><t>shared</t></si>"), reading)


@fuzz
@given(st.lists(ODF, max_size=30), CHOICES)
def test_broken_sheets_of_ods_are_read_or_refused(tmp_path, parts, reading):
    """T9, T15"""
    body = ods_row("A", "B") + ods_row("1", "2") + "".join(parts)
    outcome(ods(tmp_path / "x", body), reading)


@fuzz
@given(st.lists(st.sampled_from(range(1, 30)), max_size=12), st.lists(st.booleans(), max_size=12))
def test_every_row_of_a_sheet_is_somewhere(tmp_path, numbers, filled):
    """T13: rows in any order, with and without values."""
    body = "".join(
        row("x" if is_filled else "", r=str(number))
        for number, is_filled in zip(numbers, filled, strict=False)
    )
    found = outcome(xlsx(tmp_path / "x", row("A") + body), Reading(header=True))
    wanted = sum(filled[: len(numbers)])
    assert found == "file_is_empty" if not wanted else found[0] == wanted


PLACE = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@fuzz
@given(PLACE, st.lists(st.tuples(PLACE, st.integers(0, 255)), max_size=4))
def test_torn_and_changed_archives_are_read_or_refused(tmp_path, kind, share, changes):
    """T9"""
    make, line = (xlsx, row) if kind == "xlsx" else (ods, ods_row)
    content = make(tmp_path / "good", line("A", "B") + line("1", "2") * 50).read_bytes()
    path = tmp_path / "x"
    path.write_bytes(content[: int(share * len(content))])
    outcome(path)
    changed = bytearray(content)
    for place, byte in changes:
        changed[int(place * len(changed))] = byte
    path.write_bytes(changed)
    outcome(path)


@fuzz
@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=3), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=8,
    )
)
def test_any_json_is_read_or_refused_and_no_line_lost(tmp_path, values):
    """T13, T14"""
    path = written(tmp_path, "\n".join(['{"a": 1}', *map(json.dumps, values)]))
    found = outcome(path)
    assert not isinstance(found, str)
    assert found[0] + found[1] == len(values) + 1


ENTITIES = (
    '<!DOCTYPE w [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY x SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_entities_and_references_to_elsewhere_are_refused(tmp_path, member):
    """T9: neither multiplied nor fetched."""
    hostile = f"{ENTITIES}<w><sheetData><row><c><v>&b;&x;</v></c></row></sheetData></w>"
    path = xlsx(tmp_path / "x", row("A") + row("1"), **{member: hostile})
    assert outcome(path) == "file_is_damaged"
    assert outcome(ods(tmp_path / "y", "", **{"content.xml": hostile})) == "file_is_damaged"


# Each makes a file in the folder `sys.argv[1]`, whose reading must fit into memory.
BOMBS = {
    "sheet of zeros": """
        big(path, "xl/worksheets/sheet1.xml", b"<w><sheetData><row><c><v>", b"0" * (1 << 20), 450)
    """,
    "shared texts": """
        unit = b"<si><t>" + b"x" * 1000 + b"</t></si>"
        big(path, "xl/sharedStrings.xml", b"<sst>", unit * 1000, 200, b"</sst>",
            sheet='<row><c t="s"><v>199999</v></c></row><row><c t="s"><v>1</v></c></row>')
    """,
    "tags within tags": """
        big(path, "xl/worksheets/sheet1.xml", b"<w>", b"<a>" * 300_000, 200)
    """,
    "one endless tag": """
        big(path, "xl/worksheets/sheet1.xml", b"<w a='", b"x" * (1 << 20), 450)
    """,
    "names without end": """
        names = b"".join(b"<n%d/>" % n for n in range(100_000))
        big(path, "xl/worksheets/sheet1.xml", b"<w>", names, 15)
    """,
    "a row without end": """
        cells = b"".join(b"<c><v>%d</v></c>" % n for n in range(50_000))
        big(path, "xl/worksheets/sheet1.xml", b"<w><sheetData><row>", cells, 20)
    """,
    "members without end": """
        with open(path, "wb") as out:
            entry = struct.pack("<4s6H3L5H2L", b"PK\\1\\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1,
                0, 0, 0, 0, 0, 0) + b"a"
            out.write(b"PK\\3\\4" + b"\\0" * 26)
            for _ in range(200):
                out.write(entry * 10_000)
            size = len(entry) * 2_000_000
            out.write(struct.pack("<4s4H2LH", b"PK\\5\\6", 0, 0, 65535, 65535, size, 30, 0))
    """,
    "a row of ODS a billion times": """
        from tests.transfers.books import ods, ods_row
        ods(path, ods_row("A") + ods_row("x" * 60_000, times=900_000_000))
    """,
    "cells of ODS a billion times": """
        from tests.transfers.books import ods, ods_row
        wide = ('table:number-columns-repeated="999999999"', "<text:p>x</text:p>")
        ods(path, ods_row("A") + ods_row(wide) * 500)
    """,
    "a million columns": """
        open(path, "w").write(",".join(map(str, range(1_000_000))) + "\\n1\\n")
    """,
    "a cell of 300 MB": """
        with open(path, "w") as out:
            out.write('A,B\\n"')
            for _ in range(300):
                out.write(("x" * 4_095 + "\\n") * 256)
            out.write('",1\\n')
    """,
    "a line of 300 MB": """
        with open(path, "w") as out:
            for _ in range(300):
                out.write("x" * (1 << 20))
    """,
    "a JSON line of 300 MB": """
        with open(path, "w") as out:
            out.write('{"a": "')
            for _ in range(300):
                out.write("x" * (1 << 20))
    """,
    "deep JSON": """
        open(path, "w").write('{"a": 1}\\n{"a": ' + "[" * 10_000_000)
    """,
    "keys without end": """
        with open(path, "w") as out:
            for n in range(100_000):
                out.write('{"k%d": 1}\\n' % n)
    """,
    "styles of 500 MB": """
        big(path, "xl/styles.xml", b"<s><cellXfs>", b"<xf/>" * 200_000, 500, b"</cellXfs></s>",
            sheet="<row><c><v>1</v></c></row>")
    """,
}
MEASURED = """
import resource, struct, sys, zipfile
from pathlib import Path
from tests.transfers.books import xlsx

path = Path(sys.argv[1])


def big(path, member, begin, unit, times, end=b"", sheet=""):
    xlsx(path, sheet)
    with zipfile.ZipFile(path) as z:
        kept = {each: z.read(each) for each in z.namelist() if each != member}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        for each, content in kept.items():
            z.writestr(each, content)
        with z.open(member, "w", force_zip64=True) as out:
            out.write(begin)
            for _ in range(times):
                out.write(unit)
            out.write(end)
    del kept

@BOMB@

resource.setrlimit(resource.RLIMIT_AS, (@MEMORY@, @MEMORY@))
from tresse.kernel.errors import TresseError
from tresse.transfers.files import rows, sniff
try:
    form = sniff(path)
except TresseError as error:
    print(error.code)
else:
    for chunk in rows(path, form):
        pass
    print("read")
"""


@pytest.mark.parametrize("name", BOMBS)
def test_memory_is_bounded_whatever_is_in_the_file(tmp_path, name):
    """T8: refused in clear words, or read, with the memory of any other file."""
    code = MEASURED.replace("@BOMB@", textwrap.dedent(BOMBS[name]))
    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", code.replace("@MEMORY@", str(MEMORY)), str(tmp_path / "x")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout.strip() in FILE_CODES | {"read"}


def test_a_file_that_unpacks_to_more_than_the_most_is_refused_at_once(tmp_path, monkeypatch):
    """T8: by what the archive says of itself, before anything is unpacked; a lie costs nothing."""
    path = xlsx(tmp_path / "x", row("A") + row("1"))
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<L", 0xFFFF_FFF0)
    path.write_bytes(content)
    monkeypatch.setattr(archives, "MOST_UNPACKED", 4_000_000_000)
    with pytest.raises(TresseError) as caught:
        sniff(path, name="x.xlsx")
    assert caught.value.code == "file_too_large"
    assert caught.value.message.startswith("x.xlsx has 4,096 MB; the most is 3,815 MB.")


def test_what_is_made_of_a_file_is_bounded_too(tmp_path, monkeypatch):
    """T8: a text that stands once in a file and in a million cells."""
    monkeypatch.setattr(unpacked, "MOST_UNPACKED", 1 << 20)
    cells = '<c t="s"><v>0</v></c>' * 100
    path = xlsx(tmp_path / "x", f"<row>{cells}</row>", texts=f"<si><t>{'x' * 50_000}</t></si>")
    assert outcome(path) == "file_too_large"
    assert [each.name for each in tmp_path.iterdir()] == ["x"]
