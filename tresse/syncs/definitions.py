"""Syncs as `apply` and `config` have them (Y1), and who uses a dataset."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.datasets.computed.needs import columns_in
from tresse.datasets.models import Dataset
from tresse.datasets.uses import DatasetUses
from tresse.kernel.definitions import DefinitionKind, Outcome
from tresse.objects.uses import DefinitionUser, Target
from tresse.segments.definitions import names_in
from tresse.segments.watchers import Watcher
from tresse.syncs.changes.syncs import add_sync, change_sync
from tresse.syncs.models import STOPPED, Sync
from tresse.syncs.queries import A_SYNC
from tresse.syncs.stored import definition_of, facts_of

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


def _uses_of_columns(dataset: Dataset, columns: Collection[str]) -> Iterator[str]:
    for row in Sync.objects.filter(dataset=dataset).order_by("name"):
        definition = definition_of(row)
        used = {*definition.wanted, *columns_in(definition.filter)}
        used |= {f"{each.relation}_id" for each in definition.links}
        if used & set(columns):
            yield gettext(A_SYNC).format(name=row.name)


def _segments() -> Iterator[tuple[Sync, set[str]]]:
    """Syncs with the segments that their filters name."""
    for row in Sync.objects.order_by("name"):
        yield row, names_in(row.definition.get("filter"), "segment")


def _uses_of_segments(target: Target) -> Iterator[str]:
    if target.sort == "segment":
        for row, names in _segments():
            if target.name in names:
                yield gettext(A_SYNC).format(name=row.name)


def _watched() -> Iterator[str]:
    for _, names in _segments():
        yield from names


KINDS = (DefinitionKind("syncs", ("datasets", "segments"), read_syncs, write_sync),)
USERS = (DefinitionUser("syncs", _uses_of_segments),)
WATCHERS = (Watcher("syncs", _watched),)
DATASET_USES = (DatasetUses("syncs", _uses, _uses_of_columns),)
