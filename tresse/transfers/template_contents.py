"""What a template of imports holds, and what of it can still be used (T88, T88a, T89)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label
from tresse.transfers.activities import import_model
from tresse.transfers.mapping import (
    Answer,
    AssociationColumn,
    IdColumn,
    IgnoredColumn,
    KeyColumn,
    PropertyColumn,
    ReadOnlyColumn,
    Template,
    UndecidedColumn,
    read_template,
)
from tresse.transfers.mapping.near import compared
from tresse.transfers.mapping.vocabulary import vocabulary_of
from tresse.transfers.models import Import, ImportTemplate
from tresse.transfers.prepare import stored_form, understood
from tresse.transfers.queries import templates_of


@dataclass(frozen=True)
class Usable:
    """A template without the columns that name what is archived or gone.

    `content` is as a mapping file has it, `template` the same read. `left`: header of each column
    left undecided → what it named, as people call it.
    """

    content: Mapping[str, Any]
    template: Template
    left: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentences(self) -> list[str]:
        """What a person is told about the columns left undecided."""
        return [
            gettext(LEFT).format(column=header, name=name) for header, name in self.left.items()
        ]

    def asked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of `add_import`: those given, over those of the template."""
        mine = self.template
        return {
            "settings": {**mine.settings, **(given.get("settings") or {})},
            "mapping": {**mine.columns, **(given.get("mapping") or {})},
            "match": list(given.get("match") or mine.match),
            "reading": {**mine.reading, **(given.get("reading") or {})},
        }


LEFT = N_(
    'Column "{column}" went to "{name}", which is archived or gone. It is left without an answer.'
)


def content_of(row: Import, *, actor: Actor) -> dict[str, Any]:
    """What an import was asked, as a mapping file has it (T88a).

    Columns that were recognised stand in it too, so that the template fits files with these
    headers, also after a property got another label.
    """
    content: dict[str, Any] = {"object": row.object_name, **row.settings}
    # The list of one import is not that of the next.
    content.pop("to_list", None)
    if row.reading:
        content["reading"] = dict(row.reading)
    if row.match:
        content["match"] = list(row.match)
    content["columns"] = {**_recognised(row, actor), **row.mapping}
    return content


def _recognised(row: Import, actor: Actor) -> dict[str, Any]:
    """Answers for the columns that nobody had to decide; none if the file was never opened."""
    if not row.form:
        return {}
    model, form = import_model(row.object_name), stored_form(row)
    object = model.object(row.object_name)
    columns = understood(row, form, object=object, model=model, actor=actor)
    found = {}
    for each in columns:
        written = _written(each.answer, form.titles[each.position])
        if each.header and written is not None and each.header not in row.mapping:
            found[each.header] = written
    return found


def _written(answer: Answer, title: str) -> Any:
    """An answer as a mapping file has it; None where the header alone says it every time."""
    match answer:
        case IdColumn():
            return {"key": "id"}
        case KeyColumn(property=name):
            return {"key": name}
        case PropertyColumn(property=name) | ReadOnlyColumn(property=name):
            return {"property": name}
        case AssociationColumn():
            # By its header, since "Associated Deal" means more than the relation (T50).
            return {"association": title}
        case UndecidedColumn() | IgnoredColumn(is_silent=False):
            return "ignore"
        case _:
            return None


def usable(content: Mapping[str, Any], *, object: ObjectDef, actor: Actor) -> Usable:
    """A template as it can be used now: columns that name what is archived are left out (T89).

    Raises:
        TresseError: `unknown_key`, `wrong_value` (also: it is of another object).
    """
    read, model = read_template(content), import_model(object.name)
    if read.object and model.object(read.object).name != object.name:
        raise WRONG_VALUE(name="object", wanted=read.object, value=object.name)
    left: dict[str, str] = {}
    known = vocabulary_of(object, model, actor)
    for header, answer in read.columns.items():
        if answer == "ignore" or "ignore" in answer or "new" in answer:
            continue
        if "association" in answer or "label" in answer or "linked" in answer:
            gone = _gone_relation(answer, object, model, known.relations)
        else:
            gone = _gone_property(str(answer.get("property") or answer.get("key") or ""), object)
        if gone:
            left[header] = gone
    columns = {header: each for header, each in read.columns.items() if header not in left}
    kept = {**content, "columns": columns}
    return Usable(kept, read_template(kept), left)


def of_template(row: ImportTemplate, *, object: ObjectDef, actor: Actor) -> Usable:
    """A kept template as it can be used now.

    Raises:
        TresseError: As `usable`.
    """
    return usable(row.content, object=object, actor=actor)


def _gone_property(name: str, object: ObjectDef) -> str:
    if not name or name == "id":
        return ""
    if not object.has(name):
        return name
    prop = object.property(name)
    return shown_label(prop) if prop.is_archived else ""


def _gone_relation(
    answer: Mapping[str, Any], object: ObjectDef, model: DataModel, relations: Mapping[str, Any]
) -> str:
    """What a relation, or a property of the record it leads to, is called if it is gone."""
    named = str(answer.get("association") or answer.get("label") or answer.get("linked"))
    prop = ""
    if "linked" in answer:
        named, _, prop = named.rpartition(".")
    sides = model.sides(object.name, labels=True)
    side = next((each for each in sides if each.association.name == named), None)
    if side is None and compared(named) in relations:
        side = relations[compared(named)].answer.side
    if side is None:
        return _called(named, model)
    other = model.object(side.other)
    if other.is_archived:
        return shown_label(other)
    return _gone_property(prop, other)


def _called(name: str, model: DataModel) -> str:
    """An archived relation by its label; else the name that nothing has any more."""
    try:
        return model.association(name).forward_label or name
    except TresseError:
        return name


NEAR_SHARE = 0.8
"Of the headers that an import and a template have in common, of all that either has."


@dataclass(frozen=True)
class Near:
    """A template that is nearly what an import was asked, and the headers that differ."""

    row: ImportTemplate
    columns: tuple[str, ...]


def near_templates(row: Import, *, actor: Actor) -> list[Near]:
    """Templates with almost the same columns, so that one need not be kept twice."""
    mine = _answers(content_of(row, actor=actor))
    found = []
    for each in templates_of(actor, object_name=row.object_name):
        other = _answers(each.content)
        both = mine.keys() | other.keys()
        if not both or not other or len(mine.keys() & other.keys()) / len(both) < NEAR_SHARE:
            continue
        differs = tuple(
            str(header) for header in sorted(both) if mine.get(header) != other.get(header)
        )
        if differs:
            found.append(Near(each, differs))
    return found


def _answers(content: Mapping[str, Any]) -> dict[str, Any]:
    columns: Mapping[str, Any] = content.get("columns") or {}
    return {header: answer for header, answer in columns.items() if answer != "ignore"}
