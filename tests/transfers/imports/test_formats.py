"""XLSX, ODS and JSON lines are imported like text; their error files are imported again (T77)."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.transfers.books import ods, ods_row, row, xlsx
from tests.transfers.imports.house import codes, numbers
from tests.transfers.reading import read
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.transfers.error_file import write_error_file
from tresse.transfers.files.writing import FORMATS_OUT, writer_of

HEADERS = ("E-mail", "First name", "Birthday", "Associated Company")
ROWS = [
    ("anna@ex.org", "Anna", "1990-05-17", 41),
    ("bob@ex.org", "=Bob", "soon", 42),
    ("bad@", "Cleo", "", 41),
    ("dora@ex.org", "'x", "", "Nowhere"),
]


@pytest.fixture
def written(house):
    """Writes a file of a format; answers its content."""

    def call(format, lines, headers=HEADERS, **choices):
        path = house.folder / f"written.{format}"
        with writer_of(format, path, headers, **choices) as out:
            out.rows(lines)
        return path.read_bytes()

    return call


@pytest.fixture
def firms(house):
    house.make("company", id=41, name="Acme")
    house.make("company", id=42, name="Beta")
    house.start_ids(60)
    return house


def values(house, object_name, name):
    """Values of a property, in the order of ids from 60 on."""
    table = house.model.object(object_name).table
    column = table.c[house.model.object(object_name).property(name).column]
    return [
        each for (each,) in rows(sa.select(column).where(table.c.id >= 60).order_by(table.c.id))
    ]


@pytest.mark.parametrize("format", FORMATS_OUT)
def test_an_error_file_is_imported_again_as_it_is_and_corrected(firms, written, format):
    """T77: same format and header, all columns, five more; no new mapping, nothing lost."""
    house = firms
    name = f"people.{format}"
    first = house.load("contact", written(format, ROWS), name=name)
    assert numbers(first) == {"rows": 4, "created": 3, "failed": 1}
    wanted = ["could_not_parse_date", "invalid_email", "association_record_not_found"]
    # The keys of JSON stand on no line of their own.
    two, three, four = (2, 3, 4) if format == "jsonl" else (3, 4, 5)
    assert codes(first) == list(zip((two, three, four), wanted, strict=True))

    errors = house.folder / f"errors.{'csv' if format == 'txt' else format}"
    assert write_error_file(first, errors) == 3
    form, cells, _, findings, _ = read(errors)
    assert form.titles == (*HEADERS, "_line", "_code", "_column", "_value", "_hint")
    assert form.type == ("csv" if format == "txt" else format)
    assert form.delimiter == {"csv": ",", "txt": "\t"}.get(format, "")
    assert findings == []
    assert [each[:7] for each in cells] == [
        ("bob@ex.org", "=Bob", "soon", "42", f"{two}", "could_not_parse_date", "Birthday"),
        ("bad@", "Cleo", "", "41", f"{three}", "invalid_email", "E-mail"),
        ("dora@ex.org", "'x", "", "Nowhere", f"{four}", "association_record_not_found", HEADERS[3]),
    ]

    again = house.load("contact", errors.read_bytes(), name=errors.name)
    assert numbers(again) == {"rows": 3, "unchanged": 2, "failed": 1}
    assert [code for _, code in codes(again)] == wanted

    fixed = [
        ("bob@ex.org", "=Bob", "1980-01-02", 42, "3", "x", "x", "x", "x"),
        ("cleo@ex.org", "Cleo", "", 41, "4", "x", "x", "x", "x"),
        ("dora@ex.org", "'x", "", 41, "5", "x", "x", "x", "x"),
    ]
    last = house.load("contact", written(format, fixed, form.titles), name=errors.name)
    assert numbers(last) == {"rows": 3, "created": 1, "updated": 1, "unchanged": 1}
    assert codes(last) == []


@pytest.mark.parametrize("format", ["xlsx", "ods"])
def test_faults_and_typed_numbers_survive_an_error_file(firms, format):
    """T15, T77: an error stays one, a number keeps its value beside decimal commas."""
    house = firms
    path = house.folder / f"f.{format}"
    if format == "xlsx":
        fault, number = ('t="e"', "<f>A9</f><v>#REF!</v>"), ("", "<v>1234.567</v>")
        body = row("Name", "Annual revenue") + row("A", "1 234,50") + row("B", number)
        content = xlsx(path, ("Data", body + row("C", fault) + row("D", "no,t")))
    else:
        fault = ('table:formula="of:=A9" office:value-type="string"', "<text:p>#REF!</text:p>")
        number = ('office:value-type="float" office:value="1234.567"', "")
        body = ods_row("Name", "Annual revenue") + ods_row("A", "1 234,50") + ods_row("B", number)
        content = ods(path, ("Data", body + ods_row("C", fault) + ods_row("D", "no,t")))
    first = house.load("company", content.read_bytes(), name=path.name)
    assert numbers(first) == {"rows": 4, "created": 4}
    assert codes(first, "cell") == [(4, "spreadsheet_error_value"), (5, "could_not_parse_number")]
    assert {each.sheet for each in first.findings.filter(level="cell")} == {"Data"}
    assert values(house, "company", "annual_revenue") == [
        Decimal("1234.5"),
        Decimal("1234.567"),
        None,
        None,
    ]
    errors = house.folder / f"errors.{format}"
    assert write_error_file(first, errors) == 2
    assert read(errors)[0].sheet == "Data"
    again = house.load("company", errors.read_bytes(), name=errors.name)
    assert codes(again, "cell") == [(2, "spreadsheet_error_value"), (3, "could_not_parse_number")]


def test_dates_and_instants_of_a_sheet_are_taken_as_typed(firms, written):
    """T15, T16: whatever order the texts beside them have; an instant in the import's zone."""
    house = firms
    people = [
        ("a@ex.org", datetime(2027, 4, 3, tzinfo=UTC).date()),
        ("b@ex.org", "04/13/1990"),
        ("c@ex.org", "03/04/1990"),
    ]
    first = house.load("contact", written("xlsx", people, ("E-mail", "Birthday")), name="p.xlsx")
    assert numbers(first) == {"rows": 3, "created": 3}
    assert [str(each) for each in values(house, "contact", "birthday")] == [
        *("2027-04-03", "1990-04-13", "1990-03-04"),
    ]


