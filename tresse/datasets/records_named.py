"""Records as people name them in decisions, found in the version that stands."""

from collections.abc import Iterable

from tresse.datasets.builds.tables import tables_of
from tresse.datasets.explaining.explain import salt_of
from tresse.datasets.explaining.finding import record_id, record_named
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
        found = [record_id(tables, name, salt=salt) for name in names]
    return [
        {"record": name, "id": each[1] if each else None}
        for name, each in zip(names, found, strict=True)
    ]
