"""Whatever is sent to whatever route, the answer is a result or a refusal, never a fault."""

import functools
import random
import traceback
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction

from tests.journeys.foreign import made_by
from tests.journeys.junk import BODIES, TEXTS, as_json, sample, spoilt
from tests.journeys.routes import document, routes
from tresse.accounts.models import Team

SEED = 20_261_126
TRIES = 12
FRAGMENTS = 0.5
FAULT = 500
# Bodies that a route reads itself, so that the document does not describe them.
BODIES_OF = {
    "/records/{object_name}": {
        "properties": {"last_name": "Nowak", "email": "n@ex.org", "birthday": "1990-01-31"},
        "links": [{"type": "contact_company", "id": 1, "label": "former_company"}],
    },
    "/records/{object_name}/{id}": {"properties": {"city": "Lyon", "owner": "ada@example.com"}},
    "/records/{object_name}/search": {
        "filter": {"all": [{"property": "city", "operator": "is", "value": "Lyon"}]},
        "sort": ["-created_at"],
        "properties": ["email"],
        "words": "now",
        "limit": 5,
        "cursor": None,
        "count": True,
    },
    "/records/{object_name}/batch": {
        "items": [
            {"act": "upsert", "properties": {"email": "b@ex.org"}, "match": ["email"]},
            {"act": "update", "id": 1, "version": 1, "properties": {"city": "Nice"}},
            {"act": "delete", "id": 1},
            {"act": "restore", "id": 1},
        ],
        "all_or_nothing": False,
    },
    "/records/{object_name}/{id}/links/{type_name}": {
        "ids": [1],
        "label": "former_company",
        "mode": "replace",
    },
    "/links/batch": {
        "act": "add",
        "object": "contact",
        "type": "contact_company",
        "pairs": [[1, 1]],
        "label": "former_company",
    },
    "/activities": {
        "kind": "email",
        "about": [{"object": "contact", "id": 1}],
        "fields": {"direction": "incoming", "from": "n@ex.org", "to": ["b@ex.org"], "text": "x"},
        "at": "2026-03-01T14:05Z",
        "external_id": "7",
    },
    "/activities/{id}": {"fields": {"text": "y"}, "at": "2026-03-01T14:05Z"},
    "/imports/{import_id}": {
        "settings": {"mode": "create"},
        "mapping": {"E-mail": "email"},
        "match": ["email"],
        "reading": {"delimiter": ";", "header": True},
    },
    "/exports": {
        "object": "contact",
        "file": "x.csv",
        "columns": ["email"],
        "filter": None,
        "with_links": True,
        "form": "names",
        "keys": "id",
    },
}


@pytest.fixture
def known(admin, person):  # noqa: ARG001  makes the token
    """Values of parameters that mean something, by their names."""
    things = made_by(person)
    Team.objects.create(name="paris", label="Paris")
    return {
        "object_name": "contact",
        "id": things.records["contact"],
        "activity": things.activity,
        "name": "email",
        "value": "hushhush@example.com",
        "type_name": "contact_company",
        "key": "contact_company",
        "user_id": person.pk,
        "job_id": things.job,
        "import_id": things.import_,
        "export_id": things.export,
        "notification_id": things.notification,
        "token_id": things.token,
        "stage": "won",
        "stage_name": "won",
        "option": "en",
        "secret": "x",
        "handle": "x",
    }


def tried(call, faults, what):
    """Call, take everything back; keep what was no answer."""
    try:
        with transaction.atomic():
            status = call().status_code
            transaction.set_rollback(True)
    except Exception as error:  # noqa: BLE001  a fault of any sort is what is looked for
        last = traceback.extract_tb(error.__traceback__)
        ours = [each for each in last if "/tresse/" in each.filename][-1:]
        where = f"{ours[0].filename.rsplit('/tresse/', 1)[-1]}:{ours[0].lineno}" if ours else "?"
        faults.setdefault(f"{where} {type(error).__name__}: {str(error)[:50]}", what[:200])
    else:
        if status >= FAULT:
            faults.setdefault(f"{status}", what[:300])


