"""JSON lines are read by the same `sniff` and `rows` as text (T7, T13, T14)."""

import pytest

from tests.transfers.reading import read, told, written
from tresse.kernel.errors import TresseError
from tresse.transfers.files import Reading, rows, sniff
from tresse.transfers.files.form import MOST_CHARACTERS


def refusal(path, **choices):
    with pytest.raises(TresseError) as caught:
        sniff(path, reading=Reading(**choices))
    return caught.value


def test_keys_are_headers_in_order_of_appearance_over_the_whole_file(tmp_path):
    """T14: an absent key is no cell, null an empty one."""
    path = written(
        tmp_path, '{"a": "1"}\n{"b": null, "a": "2"}\n\n{"c": "3", "b": "x"}\n{"b":null}\n'
    )
    form = sniff(path)
    (chunk,) = rows(path, form)

    assert (form.type, form.headers, form.has_header) == ("jsonl", ("a", "b", "c"), True)
    assert chunk.rows == [("1", "", ""), ("2", "", ""), ("", "x", "3")]
    assert chunk.lines == [1, 2, 4]
    assert chunk.absent == {0: [2], 1: [0], 2: [0, 1]}
    assert (chunk.blank, chunk.findings) == (2, [])


def test_values_are_taken_as_typed(tmp_path):
    """T14, T15: lists are joined as keys of an association cell are (T48)."""
    line = (
        '{"int": 1042, "whole": 1042.0, "exp": 1e3, "dec": 12345678901234.5678, "yes": true, '
        '"no": false, "list": ["a", 2, null, "c"], "text": "=1+1", "id": 12345678901234567890}'
    )
    form, cells, _, findings, _ = read(written(tmp_path, line))
    assert dict(zip(form.headers, cells[0], strict=True)) == {
        "int": "1042",
        "whole": "1042",
        "exp": "1000",
        "dec": "12345678901234.5678",
        "yes": "true",
        "no": "false",
        "list": "a; 2; c",
        "text": "=1+1",
        "id": "12345678901234567890",
    }
    assert findings == []


def test_what_is_no_object_costs_its_line(tmp_path):
    """T13: reading goes on at the next line; a key that stands twice would lose a value."""
    lines = [
        '{"a": 1}',
        '{"a": 2',
        "[1, 2]",
        '{"a": 3} {"a": 4}',
        '{"a": 5, "a": 6}',
        '{"a": NaN}',
        "{" * 3000,
        '{"a": ' + "[" * 100_000,
        '{"a": 7}',
    ]
    path = written(tmp_path, "\n".join(lines))
    form = sniff(path)
    (chunk,) = rows(path, form)

    assert (chunk.rows, chunk.lines) == ([("1",), ("7",)], [1, 9])
    assert told(chunk.findings) == [(line, "could_not_parse_row") for line in range(2, 9)]
    assert chunk.rejected[0] == (2, ['{"a": 2'])
    assert chunk.findings[0].message == "This line is not one JSON object."


def test_an_object_within_a_cell_is_left_out(tmp_path):
    """T13: in clear words, and the row is applied."""
    path = written(tmp_path, '{"E-mail": "a@ex.org", "Address": {"city": "Łódź"}, "Tags": [["x"]]}')
    _, cells, _, findings, _ = read(path)
    assert cells == [("a@ex.org", "", "")]
    assert [(each.level, each.code, each.column) for each in findings] == [
        ("cell", "wrong_value", "Address"),
        ("cell", "wrong_value", "Tags"),
    ]
    assert findings[0].message == "Address needs one value or a list of values, not an object."
    assert findings[0].value == '{"city": "Łódź"}'


def test_limits_and_encoding(tmp_path):
    """T8, T11"""
    wide = ", ".join(f'"k{n}": 1' for n in range(1_001))
    assert refusal(written(tmp_path, "{" + wide + "}")).code == "too_many_columns"
    long = "x" * (MOST_CHARACTERS + 1)
    _, cells, _, findings, _ = read(written(tmp_path, f'{{"a": "{long}", "b": 1}}'))
    assert (cells, told(findings)) == ([("", "1")], [(1, "cell_too_large")])
    error = refusal(written(tmp_path, b'{"a": 1}\n{"a": "\xb3"}\n'))
    assert error.message == "Line 2: byte B3 is not in UTF-8. Choose another encoding."
    assert read(written(tmp_path, '\ufeff{"a": 1}\r\n{"a": 2}\r\n'))[1] == [("1",), ("2",)]


def test_a_long_first_line_and_a_broken_one_are_still_json_lines(tmp_path):
    """T7"""
    long = '{"a": "' + "x" * 60_000 + '", "b": "' + "y" * 60_000 + '"}'
    assert sniff(written(tmp_path, long)).headers == ("a", "b")
    assert sniff(written(tmp_path, '{"a": \n{"a": 2}\n')).type == "jsonl"
