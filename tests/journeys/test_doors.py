"""One change, three doors: what a person may not do is refused in the same words by each."""

import html
import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.journeys.cases import LATER, MODEL, Case
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.objects.described import data_model

SEEN = "You may see contacts but not {} them."
USERS = 'Your role lacks the right "users.manage": manage users, teams, roles and invitations.'
SETTINGS = 'Your role lacks the right "settings.manage": change the settings of the account.'


CASES = (
    Case(
        "create a record",
        "You may see contacts but not add any.",
        page=("/contacts/new/", {"last_name": "X"}),
        api=("POST", "/records/contact", {"properties": {"last_name": "X"}}),
    ),
    Case(
        "change a record",
        SEEN.format("change"),
        page=("/contacts/{contact}/city/", {"city": "Lyon", "value": "Lyon"}),
        api=("PATCH", "/records/contact/{contact}", {"properties": {"city": "Lyon"}}),
    ),
    Case(
        "delete a record",
        SEEN.format("delete"),
        page=("/contacts/{contact}/delete/", {}),
        api=("DELETE", "/records/contact/{contact}", None),
    ),
    Case(
        "restore a record",
        SEEN.format("delete"),
        page=("/contacts/{binned}/restore/", {}),
        api=("POST", "/records/contact/{binned}/restore", {}),
    ),
    Case(
        "link records",
        SEEN.format("change"),
        page=("/contacts/{contact}/links/contact_company:forward/", {"id": "{other}"}),
        api=("POST", "/records/contact/{contact}/links/company", {"ids": ["{other}"]}),
    ),
    Case(
        "unlink records",
        SEEN.format("change"),
        page=(
            "/contacts/{contact}/links/contact_company:forward/",
            {"id": "{company}", "remove": "1"},
        ),
        api=("DELETE", "/records/contact/{contact}/links/company", {"ids": ["{company}"]}),
    ),
    Case(
        "delete an activity of another",
        "You may see this activity but not change it.",
        page=("/contacts/{contact}/activities/{activity}/delete/", {}),
        api=("DELETE", "/activities/{activity}", None),
    ),
    Case(
        "import records",
        "You may see contacts but not import any.",
        api=("POST", "/imports", "contacts"),
        command=("import", "contacts", "{csv}"),
    ),
    Case(
        "export records",
        "You may see contacts but not export them.",
        api=("POST", "/exports", {"object": "contact"}),
        command=("export", "contacts", "{out}"),
    ),
    Case(
        "add an object type",
        MODEL,
        page=("/data-model/new-object/", {"name": "boat", "label": "Boat", "plural": "Boats"}),
        api=("POST", "/objects", {"name": "boat", "label": "Boat"}),
        yaml="objects: [{name: boat, label: Boat}]",
    ),
    Case(
        "change an object type",
        MODEL,
        page=("/data-model/contact/settings/", {"label": "Person", "plural": "People"}),
        api=("PATCH", "/objects/contact", {"label": "Person"}),
        yaml="objects: [{name: contact, label: Person}]",
    ),
    Case(
        "archive an object type",
        MODEL,
        page=("/data-model/ticket/archive/", {}),
        api=("PATCH", "/objects/ticket", {"archived": True}),
    ),
    Case(
        "add a property",
        MODEL,
        page=(
            "/data-model/contact/new-property/",
            {"name": "shoe", "label": "Shoe", "kind": "text"},
        ),
        api=("POST", "/objects/contact/properties", {"name": "shoe", "kind": "text"}),
        yaml="properties: [{object: contact, name: shoe, label: Shoe, kind: text}]",
    ),
    Case(
        "change a property",
        MODEL,
        page=("/data-model/contact/properties/city/", {"label": "Town"}),
        api=("PATCH", "/objects/contact/properties/city", {"label": "Town"}),
        yaml="properties: [{object: contact, name: city, label: Town}]",
    ),
    Case(
        "archive a property",
        MODEL,
        page=("/data-model/contact/properties/city/archive/", {}),
        api=("PATCH", "/objects/contact/properties/city", {"archived": True}),
    ),
    Case(
        "add a relation",
        MODEL,
        page=(
            "/data-model/contact/new-relation/",
            {"name": "fan", "to": "company", "forward_label": "Idol", "inverse_label": "Fan"},
        ),
        api=(
            "POST",
            "/objects/contact/association-types",
            {"name": "fan", "to": "company", "forward_label": "Idol", "inverse_label": "Fan"},
        ),
        yaml="association_types: [{name: fan, from: contact, to: company, forward_label: Idol,"
        " inverse_label: Fan}]",
    ),
    Case(
        "add a pipeline",
        MODEL,
        page=("/data-model/ticket/new-pipeline/", {"name": "x", "label": "X"}),
        api=(
            "POST",
            "/objects/ticket/pipelines",
            {"name": "x", "stages": [{"name": "new"}, {"name": "done", "kind": "closed"}]},
        ),
        yaml="pipelines: [{object: ticket, name: x, label: X, stages: [{name: new, kind: open},"
        " {name: done, kind: closed}]}]",
    ),
    Case(
        "add a team",
        USERS,
        page=("/settings/teams/new/", {"name": "lyon", "label": "Lyon"}),
        api=("POST", "/teams", {"name": "lyon", "label": "Lyon"}),
        yaml="teams: [{name: lyon, label: Lyon}]",
    ),
    Case(
        "add a role",
        USERS,
        page=("/settings/roles/new/", {"name": "agent", "label": "Agent"}),
        api=("POST", "/roles", {"name": "agent", "label": "Agent"}),
        yaml="roles: [{name: agent, label: Agent}]",
    ),
    Case(
        "add a user",
        USERS,
        page=("/settings/people/", {"email": "x@example.com", "role": "member"}),
        api=("POST", "/users", {"email": "x@example.com", "role": "member"}),
    ),
    Case(
        "change settings",
        SETTINGS,
        page=("/settings/account/", {"zone": "Europe/Paris", "language": "fr"}),
        api=("PATCH", "/settings", {"language": "fr"}),
        yaml="settings: {language: fr}",
    ),
    Case(
        "read the audit log",
        'Your role lacks the right "audit.read": read the audit log.',
        page=("/settings/audit/", None),
        api=("GET", "/audit", None),
    ),
)


