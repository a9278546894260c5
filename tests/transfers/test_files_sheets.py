"""XLSX and ODS are read by the same `sniff` and `rows` as text: typed cells, sheets (T15)."""

import pytest

from tests.transfers import books
from tests.transfers.books import ods, ods_row, row, xlsx
from tests.transfers.reading import read, told
from tresse.kernel.errors import TresseError
from tresse.transfers.files import Reading, rows, sniff
from tresse.transfers.files.form import MOST_CHARACTERS

DATES = (
    '<numFmts><numFmt numFmtId="170" formatCode="[$-415]d\\ mmm\\ yyyy;@"/>'
    '<numFmt numFmtId="171" formatCode="dd/mm/yyyy\\ hh:mm"/>'
    '<numFmt numFmtId="172" formatCode="&quot;day&quot;0.00"/>'
    '<numFmt numFmtId="173" formatCode="[h]:mm"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/>'
    '<xf numFmtId="172"/><xf numFmtId="20"/><xf numFmtId="173"/></cellXfs>'
)


def refusal(path, **choices):
    with pytest.raises(TresseError) as caught:
        sniff(path, reading=Reading(**choices))
    return caught.value


def value(path, **choices):
    """The cells of the only row."""
    _, cells, _, findings, _ = read(path, header=True, **choices)
    assert findings == []
    return cells[0]


def test_numbers_dates_and_booleans_are_taken_as_typed(tmp_path):
    """T15: `1042.0` is the integer 1042; a format says what is a date, not a number's size."""
    cells = {
        "1042.0": ("", "<v>1042.0</v>"),
        "1.0E3": ("", "<v>1.0E3</v>"),
        "sum": ("", "<v>0.30000000000000004</v>"),
        "short": ('s="4"', "<v>45000</v>"),
        "day": ('s="1"', "<v>46480</v>"),
        "own": ('s="2"', "<v>46480</v>"),
        "moment": ('s="3"', "<v>46480.586805555555</v>"),
        "fifteen digits": ('s="3"', "<v>46480.5868055556</v>"),
        "time": ('s="5"', "<v>0.5868055555555556</v>"),
        "hours": ('s="6"', "<v>1.5</v>"),
        "yes": ('t="b"', "<v>1</v>"),
        "formula": ('t="str"', "<f>A1</f><v>told</v>"),
        "iso": ('t="d"', "<v>2027-04-03T00:00:00</v>"),
    }
    path = xlsx(tmp_path / "x.xlsx", row(*cells) + row(*cells.values()), styles=DATES)

    assert dict(zip(cells, value(path), strict=True)) == {
        "1042.0": "1042",
        "1.0E3": "1000",
        "sum": "0.30000000000000004",
        "short": "45000",
        "day": "2027-04-03",
        "own": "2027-04-03",
        "moment": "2027-04-03T14:05:00",
        "fifteen digits": "2027-04-03T14:05:00",
        "time": "14:05:00",
        "hours": "36:00:00",
        "yes": "true",
        "formula": "told",
        "iso": "2027-04-03",
    }


@pytest.mark.parametrize(
    ("serial", "day"),
    [(1, "1900-01-01"), (59, "1900-02-28"), (61, "1900-03-01"), (2958465, "9999-12-31")],
)
def test_days_are_counted_as_excel_counts_them(tmp_path, serial, day):
    """T15: with the 29 February 1900 there never was."""
    body = row("d") + row(('s="1"', f"<v>{serial}</v>"))
    assert value(xlsx(tmp_path / "x.xlsx", body, styles=DATES)) == (day,)


def test_a_workbook_of_a_mac_counts_from_1904(tmp_path):
    """T15"""
    path = xlsx(
        tmp_path / "x.xlsx",
        row("d") + row(('s="1"', "<v>0</v>")) + row(('s="1"', "<v>45018</v>")),
        styles=DATES,
        settings='<workbookPr date1904="1"/>',
    )
    _, cells, _, _, _ = read(path, header=True)
    assert cells == [("1904-01-01",), ("2027-04-03",)]


