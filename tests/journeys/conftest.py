"""People at their doors: a browser without scripts, and a program with a token."""

import json

import pytest
from django.test import Client

from tresse.accounts import pace
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_token
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
    """A program with a token of a person: `call(method, path, body, **headers)`."""

    def of(user, **token):
        secret = add_token(user, name="program", actor=SYSTEM, **token)[1]
        return caller(Client(), secret)

    return of


def caller(client, secret):
    """Calls the API; answers status and body, keeps the response."""

    def call(method, path, body=None, **headers):
        content = json.dumps(body) if body is not None else ""
        response = client.generic(
            method,
            f"/api/v1{path}",
            content,
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", **headers},
        )
        call.response = response
        is_json = "json" in response.headers.get("Content-Type", "")
        return response.status_code, json.loads(response.content) if is_json else None

    call.client, call.secret = client, secret
    return call


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
