"""Making, changing and deleting lists; who is on them: `members.py`."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.kernel.clock import now
from tresse.kernel.marks import N_
from tresse.objects.changes.checks import check_limit
from tresse.objects.database import execute
from tresse.objects.described import DataModel
from tresse.objects.uses import Target, refuse_if_used
from tresse.segments.changes.facts import (
    check_sharing,
    checked_base,
    checked_facts,
    facts_of,
    first_facts,
    require_change,
)
from tresse.segments.models import List
from tresse.segments.refusals import CHANGED_MEANWHILE, NAME_TAKEN
from tresse.segments.tables import LIST_MEMBER

THINGS = N_("lists")


def add_list(
    *, base: str, model: DataModel, actor: Actor, name: str = "", label: str = "", **more: Any
) -> List:
    """Make an empty list (G45).

    Args:
        base: Name of the object type whose records it will hold.
        model: The data model.
        actor: Needs to see that object type; `segments.share` to share it. Owns the list.
        name: Stored name; made from the label if left out.
        label: What people read; made from the name if left out.
        more: `folder description sharing team`.

    Raises:
        TresseError: `unknown_reference`, `not_permitted`, `invalid_name`, `reserved_name`,
            `name_taken`, `wrong_value`, `limit_reached`.
    """
    object = checked_base(base, model=model, actor=actor)
    facts = first_facts(List, name=name, label=label, more=more)
    check_sharing(facts.get("sharing", "private"), actor)
    number = List.objects.count()
    check_limit("max_lists", number=number, name=gettext("The account"), things=gettext(THINGS))
    row = List(base=object.name, owner_id=actor.user_id, **facts)
    try:
        with transaction.atomic():
            row.save()
            audit.log(actor, "list.add", row.name, after=facts_of(row))
    except IntegrityError:
        raise NAME_TAKEN(sort=gettext("list"), name=row.name) from None
    return row


def change_list(row: List, *, actor: Actor, version: int | None = None, **more: Any) -> List:
    """Change what is said about a list.

    Args:
        row: The list.
        actor: Its owner, or of a shared one who has `segments.share`.
        version: On which the change is based; refused if the list has moved on.
        more: `label folder description sharing team`.

    Raises:
        TresseError: `not_permitted`, `wrong_value`, `unknown_reference`, `changed_meanwhile`.
    """
    require_change(row, actor)
    facts = checked_facts(more)
    with transaction.atomic():
        row = List.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if version is not None and version != row.version:
            raise CHANGED_MEANWHILE(name=row.label, version=version)
        before = facts_of(row)
        if facts.get("sharing", row.sharing) != row.sharing:
            check_sharing(facts["sharing"], actor)
        for key, value in facts.items():
            setattr(row, key, value)
        was, now_is = audit.difference(before, facts_of(row))
        if was or now_is:
            row.version, row.updated_at = row.version + 1, now()
            row.save()
            audit.log(actor, "list.change", row.name, before=was, after=now_is)
    return row


def delete_list(row: List, *, actor: Actor) -> None:
    """Delete a list; its records stay (G47).

    Raises:
        TresseError: `not_permitted`; `in_use`, with what uses it.
    """
    require_change(row, actor)
    refuse_if_used(Target("list", row.name), row.label)
    with transaction.atomic():
        audit.log(actor, "list.delete", row.name, before=facts_of(row))
        execute(LIST_MEMBER.delete().where(LIST_MEMBER.c.list_id == row.pk))
        row.delete()
