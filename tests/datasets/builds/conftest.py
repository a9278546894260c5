"""A home of each test alone, in France."""

import pytest

from tresse.accounts.models import Setting


@pytest.fixture(autouse=True)
def home(tmp_path, settings, db):  # noqa: ARG001  rows of the account
    """A home of this test alone: ids of datasets come again; phones are French."""
    settings.HOME = tmp_path / "home"
    Setting.objects.update_or_create(name="country", defaults={"value": "FR"})
    return settings.HOME
