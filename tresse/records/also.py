"""Records that an activity may be about as well: those linked, and those that typed words find."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label
from tresse.records.queries import titles
from tresse.records.refusals import RECORD_NOT_FOUND
from tresse.records.searching import begins_words
from tresse.records.title import title_of
from tresse.records.visibility import visible

SHOWN_EACH = 4
MOST_DIGITS = 18
About = tuple[ObjectDef, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """A record to choose; `value` names it in a form."""

    object: ObjectDef
    id: int
    title: str
    is_chosen: bool = False

    @property
    def value(self) -> str:
        """As `about_in` reads it."""
        return f"{self.object.name}:{self.id}"

    @property
    def label(self) -> str:
        """What sort of record it is."""
        return shown_label(self.object)


def about_in(values: Iterable[str], model: DataModel) -> list[About]:
    """The records that a form names.

    Raises:
        TresseError: `unknown_object`, `record_not_found`.
    """
    found = []
    for value in values:
        name, _, id = value.partition(":")
        object = model.object(name)
        if not id.isdecimal() or len(id) > MOST_DIGITS:
            raise RECORD_NOT_FOUND(object=shown_label(object).lower(), id=id)
        found.append((object, int(id)))
    return found


def chosen(about: Sequence[About], actor: Actor) -> list[Choice]:
    """Records that are chosen already; those out of sight are left out."""
    found = []
    for name in dict.fromkeys(object.name for object, _ in about):
        object = next(each for each, _ in about if each.name == name)
        ids = [id for each, id in about if each.name == name]
        named = titles(object, ids, actor)
        found += [
            Choice(object, id, named[id], is_chosen=True)
            for id in dict.fromkeys(ids)
            if id in named
        ]
    return found


def found_by_words(
    model: DataModel, words: str, actor: Actor, *, but: Iterable[str] = ()
) -> list[Choice]:
    """The first records in sight of each object with activities that typed words find.

    Args:
        model: The data model.
        words: What was typed; nothing finds nothing.
        actor: Who looks.
        but: Values of choices to leave out.
    """
    if not words.strip():
        return []
    parts = []
    for object in model.objects:
        if object.is_archived or not object.has_activities:
            continue
        table = object.table
        part = (
            sa.select(
                sa.literal(object.id), table.c.id, title_of(object, table, actor).label("title")
            )
            .where(visible(object, actor, table), begins_words(object, table, words, actor))
            .order_by(table.c.id.desc())
            .limit(SHOWN_EACH)
        )
        parts.append(part.subquery().select())
    left_out = set(but)
    choices = [
        Choice(model.object_by_id(object), id, title)
        for object, id, title in rows(sa.union_all(*parts))
    ]
    return [each for each in choices if each.value not in left_out]
