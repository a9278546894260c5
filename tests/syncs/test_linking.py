"""Relations of a dataset as links of the CRM (Y50)."""

from datetime import UTC, datetime

import sqlalchemy as sa

from tests.datasets.builds.worlds import built
from tests.datasets.standing import publish, standing
from tests.syncs.worlds import contacts, counts, faults, people, sent, sync_to_crm
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.datasets import add_dataset
from tresse.objects.database import rows
from tresse.records.tables import LINK
from tresse.sources.models import Source
from tresse.syncs.changes.syncs import add_sync

BUYERS = ({"id": "1", "email": "a@x.fr", "last_name": "A"}, {"id": "2", "email": "b@x.fr"})
AT = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = [
    {"name": "id", "type": "text"},
    {"name": "customer", "type": "text"},
    {"name": "number", "type": "text"},
    {"name": "ordered_at", "type": "datetime"},
]


def orders(*given):
    return [
        {"id": n, "customer": e, "number": n, "ordered_at": AT, "_modified_at": AT}
        for n, e in given
    ]


def links():
    return sorted(rows(sa.select(LINK.c.from_id, LINK.c.to_id)))


def test_links_are_made_moved_and_taken_away():
    """Y50: by difference; where a record can have one alone, the new one takes its place."""
    buyers = people(*BUYERS)
    given = orders(("o1", "a@x.fr"), ("o2", "nobody@x.fr"))
    standing("orders_read", COLUMNS, given, entity="orders", read={"table": "products"})
    item = {
        "name": "bought",
        "entity": "orders",
        "sources": [{"source": "orders_read"}],
        "columns": [{"name": "number"}, {"name": "customer"}, {"name": "ordered_at"}],
        "relations": [{"name": "contact", "to": "people", "match": {"email": "customer"}}],
    }
    dataset = add_dataset(item, actor=SYSTEM)
    built(dataset)
    sent(sync_to_crm(buyers, columns=[{"from": "email"}, {"from": "last_name"}]))
    sync = add_sync(
        {
            "name": "orders_to_crm",
            "dataset": "bought",
            "to": {"object": "order"},
            "columns": [{"from": "number", "to": "order_number"}, "ordered_at"],
            "links": [{"relation": "contact", "type": "order_contact"}],
            "active": True,
        },
        actor=SYSTEM,
    )

    first, made = sent(sync), links()
    publish(Source.objects.get(name="orders_read"), orders(("o1", "b@x.fr"), ("o2", "a@x.fr")))
    built(dataset)
    second, moved = sent(sync), links()
    publish(Source.objects.get(name="orders_read"), orders(("o1", None), ("o2", "a@x.fr")))
    built(dataset)
    third, left = sent(sync), links()

    a, b = (each["id"] for each in contacts())
    assert counts(first) == {"added": 2}, faults(sync)
    [(order, buyer)] = made
    assert buyer == a
    assert counts(second) == {"changed": 2}, faults(sync)
    assert sorted(to for _, to in moved) == [a, b]
    assert (order, b) in moved
    assert counts(third) == {"changed": 1, "unchanged": 1}, faults(sync)
    assert [to for _, to in left] == [a]