def filled(value, known):
    """A part of a case with the ids in it."""
    if isinstance(value, str):
        text = value.format_map(known) if "{" in value and "}" in value else value
        return int(text) if value != text and text.isdecimal() else text
    if isinstance(value, dict):
        return {key: filled(each, known) for key, each in value.items()}
    return [filled(each, known) for each in value] if isinstance(value, list) else value


@pytest.fixture
def known(made, admin, tmp_path):
    """What the cases speak of."""
    company, other = made("company", name="Acme"), made("company", name="Other")
    contact = made("contact", [{"type": "company", "id": company}], last_name="Nowak")
    binned = made("contact", last_name="Gone")
    admin("DELETE", f"/records/contact/{binned}")
    about = [{"object": "contact", "id": contact}]
    note = {"kind": "note", "about": about, "fields": {"text": "x"}}
    activity = admin("POST", "/activities", note)[1]["id"]
    csv = tmp_path / "x.csv"
    csv.write_text("Last name\nX\n")
    ids = {"contact": contact, "company": company, "other": other, "binned": binned}
    paths = {"csv": str(csv), "out": str(tmp_path / "out.csv")}
    return {**ids, **kept(made, admin, contact, tmp_path), "activity": activity, **paths}


def kept(made, admin, contact, tmp_path):
    """A view, a list and a segment shared with everyone; a merge; a task."""
    facts = {"name": "everyones", "label": "Everyone's", "sharing": "everyone"}
    full = {"property": "last_name", "operator": "is_not_empty"}
    assert admin("POST", "/views", {"object": "contact", **facts})[0] == 201
    assert admin("POST", "/lists", {"base": "contact", **facts})[0] == 201
    assert admin("POST", "/segments", {"base": "contact", "filter": full, **facts})[0] == 201
    survivor, gone, twin = (made("contact", last_name=name) for name in ("One", "Two", "Nowak"))
    assert admin("POST", "/records/contact/merge", {"survivor": survivor, "ids": [gone]})[0] == 200
    keys = tmp_path / "keys.csv"
    keys.write_text(f"id\n{contact}\n")
    task = made("task", title="Call")
    return {"survivor": survivor, "twin": twin, "task": task, "keys": str(keys)}


