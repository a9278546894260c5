"""The fast way of reading CSV gives what the careful one gives, and no byte is lost (S89)."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.sources.formats.reading import read, written
from tresse.engine.files.records import Lines
from tresse.engine.files.records import blocks as record_blocks
from tresse.kernel.errors import TresseError
from tresse.sources.formats import blocks, delimited

PARTS = st.sampled_from(
    [
        *('"', '""', ",", ",", ",", "\n", "\n", "\n", "\r\n", "\r", "a", "b", "1", " ", "é", "\t"),
        *('"x"', '"x,y"', '"x\ny"', "1,2\n", "1,2\n", "3,4\n", '"5","6"\n', "7,8,\n", "\u00a0"),
        *("\n\n", " , \n", "x\x00", "\ufdd0", "\ud800", "€", "'=", "\u2028", "\x0b", "\x1c"),
    ]
)


def all_of(path, monkeypatch, size, *, plain):
    """Everything read of a file in blocks of some size."""
    with monkeypatch.context() as patched:
        patched.setattr(blocks, "BLOCK", size)
        if not plain:
            patched.setattr(delimited, "piece_of", lambda *_: None)
        got = read(path, separator=",", encoding="utf-8")
    rejected = [(each.line, each.code, each.message, each.raw) for each in got.rejected]
    return got.rows, got.lines, rejected, got.blank


def outcome(path, **wanted):
    """What is read of a file, or its refusal, whose sentence is whole."""
    try:
        return read(path, **wanted)
    except TresseError as error:
        refusal = error
    assert "{" not in refusal.template.format_map(refusal.details)
    return refusal


@given(st.lists(PARTS, max_size=60), st.sampled_from([6, 20, 50]))
@examples(300)
def test_the_fast_way_is_the_careful_way(tmp_path_factory, parts, size):
    """S89: same rows, same lines, same rejections, however the file is cut into blocks."""
    text = "".join(parts)
    content = b"h,i\n" + text.encode("utf-8", "surrogatepass")
    path = written(tmp_path_factory.getbasetemp(), content)
    with pytest.MonkeyPatch.context() as patch:
        fast = all_of(path, patch, size, plain=True)
        careful = all_of(path, patch, size, plain=False)
        whole = all_of(path, patch, 1 << 20, plain=False)
    assert fast == careful == whole


@given(st.lists(st.sampled_from(['"', '""', ",", "\n", "a", '"b"', '"b\nc"', "1,2\n", "\r\n"])))
@examples(200)
def test_every_line_is_in_a_row_rejected_or_blank(tmp_path_factory, parts):
    """S89: each line after the header is accounted for, once."""
    text = "h,i\n" + "".join(parts)
    path = written(tmp_path_factory.getbasetemp(), text)
    got = read(path, separator=",", encoding="utf-8")
    starts = sorted([*got.lines, *(each.line for each in got.rejected)])
    assert len(set(starts)) == len(starts)
    spans = {}
    body = io.StringIO("".join(io.StringIO(text, newline="").readlines()[1:]), newline="")
    for block in record_blocks(Lines(body, 2), delimiter=",", width=2):
        for start, span in zip(block.starts, block.spans or [1] * len(block.rows), strict=True):
            spans[start] = span
        if block.broken:
            spans[block.broken.line] = block.broken.quote - block.broken.line + 1
    number = len(io.StringIO(text, newline="").readlines()) - 1
    assert sum(spans[start] for start in starts) + got.blank == number


TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(
            st.text(st.sampled_from('a1é ,;"\n€\t'), max_size=6), min_size=width, max_size=width
        ),
        max_size=20,
    )
)


@given(
    TABLES, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8", "utf-16", "cp1252"])
)
@examples(150)
def test_what_csv_writes_is_read_back(tmp_path_factory, rows, separator, codec):
    """S86: separators, quotes, line ends and encodings, there and back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)
    width = len(rows[0]) if rows else 2
    writer.writerow([f"h{at}" for at in range(width)])
    writer.writerows(rows)
    path = written(tmp_path_factory.getbasetemp(), out.getvalue(), encoding=codec)
    got = read(path, separator=separator, encoding=codec)
    wanted = [
        tuple(cell or None for cell in row) for row in rows if any(cell.strip() for cell in row)
    ]
    assert got.rows == wanted
    assert got.rejected == []


@given(st.binary(max_size=300), st.sampled_from(["", "csv", "json", "jsonl"]))
@examples(200)
def test_no_bytes_at_all_raise_anything_but_refusals(tmp_path_factory, content, format):
    """S86 to S89: a file is read or refused."""
    path = written(tmp_path_factory.getbasetemp(), content)
    got = outcome(path, format=format)
    if not isinstance(got, TresseError):
        assert all(len(row) == len(got.form.headers) for row in got.rows)
        assert all("{" not in each.template.format_map(each.details) for each in got.rejected)


JSON = st.sampled_from(
    ['{"a":1}', '{"a":"', '"', "{", "}", "[", "]", ",", ",\n", "\n", ":", "\\", "é", '{"b":[1]}']
)


@given(st.lists(JSON, max_size=25), st.booleans(), st.sampled_from([8, 1 << 20]))
@examples(300)
def test_no_json_at_all_raises_anything_but_refusals(tmp_path_factory, parts, is_array, size):
    """S89: and what is read does not depend on where blocks end."""
    text = ("[" if is_array else "") + "".join(parts)
    path = written(tmp_path_factory.getbasetemp(), text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        patch.setattr("tresse.sources.formats.documents.BLOCK", size)
        got = outcome(path, format="json" if is_array else "jsonl", encoding="utf-8")
    if not isinstance(got, TresseError):
        assert got.lines == sorted(got.lines)
