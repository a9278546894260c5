"""Lists filled from a selection: at once while it is small, else by a job, chunk by chunk (G48)."""

from typing import Any

from django.db import transaction

from tresse.accounts.actor import Actor
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.objects.described import DataModel, data_model
from tresse.records.selection import Selection, number_of
from tresse.records.writing import new_change_set
from tresse.segments.addresses import address_of
from tresse.segments.changes.lists import add_list
from tresse.segments.changes.members import (
    Filled,
    chunk_of,
    hold,
    put_on,
    require_fill,
    take_off,
)
from tresse.segments.models import List
from tresse.segments.queries import list_named

AT_ONCE = 1_000
"Up to so many records are put on a list before the page answers."


def fill_list(
    row: List, selection: Selection, *, model: DataModel, actor: Actor, remove: bool = False
) -> Filled | Job:
    """Put the records of a selection on a list, or take them off.

    All of it is one change set, which can be undone. More than 1,000 records are a job.

    Raises:
        TresseError: `not_permitted`, what a filter is refused with.
    """
    require_fill(row, actor)
    object = model.object(row.base)
    number = number_of(selection, model, object, actor)
    with transaction.atomic():
        change_set = new_change_set(actor, source="bulk_edit")
        if number > AT_ONCE:
            return jobs.enqueue(
                "list_fill",
                arguments={
                    "list": row.name,
                    "selection": selection.stored(),
                    "remove": remove,
                    "change_set": change_set,
                    "number": number,
                },
                actor=actor,
                target=row.label,
                link=address_of(row),
            )
        hold(row)
        ids = chunk_of(selection, after=0, model=model, object=object, actor=actor)
        act = take_off if remove else put_on
        changed = act(row, object, object.table.c.id.in_(ids), change_set)
    return Filled(len(changed), len(ids) - len(changed))


def make_list(
    selection: Selection, *, base: str, model: DataModel, actor: Actor, **facts: Any
) -> tuple[List, Filled | Job]:
    """Make a list of what a selection means now ("Make a list of these", "Freeze as list").

    Uniting, intersecting, subtracting and copying lists are such selections: filters that name
    lists.

    Raises:
        TresseError: as `add_list`, `fill_list`.
    """
    with transaction.atomic():
        row = add_list(base=base, model=model, actor=actor, **facts)
        return row, fill_list(row, selection, model=model, actor=actor)


def fill(work: Work) -> dict[str, int]:
    """The job of `fill_list`: goes on after the last id it wrote."""
    asked = work.arguments
    model, actor = data_model(), work.actor
    row = list_named(asked["list"], actor)
    object = model.object(row.base)
    selection = Selection.read(asked["selection"])
    act = take_off if asked["remove"] else put_on
    state = work.cursor or {"after": 0, "changed": 0, "seen": 0}
    work.tell(total=asked["number"])
    while True:
        work.check_cancelled()
        with transaction.atomic():
            hold(row)
            ids = chunk_of(selection, after=state["after"], model=model, object=object, actor=actor)
            if not ids:
                break
            changed = act(row, object, object.table.c.id.in_(ids), asked["change_set"])
            state = {
                "after": ids[-1],
                "changed": state["changed"] + len(changed),
                "seen": state["seen"] + len(ids),
            }
            work.save(state, done=state["seen"])
    return {"changed": state["changed"], "unchanged": state["seen"] - state["changed"]}