def test_texts_are_texts_whatever_they_look_like(tmp_path):
    """T15, T84: `=1+1`, leading zeros, `'x`; runs are joined, readings aside, `_x000A_` decoded."""
    texts = (
        "<si><r><t>Du</t></r><r><t>pont</t></r><rPh><t>ignored</t></rPh></si>"
        '<si><t xml:space="preserve"> a_x000A_b </t></si><si><t>_x005F_x0041_</t></si>'
        "<si><t>_xD83D__xDE00_</t></si>"
    )
    shared = [('t="s"', f"<v>{n}</v>") for n in range(4)]
    path = xlsx(
        tmp_path / "x.xlsx",
        row(*"abcdefg") + row("=1+1", "007", "'x", *shared),
        texts=texts,
    )
    assert value(path) == ("=1+1", "007", "'x", "Dupont", " a\nb ", "_x0041_", "😀")


def test_rows_have_the_numbers_of_their_sheet(tmp_path):
    """T13: blank rows are counted, cells without place follow each other."""
    body = (
        row(r="2")
        + row("E-mail", "City", r="3")
        + row("a@ex.org", "Łódź", r="5")
        + row(("r='B9'", "<v>7</v>"), r="9")
        + row("b@ex.org")
        + row(r="1000000")
    )
    form, cells, lines, findings, blank = read(xlsx(tmp_path / "x.xlsx", body))

    assert (form.headers, form.skip, form.blank) == (("E-mail", "City"), 3, 2)
    assert cells == [("a@ex.org", "Łódź"), ("", "7"), ("b@ex.org", "")]
    assert (lines, findings, blank) == ([5, 9, 10], [], 2 + 1 + 3)


@pytest.mark.parametrize("type", ["xlsx", "ods"])
def test_rows_of_white_space_alone_are_blank(tmp_path, type):
    """T13: as those of a CSV file are."""
    texts = [("E-mail", "City"), ("a@ex.org", "Łódź"), (" ", "\u00a0"), ("b@ex.org", " ")]
    if type == "xlsx":
        path = xlsx(tmp_path / "x.xlsx", "".join(row(*each) for each in texts))
    else:
        path = ods(tmp_path / "x.ods", "".join(ods_row(*each) for each in texts))

    _, cells, lines, findings, blank = read(path)

    assert cells == [("a@ex.org", "Łódź"), ("b@ex.org", "")]
    assert (lines, findings, blank) == ([2, 4], [], 1)


def test_rows_out_of_order_are_none_lost(tmp_path):
    """T13: numbers that do not rise are told anew; cells in any order stand under their header."""
    body = row("A", "B", r="7") + row(("r='B2'", "<v>2</v>"), ("r='A2'", "<v>1</v>"), r="2")
    _, cells, lines, _, _ = read(xlsx(tmp_path / "x.xlsx", body * 1 + row("x", "y", r="2")))
    assert cells == [("1", "2"), ("x", "y")]
    assert lines == [8, 9]


def test_faults_of_formulas_are_left_out_and_told(tmp_path):
    """T15, T79 (T91 j): with line, column, sheet and value; a formula without stored value too."""
    body = (
        row("E-mail", "Sum")
        + row("a@ex.org", ('t="e"', "<f>B9</f><v>#N/A</v>"))
        + row("b@ex.org", ("", "<f>SUM(1)</f><v></v>"))
        + row("c@ex.org", ('t="str"', '<f>""</f><v></v>'))
    )
    path = xlsx(tmp_path / "x.xlsx", ("People", body))
    form = sniff(path)
    (chunk,) = rows(path, form)

    assert chunk.rows == [("a@ex.org", ""), ("b@ex.org", ""), ("c@ex.org", "")]
    assert chunk.left_out == [(0, 1), (1, 1)]
    assert told(chunk.findings) == [(2, "spreadsheet_error_value"), (3, "spreadsheet_error_value")]
    first, second = chunk.findings
    assert (first.column, first.column_number, first.value, first.sheet) == (
        *("Sum", 2),
        *("#N/A", "People"),
    )
    assert first.message == "The formula gives #N/A."
    assert second.message.startswith("The formula has no stored value.")


