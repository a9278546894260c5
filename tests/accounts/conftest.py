"""People to test with."""

import pytest

from tresse.accounts import pace
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user
from tresse.accounts.defaults import make_defaults
from tresse.accounts.queries import actor_of

PASSWORD = "eleven grey geese"  # noqa: S105  of people made up here


@pytest.fixture(autouse=True)
def roles(db):  # noqa: ARG001  opens the database
    make_defaults()
    pace.forget()


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Argon2 takes its time on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def person():
    """Makes a user with a role."""

    def make(name, role="member", **more):
        more = {"password": PASSWORD} | more
        return add_user(
            email=f"{name.lower()}@example.com", name=name, role=role, actor=SYSTEM, **more
        )

    return make


@pytest.fixture
def anna(person):
    """The administrator."""
    return person("Anna", "administrator")


@pytest.fixture
def admin(anna):
    """Anna at work."""
    return actor_of(anna)


@pytest.fixture
def bob(person):
    """A member."""
    return person("Bob")


@pytest.fixture
def member(bob):
    """Bob at work."""
    return actor_of(bob)
