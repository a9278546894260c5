"""Files of all sorts through `tresse import --json`: loaded right or refused in clear words."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from tresse.config.doors import cli


@pytest.fixture
def command(world):
    """Runs `tresse import`; answers exit code and what it printed as JSON."""

    def call(object_name, content, *flags, name="people.csv"):
        path = world.file(content, name=name)
        words = ["import", object_name, str(path), "--json", *map(str, flags)]
        result = CliRunner().invoke(cli, words, obj=words, catch_exceptions=False)
        body = json.loads(result.stdout)
        if result.exit_code == 0:
            total = sum(
                body[each]
                for each in ("created", "updated", "unchanged", "repeated", "skipped", "failed")
            )
            assert body["rows"] == total
        return result.exit_code, body

    return call


def places(body):
    return [(each["line"], each["column"], each["code"]) for each in body["errors"]]


TEXT = """E-mail{0}First name{0}City
a@ex.org{0}Anna{0}{1}
b@ex.org{0}"Bob ""B"" O'Hara"{0}"two
lines"
"""


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "city"),
    [
        ("utf-8", "Łódź"),
        ("utf-8-sig", "Łódź"),
        ("utf-16", "Łódź"),
        ("utf-16-le", "Łódź"),
        ("utf-16-be", "Łódź"),
        ("utf-32", "Łódź"),
        ("cp1250", "Łódź, Żółć i gęś"),
        ("cp1252", "Besançon, forêt"),
    ],
)
def test_every_encoding_and_delimiter(command, world, delimiter, encoding, city):
    """T10, T12, T91 i."""
    given = f'"{city}"' if delimiter in city else city
    code, row = command("contacts", TEXT.format(delimiter, given).encode(encoding))

    assert (code, row["created"], row["errors"]) == (0, 2, [])
    values = set(world.values("contact", "first_name", "city").values())
    assert ("Anna", city) in values
    assert any(first == 'Bob "B" O\'Hara' and "two" in town for first, town in values if first)


def test_a_misspelt_header_asks(command):
    """T43, the Shows line."""
    code, body = command("companies", "Company ID,Associated Deals\n41,61\n")
    assert (code, body["code"]) == (1, "column_needs_answer")
    assert "Associated Deals" in body["message"]
    assert "Associated Deal" in body["message"]
    assert body["details"]["lines"] == ["Associated Deals: {association: Associated Deal}"]


def test_an_unknown_id_a_wrong_type_and_a_ragged_row_have_their_place(command):
    """T79: line, column, value, code."""
    content = "Company ID,Employee count,City\n99,1,X\n41,many,Y\n42,3\n43,4,Z,more\n"
    code, body = command("companies", content)
    assert code == 0
    assert places(body) == [
        (2, "Company ID", "record_not_found"),
        (3, "Employee count", "could_not_parse_number"),
        (4, None, "incorrect_number_of_columns"),
        (5, None, "incorrect_number_of_columns"),
    ]
    assert body["errors"][1]["value"] == "many"
    assert (body["rows"], body["updated"], body["failed"]) == (4, 1, 3)


@pytest.mark.parametrize(
    "content",
    [
        b"E-mail,First name\na@ex.org,An\x00na\nb@ex.org,Bob\n",
        b"E-mail,First\x00 name\na@ex.org,Anna\n\x00b@ex.org,Bob\n\x00",
        b"E-mail,First name,Birthday\n\x00\x00a@ex.org,Anna,x\x00y\nb@ex.org,Bob,\n",
        b"E-mail,First name,Associated Company\n"
        b"a@ex.org,Anna,Ac\x00me;No\x00where\nb@ex.org,Bob,\n",
        "E-mail,First name\na@ex.org,An\x00na\nb@ex.org,Bob\n".encode("utf-16"),
    ],
    ids=["value", "header and end", "refused cell", "keys", "UTF-16"],
)
def test_nul_characters_are_taken_out(command, world, content):
    """T18: no text has one, and PostgreSQL takes none."""
    code, body = command("contacts", content)
    assert (code, body["rows"], body["created"]) == (0, 2, 2)
    assert {"Anna", "Bob"} <= set(world.values("contact", "first_name").values())


def test_1001_columns_are_refused(command):
    """T8"""
    header = ",".join(f"c{n}" for n in range(1001))
    code, body = command("contacts", f"{header}\n{'x,' * 1000}x\n")
    assert (code, body["code"]) == (1, "too_many_columns")
    assert "1001" in body["message"].replace(",", "").replace("\u00a0", "")


def test_1000_columns_are_taken(command):
    """T8"""
    header = ",".join(["E-mail", *(f"c{n}" for n in range(999))])
    code, body = command("contacts", f"{header}\nz@ex.org{',x' * 999}\n")
    assert (code, body["created"]) == (0, 1)


def test_a_cell_of_70000_characters_is_left_out(command):
    """T8, T79: `cell_too_large` with its place."""
    code, body = command("contacts", f"E-mail,City\nz@ex.org,{'x' * 70_000}\n")
    assert code == 0
    assert places(body) == [(2, "City", "cell_too_large")]
    assert len(body["errors"][0]["value"]) <= 200
    assert (body["created"], body["cells_left_out"]) == (1, 1)


def test_a_key_cell_of_70000_characters_fails_the_row(command):
    """T8, T36"""
    code, body = command("contacts", f"E-mail,City\n{'x' * 70_000}@ex.org,X\n,\n")
    assert code == 0
    assert (body["created"], body["failed"]) == (0, 1)


def test_an_unclosed_quote_costs_its_line(command):
    """T13"""
    code, body = command("contacts", 'E-mail,City\na@ex.org,"Paris\nb@ex.org,Lyon\n')
    assert code == 0
    assert places(body) == [(2, None, "could_not_parse_row")]
    assert (body["rows"], body["created"], body["failed"]) == (2, 1, 1)


@pytest.mark.parametrize("content", ["", "\n\n", "E-mail,City\n", "\ufeff", ",,\n", "E-mail\n\n\n"])
def test_files_without_rows(command, content):
    """T9: `file_is_empty`, with the name of the file."""
    code, body = command("contacts", content)
    assert (code, body["code"]) == (1, "file_is_empty")
    assert "people.csv" in body["message"]


def test_one_column(command):
    """T12"""
    code, body = command("contacts", "E-mail\na@ex.org\nb@ex.org\n")
    assert (code, body["created"]) == (0, 2)


def test_duplicate_headers(command):
    """T14, T24: two properties refuse, two ignored columns are two notices."""
    code, body = command("contacts", "E-mail,City,City\na@ex.org,X,Y\n")
    assert (code, body["code"]) == (1, "property_mapped_twice")
    code, body = command("contacts", "E-mail,Fax,Fax\na@ex.org,X,Y\n")
    assert code == 0
    assert [each["code"] for each in body["errors"]] == ["column_ignored"] * 2


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"PK\x03\x04" + b"\x00" * 60, "x.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "x.xls"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "x.pdf"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "x.csv.gz"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "x.csv"),
        (b'[{"email": "a@ex.org"}]', "x.json"),
        (b"<?xml version='1.0'?><a/>", "x.xml"),
        (b"<!DOCTYPE html><html><body></body></html>", "x.csv"),
    ],
)
def test_other_files_say_what_to_do(command, content, name):
    """T7, T9: one sentence with the name."""
    code, body = command("contacts", content, name=name)
    assert code == 1
    assert body["code"] in {"unsupported_file_type", "file_is_damaged"}, body
    assert name in body["message"]


def test_an_undecodable_byte_has_its_line(command):
    """T11"""
    content = b"E-mail,City\na@ex.org,X\nb@ex.org," + b"\x81\n"
    code, body = command("contacts", content, "--encoding", "cp1252")
    assert (code, body["code"]) == (1, "undecodable_text")
    assert "3" in body["message"]
    assert "81" in body["message"]


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (["--mode", "insert"], "wrong_value"),
        (["--set", "conflict=last"], "unknown_key"),
        (["--set", "conflicts=newest"], "wrong_value"),
        (["--set", "conflicts"], "wrong_value"),
        (["--match", "mail"], "unknown_reference"),
        (["--encoding", "klingon"], None),
        (["--delimiter", "ab"], None),
        (["--zone", "Mars/Base"], None),
        (["--template", "nothing"], None),
        (["--to-list", "vip"], "unknown_reference"),
        (["--links", "link"], "wrong_value"),
        (["--as", "nobody@ex.org"], None),
    ],
)
def test_wrong_flags_are_refused_before_anything_is_read(command, world, flags, code):
    """cli.md: a sentence that names the value and what would be right."""
    exit_code, body = command("contacts", "E-mail,Birthday\nz@ex.org,2020-01-01\n", *flags)
    assert exit_code == 1
    assert body["code"] == code or code is None
    name, _, value = flags[1].partition("=")
    assert (value if code == "wrong_value" and value else name) in body["message"], body
    assert "z@ex.org" not in world.values("contact", "email").values()


def test_an_unknown_object_is_refused_with_the_nearest(command):
    """C129"""
    code, body = command("contcts", "E-mail\na@ex.org\n")
    assert (code, body["code"]) == (1, "unknown_object")
    assert "contact" in body["message"]


def test_numbers_and_dates_that_two_readings_fit_are_asked_about(command):
    """T16, T17: and may be said by a mapping file."""
    code, body = command("contacts", "E-mail,Birthday\na@ex.org,03/04/1990\n")
    assert (code, body["code"]) == (1, "date_order_unknown")
    code, body = command("companies", 'Name,Annual revenue\nN,"1,234"\n')
    assert (code, body["code"]) == (1, "number_form_unknown")


def test_the_error_file_is_written_and_read_again(command, tmp_path):
    """T77: `--errors`, corrected, imported: only what was wrong."""
    errors = tmp_path / "errors.csv"
    content = "E-mail,Associated Company\na@ex.org,41\nbad@,42\nc@ex.org,Nowhere\n"
    code, body = command("contacts", content, "--errors", errors)
    assert (body["created"], body["failed"]) == (2, 1)
    rows = list(csv.reader(io.StringIO(errors.read_text(encoding="utf-8-sig"))))
    assert len(rows) == 3
    fixed = errors.read_text().replace("bad@,42", "b@ex.org,42").replace("Nowhere", "Gamma", 1)
    code, body = command("contacts", fixed, name="errors.csv")
    assert (code, body["created"], body["unchanged"], body["errors"]) == (0, 1, 1, [])
    assert body["links"]["created"] == 2


@pytest.fixture
def printed(world):
    """Runs `tresse import` as a person does; answers what was printed."""

    def call(object_name, content, *flags):
        words = ["import", object_name, str(world.file(content, name="people.csv")), *flags]
        return CliRunner().invoke(cli, words, obj=words, catch_exceptions=False)

    return call


def test_people_are_told_what_would_be_right(printed):
    """T46a, cli.md: the hint is printed after the sentence."""
    result = printed("contacts", "E-mail,Associated Company\nanna@ex.org,61\n")
    assert (
        'people.csv, line 2, column "Associated Company": 61 is a deal, not a company. '
        "61 is a deal. Put it under Associated Deal."
    ) in result.stdout


def test_people_are_told_where_the_rest_of_the_findings_is(printed):
    """T75: 20 are printed, with how many more there are and how to get them."""
    result = printed("contacts", "E-mail\n" + "bad@\n" * 30)
    lines = result.stdout.splitlines()
    assert sum("is not an e-mail address" in line for line in lines) == 20
    assert "… and 10 more: tresse imports" in lines[-1]
    assert lines[-1].endswith("--findings FILE.csv")
