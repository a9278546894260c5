"""An installation for commands: outside of any transaction, as imports need it."""

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
def house(_django_db_helper, tmp_path, quick_passwords):  # noqa: ARG001
    """Ada, the definitions, and a folder; all else is emptied at the end."""
    if not ObjectType.objects.exists():
        make_anew()
    with emptied():
        yield House(tmp_path)
