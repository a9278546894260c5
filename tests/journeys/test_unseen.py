"""A person with `own` visibility never sees another's record, by any door (the issue's line)."""

import csv
import json
import os
import re
from contextlib import nullcontext

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings

from tests.journeys.worlds import CROWD, FULL, NAMES, build, plans
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role
from tresse.accounts.models import Setting
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.transfers.exporting import Asked, Exporting, writing

PLURALS = {"contact": "contacts", "company": "companies", "deal": "deals", "task": "tasks"}
RIGHTS = {
    **dict.fromkeys(("view", "edit", "delete", "export", "merge", "bulk_edit"), "own"),
    "create": "all",
}
MISSING = 987_654_321
"No id of a record."
BASED = ("contact", "company", "deal")
"Objects that the world has lists, segments and views of."


@pytest.fixture
def olu(user_of):
    """The person with `own` visibility."""
    add_role(
        name="own_only",
        rights={"objects": dict.fromkeys(NAMES, RIGHTS), "rights": ["records.purge"]},
        actor=SYSTEM,
    )
    return user_of("Olu", "own_only")


class Walk:
    """Asks as the person, and keeps what is wrong with the answers."""

    def __init__(self, desk, call, world):
        self.desk, self.call, self.world = desk, call, world
        self.words = [each.word for each in world.hidden]
        self.wrong = []

    def page(self, address, *, is_fragment=False, **query):
        """The text of a page."""
        headers = {"HX-Request": "true"} if is_fragment else {}
        answer = self.desk.get(address, query, headers=headers)
        content = b"".join(answer) if answer.streaming else answer.content
        return self._kept(f"GET {address} {query}", answer.status_code, content.decode(), query)

    def api(self, method, path, body=None):
        """The JSON of an answer of the API."""
        status, found = self.call(method, path, body)
        self._kept(f"{method} {path} {body}", status, json.dumps(found), body)
        return found

    def _kept(self, what, status, text, asked):
        if status >= 500:
            self.wrong.append(f"{what}: {status}")
        for word in self.words:
            if word in text.replace(json.dumps(asked or ""), "") and word not in what:
                at = text.index(word)
                self.wrong.append(f"{what} shows {word}: …{text[max(0, at - 80) : at + 20]}…")
        return text

    def equal(self, what, found, wanted):
        """Note a number that is not what it should be."""
        if found != wanted:
            self.wrong.append(f"{what}: {found}, not {wanted}")


def lists_of(walk):
    """Pages, counts, totals and files of each object."""
    world = walk.world
    for name in NAMES:
        seen, index = world.seen(name), f"/{PLURALS[name]}/"
        ids = sorted(each.id for each in seen)
        found = walk.api("POST", f"/records/{name}/search", {"count": True, "limit": 100})
        walk.equal(f"total of {name}", found.get("total"), len(ids))
        walk.equal(f"ids of {name}", sorted(each["id"] for each in found.get("records", ())), ids)
        if name != "task":
            shown = walk.page(index, is_fragment=True)
            walk.equal(f"rows of {name}", len(re.findall(r'name="ids"', shown)), len(ids))
        figures = walk.page(f"{index}figures/", is_fragment=True, columns="amount,name")
        walk.equal(f"figure of {name}", int(re.findall(r"\d+", figures)[0]), len(ids))
        if name == "deal" and ids:
            total = sum(each.amount for each in seen)
            walk.equal("sum", f"{total:,}" in figures.replace("\u202f", ","), True)
        walk.page(f"{index}counts/")
        walk.page(f"{index}duplicates/")
        walk.page(f"{index}bin/")
        walk.page(f"{index}merge/search/", q="qz")
        walk.api("GET", f"/records/{name}/duplicates")
        walk.api("GET", f"/records/{name}/bin")
        for draft in (FULL, {"linked": "contact"} if name != "contact" else {"linked": "deal"}):
            body = {"object": name, "filter": draft}
            counted = walk.api("POST", "/filters/check", body).get("count")
            other = draft.get("linked")
            right = [each for each in seen if other is None or linked_seen(world, each, other)]
            walk.equal(f"check of {name} {draft}", counted, len(right))
            text = json.dumps(draft)
            walk.page("/filters/count/", filter=text, filter_object=name, is_fragment=True)
            walk.page("/filters/edit/", filter=text, filter_object=name)
    walk.page("/deals/?layout=board")
    walk.page("/deals/board/times/")
    walk.page("/tasks/")
    walk.page("/notifications/")
    walk.page("/")


