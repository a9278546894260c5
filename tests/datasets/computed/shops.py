"""People and their orders as two datasets that lead to each other, with computed columns."""

from datetime import UTC, datetime
from typing import Any

from tests.datasets.builds.worlds import fed, golden, people, row
from tests.datasets.standing import publish, standing
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.datasets import add_dataset, change_dataset, merged
from tresse.datasets.models import Dataset
from tresse.sources.models import Source

ORDER: list[Any] = [
    {"name": "no", "type": "text", "semantic": "order_id"},
    {"name": "mail", "type": "text"},
    {"name": "at", "type": "date", "semantic": "ordered_at"},
    {"name": "amount", "type": "decimal", "semantic": "amount"},
    {"name": "channel", "type": "text", "semantic": "channel"},
]
AGGREGATES: list[Any] = [
    {"name": "orders_number", "over": "orders", "do": "count"},
    {"name": "spent", "over": "orders", "do": "sum", "column": "amount"},
]
FORMULAS: list[Any] = [
    {"name": "is_good", "sql": "spent > 100"},
    {"name": "greeting", "sql": "concat('Dear ', first_name)"},
]
SCORES: list[Any] = [{"score": "days_since_last_order"}, {"score": "rfm"}]
AS_OF = "2026-03-20"


def order(number: int, mail: str, day: int, amount: Any, channel: str = "web") -> dict[str, Any]:
    """An order of March 2026."""
    facts = {"no": str(number), "mail": mail, "at": datetime(2026, 3, day, tzinfo=UTC).date()}
    return facts | {"amount": amount, "channel": channel}


ORDERS = [
    order(1, "ada@x.fr", 1, 80),
    order(2, "ada@x.fr", 10, 40),
    order(3, "bob@x.fr", 5, 20),
    order(4, "nobody@x.fr", 6, 7),
]


def person(key: str, mail: str, name: str) -> dict[str, Any]:
    """A record of a source of people."""
    return row(key, 1, None, mail, None, first_name=name)


PEOPLE = [
    person("1", "ada@x.fr", "Ada"),
    person("2", "bob@x.fr", "Bob"),
    person("3", "eve@x.fr", "Eve"),
]


def shop(**definition: Any) -> tuple[Dataset, Dataset]:
    """The datasets `people` and `orders`; nothing is built."""
    standing("order_rows", ORDER, ORDERS, entity="orders", key=["no"])
    for name in ("crm", "web", "pos"):
        fed(name, PEOPLE if name == "crm" else [])
    item = {"as_of": AS_OF, "aggregates": AGGREGATES, "computed": FORMULAS, "scores": SCORES}
    orders = {
        "name": "shopping",
        "entity": "orders",
        "as_of": AS_OF,
        "columns": ["mail"],
        "relations": [
            {"name": "contact", "to": "people", "inverse": "orders", "match": {"email": "mail"}}
        ],
    }
    whole = people(as_of=AS_OF)
    shopping = add_dataset(orders, actor=SYSTEM)
    change(whole, **{**item, **definition})
    return whole, shopping


def change(dataset: Dataset, **keys: Any) -> None:
    """Change keys of a definition."""
    dataset.refresh_from_db()
    change_dataset(dataset, merged(dataset, keys), actor=SYSTEM)


def sold(rows: list[dict[str, Any]]) -> None:
    """A version of the orders' source."""
    publish(Source.objects.get(name="order_rows"), rows)


def of(dataset: Dataset, *names: str) -> dict[str, tuple[Any, ...]]:
    """Values of columns by first name of the golden record."""
    return {each["first_name"]: tuple(each[name] for name in names) for each in golden(dataset)}
