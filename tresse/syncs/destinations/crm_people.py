"""Which records of the CRM a golden record has among its members, as tables of the engine (Y50)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa
from django.db import transaction

from tresse.connections.kinds.crm import Crm as CrmConnection
from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.engine.base import Engine
from tresse.engine.columns import to_integer
from tresse.objects.database import batches
from tresse.objects.described import ObjectDef
from tresse.records.lists import RowNumber
from tresse.sources.models import Source, SourceVersion
from tresse.sources.stored import definition_of
from tresse.syncs.models import Sync
from tresse.syncs.running.differing import PIECE, STATE

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Sending


def sources_of(object: ObjectDef) -> list[Source]:
    """Sources that read records of an object type."""
    found = Source.objects.filter(connection__kind=CrmConnection.name).order_by("pk")
    tables = {object.slug, object.name}
    return [each for each in found if definition_of(each).read.table in tables]


def members_of(engine: Engine, tables: Tables, object: ObjectDef, name: str) -> sa.TableClause:
    """Records of the CRM by golden record: `id record place`, the oldest has the place 1."""
    names = [each.name for each in sources_of(object)]
    records, members = tables.records, tables.members
    record = to_integer(records.c.key)
    place = RowNumber().over(partition_by=members.c.id, order_by=(records.c.first_seen, record))
    statement = (
        sa.select(
            members.c.id,
            sa.cast(record, sa.BigInteger()).label("record"),
            sa.cast(place, sa.BigInteger()).label("place"),
        )
        .select_from(records.join(members, members.c.rid == records.c.rid))
        .where(records.c.source.in_(names) if names else sa.false(), record.is_not(None))
    )
    return engine.keep(name, statement)


def members_sent(sending: "Sending", object: ObjectDef) -> sa.TableClause:
    """The same of the version that is sent, worked out once."""
    name = "crm_members"
    if name not in sending.steps:
        sending.steps[name] = members_of(sending.engine, sending.tables, object, name)
    return sending.steps[name]


def targets_of(engine: Engine, dataset: str, object: ObjectDef, name: str) -> sa.TableClause:
    """Golden records of another dataset with their record of the CRM: `id target`.

    That is the record which a sync wrote for it, else the oldest among its members.
    """
    written = _written(engine, dataset, object, f"{name}_written")
    version = DatasetVersion.objects.filter(
        pk__in=Dataset.objects.filter(name=dataset, version__isnull=False).values("version")
    ).first()
    if version is None:
        return written
    oldest = members_of(engine, tables_of(engine, version), object, f"{name}_members")
    is_written = sa.exists().where(written.c.id == oldest.c.id).correlate(oldest)
    target = sa.cast(oldest.c.record, sa.Text()).label("target")
    others = sa.select(oldest.c.id, target).where(oldest.c.place == 1, ~is_written)
    every = sa.union_all(sa.select(written.c.id, written.c.target), others).subquery()
    return engine.keep(name, sa.select(every.c.id, every.c.target))


def _written(engine: Engine, dataset: str, object: ObjectDef, name: str) -> sa.TableClause:
    """What syncs of a dataset wrote into an object type: `id target`, once each."""
    columns = [sa.column("id", sa.Text()), sa.column("target", sa.Text())]
    ids = list(
        Sync.objects.filter(dataset__name=dataset, kind="crm", target=object.name)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    statement = sa.select(STATE.c.golden_id, sa.func.min(STATE.c.remote)).where(
        STATE.c.sync_id.in_(ids), STATE.c.remote != ""
    )
    schema = pa.schema([("id", pa.string()), ("target", pa.string())])

    def pieces() -> Iterator[pa.RecordBatch]:
        # PostgreSQL reads piece by piece within a transaction alone.
        with transaction.atomic():
            for rows in batches(statement.group_by(STATE.c.golden_id), PIECE):
                arrays = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    return engine.load(name, pieces() if ids else [], columns)


def read_at(version: DatasetVersion, object: ObjectDef) -> datetime | None:
    """When the records of the CRM that a version was made of were read; None: it was of none."""
    inputs: dict[str, Any] = version.inputs
    moments: Iterable[datetime | None] = (
        SourceVersion.objects.filter(source=source, number=inputs.get(source.name, 0))
        .values_list("run__started_at", flat=True)
        .first()
        for source in sources_of(object)
    )
    known = [each for each in moments if each is not None]
    return min(known) if known else None
