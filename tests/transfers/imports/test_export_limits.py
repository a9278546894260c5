"""What a format cannot hold, cells that go on in a further row, and who sees what (T80 to T86)."""

import io
import json
import re
import zipfile

import pytest

from tests.transfers.imports.house import codes, links, numbers
from tests.transfers.imports.test_export import exported, table
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role, add_user
from tresse.accounts.queries import actor_of
from tresse.kernel.errors import TresseError
from tresse.records.changes import delete_records
from tresse.segments.changes import add_list, add_members
from tresse.transfers import changes
from tresse.transfers.exporting import linked, writing
from tresse.transfers.files import writing as files
from tresse.transfers.models import Export


def test_what_a_sheet_cannot_hold_is_refused_before_writing(start, monkeypatch):
    """T86: too many rows, too long texts; CSV and JSON lines hold them."""
    monkeypatch.setitem(files.MOST_ROWS, "xlsx", 3)
    with pytest.raises(TresseError) as refused:
        exported(start, "contacts", format="xlsx")
    assert refused.value.code == "does_not_fit_format"
    assert "Use CSV." in refused.value.message
    assert not Export.objects.exists()
    monkeypatch.setitem(files.MOST_ROWS, "xlsx", 1_048_576)

    start.make("company", name="Long", description="x" * 32_768)
    with pytest.raises(TresseError) as refused:
        exported(start, "companies", format="xlsx")
    assert refused.value.message == "1 texts exceed 32,767 characters."
    for format in ("csv", "jsonl"):
        assert exported(start, "companies", format=format)[0].rows == 3


def test_rows_of_the_form_of_brevo_count_too(start, monkeypatch):
    """T86, T82: a row per link may be more than the sheet has."""
    for id_ in (51, 52, 53):
        start.link("contact", id_, "company", 41)
    monkeypatch.setitem(files.MOST_ROWS, "xlsx", 4)
    assert exported(start, "companies", format="xlsx")[0].rows == 2
    with pytest.raises(TresseError) as refused:
        exported(start, "companies", format="xlsx", form="brevo")
    assert refused.value.code == "does_not_fit_format"


def test_ids_too_long_for_a_cell_go_on_in_a_further_row(start, monkeypatch):
    """T86: of the same record, and an import of the file changes nothing."""
    for id_ in (51, 52, 53):
        start.link("contact", id_, "company", 41)
    monkeypatch.setattr(writing, "MOST_CHARACTERS", 6)
    row, content = exported(start, "companies", columns=["name"], associations=["contact_company"])
    assert table(content) == [
        ["ID", "External id", "Name", "Company > Contact"],
        ["41", "", "Company 1", "51; 52"],
        ["41", "", "", "53"],
        ["42", "", "Company 2", ""],
    ]
    loaded = start.load("companies", content)
    assert row.rows == 3
    assert numbers(loaded) == {"rows": 3, "unchanged": 2, "repeated": 1}
    assert links(loaded) == {"asked": 3, "existing": 3}
    assert codes(loaded) == []


def test_pieces_of_a_cell():
    """T86: no piece is longer than the cell, none is empty, nothing is lost."""
    text = "; ".join(map(str, range(1_000)))
    pieces = list(linked.parts(text, 50))
    assert max(map(len, pieces)) <= 50
    assert "; ".join(pieces) == text


def test_choices_of_a_file(start):
    """T81 to T84: delimiter, decimal comma, no guard, names beside ids, one relation."""
    start.make("deal", id=70, name="=1+1", amount="12.5", close_date="2027-04-03")
    start.link("deal", 70, "company", 41)
    asked = {
        "columns": ["name", "amount"],
        "filter": {"property": "id", "operator": "is_any_of", "value": [70]},
        "associations": ["deal_company"],
        "with_names": True,
        "delimiter": ";",
        "decimal": ",",
        "guard": False,
    }
    _, content = exported(start, "deals", **asked)
    assert content.decode("utf-8-sig").splitlines() == [
        "ID;External id;Name;Amount;Deal > Company;Deal > Company name",
        "70;;=1+1;12,5;41;Company 1",
    ]
    _, content = exported(start, "deals", **{**asked, "format": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        [name] = [each for each in book.namelist() if "sheet1" in each and "rels" not in each]
        sheet = book.read(name).decode()
    # A text cell, which no spreadsheet works out, beside a number.
    assert re.search(r't="inlineStr"[^>]*><is><t[^>]*>=1\+1<', sheet)
    assert "<f>" not in sheet
    assert re.search(r"<v>12\.5</v>", sheet)


def test_a_view_a_segment_and_a_list(start):
    """T80, T81: records and columns of the view; members of the list; nobody knows that segment."""
    row = add_list(model=start.model, actor=start.ada, name="vips", label="VIPs", base="contact")
    add_members(row, [52], model=start.model, actor=start.ada)
    _, content = exported(start, "contacts", list="vips", columns=["email"], with_links=False)
    assert [row[0] for row in table(content)[1:]] == ["52"]
    with pytest.raises(TresseError) as refused:
        exported(start, "contacts", segment="nowhere")
    assert refused.value.status in (404, 422)
    _, content = exported(start, "contacts", view="mine", columns=["email"], with_links=False)
    assert len(table(content)) == 4


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"format": "xls"}, "wrong_value"),
        ({"delimiter": "|"}, "wrong_value"),
        ({"guard": "yes"}, "wrong_value"),
        ({"columns": "email"}, "wrong_value"),
        ({"column": ["email"]}, "unknown_key"),
        ({"columns": ["emial"]}, "unknown_reference"),
        ({"associations": ["contact_companies"]}, "unknown_reference"),
        ({"view": "nowhere"}, "unknown_reference"),
    ],
)
def test_wrong_choices_are_refused(start, asked, code):
    """T80: with what would be right."""
    with pytest.raises(TresseError) as refused:
        changes.add_export("contacts", file_name="x", asked=asked, actor=start.ada)
    assert refused.value.code == code


def test_what_is_out_of_sight_is_in_no_cell(start):
    """T80: neither hidden properties of linked records as keys or names, nor binned records."""
    rights = {
        "objects": {
            "contact": {"view": "all"},
            "company": {"view": "all", "export": "all"},
        },
        "properties": {"contact": {"email": "none", "first_name": "none"}},
    }
    add_role(name="narrow", label="Narrow", rights=rights, actor=start.ada)
    lea = actor_of(add_user(email="lea@example.com", name="Lea", role="narrow", actor=SYSTEM))
    start.make("contact", id=80, first_name="Zoë", email="zoe@ex.org")
    for id_ in (80, 51):
        start.link("contact", id_, "company", 41)
    delete_records(start.model, start.model.object("contact"), [51], actor=start.ada)
    for keys in ("email", "title"):
        _, content = exported(start, "companies", actor=lea, keys=keys, with_names=True)
        assert b"zoe@" not in content.lower()
        assert "Zoë".encode() not in content
        [head, first, _] = table(content)
        assert first[head.index("Company > Contact")] in ("80", "Contact 80")
        assert b"anna@" not in content


def test_json_lines_have_values(start):
    """T83: numbers and truths are values, an object per line."""
    start.make("deal", id=70, name="Roof", amount="12.5")
    content = exported(start, "deals", format="jsonl")[1]
    [_, _, roof] = map(json.loads, content.decode().splitlines())
    assert (roof["ID"], roof["Amount"], roof["Is closed"]) == (70, 12.5, False)

    start.link("deal", 70, "company", 41)
    content = exported(start, "deals", format="jsonl")[1]
    [_, _, roof] = map(json.loads, content.decode().splitlines())
    assert roof["Deal > Company"] == "41"
