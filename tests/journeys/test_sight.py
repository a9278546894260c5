"""Nobody sees or changes what is not theirs, by any address there is."""

import ast
import functools
import json
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

import tresse
from tests.journeys.foreign import WORD, made_by, state_of, values_of
from tests.journeys.routes import PARAMETER, document, routes
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role, add_token
from tresse.accounts.models import AuditEntry, User
from tresse.accounts.queries import actor_of
from tresse.accounts.rights import GENERAL_RIGHTS
from tresse.jobs.worker import run_here
from tresse.objects.described import data_model
from tresse.records.changes import create_record, link_records
from tresse.transfers.changes import add_export
from tresse.transfers.changes.exporting import path_of

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


def addresses(route, things):
    """The route with each foreign record in turn, where it is about records."""
    if "object_name" in route.parameters and "id" in route.parameters:
        names = list(things.records) if route.is_api else ["contact", "order_line"]
    else:
        names = ["contact"]
    for name in names:
        yield route.filled(values_of(things, route.path, name))


@functools.cache
def documented():
    """Methods of the API by path."""
    return {
        path.removeprefix("/"): [method.upper() for method in methods]
        for path, methods in document()["paths"].items()
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


def test_no_page_takes_a_form_without_its_token(foreign):
    """C113: a page of somebody else's site cannot send a form in a person's name."""
    desk = Client(enforce_csrf_checks=True)
    desk.force_login(foreign.owner, backend="tresse.accounts.backends.Passwords")
    before, found = state_of(foreign), []
    for route in routes():
        if not route.is_api:
            address = next(addresses(route, foreign))
            status = desk.post(address, FORM).status_code
            if status not in (403, 405):
                found.append(f"POST {address}: {status}")
    assert state_of(foreign) == before
    assert not found, "\n".join(found)


@pytest.fixture
def mine(foreign, bob):
    """A contact and a deal of Bob's, which Ada linked to what is hers."""
    model, ada, actor = data_model(), actor_of(foreign.owner), actor_of(bob)
    deals, contacts = model.object("deal"), model.object("contact")
    deal = create_record(model, deals, values={"name": "Bob's roof"}, actor=actor)
    contact = create_record(model, contacts, values={"last_name": "Bobson"}, actor=actor)
    for here, id, other in (
        ("deal", deal, "contact"),
        ("deal", deal, "company"),
        ("contact", contact, "company"),
    ):
        side = model.default_side(here, other)
        assert side
        link_records(model, side, [(id, foreign.records[other])], actor=ada)
    return {"deal": deal, "contact": contact}


@pytest.fixture
def bobs(program, bob):
    """A program of Bob's."""
    return program(bob)


def test_what_a_member_owns_does_not_show_the_foreign_records_it_is_linked_to(
    mine, bobs, bob, at_desk
):
    """C108, C76: pages, links, timeline, history and index columns of one's own records."""
    desk = at_desk(bob)
    for name, id in mine.items():
        pages = [f"/{name}/{id}/", f"/{name}/{id}/timeline/", f"/{name}s/"]
        shown = "".join(told(desk.get(page), page) for page in pages)
        for page in ("", "/timeline", "/history", "/links/company"):
            assert bobs("GET", f"/records/{name}/{id}{page}")[0] == 200
            shown += told(bobs.response, "")
        assert WORD not in shown
    assert bobs("GET", f"/records/deal/{mine['deal']}/links/contact")[1] == {"links": []}


@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize("name", ["contact", "company", "deal", "product", "ticket", "task"])
def test_counts_searches_and_keys_find_nothing_foreign(bobs, mine, name):
    """C108: lists, words, filters, sorts and counts of every object."""
    own = [mine[name]] if name in mine else []
    title = data_model().object(name).title or "last_name"
    for query in (
        {"count": True},
        {"count": True, "sort": ["-created_at"]},
        {"count": True, "filter": {"not": {"property": title, "operator": "is", "value": "x"}}},
    ):
        status, page = bobs("POST", f"/records/{name}/search", query)
        assert (status, [each["id"] for each in page["records"]]) == (200, own)
        assert page["total"] == len(own)
    for query in (
        {"words": WORD, "count": True},
        {"filter": {"property": title, "operator": "is", "value": WORD}, "count": True},
    ):
        page = bobs("POST", f"/records/{name}/search", query)[1]
        assert (page["records"], page["total"]) == ([], 0)


def test_filters_over_links_see_what_the_person_sees(bobs, mine):
    """C108, G21: a condition on a linked record does not betray one out of sight."""
    named = {"property": "name", "operator": "starts_with", "value": WORD}
    for name in mine:
        for condition in (
            {"linked": "company", "filter": named},
            {"linked": "company"},
        ):
            body = {"filter": condition, "count": True}
            page = bobs("POST", f"/records/{name}/search", body)[1]
            assert (page["records"], page["total"]) == ([], 0)
            checked = bobs("POST", "/filters/check", {"object": name, "filter": condition})[1]
            assert checked["count"] == 0


@pytest.mark.usefixtures("foreign")
def test_a_unique_value_that_is_taken_out_of_sight_names_nobody(bobs):
    """C108, C129 duplicate_value: "another contact"."""
    body = {"properties": {"email": ADDRESS}}
    status, refused = bobs("POST", "/records/contact", body)

    assert (status, refused["code"]) == (409, "duplicate_value")
    assert refused["detail"] == f'E-mail "{ADDRESS}" already belongs to another contact.'
    assert "record_id" not in refused


def test_linking_needs_edit_on_one_record_and_view_on_the_other(foreign, mine, bobs, program, rea):
    """C110, C108."""
    company = foreign.records["company"]
    status, refused = bobs(
        "POST", f"/records/contact/{mine['contact']}/links/company", {"ids": [company]}
    )
    assert (status, refused["code"]) == (404, "record_not_found")

    reader = program(User.objects.get(pk=rea.user_id))
    status, refused = reader(
        "POST", f"/records/contact/{mine['contact']}/links/company", {"ids": [company]}
    )
    assert (status, refused["code"]) == (403, "not_permitted")
    assert refused["detail"] == "You may see contacts but not change them."


@pytest.fixture
def blinkered(foreign, program, user_of):  # noqa: ARG001
    """A program of somebody who sees all contacts, but no e-mail addresses."""
    everything = dict.fromkeys(("view", "edit", "create", "delete", "export", "import"), "all")
    add_role(
        name="blinkered",
        rights={
            "objects": {"contact": everything, "company": everything, "deal": everything},
            "properties": {"contact": {"email": "none"}, "company": {"domain": "none"}},
            "rights": [],
        },
        actor=SYSTEM,
    )
    user = user_of("Cleo", "blinkered")
    return program(user), user


def test_a_property_without_access_is_unknown_wherever_it_is_named(blinkered, foreign, at_desk):
    """C109: read, written, sorted, filtered, searched, matched, in history and on pages."""
    call, user = blinkered
    id = foreign.records["contact"]
    with_email = {"properties": {"email": "x@example.com"}}
    item = {"match": ["email"], "properties": {"email": ADDRESS, "city": "Lyon"}}
    linked = {"linked": "contact", "filter": {"property": "email", "operator": "is_not_empty"}}
    asked = [
        ("GET", "/records/contact?properties=email", None),
        ("GET", "/records/contact?sort=email", None),
        ("POST", "/records/contact/search", {"sort": ["-email"]}),
        ("POST", "/records/contact/search", {"properties": ["email"]}),
        (
            "POST",
            "/records/contact/search",
            {"filter": {"property": "email", "operator": "is_not_empty"}},
        ),
        ("POST", "/records/company/search", {"filter": linked}),
        ("GET", f"/records/contact/by/email/{ADDRESS}", None),
        ("POST", "/records/contact", with_email),
        ("PATCH", f"/records/contact/{id}", with_email),
        ("GET", f"/records/contact/{id}/history?property=email", None),
        ("GET", "/objects/contact/properties/email", None),
    ]
    answers = {f"{method} {path} {body}": call(method, path, body) for method, path, body in asked}
    wrong = {what: got for what, got in answers.items() if got[1].get("code") != "unknown_property"}
    assert wrong == {}
    refused = call("POST", "/records/contact/batch", {"items": [item]})[1]["items"][0]
    assert refused["problem"]["code"] == "unknown_property"
    desk = at_desk(user)
    pages = ["/contacts/", f"/contact/{id}/", f"/contact/{id}/timeline/", "/contacts/?q=hushhus"]
    shown = "".join(told(desk.get(page), "") for page in pages)
    for path in (f"/records/contact/{id}", f"/records/contact/{id}/timeline", "/records/contact"):
        call("GET", path)
        shown += told(call.response, "")
    assert ADDRESS not in shown


def test_titles_leave_out_a_property_without_access(blinkered, foreign, made, at_desk):
    """C43, C109: a contact that has nothing but its e-mail is called by its number."""
    call, user = blinkered
    nameless = made("contact", email="nameless@example.com")
    links = [{"type": "contact", "id": nameless}]
    deal = made("deal", links, name="Roof", owner="cleo@example.com")
    path = f"/records/contact/{nameless}"
    assert call("GET", path)[1]["title"] == f"Contact {nameless}"
    desk = at_desk(user)
    shown = [told(desk.get(f"/deal/{deal}/"), ""), told(desk.get("/deals/?columns=name"), "")]
    for path in (f"/records/deal/{deal}/links/contact", f"/records/deal/{deal}/timeline"):
        call("GET", path)
        shown.append(told(call.response, ""))
    status, refused = call("POST", "/records/contact", {"properties": {"phone": "+33123456789"}})
    assert status == 201, refused
    assert "nameless" not in "".join(shown)
    assert foreign.records["contact"] != nameless


def test_words_do_not_search_a_property_without_access(blinkered):
    """C109, C88."""
    call, _ = blinkered
    word = f"{WORD}@example"
    assert call("GET", f"/records/contact?q={word}&count=true")[1]["total"] == 0


@pytest.mark.django_db(transaction=True)
def test_exports_leave_out_what_the_person_may_not_see(blinkered, foreign, bob, mine):
    """C108, C109: another's records and properties without access are in no file."""
    files = []
    for user in (blinkered[1], bob):
        actor = actor_of(user)
        if actor.scope("contact", "export") == "none":
            continue
        row, job = add_export("contact", file_name="x.csv", asked={}, actor=actor)
        done = run_here(job)
        assert done.state == "done", done.error
        files.append(path_of(row.pk).read_text("utf-8-sig"))
    assert WORD in files[0]
    assert ADDRESS not in files[0]
    assert len(files) == 1 or WORD not in files[1]
    assert foreign.records["contact"] != mine["contact"]


def named_rights():
    """Every right that the code asks for by name: function calls and templates."""
    package = Path(tresse.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                place = {"has": 0, "require_right": 1}.get(name)
                argument = node.args[place : place + 1] if place is not None else []
                for each in argument:
                    right = each.value if isinstance(each, ast.Constant) else None
                    if isinstance(right, str) and "." in right:
                        yield f"{path.relative_to(package)}:{node.lineno}", right


def test_no_page_route_or_command_asks_for_a_right_that_is_not_in_the_table():
    """C106a."""
    asked = dict(named_rights())

    assert len(asked) > 10
    assert {place: right for place, right in asked.items() if right not in GENERAL_RIGHTS} == {}


def test_a_token_that_reads_changes_nothing_by_any_route(foreign, program):
    """C112: a read token of an administrator is refused at every route that writes."""
    call, found = program(foreign.owner, scope="read"), []
    before = state_of(foreign)
    for route in routes():
        writes = [method for method in methods_of(route) if method != "GET"]
        if not route.is_api or route.path.endswith(("/search", "filters/check")):
            continue
        for method in writes:
            address = next(addresses(route, foreign))
            response = asked(call.client, method, address, call.secret)
            if response.status_code != 403 or response.json()["code"] != "not_permitted":
                found.append(f"{method} {address}: {response.status_code}")
    assert state_of(foreign) == before
    assert not found, "\n".join(found)


def test_a_token_for_named_objects_reaches_no_other(foreign, program):
    """C112: neither its records nor the general rights of its user."""
    call = program(foreign.owner, objects=["company"])
    assert call("GET", "/records/company")[1]["records"]
    for name, id in foreign.records.items():
        if name != "company":
            assert call("GET", f"/records/{name}")[0] == 403
            assert call("GET", f"/records/{name}/{id}")[0] in (403, 404)
            assert WORD not in told(call.response, "")
    assert call("GET", "/audit")[0] == 403


def test_the_audit_log_holds_no_values_of_records_and_no_secrets(foreign, admin, bobs):
    """C116: neither in actions, targets, before nor after."""
    id = foreign.records["contact"]
    admin("PATCH", f"/records/contact/{id}", {"properties": {"city": WORD}})
    admin("DELETE", f"/records/contact/{id}")
    admin("POST", "/exports", {"object": "contact"})
    person = {"email": "x@example.com", "role": "member", "password": "plum jam on toast"}
    assert admin("POST", "/users", person)[0] == 201
    token = program_token(foreign.owner)

    # Lists and segments are definitions: what they are called and made of is logged.
    entries = AuditEntry.objects.exclude(action__in=("list.add", "segment.add"))
    logged = json.dumps(list(entries.values()), default=str)
    assert entries.count() >= 3
    for secret in (WORD, "plum jam", token, admin.secret, bobs.secret):
        assert secret not in logged.replace(f"{WORD}.csv", "")


def program_token(user):
    """The secret of one more token."""
    return add_token(user, name="one more", actor=SYSTEM)[1]
