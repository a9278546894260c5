"""Adding tasks to records, finishing and moving them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tresse.accounts.actor import Actor
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.refusals import ASSOCIATION_TYPE_NOT_FOUND
from tresse.records.changes.create import Link, create_record
from tresse.records.changes.update import update_record
from tresse.records.queries import record

TASK = "task"
About = tuple[ObjectDef, int]


def add_task(
    model: DataModel, about: Sequence[About], *, values: Mapping[str, Any], actor: Actor
) -> int:
    """Add a task that is linked with records, all or nothing; answers its id.

    Args:
        model: The data model.
        about: Records it is about, each with its object type; may be none.
        values: Of the task, as `create_record` takes them.
        actor: Needs `create` on tasks, and view on the records.

    Raises:
        TresseError: as `create_record`; `association_type_not_found`: tasks are not linked with
            records of that object.
    """
    links: list[Link] = []
    for object, id in about:
        side = model.default_side(TASK, object.name)
        if side is None:
            known = [shown_plural(model.object(each.other)) for each in model.sides(TASK)]
            name = f"{shown_label(model.object(TASK))} > {shown_label(object)}"
            raise ASSOCIATION_TYPE_NOT_FOUND(name=name, known=known, nearest=None)
        links.append((side, id, None))
    return create_record(model, model.object(TASK), values=values, actor=actor, links=links)


def finish_task(model: DataModel, id: int, *, done: bool, actor: Actor) -> bool:
    """Mark a task as done, or as open again; False if it was so already.

    Raises:
        TresseError: as `update_record`.
    """
    status = "done" if done else "open"
    task = model.object(TASK)
    return bool(update_record(model, task, id, values={"status": status}, actor=actor))


@transaction.atomic
def move_task(model: DataModel, id: int, *, due_at: datetime | None, actor: Actor) -> None:
    """Give a task another time; a reminder keeps its distance.

    Raises:
        TresseError: as `update_record`.
    """
    task = model.object(TASK)
    before = record(model, task, id, actor).values
    due, reminder = before.get("due_at"), before.get("reminder_at")
    values: dict[str, Any] = {"due_at": due_at.isoformat() if due_at else None}
    if due_at and due and reminder:
        values["reminder_at"] = (reminder + (due_at - due)).isoformat()
    update_record(model, task, id, values=values, actor=actor)
