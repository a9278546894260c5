"""Other values of records find them in imports too, and stay what they are (C21)."""

import pytest

from tests.transfers.imports.house import codes, numbers
from tresse.records.changes import add_other_value, merge_records
from tresse.records.other_values import other_values


@pytest.fixture
def anna(house):
    """Anna, who was married: her former address still finds her. And Bob."""
    anna = house.make("contact", id=51, email="anna@ex.org", first_name="Anna")
    house.make("contact", id=52, email="bob@ex.org", first_name="Bob")
    add_other_value(
        house.model,
        house.model.object("contact"),
        anna,
        name="email",
        value="old@ex.org",
        actor=house.ada,
    )
    return house


def test_a_row_finds_its_record_by_an_other_value(anna):
    """C21, T27: it is updated, and its own e-mail stays."""
    row = anna.load("contacts", "E-mail,First name\nOLD@ex.org,Anna Maria\n")

    assert numbers(row) == {"rows": 1, "updated": 1}
    assert anna.values("contact", "first_name")[51] == "Anna Maria"
    assert anna.values("contact", "email")[51] == "anna@ex.org"


def test_rows_by_main_and_other_value_are_one_record(anna):
    """T33: the second repeats the first."""
    row = anna.load("contacts", "E-mail,City\nold@ex.org,Lyon\nanna@ex.org,Lyon\n")

    assert numbers(row) == {"rows": 2, "updated": 1, "repeated": 1}


def test_an_other_value_of_another_record_is_taken(anna):
    """C21, C18: duplicate_value, as the main value would be."""
    row = anna.load("contacts", "ID,E-mail\n52,old@ex.org\n")

    assert numbers(row) == {"rows": 1, "failed": 1}
    assert codes(row) == [(2, "duplicate_value")]


def test_an_association_cell_finds_a_company_by_its_former_name(house):
    """C21, C63: after a merge, files that name the other company still link."""
    acme = house.make("company", name="Acme")
    other = house.make("company", name="Acme Trading")
    merge_records(house.model, house.model.object("company"), acme, [other], actor=house.ada)
    row = house.load("contacts", "E-mail,Contact > Company\na@ex.org,acme TRADING\n")

    assert numbers(row)["created"] == 1
    company = house.model.object("company")
    assert other_values(company, [acme], house.ada) == {acme: {"name": ["Acme Trading"]}}
    assert house.values("company", "name") == {acme: "Acme"}