@pytest.fixture
def doors(at_desk, program, rea, tmp_path):
    """Rea, who sees all and changes nothing, at each door; answers refused and the words."""
    user = User.objects.get(pk=rea.user_id)
    desk, call = at_desk(user), program(user)

    def page(path, form):
        answer = desk.get(path) if form is None else desk.post(path, form)
        return answer.status_code, html.unescape(answer.content.decode())

    def api(method, path, body):
        if path == "/imports":
            form = {"object": body, "file": SimpleUploadedFile("x.csv", b"Last name\nX\n")}
            headers = {"Authorization": f"Bearer {call.secret}"}
            answer = call.client.post("/api/v1/imports", form, headers=headers)
            return answer.status_code, answer.json()
        return call(method, path, body)

    def command(*words):
        result = CliRunner().invoke(cli, [*words, "--as", rea.email], catch_exceptions=False)
        return result.exit_code, result.stderr

    def apply(yaml):
        file = tmp_path / "x.yaml"
        file.write_text(yaml)
        return command("apply", str(file))

    return SimpleNamespace(page=page, api=api, command=command, apply=apply)


@pytest.mark.parametrize("case", [*CASES, *LATER], ids=str)
def test_a_person_without_the_permission_is_refused_in_the_same_words(case, doors, known):
    """C52, C53, C106, C129: `not_permitted` by page, API and command line."""
    asked = 0
    if case.page:
        path, form = case.page
        status, shown = doors.page(path.format_map(known), filled(form, known))
        # A page that keeps its form open with the sentence in it answers 422.
        assert status in (403, 422)
        assert case.sentence in shown
        asked += 1
    if case.api:
        method, path, body = case.api
        status, refused = doors.api(method, path.format_map(known), filled(body, known))
        assert (status, refused["code"]) == (403, "not_permitted")
        assert refused["detail"] == case.sentence
        asked += 1
    if case.command:
        code, said = doors.command(*(str(filled(word, known)) for word in case.command))
        assert (code, said) == (1, f"Error: {case.sentence}\n")
        asked += 1
    if case.yaml:
        assert doors.apply(case.yaml) == (1, f"Error: {case.sentence}\n")
        asked += 1
    assert asked >= 2


VALUES = (
    ("deal", "amount", "12a", '"12a" is not a number.'),
    ("deal", "close_date", "2026-02-30", '"2026-02-30" is not a date'),
    ("contact", "email", "anna@", '"anna@" is not an e-mail address.'),
    ("contact", "lifecycle_stage", "Opne", 'Lifecycle stage has no option "Opne".'),
    ("contact", "owner", "nobody@example.com", 'There is no user "nobody@example.com".'),
    ("contact", "email", "taken@example.com", 'E-mail "taken@example.com" already belongs to'),
    ("company", "website", "ftp:x", '"ftp:x" is not a web address.'),
    ("deal", "stage", "x", 'Pipeline "Sales" has no stage "x".'),
    ("deal", "name", "", "Deal needs a value for Name."),
    (
        "contact",
        "first_name",
        "a" * 70_000,
        "First name has 70",
    ),
)


@pytest.mark.parametrize(("name", "prop", "value", "sentence"), VALUES, ids=lambda v: str(v)[:20])
def test_a_value_is_refused_in_the_same_words_by_page_and_api(
    admin, made, at_desk, person, name, prop, value, sentence
):
    """C10, C52, C129: creating and changing."""
    made("contact", last_name="Taken", email="taken@example.com")
    id = made(name, **{"contact": {"last_name": "X"}}.get(name, {"name": "X"}))
    desk, given = at_desk(person), {"contact": {"last_name": "Y"}}.get(name, {"name": "Y"})

    for method, path in (("POST", f"/records/{name}"), ("PATCH", f"/records/{name}/{id}")):
        values = {**(given if method == "POST" else {}), prop: value}
        status, refused = admin(method, path, {"properties": values})
        assert status in (409, 422)
        assert refused["detail"].startswith(sentence)
    for path in (f"/{name}/new/", f"/{name}/{id}/{prop}/"):
        form = {**(given if "new" in path else {}), prop: value}
        answer = desk.post(path, form)
        assert answer.status_code in (409, 422)
        assert sentence in html.unescape(answer.content.decode())


