"""Merging, taking apart, other values, duplicates and the bin over REST and by command (C52)."""

import json

import pytest
from click.testing import CliRunner

from tests.program import Program
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.records.changes.duplicates import find_duplicates
from tresse.records.merge_commands import merge, unmerge


@pytest.fixture
def api(client, ada):
    """Calls the REST interface as Ada; answers status and body."""
    return Program(client, add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)[1])


@pytest.fixture
def pair(make):
    """Two contacts that are one person."""
    one = make("contact", first_name="Anna", last_name="Nowak", email="anna@ex.org")
    two = make("contact", first_name="Ania", last_name="Nowak", email="ania@ex.org", city="Lyon")
    return one, two


def run(command, *arguments):
    result = CliRunner().invoke(command, [*map(str, arguments), "--json"], catch_exceptions=False)
    return json.loads(result.stdout)


def test_records_are_merged_and_taken_apart_over_rest(api, pair):
    """C61, C64, C42: a merged id answers the survivor, for reading and for writing."""
    one, two = pair
    body = {"survivor": one, "ids": [two], "choices": {"first_name": two}}
    assert api("POST", "/records/contacts/merge", body) == (200, {"survivor": one, "merged": [two]})
    status, found = api("GET", f"/records/contacts/{two}")
    assert (status, found["id"], found["properties"]["first_name"]) == (200, one, "Ania")
    status, changed = api("PATCH", f"/records/contacts/{two}", {"properties": {"city": "Paris"}})
    assert (status, changed["id"], changed["properties"]["city"]) == (200, one, "Paris")
    assert api("GET", "/records/contacts/by/email/ania@ex.org")[1]["id"] == one
    assert api("DELETE", f"/records/contacts/{two}")[1]["code"] == "record_merged"

    told = api("POST", "/records/contacts/unmerge", {"id": two, "dry_run": True})[1]
    assert told["records"] == [two]
    assert [each["property"] for each in told["kept_with_survivor"]] == ["city"]
    assert api("GET", f"/records/contacts/{two}")[1]["id"] == one
    assert api("POST", "/records/contacts/unmerge", {"id": one})[0] == 200
    assert api("GET", f"/records/contacts/{two}")[1]["properties"]["city"] == "Lyon"


def test_a_batch_writes_to_the_survivor_of_a_merged_id(api, pair):
    """C42, C121."""
    one, two = pair
    api("POST", "/records/contacts/merge", {"survivor": one, "ids": [two]})
    items = [{"act": "update", "id": two, "properties": {"city": "Nice"}}]
    [item] = api("POST", "/records/contacts/batch", {"items": items})[1]["items"]
    assert (item["status"], item["id"]) == (200, one)


def test_other_values_over_rest(api, pair):
    """C21: read, add, remove."""
    one, _ = pair
    path = f"/records/contacts/{one}/other-values"
    body = {"property": "email", "value": "Old@ex.org"}
    assert api("POST", path, body) == (201, {"added": True})
    assert api("POST", path, body) == (200, {"added": False})
    assert api("GET", path)[1] == {"other_values": {"email": ["old@ex.org"]}}
    assert api("DELETE", path, body)[1] == {"removed": True}
    body = {"property": "city", "value": "Lyon"}
    assert api("POST", path, body)[1]["code"] == "no_other_values"


def test_creating_names_possible_duplicates(api, pair):
    """C68: 201 all the same."""
    one, _ = pair
    body = {"properties": {"first_name": "anna", "last_name": "NOWAK"}}
    status, made = api("POST", "/records/contacts", body)
    assert status == 201
    assert made["possible_duplicates"] == [
        {"id": one, "title": "Anna Nowak", "reasons": ["same name"]}
    ]


def test_duplicates_over_rest(api, make, model):
    """C66, C67."""
    one, two = make("company", name="Acme SA"), make("company", name="Acme")
    assert api("GET", "/records/companies/duplicates")[1] == {
        "groups": [],
        "cursor": None,
        "at": None,
    }
    find_duplicates(model, model.object("company"))
    [group] = api("GET", "/records/companies/duplicates")[1]["groups"]
    assert group["reasons"] == ["same name"]
    assert [each["id"] for each in group["records"]] == [one, two]
    assert api("POST", "/records/companies/duplicates/not", {"ids": [one, two]})[1] == {"pairs": 1}
    assert api("GET", "/records/companies/duplicates")[1]["groups"] == []


def test_the_bin_over_rest(api, pair):
    """C57, C60."""
    one, _ = pair
    api("DELETE", f"/records/contacts/{one}")
    body = api("GET", "/records/contacts/bin")[1]
    assert (body["total"], body["records"][0]["id"], body["records"][0]["days_left"]) == (
        1,
        one,
        90,
    )
    status, refused = api("POST", "/records/contacts/purge", {"ids": [one], "number": 2})
    assert (status, refused["code"]) == (409, "changed_meanwhile")
    assert api("POST", "/records/contacts/purge", {"ids": [one], "number": 1})[1] == {"purged": 1}


def test_the_commands_merge_and_take_apart(pair):
    """cli.md: `merge OBJECT SURVIVOR ID…`, `unmerge OBJECT ID [--dry-run]`."""
    one, two = pair
    assert run(merge, "contacts", one, two, "--take", f"city={two}") == {
        "survivor": one,
        "merged": [two],
    }
    told = run(unmerge, "contact", one, "--dry-run")
    assert (told["records"], told["kept_with_survivor"], told["conflicts"]) == ([two], [], [])
    assert run(unmerge, "contact", one)["records"] == [two]


def test_the_merge_command_names_links_that_stay(make, side):
    """C62: where a relation allows fewer."""
    to = side("order", "contact")
    people = [make("contact", last_name=name) for name in ("Anna", "Bob")]
    orders = [
        make("order", order_number=str(n), ordered_at="2026-01-01", links=[(to, who)])
        for n, who in enumerate(people)
    ]
    keep = f"order_contact:forward={people[1]}"
    assert run(merge, "orders", *orders, "--keep", keep)["survivor"] == orders[0]
