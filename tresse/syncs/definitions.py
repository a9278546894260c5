"""Syncs as `apply` and `config` have them (Y1), and who uses a dataset."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.datasets.models import Dataset
from tresse.datasets.uses import DatasetUses
from tresse.kernel.definitions import DefinitionKind, Outcome
from tresse.syncs.changes.syncs import add_sync, change_sync
from tresse.syncs.models import STOPPED, Sync
from tresse.syncs.queries import A_SYNC
from tresse.syncs.stored import facts_of

Item = Mapping[str, Any]


def read_syncs() -> list[dict[str, Any]]:
    """All syncs; what goes without saying is left out."""
    return [facts_of(row) for row in Sync.objects.order_by("name")]


def write_sync(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001  taken back
    """Make one sync as a file has it; a draft that the file calls active is switched on.

    One that was paused, or broke, stays so: a file that is applied once more must not undo a stop
    (Y4, D85). A person switches it on again.
    """
    row = Sync.objects.filter(name=str(item.get("name"))).first()
    if row is None:
        add_sync(item, actor=actor)
        return "created"
    if row.state in STOPPED and item.get("active") is True:
        item = {key: value for key, value in item.items() if key != "active"}
    before = row.revision
    row = change_sync(row, item, actor=actor)
    return "unchanged" if row.revision == before else "changed"


def _uses(dataset: Dataset) -> Iterator[str]:
    for row in Sync.objects.filter(dataset=dataset).order_by("name"):
        yield gettext(A_SYNC).format(name=row.name)


KINDS = (DefinitionKind("syncs", ("datasets",), read_syncs, write_sync),)
DATASET_USES = (DatasetUses("syncs", _uses),)
