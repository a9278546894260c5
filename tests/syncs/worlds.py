"""Sources, a dataset over them, a sync of it into the CRM, and runs to their end."""

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from tests.datasets.builds.worlds import built
from tests.datasets.standing import publish, standing
from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds.plans import plan_of, relations_of
from tresse.datasets.builds.tables import folder_of
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.layout import golden_columns
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.engine.relations import arrow_type
from tresse.jobs.worker import run_here
from tresse.kernel.clock import now
from tresse.objects.database import rows
from tresse.objects.described import data_model
from tresse.sources.models import Source, SourceRun, SourceVersion
from tresse.syncs.changes.runs import preview, start
from tresse.syncs.changes.syncs import add_sync
from tresse.syncs.models import Sync, SyncFault, SyncRow, SyncRun, SyncState
from tresse.syncs.running.run import balance

COLUMNS: Sequence[Any] = (
    {"name": "id", "type": "text"},
    {"name": "email", "type": "text", "semantic": "email"},
    {"name": "first_name", "type": "text", "semantic": "first_name"},
    {"name": "last_name", "type": "text", "semantic": "last_name"},
    {"name": "city", "type": "text", "semantic": "city"},
    {"name": "birth_date", "type": "date", "semantic": "birth_date"},
)
MAPPED = [
    {"from": "email"},
    {"from": "first_name"},
    {"from": "last_name"},
    {"from": "city"},
    {"from": "birth_date", "to": "birthday"},
]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
COUNTS = ("added", "changed", "removed", "unchanged", "refused", "failed", "retried")


def people(*given: Mapping[str, Any], source: str = "shop", **definition: Any) -> Dataset:
    """A dataset of contacts over one source with these rows; an e-mail is one person."""
    # Of another table, so that its keys are taken for no contacts of the CRM.
    standing(source, COLUMNS, [whole(each) for each in given], read={"table": "products"})
    item = {
        "name": "people",
        "entity": "contacts",
        "sources": [{"source": source}],
        "identity": {"keys": [["email"]]},
        **definition,
    }
    dataset = add_dataset(item, actor=SYSTEM)
    built(dataset)
    return dataset


