"""The house of the other tests of imports, and the doors to it."""

import json

import pytest
from click.testing import CliRunner

from tests.program import Program
from tests.transfers.imports.conftest import _django_db_helper, house, start
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli

__all__ = ["_django_db_helper", "house", "start"]


@pytest.hookimpl(tryfirst=True)  # before pytest-django puts tests that empty tables last
def pytest_collection_modifyitems(items):
    for item in items:
        if "house" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db)


@pytest.fixture
def api(client, start):
    """Calls the REST interface as Ada; answers status and body."""
    user = User.objects.get(pk=start.ada.user_id)
    return Program(client, add_token(user, name="test", actor=start.ada)[1])


@pytest.fixture
def command(start):  # noqa: ARG001  a house to work in
    """Runs a command; answers exit code, JSON and what was said on the side."""

    def call(*words):
        asked = [str(word) for word in (*words, "--json")]
        result = CliRunner().invoke(cli, asked, obj=asked, catch_exceptions=False)
        body = json.loads(result.stdout) if result.stdout.startswith("{") else None
        return result.exit_code, body, result.stderr

    return call


@pytest.fixture
def signed_in(client, start):
    """A client in whose pages Ada is signed in."""
    client.force_login(
        User.objects.get(pk=start.ada.user_id), backend="tresse.accounts.backends.Passwords"
    )
    return client
