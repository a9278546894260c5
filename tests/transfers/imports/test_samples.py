"""Each object type has a sample file, which imported as it is makes two records (T90)."""

import csv
import json

import pytest
from click.testing import CliRunner
from django.test import Client

from tests.program import Program
from tests.transfers.imports.house import codes, empty, numbers
from tests.transfers.reading import read
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.objects.changes import (
    add_object_type,
    add_property,
    archive_object_type,
    delete_object_type,
)
from tresse.transfers.samples import FORMATS, write_sample

SHIPPED = ("contact", "company", "deal", "product", "order", "order_line", "ticket", "task")


def sampled(house, object_name, format):
    """The headers of a sample, and what importing it came to."""
    path = house.folder / f"sample.{format}"
    headers = write_sample(object_name, format, path, actor=house.ada)
    return headers, house.load(object_name, path.read_bytes(), name=path.name)


def test_all_shipped_object_types_are_tried(house):
    """T90"""
    assert {each.name for each in house.model.objects} == set(SHIPPED)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("object_name", SHIPPED)
def test_a_sample_makes_two_records_without_finding(house, object_name, format):
    """T90: all writable properties, a column per relation by its full name."""
    headers, row = sampled(house, object_name, format)

    assert numbers(row) == {"rows": 2, "created": 2}
    assert codes(row) == []
    model = house.model
    object_ = model.object(object_name)
    written = [p for p in object_.active if p.column and not p.is_read_only]
    assert len(headers) == len(written) + len(list(model.sides(object_name)))
    full = {model.full_name(side) for side in model.sides(object_name)}
    assert full <= set(headers)
    assert {"External ID", "External id"} & set(headers)


@pytest.fixture
def boat(house):
    """An object type of the house's own; gone after the test."""
    row = add_object_type(name="boat", label="Boat", actor=house.ada)
    yield row
    archive_object_type(row, actor=house.ada)
    delete_object_type(row, typed_label="Boat", actor=house.ada)


@pytest.mark.parametrize("format", FORMATS)
def test_a_sample_of_an_own_object_type_keeps_its_rules(house, boat, format):
    """T90: required, unique, limited, with a label that means something else elsewhere."""
    for name, label, kind, more in (
        ("hull", "Hull number", "text", {"is_unique": True, "is_required": True}),
        ("number", "Boat ID", "text", {}),
        ("length", "Length", "decimal", {"rules": [{"rule": "highest", "value": 2}]}),
        (
            "mail",
            "Mail",
            "email",
            {"rules": [{"rule": "allowed_domains", "value": ["acme.example"]}]},
        ),
        (
            "launched",
            "Launched",
            "date",
            {"rules": [{"rule": "days_from_today", "value": {"most": 0}}]},
        ),
        ("code", "Code", "text", {"rules": [{"rule": "pattern", "value": "[0-9]{6}"}]}),
        ("seen", "Seen", "datetime", {}),
        ("sails", "Sails", "boolean", {}),
        ("price", "Price", "money", {"settings": {"currency": "EUR"}}),
    ):
        add_property(boat, name=name, label=label, kind=kind, actor=house.ada, **more)
    headers, row = sampled(house, "boat", format)
    assert (numbers(row), codes(row)) == ({"rows": 2, "created": 2}, [])
    assert {"Hull number", "number"} <= set(headers)
    empty()


def test_a_sample_makes_new_records_beside_those_there(house):
    """T90: values that a record has already are passed over."""
    first, _ = sampled(house, "contact", "csv")
    headers, row = sampled(house, "contact", "xlsx")
    assert headers == first
    assert (numbers(row), codes(row)) == ({"rows": 2, "created": 2}, [])


def test_samples_at_every_door(house):
    """T3, T90, cli.md: `columns`; the same file by page, REST and command."""
    path = house.folder / "people.xlsx"
    words = ["sample", "contacts", str(path), "--json"]
    result = CliRunner().invoke(cli, words, obj=words, catch_exceptions=False)
    columns = json.loads(result.stdout)["columns"]
    assert read(path)[0].titles == tuple(columns)

    user = User.objects.get(pk=house.ada.user_id)
    client = Client()
    client.force_login(user, backend="tresse.accounts.backends.Passwords")
    page = client.get("/imports/sample/contacts.csv")
    assert page.status_code == 200
    text = page.getvalue().decode("utf-8-sig")
    assert next(csv.reader([text.splitlines()[0]])) == columns
    assert page["Content-Disposition"] == 'attachment; filename="contacts-sample.csv"'

    api = Program(client, add_token(user, name="test", actor=house.ada)[1])
    assert api("GET", "/samples/contact?format=csv")[0] == 200
    assert api.response.getvalue().decode("utf-8-sig") == text
    status, problem = api("GET", "/samples/contact?format=pdf")
    assert (status, problem["code"]) == (422, "wrong_value")
    status, problem = api("GET", "/samples/kontact")
    assert (status, problem["code"]) == (404, "unknown_object")
