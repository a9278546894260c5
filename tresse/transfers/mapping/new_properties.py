"""Properties that come with a file: described before they exist, made by the run (T23).

    {"new": {"label": "Shoe size", "kind": "integer"}}      # `name` is made from the label

A check stages and plans with a property that is described only: its id is negative and its column
is NULL on every record. Once the run has made it, the same answer means the real one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_KEY, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import clean
from tresse.objects.changes.checks import (
    check_header_free,
    check_limit,
    checked_label,
    checked_name,
    may_edit,
    name_from,
)
from tresse.objects.changes.refusals import NAME_TAKEN
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.kinds import KINDS
from tresse.objects.labels import shown_label
from tresse.transfers.mapping.answers import Answer, ColumnAnswer, NewColumn, PropertyColumn

KEYS = ("label", "kind", "name")
NEVER_NEW = ("pipeline", "stage")
NEW_KINDS = tuple(kind.name for kind in KINDS if kind.name not in NEVER_NEW)
"Kinds that a column may become; the others come with an object type."


def check_new(facts: Any, header: str) -> None:
    """Refuse what is no description of a new property.

    Raises:
        TresseError: `wrong_value`, `unknown_key`.
    """
    if not isinstance(facts, Mapping) or not clean(str(facts.get("label") or "")):
        wanted = N_("a label and a kind, as in {label: Shoe size, kind: integer}")
        raise WRONG_VALUE(name=f'"new" of "{header}"', wanted=wanted, value=facts)
    for name in facts:
        if name not in KEYS:
            raise UNKNOWN_KEY(name=name, sort=N_("a new property"), nearest=nearest(name, KEYS))
    if facts.get("kind", "text") not in NEW_KINDS:
        raise WRONG_VALUE(name="kind", wanted=" or ".join(NEW_KINDS), value=facts.get("kind"))


def new_property(facts: Mapping[str, Any], object: ObjectDef, actor: Actor) -> Answer:
    """The answer for a column that becomes a property: the one of that name, once it is there.

    Raises:
        TresseError: `name_taken`; a property of that name has another kind, or is not for them.
    """
    label, kind = clean(str(facts["label"])), str(facts.get("kind", "text"))
    name = str(facts.get("name") or name_from(label))
    if not object.has(name):
        return NewColumn(name, label, kind)
    prop = object.property(name)
    fits = prop.kind.name == kind and not (prop.is_archived or prop.is_read_only)
    if not fits or actor.access(object.name, name) != "edit":
        raise NAME_TAKEN(object=shown_label(object), name=label)
    return PropertyColumn(name, is_new=True)


def new_column(position: int) -> str:
    """Column of the stage for the values of a property that comes with the file."""
    return f"p_new{position}"


def with_new(
    columns: Sequence[ColumnAnswer], object: ObjectDef, model: DataModel
) -> tuple[list[ColumnAnswer], ObjectDef, DataModel]:
    """Columns, object type and data model as they will be once the new properties are made."""
    described = [
        _described(each.position, each.answer, object)
        for each in columns
        if isinstance(each.answer, NewColumn)
    ]
    if not described:
        return list(columns), object, model
    after = replace(object, properties=(*object.properties, *described))
    objects = tuple(after if each.name == object.name else each for each in model.objects)
    answers = [
        replace(each, answer=PropertyColumn(each.answer.name, is_new=True))
        if isinstance(each.answer, NewColumn)
        else each
        for each in columns
    ]
    return answers, after, DataModel(objects, model.associations)


def check_makable(
    columns: Sequence[ColumnAnswer], object: ObjectDef, model: DataModel, actor: Actor
) -> None:
    """Refuse new properties that the run could not make, before anything is read.

    Raises:
        TresseError: `not_permitted`, `wrong_value`, `invalid_name`, `reserved_name`, `name_taken`,
            `limit_reached`.
    """
    new = [each.answer for each in columns if isinstance(each.answer, NewColumn)]
    if not new:
        return
    may_edit(actor)
    for answer in new:
        checked_label(answer.label)
        checked_name(answer.name)
        check_header_free(model, object.name, answer.label)
    check_limit(
        "max_properties",
        number=len(object.properties) + len(new) - 1,
        name=shown_label(object),
        things=gettext("properties"),
    )


def _described(position: int, answer: NewColumn, object: ObjectDef) -> PropertyDef:
    kind = KINDS[answer.kind]
    return PropertyDef(
        id=-(position + 1),
        name=answer.name,
        label=answer.label,
        group="",
        description="",
        kind=kind,
        settings={},
        rules=(),
        default="",
        column=new_column(position),
        has_normal=False,
        is_required=False,
        is_unique=False,
        is_match_key=False,
        is_indexed=False,
        is_read_only=False,
        is_fixed=False,
        is_builtin=False,
        is_archived=False,
        position=len(object.properties),
        object_name=object.name,
    )
