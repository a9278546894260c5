"""A house of each test alone, outside of any transaction: rows are staged as those of imports are.

Datasets and syncs keep files, so each test has a home of its own; phones are French.
"""

import pytest

from tests.transfers.imports.conftest import (  # noqa: F401  fixtures, used by their names
    _django_db_helper,
    house,
    pytest_collection_modifyitems,
)
from tresse.accounts.models import Setting


@pytest.fixture(autouse=True)
def home(house, tmp_path, settings):  # noqa: ARG001, F811  rows of the account
    """A home of this test alone: ids of datasets come again."""
    settings.HOME = tmp_path / "home"
    Setting.objects.update_or_create(name="country", defaults={"value": "FR"})
    return settings.HOME