def test_an_absent_key_erases_nothing_and_null_does(firms):
    """T14, T35: `erase_empty` empties by null, by an empty text, never by absence."""
    house = firms
    for number in range(3):
        house.make("contact", email=f"p{number}@ex.org", first_name="Old", last_name="Name")
    lines = [
        {"email": "p0@ex.org", "first_name": None},
        {"email": "p1@ex.org", "last_name": "New"},
        {"email": "p2@ex.org", "first_name": "", "last_name": "Name"},
    ]
    content = "\n".join(map(json.dumps, lines))
    first = house.load("contact", content, name="p.jsonl", erase_empty=True)
    assert numbers(first) == {"rows": 3, "updated": 3}
    assert values(house, "contact", "first_name") == [None, "Old", None]
    assert values(house, "contact", "last_name") == ["Name", "New", "Name"]


def test_broken_and_nested_json_stays_as_it_is_in_the_error_file(firms):
    """T13, T77"""
    house = firms
    lines = [
        '{"email": "a@ex.org", "city": {"name": "Łódź"}}',
        '{"email": "b@ex.org"',
        '{"email": "c@ex.org"}',
    ]
    first = house.load("contact", "\n".join(lines), name="p.jsonl")
    assert numbers(first) == {"rows": 3, "created": 2, "failed": 1}
    errors = house.folder / "errors.jsonl"
    assert write_error_file(first, errors) == 2
    written = errors.read_text().splitlines()
    told = json.loads(written[0])
    assert {key: told[key] for key in ("email", "city", "_line", "_code")} == {
        "email": "a@ex.org",
        "city": {"name": "Łódź"},
        "_line": "1",
        "_code": "wrong_value",
    }
    assert written[1] == lines[1]


def test_a_sheet_is_asked_for_at_every_door_and_chosen(firms):
    """T15, T79: `sheet_not_chosen` names them; `reading.sheet` says which."""
    house = firms
    path = xlsx(
        house.folder / "two.xlsx",
        ("People", row("E-mail") + row("a@ex.org")),
        ("Firms", row("Name") + row("Gamma")),
    )
    with pytest.raises(TresseError) as caught:
        house.check("company", path.read_bytes(), name="two.xlsx")
    assert caught.value.code == "sheet_not_chosen"
    first = house.load("company", path.read_bytes(), name="two.xlsx", reading={"sheet": "Firms"})
    assert numbers(first) == {"rows": 1, "created": 1}
