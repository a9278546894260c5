"""Many records changed at once (C56): at once up to 100 records, beyond that as a job."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext, ngettext

from tresse.accounts import audit
from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.models import User
from tresse.accounts.permission import require
from tresse.accounts.queries import actor_of
from tresse.jobs import changes as jobs
from tresse.jobs.changes import notify
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.database import rows, vendor
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.addresses import bulk_address, index_address
from tresse.records.bulk.acts import Act, act_of
from tresse.records.bulk.asked import Asked, asked_of
from tresse.records.bulk.items import Items
from tresse.records.models import BulkEdit
from tresse.records.refusals import NOTHING_CHOSEN, NUMBER_CHANGED, ONE_VALUE
from tresse.records.selection import Selection, number_of
from tresse.records.tables import EVENT, HISTORY
from tresse.records.visibility import found
from tresse.records.wording import inside
from tresse.records.writing import new_change_set

AT_ONCE = 100
"The most records that are changed while the person waits."
MOST_STAGED = 20_000
FIRST, FEWEST = 500, 50
"Of a range on SQLite, where its size follows the time it takes."
RANGE_SECONDS, PAUSE_SECONDS = 0.1, 0.005
"""How long a range may hold SQLite's one write lock, and how long others then have a chance."""
ATTEMPTS = 4
NEEDS: Mapping[str, tuple[str, ...]] = {"edit": ("edit",), "delete": ("delete",)}
"Rights that an act needs on the object beside `bulk_edit`."
ENDED = N_("{changed} changed, {unchanged} were so already, {refused} refused.")


def bulk_edit(
    model: DataModel,
    object: ObjectDef,
    selection: Selection,
    *,
    settings: Mapping[str, Any],
    number: int | None,
    actor: Actor,
) -> BulkEdit:
    """Change many records: up to 100 are changed when this answers, more as a job.

    Args:
        model: The data model.
        object: The object type of the records.
        selection: Which records.
        settings: What to do (`records.bulk.asked.asked_of`).
        number: How many records the person confirmed; of records by id it may be left out.
        actor: Needs `bulk_edit`, and what the act needs, on the object; records beyond the reach of
            either are refused one by one.

    Raises:
        TresseError: `not_permitted`, what the settings or a filter are refused with,
            `changed_meanwhile` (another number of records matches now), `record_not_found`.
    """
    for action in ("bulk_edit", *NEEDS.get(str(settings.get("act")), ())):
        require(actor, action, object.name, shown_plural(object))
    asked = asked_of(model, object, settings, actor)
    if asked.act == "task":
        task = model.object("task")
        require(actor, "create", task.name, shown_plural(task))
    counted = _confirmed(model, object, selection, number, actor)
    _check_unique(object, asked, counted)
    with transaction.atomic():
        row = BulkEdit.objects.create(
            object_name=object.name,
            settings=dict(settings),
            selection=selection.stored(),
            number=counted,
            author_id=actor.user_id,
        )
        audit.log(
            actor,
            "bulk.run",
            f"{object.name} {row.pk}",
            after={"number": counted, "selection": row.selection, "settings": _told(settings)},
        )
        if counted > AT_ONCE:
            return _enqueued(row, object, actor)
        carry_out(row, actor=actor)
        settle(row, "partial" if row.refused else "done", actor=actor)
    return row


def _confirmed(
    model: DataModel, object: ObjectDef, selection: Selection, number: int | None, actor: Actor
) -> int:
    if number is None:
        if selection.is_all:
            raise WRONG_VALUE(name="number", wanted=N_("the number of records"), value="null")
        found(model, object, selection.ids, actor)
    counted = number_of(selection, model, object, actor)
    if number is not None and counted != number:
        raise NUMBER_CHANGED(number=counted, confirmed=number)
    if not counted:
        raise NOTHING_CHOSEN()
    return counted


def _check_unique(object: ObjectDef, asked: Asked, number: int) -> None:
    for change in asked.changes:
        if number > 1 and change.prop.is_unique and change.act == "set":
            raise ONE_VALUE(name=shown_label(change.prop), object=inside(shown_label(object)))