def whole(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with all columns."""
    names = [each["name"] for each in COLUMNS]
    more = {key: value for key, value in row.items() if key.startswith("_")}
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return {"_first_read_at": at, "_modified_at": at} | {n: row.get(n) for n in names} | more


def change(dataset: Dataset, *given: Mapping[str, Any], source: str = "shop") -> Dataset:
    """Other rows of the source, and the dataset built of them."""
    publish(Source.objects.get(name=source), [whole(each) for each in given])
    built(dataset)
    return dataset


def sync_to_crm(dataset: Dataset, **definition: Any) -> Sync:
    """A sync of contacts, switched on."""
    item = {
        "name": "contacts_to_crm",
        "dataset": dataset.name,
        "to": {"object": "contact"},
        "match": [{"email": "email"}],
        "columns": MAPPED,
        "active": True,
        **definition,
    }
    return add_sync({key: value for key, value in item.items() if value is not None}, actor=SYSTEM)


def sent(sync: Sync, **asked: Any) -> SyncRun:
    """A run to its end; its counts say of every row what became of it (Y61)."""
    sync.refresh_from_db()
    run, job = start(sync, actor=SYSTEM, **asked)
    run_here(job)
    return ended(run)


def ended(run: SyncRun) -> SyncRun:
    """A run that has ended, as it is now."""
    run = SyncRun.objects.select_related("sync__dataset__version").get(pk=run.pk)
    if run.state in ("done", "partial"):
        assert balance(run), counts(run)
    return run


def looked(sync: Sync) -> SyncRun:
    """A preview."""
    sync = Sync.objects.select_related("dataset__version").get(pk=sync.pk)
    return ended(preview(sync, actor=SYSTEM))


def counts(run: SyncRun) -> dict[str, int]:
    """Counts that are not 0."""
    found = {name: getattr(run, name) for name in COUNTS}
    return {name: number for name, number in found.items() if number}


def contacts(*names: str) -> list[dict[str, Any]]:
    """Contacts that are not in the bin, by id, with their id and some properties."""
    contact = data_model().object("contact")
    table = contact.table
    wanted = names or ("email", "first_name", "last_name", "city")
    columns = [table.c[contact.property(name).column] for name in wanted]
    statement = sa.select(table.c.id, *columns).where(table.c.deleted_at.is_(None))
    return [
        dict(zip(("id", *wanted), row, strict=True)) for row in rows(statement.order_by(table.c.id))
    ]


def faults(sync: Sync) -> list[tuple[str, str, int]]:
    """Key, code and tries of rows that could not be sent."""
    found = SyncFault.objects.filter(sync=sync).order_by("key")
    return [(each.key, each.code, each.tries) for each in found]


def state(sync: Sync) -> dict[str, dict[str, str]]:
    """What the CRM has acknowledged, by key."""
    found = SyncState.objects.filter(sync=sync)
    return {each.key: json.loads(each.values) for each in found}


def listed(run: SyncRun) -> list[tuple[str, str, str]]:
    """Class, status and code of the rows of a run."""
    found = SyncRow.objects.filter(run=run).order_by("id")
    return [(each.sort, each.status, each.code) for each in found]


def with_crm(*given: Mapping[str, Any], name: str = "people", **definition: Any) -> Dataset:
    """A dataset over the contacts of the CRM, as they are now, and a shop with these rows."""
    standing("shop", COLUMNS, [whole(each) for each in given], read={"table": "products"})
    read_crm()
    item = {
        "name": name,
        "entity": "contacts",
        "sources": [{"source": "shop"}, {"source": "crm_people"}],
        "identity": {"keys": [["email"], ["last_name", "city"]]},
        **definition,
    }
    dataset = add_dataset(item, actor=SYSTEM)
    built(dataset)
    return dataset


def read_crm() -> None:
    """Read the contacts of the CRM anew: a version of their source, of this moment."""
    names = ("email", "first_name", "last_name", "city", "birthday")
    found = [
        whole({**each, "id": str(each["id"]), "birth_date": each["birthday"]})
        for each in contacts(*names)
    ]
    source = standing("crm_people", COLUMNS, found)
    run = SourceRun.objects.create(source=source, state="published", started_at=now())
    SourceVersion.objects.filter(source=source, number=source.last_number).update(run=run)


def republish(dataset: Dataset, given: Sequence[Mapping[str, Any]]) -> DatasetVersion:
    """A further version with these golden records, without a build: `_id` and columns."""
    dataset = Dataset.objects.select_related("version").get(pk=dataset.pk)
    before = dataset.version
    assert before is not None
    number = dataset.last_number + 1
    folder = folder_of(before).parent / str(number)
    shutil.copytree(folder_of(before), folder)
    shutil.rmtree(folder / "golden")
    plan = plan_of(before)
    columns = {each.column.name: each.name for each in plan.columns}
    made = [
        {
            "id": each["_id"],
            "first_seen_at": NOW,
            "modified_at": NOW,
            "changed_in": number,
            "members": 1,
            "sources": ["shop"],
            "keys": [f"shop/{each['_id']}"],
            **{columns[name]: each.get(name) for name in columns},
        }
        for each in given
    ]
    fields = golden_columns(plan, relations_of(before))
    schema = pa.schema([(each.name, arrow_type(each.type)) for each in fields])
    (folder / "golden").mkdir()
    pq.write_table(pa.Table.from_pylist(made, schema), folder / "golden" / "part-0.parquet")
    facts = {
        field.attname: getattr(before, field.attname)
        for field in DatasetVersion._meta.concrete_fields
        if field.attname not in ("id", "number", "rows", "created_at")
    }
    version = DatasetVersion.objects.create(number=number, rows=len(made), **facts)
    dataset.version, dataset.last_number = version, number
    dataset.save()
    return version
