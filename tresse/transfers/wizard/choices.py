"""What a column may be answered with: one list, in groups, found by any word of it (T19, T21)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.labels import known_labels, shown_label
from tresse.objects.sight import readable_properties
from tresse.transfers.mapping import (
    Answer,
    AssociationColumn,
    ColumnAnswer,
    IdColumn,
    IgnoredColumn,
    KeyColumn,
    LabelsColumn,
    LinkedColumn,
    NameColumn,
    NewColumn,
    PropertyColumn,
    ReadOnlyColumn,
)
from tresse.transfers.mapping.vocabulary import column_of

IGNORE, NEW = "ignore", "new"
BETWEEN = ":"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer. `token` is what a form sends, `words` what a search looks in."""

    token: str
    label: str
    hint: str = ""
    icon: str = "circle-dot"
    words: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that stand together under a heading."""

    label: str
    choices: tuple[Choice, ...]


def answer_of(token: str) -> Any:
    """What a mapping file would say for a token; None takes an answer back."""
    sort, _, value = token.partition(BETWEEN)
    if sort == IGNORE:
        return "ignore"
    if not value:
        return None
    return {sort: value}


def token_of(answer: Answer, columns: Sequence[ColumnAnswer], model: DataModel) -> str:
    """The token of an answer; empty where there is none yet."""
    match answer:
        case IdColumn():
            return "key:id"
        case PropertyColumn(property=name) | ReadOnlyColumn(property=name):
            return f"property:{name}"
        case KeyColumn(property=name):
            return f"key:{name}"
        case AssociationColumn():
            return f"association:{named(answer, model)}"
        case LabelsColumn(column=position):
            return f"label:{_link_at(position, columns, model)}"
        case LinkedColumn(column=position, property=name):
            return f"linked:{_link_at(position, columns, model)}.{name}"
        case NameColumn(column=position):
            return f"name_of:{columns[position].header}"
        case IgnoredColumn():
            return IGNORE
        case NewColumn():
            return NEW
    return ""


def named(answer: AssociationColumn, model: DataModel) -> str:
    """What a mapping file calls a relation: by its name, or by the header that means more (T50)."""
    if answer.form == "associated":
        return f"Associated {model.object(answer.side.other).label}"
    name = answer.label or answer.side.association.name
    is_first = answer.side.forward or (
        answer.side.association.from_object != answer.side.association.to_object
    )
    if is_first:
        return name
    side = Side(model.association(name), answer.side.forward)
    return model.full_name(side)


def _link_at(position: int, columns: Sequence[ColumnAnswer], model: DataModel) -> str:
    answer = columns[position].answer
    if not isinstance(answer, AssociationColumn):
        return ""
    return named(replace(answer, form="relation", label=None), model)


def label_of(
    answer: Answer, columns: Sequence[ColumnAnswer], object: ObjectDef, model: DataModel
) -> str:
    """What people read for an answer."""
    match answer:
        case IdColumn():
            return gettext("ID of the {object}").format(object=shown_label(object).lower())
        case PropertyColumn(property=name) | ReadOnlyColumn(property=name):
            return shown_label(object.property(name))
        case KeyColumn(property=name):
            return gettext("{property}, only to find the record").format(
                property=shown_label(object.property(name))
            )
        case AssociationColumn():
            return link_label(answer, object, model)
        case LabelsColumn(column=position):
            return gettext("Link label of “{column}”").format(column=columns[position].header)
        case NameColumn(column=position):
            return gettext("Name beside “{column}”").format(column=columns[position].header)
        case LinkedColumn(column=position, property=name):
            other = _other(position, columns, model)
            prop = shown_label(other.property(name)) if other else name
            return f"{shown_label(other) if other else ''}: {prop}"
        case IgnoredColumn():
            return gettext("Do not import")
        case NewColumn(label=label):
            return label
    return ""


def link_label(answer: AssociationColumn, object: ObjectDef, model: DataModel) -> str:
    """A relation or link label as people call it."""
    if answer.form == "associated":
        return gettext("Associated {object}").format(
            object=shown_label(model.object(answer.side.other))
        )
    side = answer.side
    if answer.label:
        side = Side(model.association(answer.label), side.forward)
    return f"{shown_label(object)} > {shown_label(side)}"


def _other(position: int, columns: Sequence[ColumnAnswer], model: DataModel) -> ObjectDef | None:
    answer = columns[position].answer
    return model.object(answer.side.other) if isinstance(answer, AssociationColumn) else None


def groups_of(
    columns: Sequence[ColumnAnswer], *, object: ObjectDef, model: DataModel, actor: Actor
) -> list[Group]:
    """Everything a column of this file may be answered with."""
    first = [Choice(IGNORE, gettext("Do not import"), icon="ban", words=_words(["ignore", "skip"]))]
    if actor.has("model.edit"):
        first.append(
            Choice(NEW, gettext("New property…"), icon="plus", words=_words(["new", "create"]))
        )
    groups = [
        Group("", tuple(first)),
        Group(
            gettext("Properties of the {object}").format(object=shown_label(object).lower()),
            tuple(_properties(object, actor)),
        ),
        Group(gettext("Only to find the record"), tuple(_keys(object, actor))),
        Group(gettext("Links to other records"), tuple(_links(object, model))),
        Group(gettext("Beside another column"), tuple(_beside(columns, model, actor))),
    ]
    return [group for group in groups if group.choices]


def _properties(object: ObjectDef, actor: Actor) -> Iterator[Choice]:
    for prop in readable_properties(object, actor):
        is_open = not prop.is_read_only and actor.access(object.name, prop.name) == "edit"
        if (is_open and prop.column) or prop.name == "created_at":
            yield Choice(
                f"property:{prop.name}",
                shown_label(prop),
                prop.name,
                prop.kind.icon,
                _words(known_labels(prop)),
            )


def _keys(object: ObjectDef, actor: Actor) -> Iterator[Choice]:
    yield Choice(
        "key:id",
        gettext("ID of the {object}").format(object=shown_label(object).lower()),
        "id",
        "key",
        "id record id",
    )
    for prop in readable_properties(object, actor):
        if prop.is_unique or prop.is_match_key:
            label = gettext("{property}, only to find the record").format(
                property=shown_label(prop)
            )
            yield Choice(f"key:{prop.name}", label, prop.name, "key", _words(known_labels(prop)))


def _links(object: ObjectDef, model: DataModel) -> Iterator[Choice]:
    sides = [
        side
        for side in model.sides(object.name, labels=True)
        if not model.object(side.other).is_archived
    ]
    for side in sides:
        if side.association.is_default and side.association.parent is None:
            yield _link(column_of(side, model, "associated"), object, model)
    for side in sides:
        yield _link(column_of(side, model), object, model)


def _link(answer: AssociationColumn, object: ObjectDef, model: DataModel) -> Choice:
    other = model.object(answer.side.other)
    side = (
        Side(model.association(answer.label), answer.side.forward) if answer.label else answer.side
    )
    hint = ""
    if answer.form == "associated":
        hint = gettext("also links the others of the row")
    elif answer.label:
        hint = gettext("link label")
    return Choice(
        f"association:{named(answer, model)}",
        link_label(answer, object, model),
        hint,
        other.icon,
        _words([*known_labels(side), *known_labels(other)]),
    )


def _beside(columns: Sequence[ColumnAnswer], model: DataModel, actor: Actor) -> Iterator[Choice]:
    """What depends on a column of ids or links that the file has."""
    seen: set[str] = set()
    for column in columns:
        if isinstance(column.answer, IdColumn | AssociationColumn):
            yield Choice(
                f"name_of:{column.header}",
                gettext("Name beside “{column}”").format(column=column.header),
                gettext("compared, not written"),
                "text",
                _words(["name", column.header]),
            )
        if not isinstance(column.answer, AssociationColumn):
            continue
        name = _link_at(column.position, columns, model)
        if name in seen:
            continue
        seen.add(name)
        if any(model.labels_of(column.answer.side.association)):
            yield Choice(
                f"label:{name}",
                gettext("Link label of “{column}”").format(column=column.header),
                "",
                "tag",
                _words(["label", column.header]),
            )
        other = model.object(column.answer.side.other)
        for prop in readable_properties(other, actor):
            if prop.column and not prop.is_read_only:
                label = f"{shown_label(other)}: {shown_label(prop)}"
                words = _words([*known_labels(prop), *known_labels(other)])
                yield Choice(f"linked:{name}.{prop.name}", label, "", other.icon, words)


def _words(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(text.lower() for text in texts))
