"""Other values on the page of a record (C21)."""

import pytest

from tresse.records.changes import add_other_value


@pytest.fixture
def anna(model, make, ada):
    """Anna, found by a former e-mail too."""
    anna = make("contact", first_name="Anna", last_name="Nowak", email="anna@ex.org")
    contact = model.object("contact")
    add_other_value(model, contact, anna, name="email", value="old@ex.org", actor=ada)
    return anna


def test_a_record_shows_its_other_values_below_the_property(visit, anna):
    """C21: with the way to change them."""
    page = visit.get(f"/contacts/{anna}/")
    assert "also old@ex.org" in page.text
    assert f"/contacts/{anna}/email/others/" in page.source


def test_other_values_are_added_and_taken_away(visit, anna, make):
    """C21: a value of another record is refused in its words, and stays typed."""
    make("contact", last_name="Bob", email="bob@ex.org")
    address = f"/contacts/{anna}/email/others/"
    assert "old@ex.org" in visit.get(address).text
    visit.post(address, email="new@ex.org")
    assert "new@ex.org" in visit.get(address).text
    page = visit.post(address, email="bob@ex.org")
    assert page.status == 422
    assert 'E-mail "bob@ex.org" already belongs to Bob' in page.text
    visit.post(address, remove="old@ex.org")
    assert "old@ex.org" not in visit.get(address).text


def test_readers_see_other_values_but_change_none(reader, anna):
    """C106."""
    address = f"/contacts/{anna}/email/others/"
    page = reader.get(address)
    assert "old@ex.org" in page.text
    assert "Take away" not in page.text
    assert reader.post(address, email="x@ex.org").status == 403
