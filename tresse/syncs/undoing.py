"""What a run wrote into the CRM, in histories, and taken back as an import is."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.marks import N_
from tresse.records.origins import Origin
from tresse.records.undo.undoable import Undoable, UndoSource
from tresse.syncs.models import SyncRun

TARGET = N_("Run {run} of the sync {sync}")


def undoable_run(run: SyncRun) -> Undoable | None:
    """A run as something to take back; None: it wrote nothing, or still writes."""
    if run.change_set_id is None or run.is_live:
        return None
    target = gettext(TARGET).format(run=run.pk, sync=run.sync.name)
    return Undoable(run.change_set_id, target, f"/syncs/{run.sync.name}/runs/{run.pk}/")


def _find(id: int, actor: Actor) -> Undoable | None:
    run = SyncRun.objects.select_related("sync").filter(pk=id).first()
    return undoable_run(run) if run is not None and actor.has("syncs.read") else None


def _described(ids: Iterable[int]) -> Mapping[int, tuple[str, str]]:
    found = SyncRun.objects.filter(pk__in=set(ids)).values_list("pk", "sync__name")
    return {id: (name, f"/syncs/{name}/runs/{id}/") for id, name in found}


SOURCES = (UndoSource("sync", _find, is_bare=False),)
ORIGINS = (Origin("sync", N_("Sync"), _described),)