def known_at(path, known):
    """Values for an address."""
    return {**known, "name": "administrator" if "roles" in path else known["name"]}


def operations():
    """Method, path, known parameters of the query, a fitting body (None: it takes none)."""
    whole = document()
    for path, methods in whole["paths"].items():
        short = path.removeprefix("/api/v1")
        for method, operation in methods.items():
            query = [
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
            ]
            content = operation.get("requestBody", {}).get("content", {})
            forms: list[dict[str, Any]] = list(content.values())
            schema = forms[0].get("schema") if forms else None
            body = sample(schema, whole) if schema else BODIES_OF.get(short)
            yield method.upper(), path, query, body if method != "get" else None


def test_no_call_of_the_api_is_a_fault(admin, known):
    """C123, C124: wrong types and hostile values are refused, never answered 500."""
    dice = random.Random(SEED)  # noqa: S311  dice, no secret
    faults: dict[str, str] = {}
    for method, path, query, body in operations():
        for turn in range(TRIES):
            values = known_at(path, known)
            if turn % 4 == 3 and "{" in path:
                name = dice.choice([each for each in known if f"{{{each}}}" in path])
                values[name] = quote(dice.choice(TEXTS).encode("utf-8", "replace")[:300]) or "x"
            address = path.format_map(values)
            if query and turn % 3 == 2:
                text = quote(dice.choice(TEXTS).encode("utf-8", "replace")[:300])
                address += f"?{dice.choice(query)}={text}"
            sent = dice.choice(BODIES) if turn % 6 == 5 else b""
            if body is not None and turn % 6 != 5:
                sent = as_json(body if turn == 0 else spoilt(body, dice))
            call = functools.partial(
                admin.client.generic,
                method,
                address,
                sent,
                content_type="application/json",
                headers={"Authorization": f"Bearer {admin.secret}"},
            )
            tried(call, faults, f"{method} {address} {sent[:200]!r}")

    assert not faults, "\n".join(f"{where}\n    {what}" for where, what in faults.items())


FIELDS = (
    *("q", "sort", "filter", "columns", "cursor", "size", "with", "kind", "value", "id", "at"),
    *("text", "name", "label", "email", "role", "teams", "members", "mode", "remove", "edit"),
    *("add_property", "add_operator", "add_value", "page", "state", "action", "next", "theme"),
    *("call_minutes", "call_at", "meeting_starts_at", "email_to", "typed", "replace_with", "into"),
    *("stages", "options", "objects", "days", "hand_over_to", "unique", "max_forward", "parent"),
)
"Names that pages read from the address or a form."


def test_no_page_is_a_fault(at_desk, person, known):
    """C124 for pages: whatever stands in the address or the form."""
    dice = random.Random(SEED)  # noqa: S311  dice, no secret
    faults: dict[str, str] = {}
    desk = at_desk(person)
    for route in routes():
        if route.is_api or route.path.startswith("sign-out"):
            continue
        for turn in range(TRIES // 3):
            values = known_at(route.path, known)
            if route.parameters and turn == 2:
                name = dice.choice(list(route.parameters))
                is_text = route.parameters[name] == "str"
                odd = quote(dice.choice(TEXTS).encode("utf-8", "replace")[:300]) or "x"
                values[name] = odd if is_text else dice.choice((0, 10**30, 999))
            address = route.filled(values)
            form = {
                name: dice.choice(TEXTS).encode("utf-8", "replace").decode()
                for name in dice.sample(FIELDS, dice.choice((1, 2, 5)))
            }
            method = desk.get if turn % 2 else desk.post
            headers = {"HX-Request": "true"} if dice.random() < FRAGMENTS else {}
            call = functools.partial(method, address, form, headers=headers)
            tried(call, faults, f"{method.__name__} {address} {form}")

    assert not faults, "\n".join(f"{where}\n    {what}" for where, what in faults.items())
