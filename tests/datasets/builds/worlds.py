"""Sources, a dataset over them, and builds of it to their end."""

from datetime import UTC, datetime
from typing import Any

from tests.datasets.standing import publish, standing
from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds.tables import names_of, tables_of
from tresse.datasets.changes.builds import build
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.models import Dataset, DatasetBuild
from tresse.jobs.worker import run_here
from tresse.sources.models import Source
from tresse.sources.versions import engine

COLUMNS = [
    "id",
    {"name": "customer_id", "type": "text", "semantic": "customer_id"},
    {"name": "email", "type": "text", "semantic": "email"},
    {"name": "phone", "type": "text", "semantic": "phone"},
    {"name": "first_name", "type": "text", "semantic": "first_name"},
]
EXAMPLE: dict[str, list[Any]] = {
    "crm": [
        ("1", 1, "C1", "jane@x.fr", "+33 6 11 11 11 11"),
        ("2", 4, "C2", "jane@x.fr", "+33622222222"),
    ],
    "web": [
        ("7", 2, None, " JANE@x.fr", None),
        ("9", 6, None, None, "0000000000"),
    ],
    "pos": [
        ("A", 3, None, None, "06 11 11 11 11"),
        ("B", 5, None, None, "06.22.22.22.22"),
    ],
}
"The records of D45: key, first seen, customer_id, email, phone."
KEYS = [["customer_id"], ["email"], ["phone"]]


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


def row(key: str, seen: int, customer: Any, email: Any, phone: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "customer_id": customer,
        "email": email,
        "phone": phone,
        "_first_read_at": day(seen),
        "_modified_at": day(seen),
        **more,
    }


def fed(name: str, rows: Any, **more: Any) -> Source:
    """A source of people with a version of these rows (tuples as in `EXAMPLE`, or mappings)."""
    whole = [each if isinstance(each, dict) else row(*each) for each in rows]
    source = Source.objects.filter(name=name).first()
    if source is not None:
        publish(source, whole)
        return source
    return standing(name, COLUMNS, whole, **more)


def example(**definition: Any) -> Dataset:
    """The dataset of D45 over its three sources."""
    for name, rows in EXAMPLE.items():
        fed(name, rows)
    return people(**definition)


def people(**definition: Any) -> Dataset:
    item = {
        "name": "people",
        "entity": "contacts",
        "sources": [{"source": name} for name in ("crm", "web", "pos")],
        "identity": {"keys": KEYS},
        **definition,
    }
    return add_dataset(item, actor=SYSTEM)


def built(*datasets: Dataset, **asked: Any) -> Any:
    """Build to the end; the build, or the builds of several."""
    rows, job = build(list(datasets), actor=SYSTEM, **asked)
    run_here(job, show=lambda _progress: None)
    found = [DatasetBuild.objects.get(pk=each.pk) for each in rows[: len(datasets)]]
    for dataset in datasets:
        dataset.refresh_from_db()
    return found[0] if len(found) == 1 else found


def golden(dataset: Dataset) -> list[dict[str, Any]]:
    """Golden records of the published version by the names that people use, by their keys."""
    dataset.refresh_from_db()
    assert dataset.version is not None
    with engine() as session:
        tables = tables_of(session, dataset.version)
        names = names_of(tables.plan, tables.relations)
        table = tables.golden
        rows = session.rows(table.select())
    columns = [each.name for each in table.c]
    physical = [dict(zip(columns, each, strict=True)) for each in rows]
    found = [{name: each[column] for name, column in names.items()} for each in physical]
    return sorted(found, key=lambda each: each["_keys"])


def clusters(dataset: Dataset) -> list[list[str]]:
    """Keys of the records of each golden record."""
    return [each["_keys"] for each in golden(dataset)]
