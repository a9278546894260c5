"""Erasing a person: what is found, what goes, what stays (D90 to D94)."""

import json

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

FOUND = {
    "golden_records": 3,
    "records": 5,
    "related_rows:buys": 3,
    "related_rows:visitors": 2,
    "source_rows": 7,
    "builds": 2,
}


def keys(dataset):
    return [each["_keys"] for each in golden(dataset)]


def holding_tables():
    """Tables that hold a trace of her, wherever it stands."""
    found = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608  a table of ours
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


def test_a_person_leaves_every_version_of_everything(home):  # noqa: PLR0915  one world, all of it
    """D90 to D94: all is found, nothing of it stays; what others have is as it was."""
    made = world()
    people = made["people"]
    before = {name: golden(each) for name, each in made.items()}
    numbers, sold = sorted(DatasetVersion.objects.values_list("dataset_id", "number")), revenue()
    assert keys(people) == [["shop/1", "shop/3", "till/T1"], ["shop/2"], ["till/T2"]]
    assert holding_files(home / "warehouse")

    # D90: what is found is told by place, whichever identifier is named; nothing changes.
    for key in ("shop/3", "till/T1", PHONE, "06.55.44.33.22", EMAIL.upper()):
        seen = find(people, key, actor=SYSTEM)
        assert seen.scope.person.keys == ("shop/1", "shop/3", "till/T1")
    assert f"{FIRST} {LAST}" in seen.scope.person.names
    assert {name: seen.counts[name] for name in FOUND} == FOUND
    assert {name: golden(each) for name, each in made.items()} == before

    row = erased(people)

    # D91: the person is gone, from files, tables and every kept version.
    assert row.state == "done"
    assert keys(people) == [["shop/2"], ["till/T2"]]
    assert holding_files(home) == []
    assert holding_tables() == []

    # D91: versions keep their numbers, and note it, with their new counts.
    assert sorted(DatasetVersion.objects.values_list("dataset_id", "number")) == numbers
    versions = DatasetVersion.objects.filter(dataset=people).order_by("number")
    assert [(v.rows, v.source_rows) for v in versions] == [(2, 2), (2, 2)]
    assert all(v.erasures[0]["erasure"] == row.pk for v in versions)
    shop = SourceVersion.objects.filter(source__name="shop").order_by("number")
    assert [(v.rows, v.erasures[0]["rows"]) for v in shop] == [(1, 1), (1, 2)]

    # D91: orders stay without the person, visits go. D94: revenue per product is as it was.
    orders = {each["_keys"][0]: each for each in golden(made["buys"])}
    mine, others = orders["shop_orders/A1"], orders["shop_orders/A2"]
    assert (mine["amount"], mine["buyer_id"], mine["note"]) == (30, None, None)
    assert mine["customer_email"] is None
    assert (others["amount"], others["customer_email"]) == (7, "bob@example.org")
    assert orders["shop_orders/A3"]["note"] == "ring twice"
    assert keys(made["visitors"]) == [["visits/V2"]]
    assert revenue() == sold == {"tea": 37, "mug": 12}

    # D93: the certificate says what went where, and nothing of whom.
    told = certificate_of(row)
    assert told["removed"] == told["found"]
    assert (told["removed"]["records"], told["tombstones"]) == (5, 4)
    assert told["ended_at"] is not None
    assert not is_trace(json.dumps(told, default=str))
    entry = AuditEntry.objects.get(action="person.erase")
    assert (entry.target, entry.after) == (str(row.pk), {"dataset": "people"})

    # D92: what stays are keyed hashes.
    found = {(each.sort, each.hash) for each in row.tombstones.all()}
    assert {sort for sort, _ in found} == {"record", "email"}
    assert ("email", hash_of("email", EMAIL)) in found
    assert ("email", hash_of("email", EMAIL, b"another key")) not in found

    # D94: building anew adds nothing.
    after = {name: golden(each) for name, each in made.items()}
    publish(Source.objects.get(name="shop"), [SHOP_ROWS[1]])
    for name, each in made.items():
        build_all({name: each})
    assert {name: golden(each) for name, each in made.items()} == after


def test_a_dataset_may_say_that_orders_go_too():
    """D91: `erasure: {buys: delete}`; the rows of their lines follow in turn."""
    made = world()
    people = made["people"]
    people.definition = people.definition | {"erasure": {"buys": "delete"}}
    people.save(update_fields=["definition"])

    erased(made["people"])

    assert keys(made["buys"]) == [["shop_orders/A2"]]
    assert [each["order_id"] is None for each in golden(made["lines"])] == [True, False, True]
