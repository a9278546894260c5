"""Nobody sees or changes what is not theirs, by any address there is."""

import functools
import json

import pytest
from django.db import transaction
from django.test import Client

from scripts.reference import openapi
from tests.journeys.foreign import WORD, made_by, state_of
from tests.journeys.routes import PARAMETER, routes
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_token

ADDRESS = f"{WORD}@example.com"
OPEN = ("sign-in/", "invitations/", "api/v1/openapi.json")
"Addresses that need neither session nor token."
FORM = {
    "last_name": "Changed",
    "name": "changed",
    "label": "Changed",
    "value": "changed",
    "title": "changed",
    "kind": "note",
    "text": "changed",
    "email": "changed@example.com",
    "typed": "x",
    "remove": "1",
}
BODY = {
    "properties": {"description": "changed", "owner": "bob@example.com"},
    "fields": {"text": "changed"},
    "label": "Changed",
}


@pytest.fixture
def foreign(person, admin):  # noqa: ARG001  makes the token
    """What Ada has."""
    return made_by(person)


def values_for(route, things, object_name):
    """The ids of foreign things for the parameters of an address."""
    id = things.records[object_name]
    before = route.path.split("<")[0]
    known = {
        "object_name": object_name,
        "id": id,
        "activity": things.activity,
        "key": "deal_contact",
        "type_name": "deal_contact",
        "name": "administrator" if "role" in before else "email",
        "value": ADDRESS,
        "user_id": things.owner.pk,
        "job_id": things.job,
        "import_id": things.import_,
        "export_id": things.export,
        "notification_id": things.notification,
        "token_id": things.token,
        "secret": "x",
        "handle": "x",
        "stage": "won",
        "stage_name": "won",
        "option": "en",
    }
    if "activities/" in before:
        known["id"] = things.activity
    return known


def addresses(route, things):
    """The route with each foreign record in turn, where it is about records."""
    if "object_name" in route.parameters and "id" in route.parameters:
        names = list(things.records) if route.is_api else ["contact", "order_line"]
    else:
        names = ["contact"]
    for name in names:
        yield route.filled(values_for(route, things, name))


@functools.cache
def documented():
    """Methods of the API by path."""
    return {
        path.removeprefix("/"): [method.upper() for method in methods]
        for path, methods in openapi()["paths"].items()
    }


def methods_of(route):
    """Methods worth asking: those of the document, or both of a page."""
    if not route.is_api:
        return ("GET", "POST")
    return documented().get(PARAMETER.sub(r"{\2}", route.path), ["GET"])


def asked(client, method, address, secret=None):
    """The answer to a request that tries to change something."""
    if secret is None:
        call = client.post if method == "POST" else client.get
        return call(address, FORM if method == "POST" else {"q": WORD[:-1]})
    return client.generic(
        method,
        address,
        json.dumps(BODY | {"ids": [1]}) if method != "GET" else "",
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )


def told(response, address):
    """All that was answered, headers and body, but for what the request itself said."""
    streamed = getattr(response, "streaming", False)
    content = b"".join(response.streaming_content) if streamed else response.content
    text = f"{dict(response.headers)}{content.decode('utf-8', 'replace')}"
    return text.replace(ADDRESS, "") if ADDRESS in address else text


def test_a_member_reaches_nothing_foreign_by_any_address(foreign, bob, at_desk):
    """C130f, C108, C53: no foreign value is shown, nothing foreign changes, at every address."""
    secret = add_token(bob, name="bob", actor=SYSTEM)[1]
    desk, before, found = at_desk(bob), state_of(foreign), []
    for route in routes():
        with transaction.atomic():
            for address in addresses(route, foreign):
                for method in methods_of(route):
                    response = asked(desk, method, address, secret if route.is_api else None)
                    if WORD in told(response, address):
                        found.append(f"{method} {address} shows what is foreign")
            if state_of(foreign) != before:
                found.append(f"{route} changes what is foreign")
            transaction.set_rollback(True)

    assert not found, "\n".join(found)


def test_nobody_gets_in_without_a_session_or_token(foreign):
    """C112, and what the issue shows: pages lead to the sign-in, the API answers 401."""
    client, before, found = Client(), state_of(foreign), []
    for route in routes():
        if route.path.startswith(OPEN):
            continue
        for address in addresses(route, foreign):
            for method in methods_of(route):
                response = asked(client, method, address, "" if route.is_api else None)
                to = response.headers.get("Location", "/sign-in/?")
                if (
                    response.status_code != (401 if route.is_api else 302)
                    or WORD in told(response, address)
                    or not to.startswith("/sign-in/?")
                ):
                    found.append(f"{method} {address}: {response.status_code} {to}")
    assert state_of(foreign) == before
    assert not found, "\n".join(found)
