"""What roles may speak of, and what this room forgets: C106, C115, C129."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.accounts.conftest import PASSWORD
from tests.accounts.test_rights import refusal
from tresse.accounts import housekeeping
from tresse.accounts.changes import add_role, change_role
from tresse.accounts.handover import OBJECTS, Objects, object_labels
from tresse.accounts.models import Session
from tresse.kernel.clock import at, now


@pytest.fixture
def objects(monkeypatch):
    """Two object types, as a higher room knows them."""
    known = Objects(
        "objects",
        lambda: {"deal": "Deals", "vehicle": "Vehicles"},
        lambda: {"deal": {"amount": "Amount"}, "vehicle": {"plate": "Plate"}},
    )
    monkeypatch.setattr(OBJECTS, "_things", {"objects": known})


@pytest.mark.usefixtures("objects")
@pytest.mark.parametrize(
    ("rights", "sentence"),
    [
        (
            {"objects": {"vehicel": {"view": "all"}}},
            'There is no object type "vehicel". Did you mean "vehicle"?',
        ),
        ({"properties": {"firm": {"amount": "read"}}}, 'There is no object type "firm".'),
        (
            {"properties": {"deal": {"amuont": "read"}}},
            'There is no property "deal.amuont". Did you mean "amount"?',
        ),
    ],
)
def test_rights_on_what_is_not_there_are_refused(admin, rights, sentence):
    """C106, C129: unknown_reference"""
    error = refusal(add_role, name="agent", rights=rights, actor=admin)
    assert (error.code, error.message) == ("unknown_reference", sentence)
    role = add_role(name="agent", rights={}, actor=admin)
    assert refusal(change_role, role, rights=rights, actor=admin).message == sentence


@pytest.mark.usefixtures("objects")
def test_rights_on_what_is_there_are_kept(admin):
    """C106"""
    rights = {"objects": {"vehicle": {"view": "all"}, "*": {}}, "properties": {"deal": {}}}
    assert add_role(name="agent", rights=rights, actor=admin).rights["properties"] == {"deal": {}}
    assert object_labels(["old"]) == {
        "deal": "Deals",
        "vehicle": "Vehicles",
        "old": "old",
        "*": "All others",
    }


@pytest.mark.usefixtures("bob")
def test_ended_sessions_and_old_attempts_are_forgotten():
    """C105, C115"""
    client = Client()
    client.post("/sign-in/", {"email": "bob@example.com", "password": "ten white ducks"})
    client.post("/sign-in/", {"email": "bob@example.com", "password": PASSWORD})
    assert housekeeping.forget()["sessions"] == 0
    with at(now() + timedelta(days=60)):
        gone = housekeeping.forget()
    assert gone["sessions"] == 1
    assert not Session.objects.exists()
    assert gone["entries"] == 0
