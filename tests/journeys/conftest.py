"""People at their doors: a browser without scripts, and a program with a token."""

import os
import subprocess
import sys

import pytest
from django.db import connection
from django.test import Client

from tests.jobs.conftest import ROOT
from tests.program import Program
from tresse.accounts import pace
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_token, add_user
from tresse.accounts.models import User
from tresse.accounts.queries import actor_of

PASSWORD = "eleven grey geese"  # noqa: S105  of people made up here


@pytest.fixture(autouse=True)
def unhurried():
    """No test counts against the pace of another."""
    pace.forget()


@pytest.fixture
def at_desk(db):  # noqa: ARG001
    """A person's browser, signed in; what the site breaks on is raised."""

    def client(user):
        browser = Client()
        browser.force_login(user, backend="tresse.accounts.backends.Passwords")
        return browser

    return client


@pytest.fixture
def program(db):  # noqa: ARG001
    """A program with a token of a person."""

    def of(user, **token):
        secret = add_token(user, name="program", actor=SYSTEM, **token)[1]
        return Program(Client(), secret)

    return of


@pytest.fixture
def person(ada):
    """The administrator as a row."""
    return User.objects.get(pk=ada.user_id)


@pytest.fixture
def admin(program, person):
    """A program of the administrator."""
    return program(person)


@pytest.fixture
def made(admin):
    """Makes a record by the API; answers its id."""

    def make(object_name, links=(), **properties):
        body = {"properties": properties, "links": list(links)}
        status, answer = admin("POST", f"/records/{object_name}", body)
        assert status == 201, answer
        return answer["id"]

    return make


@pytest.fixture
def bob(user_of):
    """A member, alone in no team."""
    return user_of("Bob")


@pytest.fixture
def bob_at_work(bob):
    """Bob as an actor."""
    return actor_of(bob)


@pytest.fixture
def boss(quick_passwords):  # noqa: ARG001
    """An administrator, there for other processes too."""
    user = add_user(email="ada@example.com", name="Ada", role="administrator", actor=SYSTEM)
    return actor_of(user)


@pytest.fixture
def worker():
    """Starts a slow worker in a process of its own, on this test's database."""
    began = []

    def start():
        of = connection.settings_dict
        url = f"sqlite:///{of['NAME']}"
        if connection.vendor == "postgresql":
            url = f"postgresql://{of['USER']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.slow_process"],
            cwd=ROOT,
            env={**os.environ, "TRESSE_DATABASE_URL": url},  # and the home of the test
        )
        began.append(process)
        return process

    yield start
    for process in began:
        if process.poll() is None:
            process.kill()
        process.wait()
