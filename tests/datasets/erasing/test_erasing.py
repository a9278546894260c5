"""Erasing a person: what is found, what goes, what stays (D90 to D94)."""

import json

import pytest
from django.db import connection

from tests.datasets.erasing.worlds import (
    EMAIL,
    FIRST,
    LAST,
    PHONE,
    SHOP_ROWS,
    build_all,
    erased,
    golden,
    holding_files,
    is_trace,
    revenue,
    world,
)
from tests.datasets.standing import publish
from tresse.accounts.actor import SYSTEM
from tresse.accounts.models import AuditEntry
from tresse.datasets.changes.erasures import find
from tresse.datasets.erasing.told import certificate_of
from tresse.datasets.erasing.tombstones import hash_of
from tresse.datasets.models import DatasetVersion
from tresse.sources.models import Source, SourceVersion


def keys(dataset):
    return [each["_keys"] for each in golden(dataset)]


def holding_tables():
    """Tables that hold a trace of her, wherever it stands."""
    found = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{name}"')
            for row in cursor.fetchall():
                text = " ".join(
                    bytes(each).decode("utf-8", "replace")
                    if isinstance(each, bytes | memoryview)
                    else str(each)
                    for each in row
                )
                if is_trace(text):
                    found.append((name, text[:200]))
    return found


def test_all_that_is_found_is_told_by_place_and_nothing_changes():
    """D90: records of every kept version, related rows, rows of sources, by count."""
    made = world()
    before = {name: golden(each) for name, each in made.items()}

    seen = find(made["people"], EMAIL, actor=SYSTEM)

    assert dict(seen.counts) == {
        "golden_records": 3,
        "records": 5,
        "related_rows:buys": 3,
        "related_rows:visitors": 2,
        "source_rows": 7,
        "builds": 2,
    }
    assert {name: golden(each) for name, each in made.items()} == before


def test_a_person_leaves_every_version_of_everything(home):
    """D91, D94: no file holds e-mail, phone or name; what others bought is as it was."""
    made = world()
    before = revenue()
    assert keys(made["people"]) == [["shop/1", "shop/3", "till/T1"], ["shop/2"], ["till/T2"]]
    assert holding_files(home / "warehouse")

    row = erased(made["people"])

    assert row.state == "done"
    assert keys(made["people"]) == [["shop/2"], ["till/T2"]]
    assert holding_files(home) == []
    assert holding_tables() == []
    assert revenue() == before == {"tea": 37, "mug": 12}


def test_orders_stay_without_the_person_and_visits_go():
    """D91: related rows follow `erasure`; by default orders are anonymised, all else deleted."""
    made = world()

    erased(made["people"])

    orders = {each["_keys"][0]: each for each in golden(made["buys"])}
    mine, others = orders["shop_orders/A1"], orders["shop_orders/A2"]
    assert (mine["amount"], mine["buyer_id"], mine["note"]) == (30, None, None)
    assert mine["customer_email"] is None
    assert (others["amount"], others["customer_email"]) == (7, "bob@example.org")
    assert orders["shop_orders/A3"]["note"] == "ring twice"
    assert keys(made["visitors"]) == [["visits/V2"]]


def test_a_dataset_may_say_that_orders_go_too():
    """D91: `erasure: {buys: delete}`; the rows of their lines follow in turn."""
    made = world(erasure={"buys": "delete"})

    erased(made["people"])

    assert keys(made["buys"]) == [["shop_orders/A2"]]
    assert [each["order_id"] is None for each in golden(made["lines"])] == [True, False, True]


def test_versions_keep_their_numbers_and_note_it():
    """D91: files are swapped under the same number, noted there, with their new counts."""
    made = world()
    before = list(DatasetVersion.objects.values_list("dataset_id", "number"))

    row = erased(made["people"])

    assert list(DatasetVersion.objects.values_list("dataset_id", "number")) == before
    versions = DatasetVersion.objects.filter(dataset=made["people"]).order_by("number")
    assert [(v.rows, v.source_rows) for v in versions] == [(2, 2), (2, 2)]
    assert all(v.erasures[0]["erasure"] == row.pk for v in versions)
    shop = SourceVersion.objects.filter(source__name="shop").order_by("number")
    assert [(v.rows, v.erasures[0]["rows"]) for v in shop] == [(1, 1), (1, 2)]


def test_later_builds_are_as_the_erased_ones():
    """D94: building anew adds nothing, in full or not; nothing of the person comes back."""
    made = world()
    erased(made["people"])
    before = {name: golden(each) for name, each in made.items()}

    build_all(made)
    assert {name: golden(each) for name, each in made.items()} == before
    publish(Source.objects.get(name="shop"), [SHOP_ROWS[1]])
    build_all(made)
    assert keys(made["people"]) == [["shop/2"], ["till/T2"]]


def test_a_certificate_says_what_went_and_nothing_of_whom():
    """D93: counts by place, destinations, time, author; no personal data, nor in the audit log."""
    made = world()

    row = erased(made["people"])

    told = certificate_of(row)
    assert told["removed"] == told["found"]
    assert told["removed"]["records"] == 5
    assert (told["state"], told["tombstones"]) == ("done", 4)
    assert told["ended_at"] is not None
    assert not is_trace(json.dumps(told, default=str))
    entry = AuditEntry.objects.get(action="person.erase")
    assert (entry.target, entry.after) == (str(row.pk), {"dataset": "people"})


def test_tombstones_say_nothing_and_hang_on_the_secret(settings):
    """D92: keyed hashes of record keys and e-mail; another secret gives others."""
    made = world()
    row = erased(made["people"])
    found = {(each.sort, each.hash) for each in row.tombstones.all()}
    assert {sort for sort, _ in found} == {"record", "email"}
    assert all(len(each) == 64 for _, each in found)

    assert ("email", hash_of("email", EMAIL)) in found
    settings.SECRET_KEY = "another"
    assert ("email", hash_of("email", EMAIL)) not in found


@pytest.mark.parametrize("key", ["shop/3", "till/T1", PHONE, "06.55.44.33.22", EMAIL.upper()])
def test_any_identifier_names_the_person(key):
    """D90: a record, a phone, an e-mail in another case."""
    made = world()

    seen = find(made["people"], key, actor=SYSTEM)

    assert seen.scope.person.keys == ("shop/1", "shop/3", "till/T1")
    assert f"{FIRST} {LAST}" in seen.scope.person.names
