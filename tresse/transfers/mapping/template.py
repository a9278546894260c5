"""Mapping files and templates: settings, reading and answers of people (T88a)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_KEY, UNKNOWN_REFERENCE, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.objects.calculated import is_for_syncs
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.kinds.forms import ColumnForm
from tresse.objects.kinds.reading import ORDERS
from tresse.objects.labels import shown_label
from tresse.objects.refusals import (
    ASSOCIATION_TYPE_NOT_FOUND,
    FOR_SYNCS_ALONE,
    READ_ONLY_PROPERTY,
)
from tresse.objects.sight import readable_property
from tresse.transfers.mapping.answers import (
    Answer,
    AssociationColumn,
    IdColumn,
    IgnoredColumn,
    KeyColumn,
    LabelsColumn,
    LinkedColumn,
    NameColumn,
    PropertyColumn,
    ReadOnlyColumn,
)
from tresse.transfers.mapping.near import compared
from tresse.transfers.mapping.new_properties import check_new, new_property
from tresse.transfers.mapping.vocabulary import Vocabulary, column_of, vocabulary_of
from tresse.transfers.settings import CHOICES, NAMES

TOP = ("name", "object", "private", "reading", "match", "columns", *NAMES)
_READING = (
    *("encoding", "delimiter", "header", "sheet", "zone"),
    *("dates", "numbers", "empty_words"),
)
_ANSWERS = ("property", "key", "association", "label", "linked", "name_of", "new", "ignore")
_OPTIONS = ("key", "many", "missing", "existing")
"Settings of one association column (T6), beside `association`."
_SIGNS = (".", ",")


@dataclass(frozen=True)
class Template:
    """A mapping file, its keys checked. `columns`: header to answer as written."""

    object: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    match: tuple[str, ...] = ()
    "Keys in order; a set of columns is joined by `+`."
    columns: Mapping[str, Any] = field(default_factory=dict)


def read_template(data: Any) -> Template:
    """Check a mapping as YAML gave it.

    Raises:
        TresseError: `unknown_key` (with the nearest one), `wrong_value`.
    """
    whole = _mapping(data, "a mapping file", TOP)
    columns = whole.get("columns") or {}
    if not isinstance(columns, Mapping):
        raise WRONG_VALUE(name="columns", wanted=N_("headers with an answer each"), value=columns)
    for header, answer in columns.items():
        if answer != "ignore":
            _checked_answer(str(header), answer)
    match = whole.get("match") or []
    if isinstance(match, str):
        match = match.split(",")
    if not isinstance(match, list | tuple):
        raise WRONG_VALUE(name="match", wanted=N_("a list of keys"), value=match)
    return Template(
        object=str(whole.get("object") or ""),
        settings={name: whole[name] for name in NAMES if name in whole},
        reading=_checked_reading(whole.get("reading") or {}),
        match=tuple(
            "+".join(map(str, key)) if isinstance(key, list) else str(key).strip() for key in match
        ),
        columns={str(header): answer for header, answer in columns.items()},
    )


def answers_of(
    columns: Mapping[str, Any],
    headers: Sequence[str],
    *,
    object: ObjectDef,
    model: DataModel,
    actor: Actor,
    known: Vocabulary | None = None,
) -> dict[int, Answer]:
    """Answers of a mapping by position of the column; `known` if it is at hand.

    Raises:
        TresseError: `unknown_reference` (no such column), `unknown_property`,
            `association_type_not_found`.
    """
    known = known or vocabulary_of(object, model, actor)
    at = {compared(header): position for position, header in reversed([*enumerate(headers)])}
    at |= {header: position for position, header in enumerate(headers)}
    found: dict[int, Answer] = {}
    beside: dict[int, Mapping[str, Any]] = {}
    for header, answer in columns.items():
        position = _position(header, at, headers)
        if answer == "ignore" or "ignore" in answer:
            found[position] = IgnoredColumn()
        elif "association" in answer:
            found[position] = _association(answer, known)
        elif "label" in answer or "linked" in answer or "name_of" in answer:
            beside[position] = answer
        elif "new" in answer:
            found[position] = new_property(answer["new"], object, actor)
        else:
            found[position] = _property(answer, object, actor)
    links = dict(found)
    for position, answer in beside.items():
        found[position] = _beside(answer, links, headers, at, known=known)
    return found


def forms_given(reading: Mapping[str, Any], headers: Sequence[str]) -> dict[int, ColumnForm]:
    """What a template says about dates and numbers: for all columns, or header by header."""
    dates, numbers = reading.get("dates"), reading.get("numbers")
    forms = {}
    for position, header in enumerate(headers):
        order = dates.get(header) if isinstance(dates, Mapping) else dates
        sign = numbers.get(header) if isinstance(numbers, Mapping) else numbers
        forms[position] = ColumnForm(date_order=order, decimal_sign=sign)
    return forms


def _mapping(data: Any, sort: str, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise WRONG_VALUE(name=sort, wanted=f"the keys {', '.join(known)}", value=data)
    for name in data:
        if name not in known:
            raise UNKNOWN_KEY(name=name, sort=sort, nearest=nearest(str(name), known))
    return data


def _checked_answer(header: str, answer: Any) -> None:
    sort = f'the answer for "{header}"'
    if not isinstance(answer, Mapping):
        raise WRONG_VALUE(name=sort, wanted=f"one of {', '.join(_ANSWERS)}", value=answer)
    is_link = "association" in answer
    _mapping(answer, sort, (*_ANSWERS, *_OPTIONS) if is_link else _ANSWERS)
    if not is_link and len(answer) != 1:
        raise WRONG_VALUE(name=sort, wanted=f"one of {', '.join(_ANSWERS)}", value=dict(answer))
    if "new" in answer:
        check_new(answer["new"], header)
    for name in ("missing", "existing"):
        if name in answer and answer[name] not in CHOICES[name]:
            raise WRONG_VALUE(name=name, wanted=" or ".join(CHOICES[name]), value=answer[name])


def _checked_reading(data: Any) -> Mapping[str, Any]:
    reading = _mapping(data, "reading", _READING)
    for name, wanted in (("dates", ORDERS), ("numbers", _SIGNS)):
        given = reading.get(name)
        for value in given.values() if isinstance(given, Mapping) else [given]:
            if value is not None and value not in wanted:
                raise WRONG_VALUE(name=name, wanted=" or ".join(wanted), value=value)
    return reading


def _position(header: str, at: Mapping[str, int], headers: Sequence[str]) -> int:
    position = at.get(header, at.get(compared(header)))
    if position is None:
        near = nearest(header, headers)
        raise UNKNOWN_REFERENCE(sort=N_("column"), name=header, nearest=near, known=list(headers))
    return position


def _property(answer: Mapping[str, Any], object: ObjectDef, actor: Actor) -> Answer:
    name = str(answer.get("property", answer.get("key")))
    if name == "id":
        return IdColumn()
    prop = readable_property(object, name, actor)
    if "key" in answer:
        return KeyColumn(prop.name)
    is_open = not prop.is_read_only and prop.column and actor.access(object.name, name) == "edit"
    return PropertyColumn(prop.name) if is_open else ReadOnlyColumn(prop.name)


def _association(answer: Mapping[str, Any], known: Vocabulary) -> AssociationColumn:
    column = _called(str(answer["association"]), known)
    key = answer.get("key")
    if key is not None and key not in {"id", "title"}:
        other = known.model.object(column.side.other)
        key = readable_property(other, str(key), known.actor).name
    return AssociationColumn(
        column.side,
        column.form,
        column.label,
        key=key,
        many=answer.get("many", True) not in {False, "no", "false"},
        missing=answer.get("missing"),
        existing=answer.get("existing"),
    )


def _called(name: str, known: Vocabulary) -> AssociationColumn:
    """A relation or link label by its name, or by any header that means it."""
    for side in known.model.sides(known.object.name, labels=True):
        if side.association.name == name:
            return column_of(side, known.model)
    meaning = known.relations.get(compared(name))
    if meaning is None or not isinstance(meaning.answer, AssociationColumn):
        names = [side.association.name for side in known.model.sides(known.object.name)]
        raise ASSOCIATION_TYPE_NOT_FOUND(name=name, known=names, nearest=nearest(name, names))
    return meaning.answer


def _beside(
    answer: Mapping[str, Any],
    links: Mapping[int, Answer],
    headers: Sequence[str],
    at: Mapping[str, int],
    *,
    known: Vocabulary,
) -> Answer:
    """`label: type`, `linked: type.property`, `name_of: column`."""
    if "name_of" in answer:
        return NameColumn(_position(str(answer["name_of"]), at, headers))
    named = str(answer.get("label", answer.get("linked")))
    name, _, prop = (named, "", "") if "label" in answer else named.rpartition(".")
    side = _called(name, known).side
    position = _column_to(side, links, headers, known)
    if position is None:
        raise UNKNOWN_REFERENCE(sort=N_("association column"), name=name)
    if "label" in answer:
        return LabelsColumn(position)
    other = known.model.object(side.other)
    found = readable_property(other, prop, known.actor)
    if found.is_read_only:
        # Of the row's own record such a column is left out; here nothing else is said of it.
        refusal = FOR_SYNCS_ALONE if is_for_syncs(found) else READ_ONLY_PROPERTY
        raise refusal(name=shown_label(found))
    return LinkedColumn(position, found.name)


def _column_to(
    side: Side, links: Mapping[int, Answer], headers: Sequence[str], known: Vocabulary
) -> int | None:
    """The first column to that side, answered or recognised by its header."""
    for position, header in enumerate(headers):
        answer = links.get(position)
        if answer is None and (meaning := known.relations.get(compared(header))):
            answer = meaning.answer
        if isinstance(answer, AssociationColumn) and answer.side == side:
            return position
    return None