def linked_seen(world, thing, other):
    """Whether a record in sight is linked with it."""
    there = {each.id for each in world.seen(other)}
    return any(one == thing.id and two in there for one, two in world.links)


def words_of(walk):
    """Searches, by words that are there and by those of each record."""
    for word in ("qz", "Same", *(each.word for each in walk.world.hidden[:2])):
        walk.page("/search/", q=word, is_fragment=True)
        walk.api("GET", f"/search?q={word}")
    for thing in walk.world.hidden[:3]:
        found = walk.api("POST", f"/records/{thing.object_name}/search", {"words": thing.word})
        walk.equal(f"found by {thing.word}", len(found.get("records", ())), 0)
        text = json.dumps(FULL)
        walk.page(
            "/filters/why/",
            filter=text,
            filter_object=thing.object_name,
            filter_row=str(thing.id),
            is_fragment=True,
        )


def kept(walk):
    """Lists, segments and views shared with everyone."""
    world = walk.world
    walk.page("/lists/")
    walk.page("/segments/")
    walk.page("/lists/numbers/")
    walk.page("/segments/numbers/")
    for name in BASED:
        seen = {each.id for each in world.seen(name)}
        for address, ids in (
            (f"/lists/list_{name}", seen & world.listed),
            (f"/segments/seg_{name}", seen),
        ):
            walk.page(f"{address}/")
            counted = walk.api("GET", f"{address}/count")
            walk.equal(f"count of {address}", counted.get("count"), len(ids))
            members = walk.api("GET", f"{address}/members")
            walk.equal(
                f"members of {address}", {each["id"] for each in members.get("members", ())}, ids
            )
        walk.page(f"/lists/list_{name}/search/", q="qz")
        walk.page(f"/segments/seg_{name}/size/")
        walk.page(f"/{PLURALS[name]}/?view=linked_{name}")
        body = {"filter": {"list": f"list_{name}"}, "count": True}
        found = walk.api("POST", f"/records/{name}/search", body)
        walk.equal(f"list_{name} as a filter", found.get("total"), len(seen & world.listed))


def records_of(walk):
    """Everything there is around each record in sight."""
    model = data_model()
    for thing in [each for each in walk.world.things if walk.world.is_seen(each)][:4]:
        name, id = thing.object_name, thing.id
        for page in ("", "timeline/", "links/", "panels/duplicates/", "panels/lists/"):
            walk.page(f"/{name}/{id}/{page}")
        title = model.object(name).title or "last_name"
        for page in (
            f"{title}/history/",
            "email/others/",
            "owner/history/",
            "activities/also/?q=qz",
        ):
            walk.page(f"/{name}/{id}/{page}", is_fragment=True)
        for page in ("", "/timeline", "/history", "/other-values"):
            walk.api("GET", f"/records/{name}/{id}{page}")
        for side in model.sides(name):
            if side.other in NAMES and side.association.is_default:
                found = walk.api("GET", f"/records/{name}/{id}/links/{side.other}")
                there = {each.id for each in walk.world.seen(side.other)}
                wanted = {two for one, two in walk.world.links if one == id and two in there}
                got = {each["id"] for each in found.get("links", ())}
                walk.equal(f"links of {name} {id}", got, wanted)
                key = f"{side.association.name}"
                walk.page(f"/{name}/{id}/links/{key}/search/", q="qz")


