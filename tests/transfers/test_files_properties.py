"""Whatever csv writes is read back, and no bytes at all break the reader (T10 to T13)."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.transfers.reading import read, written
from tresse.engine.files.records import Lines, blocks
from tresse.kernel.errors import TresseError
from tresse.kernel.text import clean

UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
CODECS = [*UNICODE, "cp1250", "cp1252", "iso8859-2", "iso8859-15"]
HARD = ["\n", "\r\n", "\r", '"', '""', ",", ";", "\t", "|", " ", "\ufdd0", "'=", "ł", "é", "\u00a0"]


def encodable(codec):
    letters = st.characters(codec=codec.removesuffix("-sig"), exclude_characters="\0")
    hard = [text for text in HARD if is_in(text, codec)]
    return st.lists(st.one_of(st.sampled_from(hard), letters), max_size=4).map("".join)


def is_in(text, codec):
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


@st.composite
def tables(draw):
    codec = draw(st.sampled_from(CODECS))
    width = draw(st.integers(1, 3))
    row = st.lists(encodable(codec), min_size=width, max_size=width)
    return codec, draw(st.lists(row, min_size=1, max_size=4))


@given(
    tables(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@examples(25)
def test_what_csv_writes_is_read_back(tmp_path_factory, table, delimiter, line_end, quoting):
    """T10, T12, T13"""
    codec, cells = table
    buffer = io.StringIO(newline="")
    if any("\r" in cell or "\n" in cell for row in cells for cell in row):
        quoting = (
            csv.QUOTE_ALL
        )  # the writer of Python 3.11 does not quote a line end that is not its own
    options = {"delimiter": delimiter, "lineterminator": line_end, "quoting": quoting}
    writer = csv.writer(buffer, **options)
    writer.writerow([f"h{number}" for number in range(len(cells[0]))])
    writer.writerows(cells)
    path = written(tmp_path_factory.getbasetemp(), buffer.getvalue(), codec)
    wanted = [tuple(row) for row in cells if any(map(clean, row))]

    choices = {"header": True, "delimiter": delimiter, "takes_off_guard": False}
    if codec not in UNICODE or codec.endswith(("-le", "-be")):
        choices["encoding"] = codec
    if not wanted:
        with pytest.raises(TresseError, match="holds no row"):
            read(path, **choices)
        return
    _, got, lines, findings, _ = read(path, **choices)

    assert got == wanted
    assert findings == []
    assert lines == sorted(set(lines))


@given(
    st.lists(st.sampled_from([b'"', b",", b";", b"\n", b"\r", b"a", b"1", b"\xc5\x82", b"\xe9"]))
)
@examples(100)
def test_every_line_of_broken_text_is_accounted_for(tmp_path_factory, parts):
    """T13: each line is in one row, blank or in one rejected row; only refusals are raised."""
    text = b"".join(parts)
    path = written(tmp_path_factory.getbasetemp(), text)
    lines = io.StringIO(text.decode("cp1252"), newline="").readlines()

    covered: list[int] = []
    for block in blocks(Lines(io.StringIO("".join(lines), newline="")), delimiter=",", width=2):
        spans = block.spans or [1] * len(block.rows)
        for start, span in zip(block.starts, spans, strict=True):
            covered += range(start, start + span)
        if block.broken:
            covered += range(block.broken.line, block.broken.quote + 1)

    assert covered == list(range(1, len(lines) + 1))
    with suppress(TresseError):
        read(path)


@given(st.binary(max_size=200))
@examples(100)
def test_random_bytes_raise_nothing_but_refusals(tmp_path_factory, content):
    """T7 to T13"""
    path = written(tmp_path_factory.getbasetemp(), content)

    with suppress(TresseError):
        form, cells, lines, findings, _ = read(path)
        assert all(len(row) == form.width for row in cells)
        assert len(lines) == len(cells)
        assert all(each.line > 0 for each in findings)
