"""CSV files: separators, headers, lines that are no rows (S86, S88, S89, S102)."""

import threading

import pytest

from tests.sources.formats.reading import read, refused, written
from tresse.sources.formats import Wanted, batches, form_of
from tresse.sources.formats import blocks as blocks_of_text

SEPARATORS = [";", ",", "\t", "|"]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_the_separator_is_found_by_the_header(tmp_path, separator):
    """S86: the separator is found by the header."""
    text = "id|name|city\n1|Ada|Paris\n2|Jo|Lyon\n".replace("|", separator)
    got = read(written(tmp_path, text))
    assert got.form.separator == separator
    assert got.rows == [("1", "Ada", "Paris"), ("2", "Jo", "Lyon")]
    assert got.lines == [2, 3]


def test_the_separator_can_be_set(tmp_path):
    """S86: or set; one that is none is refused."""
    path = written(tmp_path, "a;b,c\n1;2,3\n")
    assert read(path, separator=",").form.headers == ("a;b", "c")
    assert read(path, separator="semicolon").form.headers == ("a", "b,c")
    assert read(written(tmp_path, "a¦b\n1¦2\n"), separator="¦").rows == [("1", "2")]
    assert refused(path, separator="ab") == (
        "wrong_value",
        "separator needs one character, not ab.",
    )


def test_quotes_hold_separators_quotes_and_line_ends(tmp_path):
    """S86: quote `"`, doubled inside; the line of a row is that on which it begins."""
    got = read(written(tmp_path, 'a,b\n"x, y","say ""hi"""\n"two\r\nlines",z\n1,2\n'))
    assert got.rows == [("x, y", 'say "hi"'), ("two\r\nlines", "z"), ("1", "2")]
    assert got.lines == [2, 3, 5]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_one_of_three_ways(tmp_path, end):
    """S86: LF, CR LF or CR, also without one at the end of the file."""
    got = read(written(tmp_path, end.join(["a,b", "1,2", "", '3,"4"'])))
    assert (got.rows, got.lines, got.blank) == ([("1", "2"), ("3", "4")], [2, 4], 1)


def test_empty_cells_are_null_and_blank_lines_no_rows(tmp_path):
    """S55: an empty cell is null; white space stays for the rules to trim."""
    got = read(written(tmp_path, 'a,b\n,""\n , \n,2\n" x",\n\n'))
    assert got.rows == [(None, "2"), (" x", None)]
    assert (got.lines, got.blank, got.rejected) == ([4, 5], 3, [])


def test_names_of_columns_are_trimmed_and_none_is_empty(tmp_path):
    """S88: an empty name becomes `column_7`."""
    got = read(written(tmp_path, "\ufeff id ,, name\n1,2,3\n"))
    assert got.form.headers == ("id", "column_2", "name")


def test_a_header_that_names_two_columns_alike_is_refused(tmp_path):
    """S88: names unique after trimming, `header_repeated`."""
    code, message = refused(written(tmp_path, "id,mail, id\n1,2,3\n"), name="a.csv")
    assert code == "header_repeated"
    assert message == 'a.csv has the column "id" twice, at 1 and 3. Names must differ.'


def test_a_header_that_lacks_picked_columns_is_refused(tmp_path):
    """S88: a header that lacks a picked column refuses the file, with near names."""
    path = written(tmp_path, "id,email,phone\n1,2,3\n", "a.csv")
    assert refused(path, columns=("id", "emial")) == (
        "header_mismatch",
        'a.csv has no column "emial". Did you mean "email"?',
    )
    assert refused(path, columns=("phon", "zzz")) == (
        "header_mismatch",
        'a.csv has no columns "phon" (≈ "phone"), "zzz".',
    )


def test_picked_columns_come_in_the_order_asked_for(tmp_path):
    """S50: the columns that are picked, and no others."""
    got = read(written(tmp_path, "id,email,phone\n1,2,3\n"), ("phone", "id"))
    assert got.rows == [("3", "1")]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "file_is_empty", "x.csv is empty: it has no header."),
        ("\n \n\t\n", "file_is_empty", "x.csv is empty: it has no header."),
        ("ada@ex.org,1\njo@ex.org,2\n", "header_missing", 'its first line holds "ada@ex.org"'),
        (",".join("abc" * 400), "too_many_columns", "1,200 columns; the most is 1,000."),
    ],
)
def test_a_header_is_required(tmp_path, text, code, words):
    """S88: header required."""
    found, message = refused(written(tmp_path, text))
    assert found == code
    assert words in message


def test_a_file_with_a_header_alone_has_no_rows(tmp_path):
    """S88: a day without orders is a file all the same."""
    path = written(tmp_path, "a,b\n")
    parts = list(batches(path, form_of(path, Wanted())))
    assert [part.batch.num_rows for part in parts] == [0]
    assert parts[0].batch.schema.names == ["a", "b", "_line"]


