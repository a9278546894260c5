"""Whatever is sent to whatever route, the answer is a result or a refusal, never a fault."""

import functools
import random
import traceback
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction

from tests.journeys.foreign import made_by, values_of
from tests.journeys.junk import BODIES, TEXTS, as_json, sample, spoilt
from tests.journeys.routes import document, routes
from tresse.accounts.models import Team

SEED = 20_261_126
TRIES = 3
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
    "/records/{object_name}/bulk-edit": {
        "ids": [1],
        "number": 1,
        "act": "edit",
        "changes": [{"property": "city", "act": "set", "value": "Lyon"}],
    },
    "/records/{object_name}/merge": {
        "survivor": 1,
        "ids": [10],
        "choices": {"city": 10},
        "links": {"contact_company": [2]},
    },
    "/records/{object_name}/unmerge": {"id": 11, "dry_run": True},
    "/records/{object_name}/purge": {"ids": [9], "number": 1},
    "/records/{object_name}/duplicates/not": {"ids": [1, 10]},
    "/records/{object_name}/{id}/other-values": {"property": "email", "value": "o@ex.org"},
    "/views": {
        "object": "contact",
        "label": "Mine",
        "filter": {"property": "city", "operator": "is", "value": "Lyon"},
        "columns": ["city"],
        "widths": {"city": 100},
        "sort": ["-city"],
        "layout": "board",
        "layout_settings": {"pipeline": "sales"},
        "sharing": "team",
        "team": "paris",
    },
    "/lists": {
        "label": "L",
        "base": "contact",
        "filter": {"property": "city", "operator": "is", "value": "Lyon"},
        "sharing": "team",
        "team": "paris",
    },
    "/lists/{name}/members": {"ids": [1]},
    "/lists/{name}/split": {"parts": [{"label": "a", "share": 50}, {"label": "b"}]},
    "/segments": {
        "label": "S",
        "base": "contact",
        "filter": {"all": [{"list": "hush"}, {"segment": "hush", "entered": {"last": 3}}]},
        "keeps_size": True,
    },
    "/segments/{name}": {"filter": {"segment": "hush"}, "version": 1, "dry_run": True},
    "/segments/{name}/freeze": {"label": "F"},
    "/webhooks": {
        "url": "https://example.com/",
        "label": "W",
        "events": ["record_created"],
        "objects": ["contact"],
        "leaves_out_quiet": True,
        "state": "paused",
    },
    "/objects/{object_name}/properties/{name}/kind": {"kind": "text", "settings": {"x": 1}},
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
    """One of everything, in Ada's hands."""
    things = made_by(person)
    Team.objects.create(name="paris", label="Paris")
    return things


def tried(call, faults, what):
    """Call, take everything back; keep what was no answer."""
    try:
        with transaction.atomic():
            response = call()
            status = response.status_code
            if response.streaming:
                response.getvalue()  # a file is closed at its end
            transaction.set_rollback(True)
    except Exception as error:  # noqa: BLE001  a fault of any sort is what is looked for
        last = traceback.extract_tb(error.__traceback__)
        ours = [each for each in last if "/tresse/" in each.filename][-1:]
        where = f"{ours[0].filename.rsplit('/tresse/', 1)[-1]}:{ours[0].lineno}" if ours else "?"
        faults.setdefault(f"{where} {type(error).__name__}: {str(error)[:50]}", what[:200])
    else:
        if status >= FAULT:
            faults.setdefault(f"{status}", what[:300])


def known_at(path, things):
    """Values for an address that mean something."""
    known = values_of(things, path)
    if "association" in path or "/relations" in path or "links/" in path:
        known["name"] = "contact_company"
    return known | {"key": "contact_company", "type_name": "contact_company"}


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
            body = BODIES_OF.get(short) or (sample(schema, whole) if schema else None)
            yield method.upper(), path, query, body if method != "get" else None


def test_no_call_of_the_api_is_a_fault(admin, known):
    """C123, C124: wrong types and hostile values are refused, never answered 500."""
    dice = random.Random(SEED)  # noqa: S311  dice, no secret
    faults: dict[str, str] = {}
    for method, path, query, body in operations():
        for turn in range(TRIES):
            values = known_at(path, known)
            if turn % 4 == 3 and "{" in path:
                name = dice.choice([each for each in values if f"{{{each}}}" in path])
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
    *("filter_draft", "filter_do", "filter_at", "filter_object", "filter_text", "filter_record"),
    *("filter.0.sent", "filter.0.value", "page", "state", "action", "next", "theme"),
    *("call_minutes", "call_at", "meeting_starts_at", "email_to", "typed", "replace_with", "into"),
    *("stages", "options", "objects", "days", "hand_over_to", "unique", "max_forward", "parent"),
    *("ids", "all", "number", "act", "view", "layout", "pipeline", "property", "survivor", "links"),
    *("sharing", "team", "share", "list", "lists", "due_at", "done", "stage", "position", "before"),
    *("formula", "settings", "dry_run", "from", "to", "words", "parts", "size.0", "label.0"),
    *("choice.city", "links.contact_company", "with_ids", "selection", "field", "widths", "save"),
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
