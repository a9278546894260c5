"""A shop with a person to erase: customers in two sources, orders and lines, and the CRM."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq

from tests.datasets.builds.worlds import built
from tests.datasets.standing import publish, standing
from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds.tables import names_of, tables_of
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.changes.erasures import erase, find
from tresse.datasets.models import Dataset, Erasure
from tresse.jobs.worker import run_here
from tresse.sources.models import Source
from tresse.sources.versions import engine

EMAIL, PHONE = "zelda.quill@example.org", "+33655443322"
RAW_EMAIL, RAW_PHONE = " Zelda.QUILL@example.org", "06 55 44 33 22"
FIRST, LAST = "Zelda", "Quillfeather"
TRACES = ("zelda", "quill", "655443322", "55 44 33 22")
"None of these may stand anywhere afterwards, in whatever case."
DAY = datetime(2026, 3, 1, tzinfo=UTC)
SHOP: list[Any] = [
    "id",
    {"name": "email", "type": "text", "semantic": "email", "rules": ["email"]},
    {"name": "phone", "type": "text", "semantic": "phone"},
    {"name": "first_name", "type": "text", "semantic": "first_name"},
    {"name": "last_name", "type": "text", "semantic": "last_name"},
    {"name": "city", "type": "text", "semantic": "city"},
]
TILL: list[Any] = [
    "id",
    {"name": "phone", "type": "text", "semantic": "phone"},
    {"name": "full_name", "type": "text", "semantic": "full_name"},
]
ORDERS: list[Any] = [
    {"name": "id", "type": "text", "semantic": "order_id"},
    {"name": "customer", "type": "text"},
    {"name": "customer_email", "type": "text"},
    {"name": "note", "type": "text"},
    {"name": "amount", "type": "integer", "semantic": "amount"},
]
LINES: list[Any] = [
    {"name": "id", "type": "text", "semantic": "line_id"},
    {"name": "order_no", "type": "text"},
    {"name": "sku", "type": "text", "semantic": "product"},
    {"name": "amount", "type": "integer", "semantic": "line_amount"},
]
VISITS: list[Any] = [
    {"name": "id", "type": "text", "semantic": "event_id"},
    {"name": "email", "type": "text", "semantic": "email"},
    {"name": "page", "type": "text", "semantic": "page"},
]


def customer(key: str, email: Any, phone: Any, first: Any, last: Any, city: Any = None) -> Any:
    return {
        "id": key,
        "email": email,
        "phone": phone,
        "first_name": first,
        "last_name": last,
        "city": city,
    }


SHOP_ROWS = [
    customer("1", EMAIL, None, FIRST, LAST, "Lyon"),
    customer("2", "bob@example.org", "+33611111111", "Bob", "Baker"),
    customer("3", EMAIL, RAW_PHONE, FIRST, None, "Paris"),
]
TILL_ROWS = [
    {"id": "T1", "phone": RAW_PHONE, "full_name": f"{FIRST} {LAST}"},
    {"id": "T2", "phone": "0622222222", "full_name": "Cleo Case"},
]
ORDER_ROWS = [
    {"id": "A1", "customer": "1", "customer_email": EMAIL, "note": f"For {FIRST} {LAST}"}
    | {"amount": 30},
    {"id": "A2", "customer": "2", "customer_email": "bob@example.org", "note": None, "amount": 7},
    {"id": "A3", "customer": "3", "customer_email": None, "note": "ring twice", "amount": 12},
]
LINE_ROWS = [
    {"id": "L1", "order_no": "A1", "sku": "tea", "amount": 30},
    {"id": "L2", "order_no": "A2", "sku": "tea", "amount": 7},
    {"id": "L3", "order_no": "A3", "sku": "mug", "amount": 12},
]
VISIT_ROWS = [
    {"id": "V1", "email": EMAIL.upper(), "page": "/"},
    {"id": "V2", "email": "bob@example.org", "page": "/tea"},
]
BUYER = {
    "columns": ["customer"],
    "to": "shop",
    "key": ["id"],
}
OF_ORDER = {"columns": ["order_no"], "to": "shop_orders", "key": ["id"]}


def world(**definition: Any) -> dict[str, Dataset]:
    """All datasets, built; each source has two versions, so that an older one holds her too."""
    # Of tables without keys of contacts: what a source reads does not matter here.
    other = {"read": {"table": "products"}}
    standing("shop", SHOP, SHOP_ROWS[:2], **other)
    standing("till", TILL, TILL_ROWS, **other)
    standing("shop_orders", ORDERS, ORDER_ROWS, entity="orders", relations=[BUYER], **other)
    standing("shop_lines", LINES, LINE_ROWS, entity="order_items", relations=[OF_ORDER], **other)
    standing("visits", VISITS, VISIT_ROWS, entity="events", **other)
    made = {
        "people": add_dataset(
            {
                "name": "people",
                "entity": "contacts",
                "sources": [{"source": "shop"}, {"source": "till"}],
                "identity": {"keys": [["email"], ["phone"]]},
                **definition,
            },
            actor=SYSTEM,
        ),
        "buys": add_dataset(
            {
                "name": "buys",
                "entity": "orders",
                "sources": [{"source": "shop_orders"}],
                "columns": [{"name": "note", "type": "text"}, {"name": "customer_email"}],
                "relations": [{"name": "buyer", "to": "people", "inverse": "buys"}],
            },
            actor=SYSTEM,
        ),
        "lines": add_dataset(
            {
                "name": "lines",
                "entity": "order_items",
                "sources": [{"source": "shop_lines"}],
                "relations": [{"name": "order", "to": "buys", "inverse": "lines"}],
            },
            actor=SYSTEM,
        ),
        "visitors": add_dataset(
            {
                "name": "visitors",
                "entity": "events",
                "sources": [{"source": "visits"}],
                "columns": [{"name": "email", "semantic": "email"}],
                "relations": [
                    {"name": "who", "to": "people", "inverse": "x", "match": {"email": "email"}}
                ],
            },
            actor=SYSTEM,
        ),
    }
    build_all(made)
    publish(Source.objects.get(name="shop"), SHOP_ROWS)
    build_all(made)
    return made


def build_all(made: Mapping[str, Dataset]) -> None:
    found = built(*made.values())
    for run in [found] if len(made) == 1 else found:
        assert run.state in ("published", "unchanged"), (run.message, run.details)


def erased(dataset: Dataset, key: str = EMAIL, *, actor: Any = SYSTEM) -> Erasure:
    """Erase to the end."""
    dataset.refresh_from_db()
    row = erase(find(dataset, key, actor=actor), actor=actor)
    run_here(row.job, show=lambda _progress: None)
    return Erasure.objects.get(pk=row.pk)


def golden(dataset: Dataset) -> list[dict[str, Any]]:
    """Golden records of the published version by the names of columns."""
    dataset.refresh_from_db()
    with engine() as session:
        tables = tables_of(session, dataset.version)
        names = names_of(tables.plan, tables.relations)
        columns = [each.name for each in tables.golden.c]
        found = session.rows(tables.golden.select())
    physical = [dict(zip(columns, each, strict=True)) for each in found]
    rows = [{name: each[column] for name, column in names.items()} for each in physical]
    return sorted(rows, key=lambda each: each["_keys"])


def revenue() -> dict[str, int]:
    """Revenue per product."""
    lines = Dataset.objects.get(name="lines")
    found: dict[str, int] = {}
    for each in golden(lines):
        found[each["product"]] = found.get(each["product"], 0) + each["line_amount"]
    return found


def holding_files(home: Any) -> list[str]:
    """Files below a folder that hold a trace of her; Parquet is looked into."""
    found = []
    for path in sorted(each for each in home.rglob("*") if each.is_file()):
        if path.suffix == ".parquet":
            text = repr(pq.read_table(path).to_pylist())
        else:
            text = path.read_bytes().decode("utf-8", "replace")
        if is_trace(text) or is_trace(path.read_bytes().decode("latin-1")):
            found.append(str(path.relative_to(home)))
    return found


def is_trace(text: str) -> bool:
    low = text.lower()
    return any(each in low for each in TRACES)
