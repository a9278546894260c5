"""A shop of made-up people, orders and lines as published versions of datasets, for benchmarks.

Golden rows are written as a build would write them; everything is drawn from hashes of numbers, so
that the same rows come at every run.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds.publishing import size_of
from tresse.datasets.builds.tables import owner_of
from tresse.datasets.changes.datasets import made
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.parsing import parsed
from tresse.datasets.stored import facts_of
from tresse.sources.versions import house

AS_OF = datetime(2026, 3, 31, 22, tzinfo=UTC)
ORDERS_EACH, LINES_EACH = 5, 3
CONTACTS = [
    {"name": "email", "type": "text", "semantic": "email"},
    {"name": "country", "type": "text", "semantic": "country"},
]
ORDERS = [
    {"name": "order_no", "type": "text", "semantic": "order_id"},
    {"name": "ordered_at", "type": "date", "semantic": "ordered_at"},
    {"name": "status", "type": "text", "semantic": "status"},
    {"name": "net_amount", "type": "decimal", "semantic": "net_amount"},
    {"name": "channel", "type": "text", "semantic": "channel"},
]
LINES = [
    {"name": "category", "type": "text", "semantic": "category"},
    {"name": "quantity", "type": "integer", "semantic": "quantity"},
    {"name": "line_amount", "type": "decimal", "semantic": "line_amount"},
]
BOOK = (
    "TIMESTAMPTZ '2024-01-01 00:00:00+00' AS first_seen_at, "
    "TIMESTAMPTZ '2026-01-01 00:00:00+00' AS modified_at, CAST(1 AS BIGINT) AS changed_in, "
    "CAST(1 AS BIGINT) AS members, ['shop'] AS sources, ['shop/' || i] AS keys, "
)


MACROS = (
    "CREATE MACRO draw(i, n) AS CAST(hash(i) % n AS BIGINT)",
    "CREATE MACRO money(i, n) AS CAST(draw(i, n * 100) / 100.0 + 1 AS DECIMAL(21, 6))",
)


def filled(people: int) -> dict[str, Dataset]:
    """The datasets `contacts`, `orders`, `order_items` with a version of so many people."""
    orders = people * ORDERS_EACH
    # A quarter never ordered; of the others the first ordered most.
    owner = f"CAST(pow(draw(i, 1000003) / 1000003.0, 2) * {people} * 0.75 AS BIGINT)"
    contact = {"name": "contact", "to": "contacts", "inverse": "orders"}
    order = {"name": "order", "to": "orders", "inverse": "items"}
    return {
        "contacts": _dataset(
            "contacts",
            CONTACTS,
            f"md5('c' || i) AS id, {BOOK} 'p' || i || '@x.example' AS c0, "
            "['FR', 'PL', 'DE'][1 + i % 3] AS c1",
            people,
        ),
        "orders": _dataset(
            "orders",
            ORDERS,
            f"md5('o' || i) AS id, {BOOK} 'O' || i AS c0, "
            "DATE '2026-03-31' - CAST(draw(i + 7, 1200) AS INTEGER) AS c1, "
            "CASE WHEN draw(i + 3, 20) = 0 THEN 'cancelled' ELSE 'paid' END AS c2, "
            "money(i + 5, 200) AS c3, ['web', 'shop', 'app'][1 + draw(i + 11, 3)] AS c4, "
            f"md5('c' || {owner}) AS contact_id",
            orders,
            [contact],
        ),
        "order_items": _dataset(
            "order_items",
            LINES,
            f"md5('l' || i) AS id, {BOOK} 'category ' || draw(i + 13, 12) AS c0, "
            "1 + draw(i + 17, 4) AS c1, money(i + 19, 50) AS c2, "
            f"md5('o' || (i // {LINES_EACH})) AS order_id",
            orders * LINES_EACH,
            [order],
        ),
    }


def _dataset(
    name: str, columns: list[dict[str, str]], cells: str, rows: int, relations: Any = ()
) -> Dataset:
    Dataset.objects.filter(name=name).update(version=None)
    Dataset.objects.filter(name=name).delete()
    item = {"name": name, "entity": name, "columns": columns, "relations": list(relations)}
    dataset = made(parsed(item), owner_id=SYSTEM.user_id)
    aside = house().aside(owner_of(dataset.pk))
    _written(f"SELECT {cells} FROM range({rows}) t(i)", aside / "golden")  # noqa: S608  ours
    house().publish(aside, owner_of(dataset.pk), 1)
    dataset.version = DatasetVersion.objects.create(
        dataset=dataset,
        number=1,
        rules=dataset.rules,
        rows=rows,
        source_rows=rows,
        bytes=size_of(house().folder(owner_of(dataset.pk), 1)),
        columns=columns,
        relations=[{"name": each["name"], "to": each["to"]} for each in relations],
        as_of=AS_OF,
        definition=facts_of(dataset),
        basis={"zone": "Europe/Paris"},
    )
    dataset.last_number = 1
    dataset.save()
    return dataset


def _written(rows: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    with duckdb.connect(config={"threads": 2, "memory_limit": "4GB"}) as connection:
        for macro in MACROS:
            connection.execute(macro)
        connection.execute(
            f"COPY ({rows}) TO '{folder}/part-0.parquet' "
            "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )


def file_of(dataset: Dataset) -> str:
    """The file of golden rows of a dataset."""
    return str(house().folder(owner_of(dataset.pk), 1) / "golden" / "part-0.parquet")