HOSTILE = {
    "nul": ("a\x00b", "ab"),
    "control": ("a\x07\x1bb\tc", "ab\tc"),
    "surrogate": ("a\ud800b", "ab"),
    "decomposed": ("e\u0301", "é"),
    "right to left": ("\u202eזרה", "\u202eזרה"),
    "emoji": ("👩‍👩‍👧 🎉", "👩‍👩‍👧 🎉"),
    "sql": ("'; DROP TABLE object_1; --", "'; DROP TABLE object_1; --"),
    "html": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "template": ("{{ x }}{% y %}{z}%s", "{{ x }}{% y %}{z}%s"),
    "white space": (" \t \u00a0 ", None),
}


@pytest.mark.parametrize(("text", "stored"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_are_stored_as_texts_are_and_escaped_on_pages(
    admin, at_desk, person, text, stored
):
    """C11: trimmed, NFC, no control characters but tab; by API and page; pages escape."""
    desk = at_desk(person)
    values = {"last_name": "X", "first_name": text, "city": text, "job_title": text}
    sent = json.dumps({"properties": values}).encode()
    headers = {"Authorization": f"Bearer {admin.secret}"}
    answer = admin.client.post(
        "/api/v1/records/contact", sent, content_type="application/json", headers=headers
    )
    assert answer.status_code == 201, answer.content
    by_api = answer.json()
    assert by_api["properties"]["city"] == stored
    id = by_api["id"]

    form = {"last_name": "X", "city": text.encode("utf-8", "ignore").decode()}
    sent = desk.post("/contacts/new/", form)
    assert sent.status_code == 302, sent.content.decode()[-3000:]
    other = int(sent["Location"].rstrip("/").rsplit("/", 1)[1])
    assert admin("GET", f"/records/contact/{other}")[1]["properties"]["city"] == stored

    note = {"kind": "note", "about": [{"object": "contact", "id": id}], "fields": {"text": text}}
    # A note of white space alone says nothing, and is refused.
    assert admin("POST", "/activities", note)[0] == (201 if stored else 422)
    for path in (f"/contacts/{id}/", "/contacts/", f"/contacts/{id}/city/history/"):
        page = desk.get(path).content.decode()
        assert "<script>alert" not in page
        assert "\x00" not in page
        if stored and path != f"/contacts/{id}/city/history/":
            assert stored in html.unescape(page)


LEAST = {
    "contact": {"last_name": "X"},
    "order": {"ordered_at": "2026-01-01T10:00Z"},
    "ticket": {"subject": "X"},
    "task": {"title": "X"},
}
"What a record needs, where it is not a name."


@pytest.mark.parametrize(
    "name", ["contact", "company", "deal", "product", "order", "ticket", "task"]
)
def test_every_text_property_stores_hostile_texts_alike_by_api_and_page(
    admin, made, at_desk, person, name
):
    """C10, C11, C52: created by API, changed by page, read again."""
    object_ = data_model().object(name)
    texts = [
        prop
        for prop in object_.active
        if prop.kind.name in ("text", "long_text") and prop.column and not prop.is_read_only
    ]
    assert texts
    id = made(name, **LEAST.get(name, {"name": "X"}))
    desk = at_desk(person)
    for text, stored in HOSTILE.values():
        given = {prop.name: f"a {text}" for prop in texts}
        wanted = "a" if stored is None else f"a {stored}"
        path = f"/records/{name}/{id}"
        status, changed = admin("PATCH", path, {"properties": given})
        assert status == 200, changed
        assert {prop.name: changed["properties"][prop.name] for prop in texts} == dict.fromkeys(
            given, wanted
        )
        for prop in texts[:3]:
            form = {prop.name: given[prop.name].encode("utf-8", "ignore").decode()}
            answer = desk.post(f"/{name}/{id}/{prop.name}/", form)
            assert answer.status_code == 302, answer.content.decode()[-2000:]
        assert admin("GET", path)[1]["version"] == changed["version"]
