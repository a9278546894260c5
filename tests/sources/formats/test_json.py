"""JSON lines, arrays, and arrays within documents (S35, S86, S89)."""

import json

import pytest

from tests.sources.formats.reading import read, refused, written
from tresse.sources.formats import blocks, documents

ROWS = [{"id": at, "name": f"Ada {at}", "price": 1.5} for at in range(5)]
LINES = "\n".join(map(json.dumps, ROWS))


@pytest.mark.parametrize(
    ("text", "format", "lines", "wanted"),
    [
        (LINES, "jsonl", [1, 2, 3, 4, 5], {}),
        (json.dumps(ROWS), "json", [1] * 5, {}),
        (json.dumps(ROWS, indent=2), "json", [2, 7, 12, 17, 22], {}),
        (f"[\n{LINES.replace(chr(10), ',' + chr(10))}\n]", "json", [2, 3, 4, 5, 6], {}),
        (json.dumps({"a": [1], "data": {"rows": ROWS}}), "json", [1] * 5, {"path": "data.rows"}),
        (json.dumps({"data": ROWS, "more": []}), "json", [1] * 5, {"path": "data"}),
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_is_read_in_three_forms(tmp_path, text, format, lines, wanted, codec):
    """S86: JSON array, JSON lines, or JSON with a `path` to the array, told by the content."""
    got = read(written(tmp_path, text, encoding=codec), **wanted)
    assert got.form.format == format
    assert got.rows == [(str(at), f"Ada {at}", "1.5") for at in range(5)]
    assert got.lines == lines
    assert got.rejected == []


def test_values_are_texts_as_they_are_written(tmp_path):
    """S35: numbers keep every digit; null and what is not there are null; lists stay JSON."""
    line = (
        '{"n": 1.50, "big": 123456789012345678901234567890, "e": 1e400, "yes": true, "no": null,'
        ' "empty": "", "list": ["a", 1.10, null], "of": [{"x": 1.0, "é": "\\"b"}], "u": "\\u00e9"}'
    )
    got = read(written(tmp_path, f'{line}\n{{"n": 2}}\n'))
    cells = dict(zip(got.form.headers, got.rows[0], strict=True))
    assert cells == {
        "n": "1.50",
        "big": "123456789012345678901234567890",
        "e": "1e400",
        "yes": "true",
        "no": None,
        "empty": None,
        "list": '["a",1.10,null]',
        "of": '[{"x":1.0,"é":"\\"b"}]',
        "u": "é",
    }
    assert got.rows[1] == ("2", *[None] * 8)


def test_nested_objects_flatten(tmp_path):
    """S35: nested objects flatten to `billing.city`."""
    got = read(
        written(tmp_path, '{"id":1,"billing":{"city":"Lyon","geo":{"lat":4.50}},"z":{}}\n{"id":2}')
    )
    assert got.form.headers == ("id", "billing.city", "billing.geo.lat")
    assert got.rows == [("1", "Lyon", "4.50"), ("2", None, None)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"a": 1,', "What begins on line 2 is no JSON object."),
        ("[1, 2]", "What begins on line 2 is no JSON object."),
        ("1", "What begins on line 2 is no JSON object."),
        ('{"a": NaN}', "What begins on line 2 is no JSON object."),
        ('{"a": "\\ud800"}', "What begins on line 2 is no JSON object."),
        ('{"a": 1} {"a": 2}', "What begins on line 2 is no JSON object."),
        ('{"a": 1, "a" : 2}', 'The object on line 2 has the key "a" twice.'),
        ('{"b": {"c": 1, "c": 2}}', 'The object on line 2 has the key "c" twice.'),
        ('{"b.c": 1, "b": {"c": 2}}', 'The object on line 2 has the key "b.c" twice.'),
        ("[" * 5_000 + "]" * 5_000, "What begins on line 2 is no JSON object."),
        ('{"a":' * 500 + "1" + "}" * 500, "What begins on line 2 is no JSON object."),
        ('{"a":[' * 150 + "]}" * 150, "What begins on line 2 is no JSON object."),
    ],
)
def test_a_line_that_is_no_object_is_rejected(tmp_path, line, words):
    """S89: `could_not_parse_row`, and reading goes on at the next line."""
    got = read(written(tmp_path, f'{{"a": "x"}}\n{line}\n\n{{"a": "\\":"}}\n'))
    assert got.rows == [("x",), ('":',)]
    assert (got.lines, got.blank) == ([1, 4], 1)
    assert [each.message for each in got.rejected] == [words]
    assert got.rejected[0].raw == line


def test_bytes_that_are_no_text_reject_their_line(tmp_path):
    """S87: `undecodable_text` in JSON lines and in an array."""
    good = '{"a": "é"}\n' * 3
    got = read(written(tmp_path, good.encode() + b'{"a": "\xff"}\n{"a": "y"}'))
    assert got.told == [(4, "undecodable_text")]
    assert got.rejected[0].message == "Line 4: byte FF is no text in UTF-8."
    array = b'[{"a": "\xc3\xa9\xc3\xa9"},\n{"a": "\xff"},\n{"a": "y"}]'
    got = read(written(tmp_path, array))
    assert (got.rows, got.told) == ([("éé",), ("y",)], [(2, "undecodable_text")])
    wide = '[{"a": "é"},\n{"a": "'.encode("utf-16-le") + b"\x00\xd8" + '"}]'.encode("utf-16-le")
    got = read(written(tmp_path, wide))
    assert (got.rows, got.told) == ([("é",)], [(2, "undecodable_text")])


@pytest.mark.parametrize(
    ("broken", "line"),
    [('{"a":"2},', 3), ('{"a":2', 3), ('{"a":2}},', 3), ('{"a":2]},', 3), ("nonsense,", 3)],
)
@pytest.mark.parametrize("indent", ["", "  "])
def test_an_array_goes_on_after_a_broken_element(tmp_path, broken, line, indent):
    """S89: broken JSON rejects what is broken; reading goes on where the next element begins."""
    lines = ["[", '{"a":1},', broken, '{"a":3},', '{"a":4}', "]"]
    got = read(written(tmp_path, "\n".join([lines[0], *(indent + each for each in lines[1:])])))
    assert got.rows == [("1",), ("3",), ("4",)]
    assert got.lines == [2, 4, 5]
    assert got.told == [(line, "could_not_parse_row")]


@pytest.mark.parametrize("size", [40, 64, 1_000])
def test_arrays_are_read_block_by_block(tmp_path, monkeypatch, size):
    """S86: streaming: elements end where they end, whatever of the file is at hand."""
    for module in (blocks, documents):
        monkeypatch.setattr(module, "BLOCK", size)
    rows = [{"id": at, "t": '[{"],\\' * (at % 5), "in": {"x": [{"y": 1}]}} for at in range(50)]
    for text in (json.dumps(rows), json.dumps(rows, indent=1), json.dumps({"a": {"b": rows}})):
        got = read(written(tmp_path, text), path="" if text.startswith("[") else "a.b")
        assert got.rejected == []
        assert got.rows == [(str(row["id"]), row["t"] or None, '[{"y":1}]') for row in rows]


@pytest.mark.parametrize(
    ("text", "rows", "told"),
    [
        ("[]", [], []),
        ("[ ]", [], []),
        ('[{"a":1},]', [("1",)], []),
        ('[{"a":1}', [("1",)], [(1, "could_not_parse_row")]),
        ('[{"a":1},\n', [("1",)], [(2, "could_not_parse_row")]),
        ('[{"a":1},\n{"a":2', [("1",)], [(2, "could_not_parse_row")]),
        ('[{"a":1}]\n]', [("1",)], [(2, "could_not_parse_row")]),
        ('[{"a":1},,{"a":2},null]', [("1",), ("2",)], [(1, "could_not_parse_row")] * 2),
    ],
)
def test_an_array_that_does_not_end_well_says_so(tmp_path, text, rows, told):
    """S89: a file that breaks off is never taken for a whole one."""
    got = read(written(tmp_path, text), format="json")
    assert (got.rows, got.told) == (rows, told)


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ('{"data": {"orders": [], "lines": 1}}', "data.order", 'Did you mean "data.orders"?'),
        ('{"data": {"lines": 1}}', "data.lines", 'x.csv has no array at "data.lines".'),
        ("[1]", "data", 'x.csv has no array at "data".'),
        ('{\n"n": {"x": [1]}, "orders": [{"id": 1}]}', "", 'as "orders"'),
        ('{"orders": [{"id": 1}]}', "", 'as "orders"'),
        ('{"data"', "data", 'x.csv has no array at "data".'),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(tmp_path, text, path, words):
    """S86: JSON with a path to the array: `path_not_found`, with the nearest."""
    code, message = refused(written(tmp_path, text), path=path)
    assert code == "path_not_found"
    assert words in message


def test_a_key_that_no_object_has_is_null_and_said(tmp_path):
    """S88: JSON has no header: a key may be left out; one that was renamed refuses the file."""
    path = written(tmp_path, '{"id":1,"e_mail":"x"}\n{"id":2}')
    got = read(path, picked=("id", "phone"))
    assert (got.rows, got.form.absent) == ([("1", None), ("2", None)], ("phone",))
    assert got.form.told()["absent"] == ["phone"]
    assert refused(path, columns=("id", "email")) == (
        "header_mismatch",
        'x.csv has no column "email". Did you mean "e_mail"?',
    )
    assert refused(path, columns=("phone",))[0] == "header_mismatch"


def test_a_row_with_a_cell_of_over_a_megabyte_is_rejected(tmp_path):
    """S102: `cell_too_large` in JSON."""
    rows = [{"id": 1, "t": "é" * 500_001}, {"id": 2, "t": "x"}, {"id": 3, "t": ["x" * 1_000_001]}]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    got = read(written(tmp_path, text))
    assert (got.rows, got.told) == ([("2", "x")], [(1, "cell_too_large"), (3, "cell_too_large")])
    assert len(read(written(tmp_path, text), ("id",)).rows) == 3
