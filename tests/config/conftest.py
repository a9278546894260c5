"""An installation for commands: outside of any transaction, as imports need it."""

import pytest

from tests.transfers.imports.house import House, emptied


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
    with emptied():
        yield House(tmp_path)