def test_several_sheets_need_a_choice(tmp_path):
    """T15, T79: empty ones do not count, hidden ones only where there is no other."""
    people = row("E-mail") + row("a@ex.org")
    firms = row("Name") + row("Acme")
    path = xlsx(tmp_path / "x.xlsx", ("People", people), ("Empty", ""), ("Firms", firms))

    error = refusal(path)
    assert (error.code, error.details["sheets"]) == ("sheet_not_chosen", ["People", "Firms"])
    assert error.message == "The file has 2 sheets: People, Firms. Say which one."
    form, cells, _, _, _ = read(path, sheet="firms ")
    assert (form.sheet, form.sheets, cells) == ("Firms", ("People", "Firms"), [("Acme",)])
    assert refusal(path, sheet="Staff").code == "wrong_value"
    assert refusal(path, sheet="Empty").code == "file_is_empty"

    hidden = xlsx(tmp_path / "y.xlsx", ("People", people), ("Lists", firms, "hidden"))
    assert sniff(hidden).sheet == "People"
    assert sniff(hidden, reading=Reading(sheet="Lists")).headers == ("Name",)


def test_a_row_wider_than_the_header_is_refused(tmp_path):
    """T13: unless what is more is empty."""
    body = row("A", "B") + row("1", "2", "3") + row("1", "2", "", " ") + row("x")
    path = xlsx(tmp_path / "x.xlsx", body)
    (chunk,) = rows(path, sniff(path, reading=Reading(header=True)))
    assert chunk.rows == [("1", "2"), ("x", "")]
    assert [(each.line, each.cells) for each in chunk.rejected] == [(2, ["1", "2", "3"])]
    assert chunk.findings[0].message == "3 cells, the header has 2."


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_too_many_columns_and_too_long_cells(tmp_path, kind):
    """T8, T79"""
    book, line = (xlsx, row) if kind == "xlsx" else (ods, ods_row)
    wide = book(tmp_path / f"w.{kind}", line(*["x"] * 1_001) + line("1"))
    assert refusal(wide).code == "too_many_columns"
    assert refusal(wide, header=False).message == "1,001 columns; the most is 1,000."

    long = "ż" * (MOST_CHARACTERS + 4_464)
    path = book(tmp_path / f"l.{kind}", line("A", "B") + line(long, "kept"))
    _, cells, _, findings, _ = read(path)
    assert cells == [("", "kept")]
    assert findings[0].message == "70,000 characters; the most is 65,536."


def test_columns_without_header_are_named_by_letters(tmp_path):
    """T14: proposed where the first row holds an e-mail, a number or a date."""
    form, cells, lines, _, _ = read(
        xlsx(tmp_path / "x.xlsx", row("a@ex.org") + row("b@ex.org", "", "x"))
    )
    assert (form.has_header, form.headers) == (False, ("A", "B", "C"))
    assert cells == [("a@ex.org", "", ""), ("b@ex.org", "", "x")]
    assert lines == [1, 2]


def test_ods_cells_are_taken_as_typed(tmp_path):
    """T15: repeated cells and rows, notes aside, blanks as counted."""
    cells = [
        ('office:value-type="float" office:value="1042"', "<text:p>1 042,00</text:p>"),
        ('office:value-type="percentage" office:value="0.25"', "<text:p>25%</text:p>"),
        ('office:value-type="currency" office:value="12.5"', "<text:p>12,50 zł</text:p>"),
        ('office:value-type="date" office:date-value="2027-04-03"', "<text:p>3 IV</text:p>"),
        ('office:value-type="date" office:date-value="2027-04-03T14:05:00.123456789"', ""),
        ('office:value-type="time" office:time-value="PT14H05M00S"', ""),
        ('office:value-type="boolean" office:boolean-value="true"', "<text:p>PRAWDA</text:p>"),
        (
            'office:value-type="string"',
            "<office:annotation><text:p>a note</text:p></office:annotation>"
            '<text:p>a<text:s text:c="3"/><text:span>b</text:span></text:p>'
            "<text:p>c<text:tab/>d<text:line-break/>e</text:p>",
        ),
        ('table:number-columns-repeated="2" office:value-type="float" office:value="7"', ""),
        ('table:number-columns-repeated="1000"', ""),
    ]
    covered = "<table:covered-table-cell><text:p>hidden</text:p></table:covered-table-cell>"
    body = (
        "<table:table-header-rows>"
        + ods_row(*"ABCDEFGHIJ")
        + "</table:table-header-rows>"
        + ods_row(("", ""), times=3)
        + ods_row(*cells)
        + ods_row("merged")[: -len("</table:table-row>")]
        + covered
        + "</table:table-row>"
        + ods_row("twice", times=2)
        + ods_row(("", ""), times=1_000_000)
    )
    form, found, lines, findings, blank = read(ods(tmp_path / "x.ods", ("Arkusz", body)))

    assert form.sheet == "Arkusz"
    assert found[0] == (
        *("1042", "0.25", "12.5", "2027-04-03", "2027-04-03T14:05:00.123456", "14:05:00"),
        *("true", "a   b\nc\td\ne", "7", "7"),
    )
    assert [each[:2] for each in found[1:]] == [("merged", ""), ("twice", ""), ("twice", "")]
    assert (lines, findings, blank) == ([5, 6, 7, 8], [], 3)


