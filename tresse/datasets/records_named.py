"""Records as people name them in decisions, found in the version that stands."""

from collections.abc import Iterable, Sequence

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.explaining.cluster import rids_of
from tresse.datasets.explaining.explain import salt_of
from tresse.datasets.explaining.finding import record_named
from tresse.datasets.layout import RID
from tresse.datasets.models import Dataset
from tresse.sources.versions import engine


def records_named(dataset: Dataset, keys: Iterable[str]) -> list[str]:
    """Records as `source/key`, in the order of the keys that mean them.

    A key may be any that `explain` takes; of a golden record its founding record is meant. Of a
    dataset that was never built, keys are answered as they are.

    Raises:
        TresseError: `unknown_record`, `several_records`.
    """
    if dataset.version is None:
        return [key.strip() for key in keys]
    with engine() as session:
        tables, salt = tables_of(session, dataset.version), salt_of(dataset.version)
        return [record_named(tables, key, salt=salt, dataset=dataset.name) for key in keys]


def ids_of(dataset: Dataset, records: Iterable[str]) -> list[dict[str, str | None]]:
    """The golden id of each record in the version that stands: `{record, id}`; None: none."""
    names = list(records)
    if dataset.version is None:
        return [{"record": name, "id": None} for name in names]
    with engine() as session:
        tables, salt = tables_of(session, dataset.version), salt_of(dataset.version)
        found = ids_by_name(tables, names, salt)
    return [{"record": name, "id": found.get(name)} for name in names]


def ids_by_name(tables: Tables, names: Sequence[str], salt: int) -> dict[str, str]:
    """Golden ids of records that are there, by `source/key`."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    rids = rids_of(tables, wanted, salt)
    by_rid = dict(zip(rids, wanted, strict=True))
    batch = pa.RecordBatch.from_pydict({"rid": pa.array(rids, pa.int64())})
    asked = tables.engine.load("named_rids", [batch], [sa.column("rid", RID)])
    members = tables.members
    found = sa.select(members.c.rid, members.c.id).join_from(
        members, asked, asked.c.rid == members.c.rid
    )
    return {by_rid[int(rid)]: str(id_) for rid, id_ in tables.engine.rows(found)}