def _told(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit log says: names of what was changed, no values of records (C116)."""
    told = {key: settings[key] for key in ("act", "type", "label") if key in settings}
    if settings.get("changes"):
        told["properties"] = [
            f"{each.get('property')}: {each.get('act', 'set')}" for each in settings["changes"]
        ]
    return told


def _enqueued(row: BulkEdit, object: ObjectDef, actor: Actor) -> BulkEdit:
    job = jobs.enqueue(
        "bulk_edit",
        arguments={"bulk_id": row.pk},
        actor=actor,
        target=shown_plural(object),
        link=f"{bulk_address(object, str(row.pk))}",
    )
    row.job_id = job.pk
    row.save(update_fields=["job_id"])
    return row


def run_bulk_edit(work: Work) -> Mapping[str, Any]:
    """Carry a bulk edit out as a job, from where it is."""
    row = BulkEdit.objects.get(pk=work.arguments["bulk_id"])
    BulkEdit.objects.filter(pk=row.pk).update(state="running")
    carry_out(row, actor=work.actor, work=work)
    if row.refused:
        work.finish("partial")
    counts = {"changed": row.changed, "unchanged": row.unchanged, "refused": row.refused}
    return {"bulk_id": row.pk, **counts, "sentence": gettext(ENDED).format(**counts)}


def end_bulk_edit(job: Job) -> None:
    """Bring a bulk edit in line with how its job ended, in the transaction that ends it."""
    row = BulkEdit.objects.get(pk=job.arguments["bulk_id"])
    settle(row, job.state, actor=actor_of(job.author) if job.author else SYSTEM)


@dataclass
class _Pace:
    """How many records a range has: as many as SQLite writes in a moment."""

    size: int
    most: int

    @classmethod
    def of(cls, most: int) -> "_Pace":
        return cls(min(FIRST, most) if vendor() == "sqlite" else most, most)

    def took(self, seconds: float, *, pause: bool) -> None:
        if vendor() != "sqlite":
            return
        wanted = self.size * RANGE_SECONDS / max(seconds, 0.001)
        self.size = int(min(self.most, max(FEWEST, wanted, self.size / 3), self.size * 2))
        if pause:
            time.sleep(PAUSE_SECONDS)


def carry_out(row: BulkEdit, *, actor: Actor, work: Work | None = None) -> None:
    """Stage the records, then write range after range; killed at any moment, it goes on there."""
    model = data_model()
    object = model.object(row.object_name)
    items = Items(row.pk, object, actor)
    asked = asked_of(model, object, row.settings, actor)
    _stage(row, items, model, work)
    if row.change_set_id is None:
        with transaction.atomic():
            row.change_set_id = new_change_set(actor, source="bulk_edit", source_id=row.pk)
            row.save(update_fields=["change_set_id"])
    act = act_of(model, items, asked, now())
    pace = _Pace.of(act.most)
    while bounds := items.next_range(pace.size):
        if work:
            work.check_cancelled()
        began = time.perf_counter()
        _write(row, items, act, bounds, work)
        pace.took(time.perf_counter() - began, pause=work is not None)


def _stage(row: BulkEdit, items: Items, model: DataModel, work: Work | None) -> None:
    cursor = dict((work and work.cursor) or {})
    if cursor.get("is_staged"):
        return
    selection, last = Selection.read(row.selection), cursor.get("staged", 0)
    pace = _Pace.of(MOST_STAGED)
    while last is not None:
        if work:
            work.check_cancelled()
        began = time.perf_counter()
        with transaction.atomic():
            last = items.stage(selection, model, after=last, size=pace.size)
            if last is None and items.number() > row.number:
                # More than the person confirmed: nothing is written.
                raise NUMBER_CHANGED(number=items.number(), confirmed=row.number)
            if work:
                cursor = {"is_staged": True} if last is None else {"staged": last}
                work.save(cursor, done=0, total=row.number)
        pace.took(time.perf_counter() - began, pause=work is not None)


def _write(
    row: BulkEdit, items: Items, act: Act, bounds: tuple[int, int], work: Work | None
) -> None:
    """One range; somebody else's record with the same unique value makes it start again."""
    before = (row.changed, row.unchanged, row.refused)
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                changed = act.write(*bounds, row.change_set_id or 0)
                gone, kept = items.done(*bounds)
                row.changed += changed
                row.unchanged += gone - changed
                row.refused += kept
                row.save(update_fields=["changed", "unchanged", "refused"])
                if work:
                    done = row.changed + row.unchanged + row.refused
                    work.save({"is_staged": True, "at": bounds[1]}, done=done)
        except IntegrityError:
            row.changed, row.unchanged, row.refused = before
            if attempt + 1 == ATTEMPTS:
                raise
            continue
        return


def settle(row: BulkEdit, state: str, *, actor: Actor) -> None:
    """Write how a bulk edit ended, and tell the people whose records they are now (C119)."""
    row.state, row.finished_at = state, now()
    row.save(update_fields=["state", "finished_at"])
    audit.log(
        actor,
        "bulk.end",
        f"{row.object_name} {row.pk}",
        after={
            "state": state,
            "changed": row.changed,
            "unchanged": row.unchanged,
            "refused": row.refused,
        },
    )
    if row.change_set_id is not None and row.changed:
        _tell_owners(row)


def _tell_owners(row: BulkEdit) -> None:
    model = data_model()
    object = model.object(row.object_name)
    if row.settings["act"] == "task":
        _tell(row, model.object("task"), _owners_of_tasks(row, model))
    elif any(each.get("property") == "owner" for each in row.settings.get("changes", ())):
        _tell(row, object, _owners_given(row, object))


def _owners_given(row: BulkEdit, object: ObjectDef) -> dict[int, int]:
    """New owner → how many records."""
    statement = (
        sa.select(HISTORY.c.new, sa.func.count())
        .where(
            HISTORY.c.change_set_id == row.change_set_id,
            HISTORY.c.property_id == object.property("owner").id,
            HISTORY.c.new.is_not(None),
        )
        .group_by(HISTORY.c.new)
    )
    return {int(owner): number for owner, number in rows(statement)}


def _owners_of_tasks(row: BulkEdit, model: DataModel) -> dict[int, int]:
    """Owner → how many tasks were made for them."""
    table = model.object("task").table
    statement = (
        sa.select(table.c.owner, sa.func.count())
        .select_from(EVENT.join(table, table.c.id == EVENT.c.record_id))
        .where(
            EVENT.c.change_set_id == row.change_set_id,
            EVENT.c.name == "task_created",
            table.c.owner.is_not(None),
        )
        .group_by(table.c.owner)
    )
    return dict(rows(statement))


def _tell(row: BulkEdit, object: ObjectDef, owners: Mapping[int, int]) -> None:
    people = User.objects.filter(pk__in=owners, is_active=True).exclude(pk=row.author_id or 0)
    for person in people:
        number = owners[person.pk]
        with translation.override(person.language):
            named = inside(shown_plural(object) if number != 1 else shown_label(object))
            sentence = ngettext(
                "{n} {things} was assigned to you.", "{n} {things} were assigned to you.", number
            ).format(n=number, things=named)
            notify(
                person.pk,
                "assigned",
                title=sentence.rstrip("."),
                sentence=gettext("By a change of many records at once."),
                link=f"{index_address(object)}?view=mine",
                cause=f"assigned:change:{row.change_set_id}",
            )
