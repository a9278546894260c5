"""A shop, its tills and its orders, and the datasets built of them, for tests of the pages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from tests.datasets.standing import standing
from tresse.accounts.queries import actor_of
from tresse.datasets.changes.builds import build
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.models import Dataset
from tresse.jobs.worker import run_here

DAY = datetime(2026, 1, 5, tzinfo=UTC)
SHOP = (
    ("1", "C1", "Ada", "Lovelace", "ada@x.fr", "+33611111111", "1 rue A", "Lyon"),
    ("2", "C2", "Ada", "Byron", "ada@x.fr", None, None, "Paris"),
    ("3", "C3", "Mary", "Somerville", "mary@x.fr", "0000000000", "3 rue C", "Lille"),
    ("4", "C4", "Zoë", "=HYPERLINK(1)", None, "+33644444444", None, None),
)
TILL = (
    ("T1", "ADA", "Lovelace", None, "+33611111111"),
    ("T2", "Mary", "Somerville", " MARY@x.fr", None),
    ("T3", "Nobody", "Else", None, "0000000000"),
)
ORDERS = (("A1", "ada@x.fr", 12), ("A2", "mary@x.fr", 3), ("A3", "nobody@x.fr", 7))
PEOPLE = {
    "name": "people",
    "entity": "contacts",
    "sources": [{"source": "shop"}, {"source": "till"}],
    "columns": [
        {"name": "customer_id", "type": "text"},
        {"name": "first_name", "type": "text"},
        {"name": "last_name", "type": "text"},
        {"name": "email", "type": "text", "rules": ["email"]},
        {"name": "phone", "type": "text"},
        {"name": "tier", "type": "text", "fill": "bronze"},
    ],
    "groups": [{"name": "address", "columns": ["street", "city"], "requires": ["street"]}],
    "identity": {
        "keys": [["customer_id"], ["email"], ["phone"]],
        "limits": [{"column": "customer_id", "at_most": 1}],
        "guard": {"soft": 2},
    },
}
BUYS = {
    "name": "buys",
    "entity": "orders",
    "sources": [{"source": "orders_csv"}],
    "columns": [{"name": "customer_email", "type": "text"}],
    "relations": [
        {"name": "buyer", "to": "people", "inverse": "buys", "match": {"email": "customer_email"}}
    ],
}


@pytest.fixture
def owner(person):
    """The administrator of the browser tests, as an actor."""
    return actor_of(person)


@pytest.fixture
def home(settings, tmp_path):
    """An empty home of the installation."""
    settings.HOME = str(tmp_path / "home")


@pytest.fixture
def feeds(home, db):  # noqa: ARG001  where they lie
    """Sources of people and of orders that were read."""
    names = ("id", "customer_id", "first_name", "last_name", "email", "phone", "street", "city")
    semantic = {"id": "", "street": "address_line1"}
    columns = [
        {"name": name, "type": "text", "semantic": semantic.get(name, name)} for name in names
    ]
    shop = [
        {**dict(zip(names, row, strict=True)), "_modified_at": DAY + timedelta(days=at)}
        for at, row in enumerate(SHOP)
    ]
    standing("shop", [*columns, {"name": "tier", "type": "text"}], shop)
    of_till = ("id", "first_name", "last_name", "mail", "phone")
    fields = {"id": "", "mail": "email"}
    columns = [
        {"name": name, "type": "text", "semantic": fields.get(name, name)} for name in of_till
    ]
    till = [
        {**dict(zip(of_till, row, strict=True)), "_modified_at": DAY + timedelta(days=9 + at)}
        for at, row in enumerate(TILL)
    ]
    standing("till", [*columns, {"name": "seat", "type": "text"}], till)
    columns = [
        {"name": "id", "type": "text", "semantic": "order_id"},
        {"name": "customer_email", "type": "text"},
        {"name": "total", "type": "integer", "semantic": "amount"},
    ]
    rows = [dict(zip(("id", "customer_email", "total"), row, strict=True)) for row in ORDERS]
    standing("orders_csv", columns, rows, entity="orders")


def built(*datasets, actor):
    """Build datasets here and now; the builds as they ended."""
    builds, job = build(datasets, actor=actor)
    run_here(job)
    for each in builds:
        each.refresh_from_db()
    job.refresh_from_db()
    assert job.state == "done", job.error
    return builds


@pytest.fixture
def people(feeds, owner):  # noqa: ARG001  what feeds it
    """A dataset of people that was never built."""
    return add_dataset(PEOPLE, actor=owner)


@pytest.fixture
def golden(people, owner):
    """The same, built with the orders that lead to it."""
    buys = add_dataset(BUYS, actor=owner)
    built(people, buys, actor=owner)
    return Dataset.objects.select_related("version", "rules").get(pk=people.pk)


@pytest.fixture
def client(person):
    """A browser without scripts, signed in."""
    found = Client()
    found.force_login(person)
    return found


def text_of(answer, status=200):
    """The text of an answer, white space as one blank, without places where a word may break."""
    assert answer.status_code == status, answer.content.decode()[:3000]
    return " ".join(answer.content.decode().replace("<wbr>", "").split())


def id_of(client, text):
    """The golden id that a search finds alone."""
    page = text_of(client.get(f"/datasets/people/rows/?q={text}"))
    ids = {part.partition("/")[0] for part in page.split("/datasets/people/rows/")[1:]}
    [found] = {each for each in ids if len(each) == 32}
    return found