def test_ods_faults_and_sheets(tmp_path):
    """T15, T79"""
    faults = ods_row(
        ('office:value-type="string" calcext:value-type="error"', "<text:p>#N/A</text:p>"),
        ('table:formula="of:=A1" office:value-type="string"', "<text:p>Err:502</text:p>"),
        ('table:formula="of:=A1"', ""),
        "#N/A",
    )
    path = ods(tmp_path / "x.ods", ("One", ods_row(*"ABCD") + faults))
    _, cells, _, findings, _ = read(path)
    assert cells == [("", "", "", "#N/A")]
    assert [each.value for each in findings] == ["#N/A", "Err:502", ""]
    assert {each.sheet for each in findings} == {"One"}

    two = ods(
        tmp_path / "y.ods",
        ("One", ods_row("A") + ods_row("1")),
        ("Two", ods_row("B") + ods_row("2")),
    )
    assert refusal(two, header=True).details["sheets"] == ["One", "Two"]
    assert read(two, sheet="Two", header=True)[:2][1] == [("2",)]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.xlsx", lambda path: xlsx(path, ""), "file_is_empty"),
        ("header.xlsx", lambda path: xlsx(path, row("E-mail", "City")), "file_is_empty"),
        ("empty.ods", lambda path: ods(path, ""), "file_is_empty"),
        ("torn.xlsx", lambda path: _torn(xlsx(path, row("A") + row("1"))), "file_is_damaged"),
        ("torn.ods", lambda path: _torn(ods(path, ods_row("A"))), "file_is_damaged"),
        ("late.xlsx", lambda path: _later(xlsx(path, row("A") + row("1"))), "file_is_damaged"),
        ("xml.xlsx", lambda path: xlsx(path, "<row><c>"), "file_is_damaged"),
        ("shared.xlsx", lambda path: xlsx(path, row(('t="s"', "<v>5</v>"))), "file_is_damaged"),
        (
            "locked.ods",
            lambda path: ods(path, ods_row("A"), **{"META-INF/manifest.xml": "<encryption-data/>"}),
            "file_is_encrypted",
        ),
    ],
)
def test_files_that_cannot_be_read_say_why(tmp_path, name, content, code):
    """T9"""
    error = refusal(content(tmp_path / name))
    assert error.code == code
    assert error.message.startswith(name)


def _later(path):
    """An archive of a version that there is not."""
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 6] = 64
    path.write_bytes(content)
    return path


def _torn(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def test_typed_numbers_do_not_follow_the_form_of_the_texts_beside_them(tmp_path):
    """T15 beside T17: in a column of decimal commas 1234.567 stays what it is."""
    body = row("Amount") + row("1 234,50") + row(("", "<v>1234.567</v>"))
    path = xlsx(tmp_path / "x.xlsx", body)
    (chunk,) = rows(path, sniff(path, reading=Reading(header=True)))
    assert chunk.telling(0) == ["1 234,50", ""]
    assert chunk.signed(0, ",") == ["1 234,50", "1234,567"]
    assert chunk.columns[0] == ["1 234,50", "1234.567"]


def test_a_file_is_unpacked_once_and_anew_when_it_changes(tmp_path):
    """T8: what is unpacked stands beside the file; another sheet or content makes it anew."""
    path = xlsx(tmp_path / "x.xlsx", row("A") + row("1"))
    form = sniff(path, reading=Reading(header=True))
    beside = path.with_name("x.xlsx.rows")
    first = beside.stat().st_mtime_ns
    sniff(path, reading=Reading(header=False))
    assert beside.stat().st_mtime_ns == first
    beside.unlink()
    assert next(iter(rows(path, form))).rows == [("1",)]

    books.xlsx(path, row("A") + row("2") + row("3"))
    assert read(path, header=True)[1] == [("2",), ("3",)]
    assert [each.name for each in tmp_path.iterdir() if "unpacking" in each.name] == []
