"""A shop's files, a connection to them, and sources of them, for tests of the pages."""

import gzip

import pytest

from tresse.accounts.queries import actor_of
from tresse.connections.changes import add_connection
from tresse.jobs.worker import run_here
from tresse.sources.changes.runs import extract
from tresse.sources.changes.sources import add_source

CUSTOMERS = """customer_id;first_name;email;phone;born;newsletter;updated_at
7;Ada;ADA@Example.com;07700 900001;1815-12-10;oui;2026-03-01 10:00
8;Mary;mary@example.com;N/A;1780-12-26;non;2026-03-05 11:00
9;Zoë; zoe@example.com ;N/A;1999-01-31;oui;2026-03-07 12:00
"""
ORDERS = """order_no,customer_id,total,placed_on
A1,7,12.50,04/05/2026
A2,8,3,05/06/2026
A3,70,4.25,06/07/2026
,7,1,07/08/2026
A5,7,twelve,08/09/2026
A6,7
"""


@pytest.fixture
def folder(settings, tmp_path):
    """Where the shop's files lie; the home of the installation lies beside it."""
    settings.HOME = str(tmp_path / "home")
    there = tmp_path / "shop"
    there.mkdir()
    (there / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (there / "orders_20260504.csv").write_text(ORDERS, encoding="utf-8")
    (there / "old_orders_20250101.csv.gz").write_bytes(gzip.compress(ORDERS.encode()))
    (there / "notes.pdf").write_bytes(b"%PDF")
    return there


@pytest.fixture
def owner(person):
    """The administrator of the browser tests, as an actor."""
    return actor_of(person)


@pytest.fixture
def shop(folder, owner):
    """A connection to the folder."""
    return add_connection(name="shop", kind="folder", settings={"url": str(folder)}, actor=owner)


def read(source, actor, **asked):
    """Read a source now, in this process; the run as it ended."""
    run, job = extract(source, actor=actor, **asked)
    run_here(job)
    run.refresh_from_db()
    return run


@pytest.fixture
def customers(shop, owner):  # noqa: ARG001  where they are
    """A source of customers that was read once."""
    item = {
        "name": "shop_customers",
        "connection": "shop",
        "read": {"files": r"customers\.csv", "format": "csv"},
        "entity": "contacts",
        "record_key": ["customer_id"],
        "columns": [
            {"name": "customer_id", "type": "integer"},
            "first_name",
            {"name": "email", "type": "text", "rules": ["trim", "email"]},
            {"name": "updated_at", "type": "datetime", "zone": "UTC"},
        ],
        "modified_at": "updated_at",
    }
    source = add_source(item, actor=owner)
    assert read(source, owner).state == "published"
    source.refresh_from_db()
    return source


@pytest.fixture
def orders(customers, owner):  # noqa: ARG001  what it leads to
    """A source of orders that was read once: three rows entered, three were refused."""
    item = {
        "name": "shop_orders",
        "connection": "shop",
        "read": {"files": r"orders_(?P<date>\d{8})\.csv", "format": "csv"},
        "entity": "orders",
        "record_key": ["order_no"],
        "relations": [{"columns": ["customer_id"], "to": "shop_customers", "key": ["customer_id"]}],
        "columns": [
            {"name": "order_no", "type": "text"},
            {"name": "customer_id", "type": "integer"},
            {"name": "total", "type": "decimal", "required": True},
            {"name": "placed_on", "type": "date", "format": "%d/%m/%Y"},
        ],
    }
    source = add_source(item, actor=owner)
    read(source, owner)
    source.refresh_from_db()
    return source
