"""Who was erased does not come back by a reading, unless the erasure is lifted (D92, S103)."""

import os
from datetime import UTC, datetime

import pytest

from tests.datasets.builds.worlds import built
from tests.datasets.erasing.worlds import (
    EMAIL,
    FIRST,
    LAST,
    erased,
    golden,
    holding_files,
    is_trace,
)
from tresse.accounts.actor import SYSTEM
from tresse.connections.changes.connections import add_connection
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.changes.erasures import lift
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.sources.changes.runs import extract
from tresse.sources.changes.sources import add_source
from tresse.sources.models import Rejection

OLD = datetime(2026, 1, 1, tzinfo=UTC)
CUSTOMERS = f"""id;email;name
1;{EMAIL};{FIRST} {LAST}
2;bob@example.org;Bob Baker
"""
ORDERS = f"""order_no;customer;mail;total
A1;1;;30
A2;2;bob@example.org;7
A3;;{EMAIL.upper()};12
"""


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "till"
    path.mkdir()
    add_connection(
        name="till", kind="folder", settings={"url": str(path)}, secrets={}, actor=SYSTEM
    )
    return path


def put(folder, name, text):
    path = folder / name
    path.write_text(text)
    os.utime(path, (OLD.timestamp(), OLD.timestamp()))


def source(name, pattern, columns, key, **more):
    return add_source(
        {
            "name": name,
            "connection": "till",
            "record_key": [key],
            "read": {"files": pattern, "separator": ";"},
            "columns": columns,
            **more,
        },
        actor=SYSTEM,
        in_file=True,
    )


def read(source, **asked):
    run, job = extract(source, actor=SYSTEM, **asked)
    run_here(job, show=lambda _progress: None)
    run.refresh_from_db()
    assert run.state in ("published", "unchanged"), (run.message, run.details)
    return run


@pytest.fixture
def shop(folder):
    """Customers and orders, read from files, and the datasets over them."""
    put(folder, "customers_1.csv", CUSTOMERS)
    put(folder, "orders_1.csv", ORDERS)
    customers = source(
        "customers",
        r"customers_\d+\.csv",
        [
            {"name": "id", "type": "integer"},
            {"name": "email", "type": "text", "semantic": "email", "rules": ["email"]},
            {"name": "name", "type": "text", "semantic": "full_name"},
        ],
        "id",
        entity="contacts",
    )
    orders = source(
        "orders_csv",
        r"orders_\d+\.csv",
        [
            {"name": "order_no", "type": "text", "semantic": "order_id"},
            {"name": "customer", "type": "integer"},
            {"name": "mail", "type": "text", "semantic": "email"},
            {"name": "total", "type": "integer", "semantic": "amount"},
        ],
        "order_no",
        entity="orders",
        relations=[{"columns": ["customer"], "to": "customers", "key": ["id"]}],
    )
    read(customers)
    read(orders)
    people = add_dataset(
        {
            "name": "people",
            "entity": "contacts",
            "sources": [{"source": "customers"}],
            "identity": {"keys": [["email"]]},
        },
        actor=SYSTEM,
    )
    buys = add_dataset(
        {
            "name": "buys",
            "entity": "orders",
            "sources": [{"source": "orders_csv"}],
            "relations": [{"name": "buyer", "to": "people", "inverse": "buys"}],
        },
        actor=SYSTEM,
    )
    built(people, buys)
    return customers, orders, people, buys


def amounts(buys):
    return {each["order_id"]: each["amount"] for each in golden(buys)}


def test_reading_the_source_again_adds_nothing(shop, folder, home):
    """S103, D94: rows of who was erased are refused and counted; neither row nor value is kept."""
    customers, orders, people, buys = shop
    before = amounts(buys)
    erased(people)
    put(folder, "customers_2.csv", CUSTOMERS.replace("Bob Baker", "Bob B. Baker"))
    put(folder, "orders_2.csv", ORDERS + "A4;2;;5\n")

    run = read(customers, full=True)
    ordered = read(orders, full=True)
    # Each by itself: the readings have asked for a build of each.
    built(people)
    built(buys)

    assert run.warnings["erased"]["count"] == 2
    assert ordered.warnings["erased"]["count"] == 4
    assert not Rejection.objects.exists()
    assert not is_trace(repr((run.warnings, run.log, ordered.warnings)))
    assert [each["full_name"] for each in golden(people)] == ["Bob B. Baker"]
    assert amounts(buys) == before | {"A4": 5}
    assert holding_files(home) == []


def test_a_lift_lets_the_person_come_back(shop, folder):
    """D92: somebody who returns is a person like any other again."""
    customers, _, people, _ = shop
    row = erased(people)
    lift(row, actor=SYSTEM)
    put(folder, "customers_2.csv", CUSTOMERS)

    read(customers, full=True)
    built(people)

    assert len(golden(people)) == 2
    with pytest.raises(TresseError) as refused:
        lift(row, actor=SYSTEM)
    assert refused.value.code == "wrong_state"


def test_a_shared_value_keeps_nobody_else_out(folder):
    """D92: what others have too is no tombstone: their rows enter as before."""
    put(
        folder,
        "customers_1.csv",
        "id;email;name\n1;info@example.org;Ada One\n2;info@example.org;Bea Two\n",
    )
    customers = source(
        "customers",
        r"customers_\d+\.csv",
        [
            {"name": "id", "type": "integer"},
            {"name": "email", "type": "text", "semantic": "email"},
            {"name": "name", "type": "text", "semantic": "full_name"},
        ],
        "id",
        entity="contacts",
    )
    read(customers)
    people = add_dataset(
        {"name": "people", "entity": "contacts", "sources": [{"source": "customers"}]},
        actor=SYSTEM,
    )
    built(people)

    row = erased(people, "customers/1")

    assert set(row.tombstones.values_list("sort", flat=True)) == {"record"}
    assert [each["_keys"] for each in golden(people)] == [["customers/2"]]
    put(folder, "customers_2.csv", "id;email;name\n3;info@example.org;Cleo Three\n")
    assert read(customers).new == 1
