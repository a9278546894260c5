"""A shop of eleven people and their orders, for tests of the pages of scores."""

from datetime import UTC, datetime, timedelta

from tests.datasets.pages.conftest import built
from tests.datasets.standing import publish, standing
from tresse.datasets.changes.datasets import add_dataset, change_dataset, merged
from tresse.datasets.models import Dataset
from tresse.sources.models import Source

AS_OF = "2026-03-31"
LAST = datetime(2026, 3, 31, 12, tzinfo=UTC)
PEOPLE = tuple(f"P{n:02}" for n in range(11))
DAYS_AGO = (3, 10, 10, 40, 60, 90, 90, 200, 300, 400)
NUMBERS = (1, 1, 1, 1, 1, 1, 2, 2, 3, 9)
"Of SC34: P00 to P09; P10 never ordered."


def orders():
    """Each person's last order so many days ago, others a week apart before it."""
    for person, days, number in zip(PEOPLE, DAYS_AGO, NUMBERS, strict=False):
        for place in range(number):
            yield {
                "id": f"{person}-{place}",
                "customer_id": person,
                "ordered_at": LAST - timedelta(days=days + 7 * place),
                "amount": 20 + 10 * place,
                "channel": "web" if place % 2 else "store",
                "status": "paid",
            }
    yield {
        "id": "X-1",
        "customer_id": "P10",
        "ordered_at": LAST,
        "amount": 5,
        "channel": "web",
        "status": "cancelled",
    }
    yield {
        "id": "X-2",
        "customer_id": "nobody",
        "ordered_at": LAST,
        "amount": 7,
        "channel": "web",
        "status": "paid",
    }


def sources():
    """The people and their orders, read."""
    people = [
        {"id": name, "customer_id": name, "full_name": f"Person {name}", "country": "FR"}
        for name in PEOPLE
    ]
    standing("shop", ["id", "customer_id", "full_name", "country"], people)
    columns = [
        {"name": "id", "type": "text", "semantic": "order_id"},
        {"name": "customer_id", "type": "text"},
        {"name": "ordered_at", "type": "datetime", "semantic": "ordered_at"},
        {"name": "amount", "type": "integer", "semantic": "amount"},
        {"name": "channel", "type": "text", "semantic": "channel"},
        {"name": "status", "type": "text", "semantic": "status"},
    ]
    standing("orders_csv", columns, list(orders()), entity="orders")


def shop(actor, *, is_built=True, **more):
    """The datasets `people` and `buys`; `more` as the definition of `people` has it."""
    sources()
    item = {
        "name": "people",
        "entity": "contacts",
        "as_of": AS_OF,
        "sources": [{"source": "shop"}],
        "columns": [{"name": "customer_id"}],
        "identity": {"keys": [["customer_id"]]},
    }
    people = add_dataset(item, actor=actor)
    buys = add_dataset(
        {
            "name": "buys",
            "entity": "orders",
            "as_of": AS_OF,
            "sources": [{"source": "orders_csv"}],
            "columns": [{"name": "customer_id"}],
            "relations": [
                {
                    "name": "buyer",
                    "to": "people",
                    "inverse": "buys",
                    "match": {"customer_id": "customer_id"},
                }
            ],
        },
        actor=actor,
    )
    if more:
        people = change_dataset(people, merged(people, more), actor=actor)
    if is_built:
        built(people, buys, actor=actor)
    return Dataset.objects.select_related("version", "rules").get(pk=people.pk)


def another_order(person, amount=100):
    """One more order of a person, on the last day."""
    row = {
        "id": f"{person}-new",
        "customer_id": person,
        "ordered_at": LAST,
        "amount": amount,
        "channel": "web",
        "status": "paid",
    }
    publish(Source.objects.get(name="orders_csv"), [*orders(), row])
