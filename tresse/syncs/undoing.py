"""What a run wrote into the CRM, in histories, and taken back as an import is.

Whoever takes a run back says that it was wrong. So its sync is paused, and what it holds for sent
is brought in line with the CRM, in the transaction of the undo: once somebody switches the sync on,
the next run sends again what is still wanted.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.models import User
from tresse.jobs.changes import cancel as cancel_job
from tresse.kernel.marks import N_
from tresse.objects.database import execute
from tresse.objects.database import rows as read
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.records.models import Undo
from tresse.records.origins import Origin
from tresse.records.tables import EVENT, HISTORY, LINK
from tresse.records.undo.undoable import Undoable, UndoSource
from tresse.syncs.canonical import canonical_hash
from tresse.syncs.changes.syncs import stop
from tresse.syncs.definition import link_field
from tresse.syncs.destinations.crm_taking import Values
from tresse.syncs.models import LIVE, REMOVED, SENT, Sync, SyncRow, SyncRun, SyncState
from tresse.syncs.parsing import parsed
from tresse.syncs.refusals import RUN_UNDONE
from tresse.syncs.running.differing import STATE
from tresse.syncs.running.wanted import shape_of
from tresse.transfers.stage import pieces

TARGET = N_("Run {run} of the sync {sync}")
BEGUN = ("queued", "running")
"States of an undo that will write."


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


def _went(undo: Undo) -> None:
    """Pause the sync as an undo of one of its runs begins; fit its state to what was taken back."""
    has_written = undo.own_change_set_id is not None and undo.state not in ("checking", "checked")
    if undo.state not in BEGUN and not has_written:
        return
    run = SyncRun.objects.filter(change_set_id=undo.change_set_id).first()
    if run is None:
        return
    sync = Sync.objects.select_for_update().get(pk=run.sync_id)
    if sync.state == "active":
        person = User.objects.filter(pk=undo.author_id or 0).first()
        details = {"run": run.pk, "person": person or "Tresse"}
        stop(sync, "paused", RUN_UNDONE.code, RUN_UNDONE.sentence, details)
    _stop_runs(sync)
    if undo.own_change_set_id is None or undo.state in BEGUN:
        return
    TakenBack(sync, run, undo.own_change_set_id).fit()
    run.facts = {**run.facts, "taken_back": undo.reversed}
    run.save(update_fields=["facts"])
    later = sync.runs.filter(pk__gt=run.pk, is_preview=False, change_set_id__isnull=False)
    if run.is_first and not later.exists():
        # As if it had never sent: what it writes anew is quiet again (Y50).
        Sync.objects.filter(pk=sync.pk).update(has_sent=False)


def _stop_runs(sync: Sync) -> None:
    """A run that waits, or goes on, would do again at once what is taken back."""
    for live in sync.runs.filter(state__in=LIVE, is_preview=False, job__isnull=False):
        if live.job is not None and live.job.is_live:
            cancel_job(live.job.pk, actor=SYSTEM)


class TakenBack:
    """Fits the state of a sync to an undo of one of its runs, by the events of the undo itself."""

    def __init__(self, sync: Sync, run: SyncRun, change_set: int) -> None:
        self._sync, self._run, self._change_set = sync, run, change_set
        self._model: DataModel = data_model()
        self._object: ObjectDef = self._model.object(sync.target)
        self._shape = shape_of(parsed(sync.definition))

    def fit(self) -> None:
        """Forget records that it made, know those again that it removed, and values as they are."""
        self._forget_made()
        self._know_removed()
        for few in pieces(self._touched()):
            self._give_back(few)

    def _events(self, *names: str) -> sa.Select[tuple[int]]:
        return sa.select(EVENT.c.record_id).where(
            EVENT.c.change_set_id == self._change_set,
            EVENT.c.object_id == self._object.id,
            EVENT.c.name.in_(names),
        )

    def _forget_made(self) -> None:
        made = self._events("record_deleted").subquery()
        ids = sa.select(sa.cast(made.c.record_id, STATE.c.remote.type))
        execute(STATE.delete().where(STATE.c.sync_id == self._sync.pk, STATE.c.remote.in_(ids)))

    def _know_removed(self) -> None:
        """Rows whose records are back from the bin: gone rows again, or changed ones (Y22)."""
        restored = [str(id) for (id,) in read(self._events("record_restored"))]
        for few in pieces(restored):
            rows = SyncRow.objects.filter(
                run=self._run, sort=REMOVED, status=SENT, remote__in=list(few)
            )
            SyncState.objects.bulk_create(
                (
                    SyncState(
                        sync_id=self._sync.pk,
                        key=each.key,
                        golden_id=each.golden_id,
                        remote=each.remote,
                        hash=self._hash({}),
                        asked="",
                        number=self._run.number or 0,
                        at=each.at,
                    )
                    for each in rows
                ),
                ignore_conflicts=True,
            )

    def _touched(self) -> Sequence[int]:
        """Records of which values or links are as they were before."""
        names = ("record_changed", "record_linked", "record_unlinked")
        found = {id for (id,) in read(self._events(*names))}
        # A link is told of at its `from` record; the row may be the one at the other end.
        others = sa.select(EVENT.c.other_id).where(
            EVENT.c.change_set_id == self._change_set, EVENT.c.name.in_(names[1:])
        )
        return sorted(found | {id for (id,) in read(others)})

    def _give_back(self, ids: Sequence[int]) -> None:
        """Have the state say what the records hold, of the fields that were given back."""
        rows = {
            int(each.remote): each
            for each in SyncState.objects.filter(
                sync=self._sync, remote__in=[str(id) for id in ids]
            )
        }
        if not rows:
            return
        fields = self._fields_of(list(rows))
        named = sorted({name for names in fields.values() for name in names})
        now = Values(self._object, named).of(list(rows)) if named else {}
        linked = self._linked(list(rows))
        changed = []
        for id, row in rows.items():
            known: dict[str, str] = json.loads(row.values)
            values = {name: text for name, text in known.items() if name not in fields.get(id, ())}
            held = now.get(id, {})
            values |= {name: held[name] for name in fields.get(id, ()) if name in held}
            for name, there in linked.items():
                if name in values and values[name] not in there.get(id, ()):
                    del values[name]
            if values != known:
                row.values = json.dumps(values, ensure_ascii=False)
                row.hash, row.asked, row.kept = self._hash(values), "", None
                changed.append(row)
        for row in changed:
            # A composite key cannot be updated in bulk.
            SyncState.objects.filter(sync_id=row.sync_id, key=row.key).update(
                values=row.values, hash=row.hash, asked="", kept=None
            )

    def _fields_of(self, ids: Sequence[int]) -> dict[int, set[str]]:
        """Mapped fields of which each record got its former value back."""
        mapped = [each.field for each in self._shape.mapped if self._object.has(each.field)]
        names = {self._object.property(name).id: name for name in mapped}
        statement = sa.select(HISTORY.c.record_id, HISTORY.c.property_id).where(
            HISTORY.c.change_set_id == self._change_set,
            HISTORY.c.object_id == self._object.id,
            HISTORY.c.record_id.in_(ids),
            HISTORY.c.property_id.in_(names),
        )
        found: dict[int, set[str]] = {}
        for id, prop in read(statement):
            found.setdefault(id, set()).add(names[prop])
        return found

    def _linked(self, ids: Sequence[int]) -> dict[str, dict[int, set[str]]]:
        """By link field: of each record, those that it is linked to."""
        found: dict[str, dict[int, set[str]]] = {}
        for side in self._model.sides(self._object.name):
            name = link_field(side.association.name)
            if name not in self._shape.links:
                continue
            there = found.setdefault(name, {})
            for own, other in ((LINK.c.from_id, LINK.c.to_id), (LINK.c.to_id, LINK.c.from_id)):
                statement = sa.select(own, other).where(
                    LINK.c.association_id == side.association.id, own.in_(ids)
                )
                for id, to in read(statement):
                    there.setdefault(id, set()).add(str(to))
        return found

    def _hash(self, values: Mapping[str, str]) -> str:
        return canonical_hash({name: values.get(name) for name in self._shape.fields})


SOURCES = (UndoSource("sync", _find, _went, is_bare=False),)
ORIGINS = (Origin("sync", N_("Sync"), _described),)
