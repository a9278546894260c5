"""A house for tests of imports: outside of any transaction, emptied quickly after each test.

The stage of an import is attached between transactions, so these tests cannot stand in one; and
emptying all tables and making all definitions anew, as `transaction=True` does, takes a second.
"""

import pytest

from tests.definitions import make_anew
from tests.transfers.imports.house import House, emptied
from tresse.objects.models import ObjectType


@pytest.hookimpl(tryfirst=True)  # before pytest-django puts tests that empty tables last
def pytest_collection_modifyitems(items):
    for item in items:
        if "house" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db)


@pytest.fixture
def _django_db_helper(django_db_setup, django_db_blocker):  # noqa: ARG001
    """In place of the plugin's: no transaction around the test."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def house(_django_db_helper, tmp_path, settings):
    """People and definitions; all else is emptied at the end."""
    if not ObjectType.objects.exists():
        make_anew()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with emptied():
        made = House(tmp_path)
        made.start_ids(1_000)  # out of the way of records that are given an id
        yield made


@pytest.fixture
def start(house):
    """The start of the worked examples: companies 41, 42, contacts 51 to 53, deals 61, 62."""
    for id_, name in ((41, "Company 1"), (42, "Company 2")):
        house.make("company", id=id_, name=name)
    for id_, name in ((51, "anna"), (52, "bob"), (53, "cleo")):
        house.make("contact", id=id_, email=f"{name}@ex.org")
    for id_, name in ((61, "Renewal"), (62, "Extension")):
        house.make("deal", id=id_, name=name)
    house.start_ids(63)
    return house