def hidden_of(walk):
    """Records out of sight, which answer exactly as if they were not there."""
    for thing in walk.world.hidden:
        name = thing.object_name
        for method, path, body in (
            ("GET", f"/records/{name}/{{}}", None),
            ("GET", f"/records/{name}/{{}}/timeline", None),
            ("GET", f"/records/{name}/{{}}/other-values", None),
            ("PATCH", f"/records/{name}/{{}}", {"properties": {"description": "x"}}),
            ("POST", f"/records/{name}/merge", {"survivor": "{}", "ids": [MISSING + 1]}),
            ("POST", f"/records/{name}/unmerge", {"id": "{}"}),
            ("POST", f"/records/{name}/purge", {"ids": ["{}"], "number": 1}),
        ):
            there, gone = (answer(walk, method, path, body, id) for id in (thing.id, MISSING))
            walk.equal(f"{method} {path} {thing}", there, gone)
        for page in ("", "timeline/", "links/", "owner/history/", "unmerge/", "panels/lists/"):
            headers = {"HX-Request": "true"} if page else {}
            there, gone = (
                walk.desk.get(f"/{name}/{id}/{page}", headers=headers) for id in (thing.id, MISSING)
            )
            walk.equal(f"/{name}/{thing.id}/{page}", there.status_code, gone.status_code)
            walk.equal(f"/{name}/{thing.id}/{page}", there.status_code, 404)
            walk.page(f"/{name}/{thing.id}/{page}")
        bulk = {"ids": [thing.id], "act": "delete", "number": 1}
        before = walk.call("POST", f"/records/{name}/bulk-edit", bulk)[1]
        walk.equal(f"bulk of {thing}", before.get("changed", 0), 0)


def answer(walk, method, path, body, id):
    """Status and what is said, with the id left out."""
    sent = json.loads(json.dumps(body).replace('"{}"', str(id)))
    status, found = walk.call(method, path.format(id), sent)
    text = json.dumps({k: v for k, v in (found or {}).items() if k != "request_id"})
    return status, re.sub(rf"\b{id}\b", "N", text)


def files_of(walk, actor, folder):
    """The file of an export."""
    model = data_model()
    for name in NAMES:
        path = folder / f"{name}.csv"
        made = Exporting(model, model.object(name), Asked(), actor)
        # The world stands in a transaction that is taken back, so no further one can begin.
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(writing, "consistent", nullcontext)
            made.write(path, seen=lambda _: None)
        text = path.read_text("utf-8-sig")
        walk._kept(f"export of {name}", 200, text, None)
        rows = list(csv.reader(text.splitlines()))
        walk.equal(f"rows of the export of {name}", len(rows) - 1, len(walk.world.seen(name)))


EXAMPLES = int(os.environ.get("TRESSE_TEST_WORLDS", "1"))
"Random worlds besides the crowded one; `TRESSE_TEST_WORLDS=50` for a long look."


@given(plan=plans())
@example(plan=CROWD)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_person_with_own_visibility_never_sees_anothers_record(
    plan, ada, olu, at_desk, program, tmp_path
):
    """C106 to C108, C130f: pages, fragments, API, file, search, board, figures, cards, counts."""
    with transaction.atomic():
        if plan.is_unowned_hidden:
            hidden = list(NAMES)
            Setting.objects.update_or_create(
                name="unowned_for_all_only", defaults={"value": hidden}
            )
        actor = actor_of(olu)
        world = build(plan, ada, actor)
        walk = Walk(at_desk(olu), program(olu), world)
        lists_of(walk)
        words_of(walk)
        kept(walk)
        records_of(walk)
        files_of(walk, actor, tmp_path)
        hidden_of(walk)
        transaction.set_rollback(True)

    assert not walk.wrong, "\n".join(walk.wrong[:40])
