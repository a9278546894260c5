"""Files of any encoding and layout are read with the line of each row (T7 to T14, T24a, T84)."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.transfers.reading import read, told, written
from tresse.kernel.errors import TresseError
from tresse.objects import kinds
from tresse.objects.kinds import KINDS
from tresse.transfers.files import Reading, rows, sniff
from tresse.transfers.files.form import MOST_CHARACTERS

CASES = Path(__file__).parents[1] / "cases" / "files"
SPECTRUM = sorted(CASES.glob("csv_spectrum/*.csv"))
POLISH = "Imię;Miasto;Notatka\nŻółć;Łódź;gęś\n"
FRENCH = "Prénom;Ville;Note\nZoë;Orléans;très sûr, où être à Noël\n"


def refusal(path, **choices):
    with pytest.raises(TresseError) as caught:
        sniff(path, reading=Reading(**choices))
    return caught.value


@pytest.mark.parametrize("path", SPECTRUM, ids=lambda path: path.stem)
def test_reads_the_files_of_csv_spectrum(path):
    """T12: quotes, line breaks in cells, CRLF."""
    wanted = json.loads(path.with_suffix(".json").read_text())
    wanted = wanted if isinstance(wanted, list) else [wanted]

    form, cells, _, findings, _ = read(path, header=True)

    read_rows = [dict(zip(form.headers, row, strict=True)) for row in cells]
    assert read_rows == wanted
    assert findings == []


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("csvkit/test_utf16_little.csv", "UTF-16LE"),
        ("csvkit/test_utf16_big.csv", "UTF-16BE"),
        ("csvkit/test_utf8_bom.csv", "UTF-8"),
        ("csvkit/test_latin1.csv", "Windows-1252"),
        ("csvkit/mac_newlines.csv", "UTF-8"),
        ("csvkit/null_byte.csv", "UTF-8"),
        ("papaparse/utf-8-bom-sample.csv", "UTF-8"),
        ("dataloader/csvtext_BOM_UTF16LE.csv", "UTF-16LE"),
        ("dataloader/csvtext_BOM_UTF16BE.csv", "UTF-16BE"),
    ],
)
def test_tells_the_encoding_of_files_of_others(name, encoding):
    """T10"""
    form, cells, _, findings, _ = read(CASES / name)

    assert form.encoding == encoding
    assert not form.headers[0].startswith("\ufeff")
    assert cells
    assert findings == []


@pytest.mark.parametrize("name", ["csvtext_BOM_UTF32LE.csv", "csvtext_BOM_UTF32BE.csv"])
def test_refuses_utf_32_text_behind_the_mark_of_utf_16(name):
    """T9"""
    error = refusal(CASES / "dataloader" / name)

    assert error.code == "file_is_damaged"
    assert error.message == f"{name} cannot be read as UTF-16BE after byte 2."


@pytest.mark.parametrize("text", [POLISH, FRENCH], ids=["polish", "french"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_copies_in_every_encoding_read_alike(tmp_path, text, encoding):
    """T10, T91 (i)"""
    wanted = list(csv.reader(text.splitlines(), delimiter=";"))

    form, cells, _, _, _ = read(written(tmp_path, text, encoding))

    assert [list(form.headers), *map(list, cells)] == wanted


@pytest.mark.parametrize("language", ["en", "fr", "pl"])
@pytest.mark.parametrize(
    ("text", "codec", "encoding"),
    [(POLISH, "cp1250", "Windows-1250"), (FRENCH, "cp1252", "Windows-1252")],
)
def test_tells_windows_1250_from_1252_by_letters(tmp_path, text, codec, encoding, language):
    """T10: whatever the language of the person."""
    form, cells, _, _, _ = read(written(tmp_path, text, codec), language=language)

    assert form.encoding == encoding
    assert ",".join(cells[0]) == text.splitlines()[1].replace(";", ",")


@pytest.mark.parametrize(("language", "encoding"), [("pl", "Windows-1250"), ("fr", "Windows-1252")])
def test_a_tie_of_encodings_goes_to_the_language_of_the_person(tmp_path, language, encoding):
    """T10: é is a letter of Czech and of French."""
    form, *_ = read(written(tmp_path, "a,b\ncafé,x\n", "cp1252"), language=language)

    assert form.encoding == encoding


def test_a_chosen_encoding_is_obeyed(tmp_path):
    """T10"""
    path = written(tmp_path, "a,b\nŁódź,x\n", "iso8859-2")

    form, cells, *_ = read(path, encoding="iso-8859-2")

    assert form.encoding == "ISO-8859-2"
    assert cells == [("Łódź", "x")]
    assert "encoding" not in form.guessed


def test_an_unknown_encoding_is_refused_with_those_there_are(tmp_path):
    error = refusal(written(tmp_path, "a,b\n1,2\n"), encoding="ebcdic")

    assert error.code == "wrong_value"
    assert "Windows-1250" in error.message


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_byte_the_encoding_does_not_have_is_refused_with_its_line(tmp_path, line_end):
    """T11: never replaced."""
    lines = [b"a,b"] + [b"1,2"] * 12 + [b"x\x9d,2"] + [b"1,2"] * 3
    path = written(tmp_path, line_end.encode().join(lines))

    error = refusal(path, encoding="cp1252")

    assert error.code == "undecodable_text"
    assert error.message == "Line 14: byte 9D is not in Windows-1252. Choose another encoding."


def test_a_bad_byte_far_into_the_file_is_found(tmp_path):
    """T11: the whole file is proved, with lines counted over block borders."""
    good = b"abc,def\r\n" * 150_000
    error = refusal(written(tmp_path, good + b"\xff,1\r\n"), encoding="utf-8")

    assert error.details["line"] == 150_001
    assert error.details["byte"] == "FF"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(tmp_path, delimiter):
    """T12"""
    text = f"Nazwa{delimiter}Wartość{delimiter}Opis\n" + "".join(
        f'Dach{number}{delimiter}"12 500,00"{delimiter}"a; b, c|d"\n' for number in range(5)
    )

    form, cells, *_ = read(written(tmp_path, text))

    assert form.delimiter == delimiter
    assert cells[0] == ("Dach0", "12 500,00", "a; b, c|d")


def test_decimal_commas_do_not_make_a_comma_file(tmp_path):
    """T12"""
    form, cells, *_ = read(written(tmp_path, "Nazwa;Kwota\nDach;12 500,00\nSerwis;3 200,50\n"))

    assert form.delimiter == ";"
    assert cells[1] == ("Serwis", "3 200,50")


def test_a_sep_line_decides_and_is_no_row(tmp_path):
    """T12"""
    form, cells, lines, *_ = read(written(tmp_path, "sep=;\r\na,b;c\r\n1,2;3\r\n"))

    assert form.headers == ("a,b", "c")
    assert cells == [("1,2", "3")]
    assert lines == [3]


def test_a_chosen_delimiter_is_obeyed(tmp_path):
    """T12"""
    form, *_ = read(written(tmp_path, "a!b,c\n1!2,3\n"), delimiter="!")

    assert form.headers == ("a", "b,c")


def test_one_column_is_a_file(tmp_path):
    """T12: not an error, even when some cells hold commas."""
    form, cells, lines, _, blank = read(written(tmp_path, "Name\nAcme, Inc\n\nBeta\n"))

    assert form.headers == ("Name",)
    assert lines == [2, 4]
    assert blank == 1
    assert cells[1] == ("Beta",)


def test_lines_of_rows_count_line_breaks_in_cells(tmp_path):
    """T12, T13: each row has the number of its first line."""
    text = 'a,b\r\n1,"x\r\ny"\r\n2,z\r\n3,"p\nq\rr"\r\n4,e\r\n'

    _, cells, lines, *_ = read(written(tmp_path, text))

    assert lines == [2, 4, 5, 8]
    assert cells[2] == ("3", "p\nq\rr")


def test_ragged_rows_are_refused_with_their_line(tmp_path):
    """T13: unless the extra cells are empty."""
    text = "a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3, ,\n"

    _, cells, lines, findings, _ = read(written(tmp_path, text))

    assert lines == [3, 5]
    assert cells == [("1", "2", "3")] * 2
    assert told(findings) == [
        (2, "incorrect_number_of_columns"),
        (4, "incorrect_number_of_columns"),
    ]
    assert findings[0].message == "2 cells, the header has 3. Is a quote missing?"


def test_ragged_rows_keep_their_cells_for_the_error_file(tmp_path):
    """T77"""
    path = written(tmp_path, "a,b\n1\n2,3\n")

    (chunk,) = rows(path, sniff(path))

    assert [tuple(each) for each in chunk.rejected] == [(2, ["1"])]


@pytest.mark.parametrize(
    "rest",
    ["", 'Zed,"Zed, Inc",x\n', '9,"",x\n8,"y",x\n', '"9","8","7"\n'],
    ids=["end of file", "later quote", "empty quotes", "all quoted"],
)
def test_an_open_quote_costs_its_own_line_only(tmp_path, rest):
    """T13: reading goes on at the line after the one where the quote opened."""
    text = 'a,b,c\n1,2,3\n2,"open,3\n3,4,5\n4,5,6\n' + rest

    _, cells, lines, findings, _ = read(written(tmp_path, text))

    assert told(findings) == [(3, "could_not_parse_row")]
    assert findings[0].message == "The quote opened here is never closed."
    assert lines[:3] == [2, 4, 5]
    assert len(cells) == 3 + len(rest.splitlines())


def test_the_line_of_an_open_quote_is_that_of_the_quote(tmp_path):
    """T13: the record before it may have a cell of several lines."""
    text = 'a,b,c\n1,"x\ny","open\n2,3,4\n'

    _, cells, lines, findings, _ = read(written(tmp_path, text))

    assert told(findings) == [(3, "could_not_parse_row")]
    assert lines == [4]
    assert cells == [("2", "3", "4")]


def test_many_open_quotes_take_no_longer_than_their_lines(tmp_path):
    """T13"""
    text = "a,b,c\n" + '1,"x,2\n3,4,5\n' * 3_000

    _, cells, _, findings, _ = read(written(tmp_path, text))

    assert len(cells) + len(findings) == 6_000
    assert len(cells) >= 2_999


def test_lines_without_value_are_blank(tmp_path):
    """T13"""
    text = "\n,\na,b\n,\n \u00a0, \t\n\n1,2\n\n"

    _, cells, lines, findings, blank = read(written(tmp_path, text))

    assert (cells, lines, findings) == ([("1", "2")], [7], [])
    assert blank == 6


@pytest.mark.parametrize(
    "first",
    ["anna@ex.org,Anna", "1042,Anna", "Anna,2027-04-03", "Anna,3.4.2027", '"1 234,50",x'],
)
def test_a_first_line_of_data_is_no_header(tmp_path, first):
    """T14: proposed off when it holds an e-mail, a number or a date."""
    form, cells, lines, *_ = read(written(tmp_path, f"{first}\n{first}\n"), delimiter=",")

    assert form.headers == ("A", "B")
    assert lines == [1, 2]
    assert len(cells) == 2


def test_the_proposal_of_a_header_can_be_overruled(tmp_path):
    """T14"""
    path = written(tmp_path, "2026,2027\n1,2\n")

    assert sniff(path, reading=Reading(header=True)).headers == ("2026", "2027")
    assert sniff(path).headers == ("A", "B")
    assert "header" in sniff(path).guessed


def test_equal_headers_are_numbered(tmp_path):
    """T14, T24a: the titles keep what the file says."""
    form, *_ = read(written(tmp_path, "Name,name,Name (2),NAME,\n1,2,3,4,5\n"))

    assert form.headers == ("Name", "name (3)", "Name (2)", "NAME (4)", "E")
    assert form.titles == ("Name", "name", "Name (2)", "NAME", "")


def test_more_columns_than_letters_are_named_as_in_a_spreadsheet(tmp_path):
    form, *_ = read(written(tmp_path, ",".join("1" * 28) + "\n"))

    assert form.headers[24:] == ("Y", "Z", "AA", "AB")


def test_guarded_formulas_lose_one_apostrophe(tmp_path):
    """T84"""
    path = written(tmp_path, "a,b,c,d\n'=1+1,''=x,O'Brien,'x\n")

    assert read(path)[1] == [("=1+1", "'=x", "O'Brien", "'x")]
    assert read(path, takes_off_guard=False)[1] == [("'=1+1", "''=x", "O'Brien", "'x")]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \n", b"a,b\n", b"sep=;\n", b",\n"])
def test_a_file_without_row_is_empty(tmp_path, content):
    """T9"""
    error = refusal(written(tmp_path, content))

    assert error.code == "file_is_empty"
    assert error.message == "x.csv holds no row."


def test_a_file_over_the_limit_is_refused(tmp_path):
    """T8"""
    error = refusal(written(tmp_path, b"a,b\n" * 600_000), most_bytes=2 * 1024 * 1024)

    assert (error.code, error.status) == ("file_too_large", 413)
    assert error.message == "x.csv has 3 MB; the most is 2 MB. Split the file or raise the setting."


def test_too_many_columns_are_refused(tmp_path):
    """T8"""
    header = ",".join(f"c{number}" for number in range(1_001))
    error = refusal(written(tmp_path, f"{header}\n{header}\n"))

    assert error.message == "1,001 columns; the most is 1,000."


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_cell_too_large_is_left_out(tmp_path, quote):
    """T8, T79: the row is kept."""
    big = "x" * (MOST_CHARACTERS + 1)
    line_break = "\n" if quote else ""
    path = written(tmp_path, f"a,b\n1,{quote}{big}{line_break}{quote}\n2,{big[1:]}\n")

    (chunk,) = rows(path, sniff(path))

    assert chunk.left_out == [(0, 1)]
    assert chunk.columns[1] == ["", big[1:]]
    assert told(chunk.findings) == [(2, "cell_too_large")]
    assert (chunk.findings[0].column, chunk.findings[0].column_number) == ("b", 2)
    assert len(chunk.findings[0].value) == 200


def test_chunks_hold_at_most_20000_rows(tmp_path):
    """T64, T8: the file is a stream."""
    path = written(tmp_path, "a,b\n" + "1,2\n" * 45_000)

    sizes = [len(chunk) for chunk in rows(path, sniff(path))]

    assert sum(sizes) == 45_000
    assert max(sizes) <= 20_000
    assert len(sizes) == 3


def test_types_other_than_text_say_what_to_do(tmp_path):
    """T7: told by content, not by name."""
    told_types = {
        "csvkit/test.xls": "x.csv is an old Excel file. Save it as XLSX or CSV.",
        "csvkit/dummy.csv.gz": "x.csv is an archive. Unpack it and give the CSV file in it.",
    }
    for name, sentence in told_types.items():
        error = refusal(written(tmp_path, (CASES / name).read_bytes()))
        assert (error.code, error.status) == ("unsupported_file_type", 415)
        assert error.message == sentence


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7\n", b'[{"a": 1}]', b"<html><table>", b"\x89PNG\r\n\x1a\n"],
    ids=["pdf", "json", "html", "png"],
)
def test_refuses_other_content(tmp_path, content):
    """T7"""
    assert refusal(written(tmp_path, content)).code == "unsupported_file_type"


def test_a_workbook_with_a_password_is_named_as_such(tmp_path):
    """T9"""
    content = (CASES / "csvkit/test.xls").read_bytes() + "EncryptedPackage".encode("utf-16-le")
    error = refusal(written(tmp_path, content))

    assert error.message == "x.csv has a password. Save it without."


def test_a_broken_workbook_is_damaged(tmp_path):
    """T9"""
    content = (CASES / "csvkit/test.xlsx").read_bytes()
    at = content.index(b"xl/workbook.xml")
    error = refusal(written(tmp_path, content[: at + 2_000]))

    assert error.code in {"file_is_damaged", "unsupported_file_type"}


def test_text_of_one_endless_line_is_refused(tmp_path, monkeypatch):
    """T8: memory does not grow with the file."""
    monkeypatch.setattr("tresse.engine.files.encoding.LONGEST_LINE", 2_000_000)
    error = refusal(written(tmp_path, b"a,b\n" + b"x" * 5_000_000))

    assert error.code == "file_is_damaged"


def test_an_open_quote_is_given_up_after_a_limit(tmp_path, monkeypatch):
    """T13, T8: not the whole rest of a large file is kept in memory."""
    monkeypatch.setattr("tresse.engine.files.records.LONGEST_RECORD", 10_000)
    path = written(tmp_path, 'a,b\n1,"open\n' + "2,3\n" * 9_000)

    _, cells, _, findings, _ = read(path)

    assert told(findings) == [(2, "could_not_parse_row")]
    assert len(cells) == 9_000


def test_a_table_from_memory_reads_as_csv_wrote_it(tmp_path):
    """T12"""
    table = [["a", "b"], ['say "hi"', "x;y"], ["l1\nl2", "'q'"], ["", "0"]]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(table)

    form, cells, *_ = read(written(tmp_path, buffer.getvalue()))

    assert [list(form.headers), *map(list, cells)] == table


def test_a_cell_longer_than_the_sample_keeps_the_delimiter(tmp_path):
    """T12: the quote closes after the first 1,000 lines."""
    note = "line;\n" * 3_000
    form, cells, lines, findings, _ = read(written(tmp_path, f'a,b,c\n"{note}",2,3\n4,5,6\n'))

    assert form.delimiter == ","
    assert cells == [(note, "2", "3"), ("4", "5", "6")]
    assert lines == [2, 3_003]
    assert findings == []


def test_cells_are_trimmed_and_composed_by_the_kinds(tmp_path):
    """T18: no-break spaces included; text becomes NFC."""
    _, cells, *_ = read(written(tmp_path, "a,b\n\u00a0 Zoe\u0308 \u202f,1\n"))

    values, refused = KINDS["text"].parse_all([cells[0][0]], kinds.reading.Reading())

    assert values == ["Zo\u00eb"]
    assert refused == []


@pytest.mark.parametrize(("chosen", "delimiter"), [("tab", "\t"), ("\\t", "\t"), ("^", "^")])
def test_a_delimiter_is_one_character_or_its_name(tmp_path, chosen, delimiter):
    """T12"""
    path = written(tmp_path, f"a{delimiter}b\n1{delimiter}2\n")

    assert read(path, delimiter=chosen)[0].headers == ("a", "b")
    assert refusal(path, delimiter="ab").code == "wrong_value"
