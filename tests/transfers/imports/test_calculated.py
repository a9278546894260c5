"""Calculated properties in exports and imports (C22, T81, T85)."""

import csv
import io

import pytest

from tests.transfers.imports.house import codes, numbers
from tests.transfers.imports.test_export import exported
from tresse.objects.changes import add_property, archive_property, delete_property
from tresse.objects.queries import object_type_named


@pytest.fixture
def net(house):
    """A calculated property of deals; the house keeps definitions, so it goes again."""
    deal = object_type_named("deal")
    row = add_property(deal, name="net", label="Net amount", formula="amount * 2", actor=house.ada)
    yield row
    archive_property(row, actor=house.ada)
    delete_property(row, typed_label="Net amount", actor=house.ada)


@pytest.mark.usefixtures("net")
def test_a_calculated_value_is_exported_and_passed_over_by_an_import(house):
    """C22: read-only everywhere."""
    house.make("deal", id=61, name="Roof", amount="1.5")

    _, content = exported(house, "deals")
    [head, row] = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert dict(zip(head, row, strict=True))["Net amount"] == "3"

    again = house.load("deals", content)
    assert numbers(again) == {"rows": 1, "unchanged": 1}
    assert codes(again) == []
