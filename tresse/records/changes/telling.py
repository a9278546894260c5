"""Telling people what others did to their records: mentions, and what was assigned to them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from django.utils import translation
from django.utils.translation import gettext, ngettext

from tresse.accounts.actor import Actor
from tresse.accounts.queries import actor_with_id
from tresse.jobs.changes import notify
from tresse.kernel.errors import NOT_PERMITTED
from tresse.kernel.marks import N_
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.readings import people
from tresse.records.addresses import index_address, record_address
from tresse.records.mentions import named_in
from tresse.records.queries import titles
from tresse.records.tables import EVENT, HISTORY
from tresse.records.title import title_of
from tresse.records.visibility import visible
from tresse.records.wording import inside

About = tuple[ObjectDef, int]
NAMED_IN_VAIN = N_("{person} may not see {record} and cannot be told about it.")
LONGEST_SENTENCE = 300
QUIET_SOURCES = frozenset({"import", "undo", "merge", "unmerge"})
"""Writes that tell nobody what they assigned: imports by C119; undone ones give back."""


def mentioned(fields: Mapping[str, Any], about: Sequence[About]) -> list[tuple[Actor, About]]:
    """The active people named in the text of an activity, each with the first record they see.

    Raises:
        TresseError: `not_permitted`; somebody may see none of the records (C72).
    """
    names = {id: name for id, _, name, is_active in people().rows if is_active and name}
    found = []
    for id in named_in(fields.get("text", ""), names):
        person = actor_with_id(id)
        seen = next((each for each in about if _sees(person, each)), None)
        if seen is None:
            raise _in_vain(person, about[0])
        found.append((person, seen))
    return found


def _sees(person: Actor, about: About) -> bool:
    object, id = about
    table = object.table
    return bool(rows(sa.select(table.c.id).where(table.c.id == id, visible(object, person, table))))


def _in_vain(person: Actor, about: About) -> Exception:
    object, id = about
    [(title,)] = rows(sa.select(title_of(object, object.table)).where(object.table.c.id == id))
    sentence = gettext(NAMED_IN_VAIN).format(person=person.name, record=title)
    return NOT_PERMITTED(sentence=sentence)


def tell_mentioned(
    activity: int, named: Iterable[tuple[Actor, About]], *, text: str, actor: Actor
) -> None:
    """Tell people that they were named; nobody is told of what they wrote themselves."""
    for person, (object, id) in named:
        if person.user_id is None or person.user_id == actor.user_id:
            continue
        with translation.override(person.language):
            title = titles(object, [id], person).get(id, "")
            notify(
                person.user_id,
                "mention",
                title=gettext("{person} mentioned you on {record}").format(
                    person=actor.name, record=title
                ),
                sentence=text[:LONGEST_SENTENCE],
                link=f"{record_address(object, id)}#activity-{activity}",
                cause=f"mention:{activity}",
            )


def tell_assigned(
    object: ObjectDef, id: int, owner: int | None, *, actor: Actor, change_set: int
) -> None:
    """Tell a person that a record is now theirs, if somebody else saw to that (C117).

    Changes of many records tell in a summary of their own (C119).
    """
    if owner is None or owner == actor.user_id or actor.source in QUIET_SOURCES:
        return
    known = [each for each in people().rows if each[0] == owner and each[3]]
    if not known:
        return
    person = actor_with_id(owner)
    with translation.override(person.language):
        title = titles(object, [id], person).get(id)
        if title is None:
            return
        notify(
            owner,
            "assigned",
            title=gettext("{record} was assigned to you").format(record=title),
            sentence=gettext("{object}, by {person}.").format(
                object=shown_label(object), person=actor.name
            ),
            link=record_address(object, id),
            cause=f"assigned:{change_set}:{id}",
        )


def tell_of_many(object: ObjectDef, *, actor: Actor, change_set: int) -> None:
    """Tell each person in one summary what a write of many records assigned to them (C119)."""
    if actor.source in QUIET_SOURCES:
        return
    table, owner = object.table, object.property("owner")
    given = sa.union(
        sa.select(HISTORY.c.record_id).where(
            HISTORY.c.change_set_id == change_set, HISTORY.c.property_id == owner.id
        ),
        sa.select(EVENT.c.record_id).where(
            EVENT.c.change_set_id == change_set, EVENT.c.name == "record_created"
        ),
    ).subquery()
    statement = (
        sa.select(table.c.owner, sa.func.count(), sa.func.min(table.c.id))
        .join(given, given.c.record_id == table.c.id)
        .where(table.c.owner.is_not(None), table.c.owner != (actor.user_id or 0))
        .group_by(table.c.owner)
    )
    active = {id for id, _, _, is_active in people().rows if is_active}
    for person, number, id in rows(statement):
        if number == 1:
            tell_assigned(object, id, person, actor=actor, change_set=change_set)
        elif person in active:
            _summarise(object, actor_with_id(person), number, change_set=change_set)


def _summarise(object: ObjectDef, person: Actor, number: int, *, change_set: int) -> None:
    with translation.override(person.language):
        sentence = ngettext(
            "{n} {things} was assigned to you.", "{n} {things} were assigned to you.", number
        ).format(n=number, things=inside(shown_plural(object)))
        notify(
            person.user_id or 0,
            "assigned",
            title=sentence.rstrip("."),
            sentence=gettext("By a change of many records at once."),
            link=f"{index_address(object)}?view=mine",
            cause=f"assigned:change:{change_set}",
        )
