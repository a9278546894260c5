"""Files of all formats are written so that they are read as the same values (T83 to T86)."""

import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.transfers.reading import read
from tresse.kernel.errors import TresseError
from tresse.kernel.text import clean
from tresse.objects.kinds import KINDS
from tresse.objects.kinds import Reading as KindReading
from tresse.transfers.files.writing import FORMATS_OUT, check_fit, writer_of

PARIS = ZoneInfo("Europe/Paris")
HEADERS = ("Text", "Whole", "Decimal", "Day", "Instant", "Truth")
ROWS = [
    (
        "=1+1",
        1042,
        Decimal("1.234"),
        date(2027, 4, 3),
        datetime(2027, 4, 3, 12, 5, tzinfo=UTC),
        True,
    ),
    ("'x", -5, Decimal("-0.5"), date(1850, 1, 1), datetime(2027, 10, 31, 1, 30, tzinfo=UTC), False),
    ("007", 2**53 - 1, Decimal("99999999999999.9999"), date(1900, 3, 1), None, None),
    ("1,5", 0, None, None, datetime(2027, 1, 1, 0, 0, 0, 123456, tzinfo=UTC), True),
    ('a "b"; c\n  d\te|f', None, Decimal(100), None, None, None),
    ("😀 żółć  two", None, None, None, datetime(1750, 1, 1, tzinfo=UTC), None),
]
DIGITS = Decimal("0.0001")
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\n\t'=+-@;,\"")
).map(clean)
values = st.tuples(
    texts,
    st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
    st.none() | st.decimals(-(10**14) + 1, 10**14 - 1, places=4),
    st.none() | st.dates(date(1000, 1, 1)),
    st.none() | st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    st.none() | st.booleans(),
)


def kept(path, format, rows, **choices):
    """The values that an import reads of rows that were written."""
    with writer_of(format, path, HEADERS, zone=PARIS, **choices) as out:
        out.rows(rows)
    form, cells, _, findings, _ = read(path, header=True)
    assert form.titles == HEADERS
    assert findings == []
    reading = KindReading(date_order="ymd", decimal_sign=".", zone=PARIS)
    columns = []
    for kind, column in zip(
        ("long_text", "integer", "decimal", "date", "datetime", "boolean"),
        zip(*cells, strict=True),
        strict=True,
    ):
        found, refused = KINDS[kind].parse_all(list(column), reading)
        assert refused == []
        columns.append(found)
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("format", FORMATS_OUT)
def test_what_is_written_is_read_as_the_same_values(tmp_path, format):
    """T83, T84, T85: hostile texts, numbers of 18 digits, hours that a clock shows twice."""
    wanted = [tuple(None if value == "" else value for value in row) for row in ROWS]
    assert kept(tmp_path / f"x.{format}", format, ROWS) == wanted


@pytest.mark.parametrize("format", FORMATS_OUT)
def test_any_values_come_back(tmp_path_factory, format):
    """T85"""
    path = tmp_path_factory.mktemp(format) / f"x.{format}"

    @examples(60)
    @given(st.lists(values, min_size=1, max_size=5))
    def check(rows):
        wanted = [
            tuple(None if value == "" else value for value in row)
            for row in rows
            if any(value not in ("", None) for value in row)
        ]
        if wanted:
            assert kept(path, format, rows) == wanted

    check()


def test_text_formats_have_the_forms_of_the_specification(tmp_path):
    """T83, T84: UTF-8 with byte order mark, `Z`, a point, a guard."""
    path = tmp_path / "x.csv"
    with writer_of("csv", path, HEADERS) as out:
        out.rows(ROWS[:2])
    assert path.read_bytes().decode("utf-8").splitlines() == [
        "\ufeffText,Whole,Decimal,Day,Instant,Truth",
        "'=1+1,1042,1.2340,2027-04-03,2027-04-03T12:05:00Z,true",
        "'x,-5,-0.5,1850-01-01,2027-10-31T01:30:00Z,false",
    ]
    with writer_of("txt", path, ("A", "B"), decimal_sign=",", is_guarded=False) as out:
        out.rows([("=1", Decimal("2.5"))])
    assert path.read_text("utf-8-sig").splitlines() == ["A\tB", "=1\t2,5"]
    with writer_of("jsonl", path, ("A", "A", "B")) as out:
        out.rows([("x", 1, Decimal("2.50")), (None, 2**60, Decimal("1234567890123.4567"))])
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"A": "x", "A (2)": 1, "B": 2.5},
        {"A": None, "A (2)": str(2**60), "B": "1234567890123.4567"},
    ]


def test_cells_are_typed_and_texts_stay_texts(tmp_path):
    """T83, T84"""
    path = tmp_path / "x.xlsx"
    with writer_of("xlsx", path, HEADERS, sheet="A/B: [" + "x" * 40, zone=PARIS) as out:
        out.rows(ROWS[:1])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        book = archive.read("xl/workbook.xml").decode()
    assert '<c r="A2" s="4" t="inlineStr"><is><t>=1+1</t></is></c>' in sheet
    assert '<c r="B2"><v>1042</v></c><c r="C2"><v>1.234</v></c>' in sheet
    assert '<c r="D2" s="1"><v>46480</v></c>' in sheet
    assert '<c r="F2" t="b"><v>1</v></c>' in sheet
    assert f'name="A B   {"x" * 25}"' in book

    path = tmp_path / "x.ods"
    with writer_of("ods", path, HEADERS, zone=PARIS) as out:
        out.rows(ROWS[:1])
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        content = archive.read("content.xml").decode()
    assert 'office:value-type="float" office:value="1.234"' in content
    assert 'office:date-value="2027-04-03T14:05:00"' in content
    assert 'office:value-type="string" table:style-name="t"><text:p>=1+1</text:p>' in content


def test_what_a_format_cannot_hold_is_refused(tmp_path):
    """T86"""
    check_fit("csv", rows=5_000_000)
    with pytest.raises(TresseError) as caught:
        check_fit("xlsx", rows=1_200_000)
    assert caught.value.message == "1,200,000 rows; XLSX holds 1,048,575. Use CSV."
    with pytest.raises(TresseError, match="3 texts exceed 32,767 characters"):
        check_fit("xlsx", rows=1, long_texts=3)
    with (
        pytest.raises(TresseError, match="1 texts exceed"),
        writer_of("xlsx", tmp_path / "x.xlsx", ["A"]) as out,
    ):
        out.rows([["x" * 32_768]])
    with pytest.raises(TresseError, match="format needs one of csv"):
        writer_of("xls", tmp_path / "x.xls", ["A"])