def test_lines_with_too_few_or_too_many_cells_are_rejected(tmp_path):
    """S89: `incorrect_number_of_columns`, "line 812 has 9 cells, the header has 11"."""
    lines = ["a,b,c", *["1,2,3"] * 810, "1,2", "1,2,3,4", "5,6,7"]
    got = read(written(tmp_path, "\n".join(lines)))
    assert got.told == [(812, "incorrect_number_of_columns"), (813, "incorrect_number_of_columns")]
    assert got.rejected[0].message == "Line 812 has 2 cells, the header has 3."
    assert [each.raw for each in got.rejected] == ["1,2", "1,2,3,4"]
    assert got.lines == [*range(2, 812), 814]


def test_empty_cells_after_the_last_are_none(tmp_path):
    """S89, as T13: unless the extra ones are empty, on every line or on some."""
    assert read(written(tmp_path, "a,b\n1,2,\n3,4,,\n5,6\n")).rows == [
        ("1", "2"),
        ("3", "4"),
        ("5", "6"),
    ]
    got = read(written(tmp_path, "a,b\n" + "1,2,\n" * 300_000), separator=",")
    assert (len(got.rows), set(got.rows), got.rejected) == (300_000, {("1", "2")}, [])
    assert got.lines[-1] == 300_001


def test_an_unclosed_quote_rejects_its_line_and_reading_goes_on(tmp_path):
    """S89: `could_not_parse_row`, naming the line where it opened; reading goes on as in T13."""
    got = read(written(tmp_path, 'a,b\n1,2\n3,"4\n5,6\n7,8\n'))
    assert got.rows == [("1", "2"), ("5", "6"), ("7", "8")]
    assert got.lines == [2, 4, 5]
    assert got.told == [(3, "could_not_parse_row")]
    assert got.rejected[0].message == "The quote opened on line 3 is never closed."
    assert got.rejected[0].raw == '3,"4'


def test_the_quote_of_a_long_file_is_found_where_it_is(tmp_path):
    """S89: line numbers are those of the file, however many blocks it has."""
    lines = [f"{number},name {number}" for number in range(200_000)]
    lines[150_000] = '150000,"never closed'
    lines[170_001] = "170001"
    got = read(written(tmp_path, "\n".join(["id,name", *lines])))
    assert got.told == [
        (150_002, "could_not_parse_row"),
        (170_003, "incorrect_number_of_columns"),
    ]
    assert len(got.rows) == 199_998
    assert all(int(row[0]) == line - 2 for row, line in zip(got.rows, got.lines, strict=True))


def test_records_of_several_lines_may_reach_over_blocks(tmp_path, monkeypatch):
    """S89: a cell of several lines is no less a cell where a block ends within it."""
    monkeypatch.setattr(blocks_of_text, "BLOCK", 50)
    rows = [(str(number), f"first\nsecond, {number}\n\nlast") for number in range(60)]
    text = "".join(f'{number},"{cell}"\n' for number, cell in rows)
    got = read(written(tmp_path, f"id,text\n{text}"))
    assert got.rows == rows
    assert got.lines == list(range(2, 242, 4))
    assert got.rejected == []


def test_a_row_with_a_cell_of_over_a_megabyte_is_rejected(tmp_path):
    """S102: `cell_too_large` (over 1 MB)."""
    large, fits = "é" * 500_001, "é" * 500_000
    path = written(tmp_path, f'id,text\n1,{large}\n2,{fits}\n3,"{large}"\n4,x\n')
    got = read(path)
    assert got.told == [(2, "cell_too_large"), (4, "cell_too_large")]
    assert got.rejected[0].message == 'Line 2: "text" holds 1,000,002 bytes; the most is 1 MB.'
    assert [row[0] for row in got.rows] == ["2", "4"]
    assert read(path, ("id",)).rejected == []


def test_what_a_run_page_says_of_a_file(tmp_path):
    """S111: files with encoding, separator and columns."""
    form = form_of(written(tmp_path, "a;b\n1;2\n"), Wanted(encoding="utf8"))
    assert form.told() == {
        "format": "csv",
        "encoding": "UTF-8",
        "separator": ";",
        "columns": ["a", "b"],
    }
    assert form.guessed == {"format", "separator"}


def test_progress_ends_at_the_size_of_the_file(tmp_path):
    """S113: bytes gone through, beside those there are."""
    path = written(tmp_path, "a,b\n" + "12345,67890\n" * 400_000)
    form = form_of(path, Wanted())
    seen = [part.bytes for part in batches(path, form)]
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert seen[-1] == form.size == path.stat().st_size


@pytest.mark.parametrize("text", ["a,b\n" + "12,é\n" * 600_000, '{"a": 1}\n' * 200_000])
def test_looking_at_a_file_can_be_cut_short(tmp_path, text):
    """S113: *Cancel* takes effect within 5 s, also while encoding and keys are looked for."""
    asked = []

    def check():
        asked.append(1)
        if len(asked) == 2:
            raise KeyError

    with pytest.raises(KeyError):
        form_of(written(tmp_path, text), Wanted(), check=check)


def test_reading_that_is_given_up_leaves_no_thread(tmp_path):
    """S113: cancelled in the middle."""
    path = written(tmp_path, "a,b\n" + "12345,67890\n" * 400_000)
    before = threading.active_count()
    reading = batches(path, form_of(path, Wanted()))
    next(reading)
    reading.close()
    assert threading.active_count() == before
