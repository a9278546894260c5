"""What a bulk edit is asked to do, read and checked before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_KEY, UNKNOWN_NAME, WRONG_VALUE, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.objects.described import AssociationDef, DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.labels import shown_full_name, shown_label
from tresse.objects.readings import value_of
from tresse.records.changes.values import Faults, typed, writable
from tresse.records.links import side_key
from tresse.records.readings import Readings
from tresse.records.refusals import (
    ASSOCIATION_LABEL_NOT_FOUND,
    MISSING_REQUIRED_PROPERTY,
    NOTHING_ASKED,
)
from tresse.records.visibility import found

ACTS: Mapping[str, tuple[str, ...]] = {
    "edit": ("changes",),
    "link": ("type", "ids", "label", "mode"),
    "unlink": ("type", "ids", "label"),
    "task": ("properties", "assign"),
    "delete": (),
}
"Acts, each with the keys of its settings."

CHANGES = ("set", "empty", "add", "add_options", "remove_options")
NUMBERS = ("integer", "decimal", "money")
ASSIGN = ("", "owner")
"To whom tasks go: the person named (or who asks), or the owner of each record."


@dataclass(frozen=True)
class Change:
    """One property changed on every record; `value` is of its kind, or how much, or options."""

    prop: PropertyDef
    act: str
    value: Any = None


@dataclass(frozen=True)
class Asked:
    """A bulk edit as it is carried out."""

    act: str
    changes: tuple[Change, ...] = ()
    stages: Mapping[int, int | None] = field(default_factory=dict)
    "Where a stage is named without its pipeline: pipeline id → stage id, None where it has none."
    side: Side | None = None
    ids: tuple[int, ...] = ()
    "Records to link to or unlink from; to unlink, none means all."
    label: str | None = None
    mode: str = "add"
    values: Mapping[str, Any] = field(default_factory=dict)
    "Of the task that each record gets, as given."
    assign: str = ""

    @property
    def relation(self) -> Side:
        """The side of an act on links, which always has one."""
        if self.side is None:
            message = f"{self.act} has no relation"
            raise AssertionError(message)
        return self.side


def asked_of(
    model: DataModel, object: ObjectDef, settings: Mapping[str, Any], actor: Actor
) -> Asked:
    """Read and check the settings of a bulk edit, as far as they hold for every record.

    Args:
        model: The data model.
        object: The object type of the records.
        settings: `{"act": "edit", "changes": [{"property", "act", "value"}]}`; `{"act": "link",
            "type", "ids", "label", "mode"}`; `{"act": "unlink", "type", "ids", "label"}`, without
            ids from all; `{"act": "task", "properties", "assign"}`; `{"act": "delete"}`.
        actor: Who asks.

    Raises:
        TresseError: `unknown_name`, `unknown_key`, `wrong_value`, `unknown_property`,
            `read_only_property`, a code of the property's kind, `missing_required_property`,
            `association_type_not_found`, `record_not_found`.
    """
    act = str(settings.get("act"))
    if act not in ACTS:
        raise UNKNOWN_NAME(sort=N_("act"), name=act, nearest=nearest(act, ACTS))
    known = ("act", *ACTS[act])
    for key in settings:
        if key not in known:
            raise UNKNOWN_KEY(name=key, sort=N_("a bulk edit"), nearest=nearest(key, known))
    if act == "edit":
        return _edit(object, settings.get("changes") or (), actor)
    if act in ("link", "unlink"):
        return _links(model, object, settings, actor)
    if act == "task":
        return _task(model, settings, actor)
    return Asked("delete")


def _edit(object: ObjectDef, given: Any, actor: Actor) -> Asked:
    if not isinstance(given, list | tuple) or not all(isinstance(each, dict) for each in given):
        raise WRONG_VALUE(name="changes", wanted=N_("a list of JSON objects"), value=str(given))
    if not given:
        raise NOTHING_ASKED()
    faults, readings = Faults(), Readings(object, actor)
    changes: dict[str, Change] = {}
    stages: dict[int, int | None] = {}
    names = [str(each.get("property")) for each in given]
    for each in sorted(given, key=lambda each: each.get("property") == "stage"):
        name = str(each.get("property"))
        try:
            if names.count(name) > 1:
                raise WRONG_VALUE(name=name, wanted=N_("one change"), value=names.count(name))
            prop = writable(object, name, actor)
            if name == "stage" and "pipeline" not in changes and each.get("act", "set") == "set":
                stages = _stages(object, prop, each.get("value"), readings)
                changes[name] = Change(prop, "set")
            else:
                pipeline = changes.get("pipeline")
                within = pipeline.value if pipeline else None
                changes[name] = _change(object, prop, each, readings, pipeline=within)
        except TresseError as error:
            faults.add(name, error)
    faults.settle()
    return Asked("edit", tuple(changes.values()), stages)


def _change(
    object: ObjectDef,
    prop: PropertyDef,
    given: Mapping[str, Any],
    readings: Readings,
    *,
    pipeline: int | None,
) -> Change:
    act, value = given.get("act", "set"), given.get("value")
    if act not in CHANGES:
        raise UNKNOWN_NAME(sort=N_("act"), name=act, nearest=nearest(str(act), CHANGES))
    if act == "set":
        read = value_of(prop.kind, value, readings.of(prop, pipeline))
        act = "empty" if read is None else act
        value = read
    if act == "empty":
        if prop.is_required:
            raise MISSING_REQUIRED_PROPERTY(object=shown_label(object), name=shown_label(prop))
        return Change(prop, act)
    if act == "set":
        return Change(prop, act, value)
    return Change(prop, act, _operand(prop, act, value, readings))


def _operand(prop: PropertyDef, act: str, value: Any, readings: Readings) -> Any:
    """How much is added, or which options are added or taken away."""
    is_number = prop.kind.name in NUMBERS and not prop.is_unique
    if not (is_number if act == "add" else prop.kind.name == "options"):
        raise WRONG_VALUE(name=shown_label(prop), wanted=N_("set or empty"), value=act)
    read = value_of(prop.kind, value, readings.of(_bare(prop) if act == "add" else prop))
    if read is None:
        raise WRONG_VALUE(name=shown_label(prop), wanted=prop.kind.wanted, value='""')
    return Decimal(read) if act == "add" else read


def _bare(prop: PropertyDef) -> PropertyDef:
    """A property without its rules: what is added need not be what it may become."""
    facts = {name: getattr(prop, name) for name in PropertyDef.__dataclass_fields__}
    return PropertyDef(**{**facts, "rules": ()})


def _stages(
    object: ObjectDef, prop: PropertyDef, value: Any, readings: Readings
) -> dict[int, int | None]:
    """The stage of that name in each pipeline.

    Raises:
        TresseError: `stage_not_in_pipeline`; no pipeline has it.
    """
    found_stages: dict[int, int | None] = {}
    refused: TresseError | None = None
    for pipeline in object.pipelines:
        try:
            found_stages[pipeline.id] = value_of(prop.kind, value, readings.of(prop, pipeline.id))
        except TresseError as error:
            found_stages[pipeline.id] = None
            refused = refused or error
    if not any(found_stages.values()):
        if refused:
            raise refused
        raise MISSING_REQUIRED_PROPERTY(object=shown_label(object), name=shown_label(prop))
    return found_stages


def _links(model: DataModel, object: ObjectDef, settings: Mapping[str, Any], actor: Actor) -> Asked:
    act = settings["act"]
    side = side_of(model, object, str(settings.get("type", "")))
    ids = settings.get("ids") or []
    if not isinstance(ids, list) or not all(type(id) is int for id in ids):
        raise WRONG_VALUE(name="ids", wanted=N_("a list of ids"), value=str(ids))
    if act == "link" and not ids:
        raise NOTHING_ASKED()
    mode = settings.get("mode") or "add"
    if mode not in ("add", "replace"):
        raise WRONG_VALUE(name="mode", wanted="add / replace", value=mode)
    found(model, model.object(side.other), ids, actor)
    label = settings.get("label") or None
    known = [each.name for each in model.labels_of(side.association)]
    if label and label not in known:
        relation = shown_full_name(side, object)
        raise ASSOCIATION_LABEL_NOT_FOUND(relation=relation, name=label, known=known)
    return Asked(act, side=side, ids=tuple(dict.fromkeys(ids)), label=label, mode=mode)


def side_of(model: DataModel, object: ObjectDef, name: str) -> Side:
    """A side of an object by its key, the association type's name, or `Deal > Company`.

    Raises:
        TresseError: `association_type_not_found`.
    """
    for side in model.sides(object.name):
        if name in (side_key(side), side.association.name, model.full_name(side)):
            return side
    if side_to := model.default_side(object.name, name):
        return side_to
    association: AssociationDef = model.association(name)
    return Side(association, forward=association.from_object == object.name)


def _task(model: DataModel, settings: Mapping[str, Any], actor: Actor) -> Asked:
    task = model.object("task")
    values = settings.get("properties") or {}
    if not isinstance(values, dict):
        raise WRONG_VALUE(name="properties", wanted=N_("a JSON object"), value=str(values))
    assign = settings.get("assign") or ""
    if assign not in ASSIGN:
        raise WRONG_VALUE(name="assign", wanted="owner", value=assign)
    typed(task, values, actor=actor)
    title = task.property(task.title)
    if not values.get(title.name):
        raise MISSING_REQUIRED_PROPERTY(object=shown_label(task), name=shown_label(title))
    return Asked("task", values=dict(values), assign=assign)
