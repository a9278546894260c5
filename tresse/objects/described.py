"""The data model as frozen values, asked for once per request or job and then passed around.

What `data_model()` answers never changes. A process keeps it as long as the database says that its
definitions are the same: by the marks that triggers leave (`objects.marks`), so that it does not
matter who changed them, and that nothing has to be told to anybody.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from tresse.kernel.errors import nearest
from tresse.kernel.text import normal
from tresse.objects import marks, models
from tresse.objects.kinds import KINDS, PropertyKind
from tresse.objects.refusals import (
    ASSOCIATION_TYPE_NOT_FOUND,
    UNKNOWN_OBJECT,
    UNKNOWN_PROPERTY,
)
from tresse.objects.tables import RecordTable, record_table

IN_JSON = ("settings", "rules", "former_labels")


@dataclass(frozen=True, slots=True)
class OptionDef:
    """One choice of an option property."""

    name: str
    label: str
    aliases: tuple[str, ...] = ()
    colour: str = "grey"
    position: int = 0
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class StageDef:
    """A step of a pipeline; `probability` in percent; `required` names properties."""

    id: int
    pipeline_id: int
    name: str
    label: str
    position: int
    probability: int
    kind: str
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineDef:
    """A way that records go; `stages` in order."""

    id: int
    name: str
    label: str
    position: int
    stages: tuple[StageDef, ...]


@dataclass(frozen=True)
class PropertyDef:
    """A property: what it is called, what kind it holds, which column keeps it."""

    id: int
    name: str
    label: str
    group: str
    description: str
    kind: PropertyKind
    settings: Mapping[str, Any]
    rules: tuple[Mapping[str, Any], ...]
    default: str
    column: str
    "Physical column; empty for a derived property, which is an expression (`objects.derived`)."
    has_normal: bool
    is_required: bool
    is_unique: bool
    is_match_key: bool
    is_indexed: bool
    is_read_only: bool
    is_fixed: bool
    is_builtin: bool
    is_archived: bool
    position: int
    former_labels: tuple[str, ...] = ()
    object_name: str = ""
    read_options: Callable[[int], tuple[OptionDef, ...]] | None = field(
        default=None, repr=False, compare=False
    )
    "Where its options come from; None: it has none."

    @cached_property
    def options(self) -> tuple[OptionDef, ...]:
        """Its options in their order, archived ones included."""
        return self.read_options(self.id) if self.read_options else ()

    @property
    def normal_column(self) -> str:
        """Column that is compared: the normal form if one is stored, else the value itself."""
        return f"n_{self.column.removeprefix('p_')}" if self.has_normal else self.column


@dataclass(frozen=True)
class ObjectDef:
    """An object type with its properties and pipelines, and the table that holds its records."""

    id: int
    name: str
    label: str
    plural: str
    icon: str
    colour: str
    title: str
    "Name of the property that is the title; empty: `records` composes one (contact)."
    subtitle: str
    search: tuple[str, ...]
    has_pipelines: bool
    has_activities: bool
    position: int
    is_builtin: bool
    is_archived: bool
    former_labels: tuple[str, ...] = ()
    layout: Mapping[str, Any] = field(default_factory=dict)
    "Of its record page; read it by `objects.layouts.layout_of`."
    properties: tuple[PropertyDef, ...] = ()
    "All, archived ones included, in their order."
    pipelines: tuple[PipelineDef, ...] = ()

    @cached_property
    def table(self) -> RecordTable:
        """The record table, described from the properties; a new value each time."""
        return record_table(self.id, self.properties)

    @cached_property
    def _by_name(self) -> dict[str, PropertyDef]:
        return {prop.name: prop for prop in self.properties}

    @property
    def condition(self) -> str:
        """The kind of condition that filters ask its values with (`filters.fields` has another)."""
        return "property"

    @property
    def store(self) -> str:
        """Whose rows filters ask: a member of `filters.stores` (golden records have another)."""
        return "records"

    @property
    def moment(self) -> datetime | None:
        """The instant that dates of filters are compared with; None: now (G13)."""
        return None

    @property
    def active(self) -> Iterator[PropertyDef]:
        """Properties that are not archived."""
        return (prop for prop in self.properties if not prop.is_archived)

    @property
    def slug(self) -> str:
        """What stands in addresses: the name in the English plural, which never changes."""
        if self.name.endswith("y") and self.name[-2:-1] not in "aeiou":
            return f"{self.name[:-1]}ies"
        return self.name + ("es" if self.name.endswith(("s", "x", "ch", "sh")) else "s")

    def property(self, name: str) -> PropertyDef:
        """The property of that name, archived or not.

        Raises:
            TresseError: `unknown_property`, with the nearest known name.
        """
        try:
            return self._by_name[name]
        except KeyError:
            near = nearest(name, self._by_name)
            raise UNKNOWN_PROPERTY(object=self.label, name=name, nearest=near) from None

    def has(self, name: str) -> bool:
        """Whether there is a property of that name."""
        return name in self._by_name

    @cached_property
    def stages(self) -> Mapping[int, StageDef]:
        """All stages of all pipelines, by id."""
        return {stage.id: stage for pipeline in self.pipelines for stage in pipeline.stages}


@dataclass(frozen=True)
class AssociationDef:
    """A relation of two object types (by name); with `parent`, a link label of that relation."""

    id: int
    name: str
    from_object: str
    to_object: str
    forward_label: str
    inverse_label: str
    max_forward: int | None
    max_inverse: int | None
    is_symmetric: bool
    parent: str | None
    is_default: bool
    is_primary: bool
    is_part: bool
    shares_timeline: bool
    position: int
    is_builtin: bool
    is_archived: bool
    former_forward: tuple[str, ...] = ()
    former_inverse: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """An association type as seen from one of its ends.

    `label`: what the other record is called from here. `most`: how many others one record here may
    have. `forward`: this end is `from`. A type of one object with paired labels has two sides.
    """

    association: AssociationDef
    forward: bool

    @property
    def other(self) -> str:
        """Name of the object at the other end."""
        return self.association.to_object if self.forward else self.association.from_object

    @property
    def label(self) -> str:
        """What the other record is called on this one."""
        here = self.association
        return here.forward_label if self.forward else here.inverse_label

    @property
    def most(self) -> int | None:
        """The most others that one record here may have; None: no limit."""
        return self.association.max_forward if self.forward else self.association.max_inverse


@dataclass(frozen=True)
class DataModel:
    """All object types and association types, archived ones included, in their order."""

    objects: tuple[ObjectDef, ...]
    associations: tuple[AssociationDef, ...]
    _names: dict[str, ObjectDef] = field(default_factory=dict, compare=False)

    def object(self, name: str) -> ObjectDef:
        """The object type of that name, singular or plural label, in any case.

        Raises:
            TresseError: `unknown_object`, with the nearest known name.
        """
        if not self._names:
            # A name never gives way to a label that somebody typed.
            self._names.update({each.name: each for each in self.objects})
            for each in self.objects:
                for known in (each.slug, each.plural, each.label):
                    self._names.setdefault(normal(known).replace(" ", "_"), each)
        wanted = normal(name).replace(" ", "_").replace("-", "_")
        if wanted not in self._names:
            names = [each.name for each in self.objects]
            raise UNKNOWN_OBJECT(name=name, nearest=nearest(wanted, names), known=names)
        return self._names[wanted]

    def object_by_id(self, id: int) -> ObjectDef:
        """The object type with that id, which must exist."""
        return next(each for each in self.objects if each.id == id)

    def association(self, name: str) -> AssociationDef:
        """The association type or link label of that name.

        Raises:
            TresseError: `association_type_not_found`.
        """
        for each in self.associations:
            if each.name == name:
                return each
        known = [each.name for each in self.associations]
        raise ASSOCIATION_TYPE_NOT_FOUND(name=name, known=known, nearest=nearest(name, known))

    def sides(self, object_name: str, *, labels: bool = False) -> Iterator[Side]:
        """Association types (with `labels`: link labels too) as seen from an object type.

        Archived ones are left out. A type of one object with paired labels gives two sides, a
        symmetric or single-labelled one gives one.
        """
        for each in self.associations:
            if each.is_archived or (each.parent and not labels):
                continue
            if each.from_object == object_name:
                yield Side(each, forward=True)
            if each.to_object == object_name and not (
                each.from_object == each.to_object and each.forward_label == each.inverse_label
            ):
                yield Side(each, forward=False)

    def default_side(self, here: str, other: str) -> Side | None:
        """What `Associated <other>` means on `here`: the default type of the two, or None."""
        for side in self.sides(here):
            if side.other == other and side.association.is_default:
                return side
        return None

    def labels_of(self, association: AssociationDef) -> Iterator[AssociationDef]:
        """The link labels of an association type."""
        return (each for each in self.associations if each.parent == association.name)

    def full_name(self, side: Side) -> str:
        """`Deal > Company`: the object here, then what the other is called."""
        ends = side.association
        here = ends.from_object if side.forward else ends.to_object
        return f"{self.object(here).label} > {side.label}"


def data_model() -> DataModel:
    """The definitions: one query if this process knows them as they stand, else all are read."""
    mark = marks.read()
    if mark in _KEPT:
        return _KEPT[mark]
    found = _read()
    # What was changed while it was read may be there in part: it is not kept.
    if mark is not None and marks.read() == mark:
        while len(_KEPT) >= MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
        _KEPT[mark] = found
    return found


MOST_KEPT = 4
"Data models: of transactions that go on beside each other, and those that were rolled back."
_KEPT: dict[marks.Mark | None, DataModel] = {}


def _read() -> DataModel:
    objects = list(models.ObjectType.objects.order_by("position", "id"))
    names = {row.id: row.name for row in objects}
    properties = _properties(names)
    pipelines = _pipelines()
    described = tuple(
        ObjectDef(
            **_facts(row, ObjectDef, {"search", "former_labels", "properties", "pipelines"}),
            search=tuple(row.search),
            former_labels=tuple(row.former_labels),
            properties=tuple(properties.get(row.id, ())),
            pipelines=tuple(pipelines.get(row.id, ())),
        )
        for row in objects
    )
    return DataModel(described, tuple(_associations(names)))


def _options() -> Callable[[int], tuple[OptionDef, ...]]:
    """The options of a property, by its id; read at once, as a kept model must not change."""
    found: dict[int, list[OptionDef]] = {}
    columns = ("property_id", "name", "label", "aliases_text", "colour", "position", "is_archived")
    options = models.Option.objects.annotate(aliases_text=Cast("aliases", TextField()))
    rows = options.order_by("position", "id").values_list(*columns)
    for property_id, name, label, aliases, *rest in rows:
        found.setdefault(property_id, []).append(OptionDef(name, label, _texts(aliases), *rest))
    by_id = {id: tuple(each) for id, each in found.items()}
    return lambda id: by_id.get(id, ())


# Most are empty, and the names of countries are the same for every request: decoding them anew
# each time took half of the time of reading the definitions.
@lru_cache(maxsize=2_000)
def _texts(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _decoded(text: str) -> Any:
    return {} if text == "{}" else () if text == "[]" else json.loads(text)


def _properties(names: Mapping[int, str]) -> dict[int, list[PropertyDef]]:
    # Plain rows as well: making model instances would take most of the time.
    read_options = _options()
    found: dict[int, list[PropertyDef]] = {}
    columns = set(PropertyDef.__dataclass_fields__) - {*IN_JSON, "read_options", "object_name"}
    texts = {f"{name}_text": Cast(name, TextField()) for name in IN_JSON}
    found_rows = models.Property.objects.annotate(**texts).order_by("position", "id")
    for row in found_rows.values("object_type_id", *columns, *texts):
        object_type = row.pop("object_type_id")
        row["kind"] = KINDS[row["kind"]]
        row |= {name: _decoded(row.pop(f"{name}_text")) for name in IN_JSON}
        row["rules"] = tuple(row["rules"])
        row["former_labels"] = tuple(row["former_labels"])
        row["read_options"] = read_options
        row["object_name"] = names[object_type]
        found.setdefault(object_type, []).append(PropertyDef(**row))
    return found


def _facts(row: Any, value: type, but: set[str]) -> dict[str, Any]:
    return {
        name: getattr(row, name)
        for name in value.__dataclass_fields__  # type: ignore[attr-defined]
        if name not in but and not name.startswith("_")
    }


def _pipelines() -> dict[int, list[PipelineDef]]:
    stages: dict[int, list[StageDef]] = {}
    for stage in models.Stage.objects.order_by("position", "id"):
        stages.setdefault(stage.pipeline_id, []).append(
            StageDef(**_facts(stage, StageDef, {"required"}), required=tuple(stage.required))
        )
    pipelines: dict[int, list[PipelineDef]] = {}
    for row in models.Pipeline.objects.order_by("position", "id"):
        pipelines.setdefault(row.object_type_id, []).append(
            PipelineDef(row.id, row.name, row.label, row.position, tuple(stages.get(row.id, ())))
        )
    return pipelines


def _associations(names: Mapping[int, str]) -> Iterator[AssociationDef]:
    rows = list(models.AssociationType.objects.order_by("position", "id"))
    own = {row.id: row.name for row in rows}
    but = {"from_object", "to_object", "parent", "former_forward", "former_inverse"}
    for row in rows:
        yield AssociationDef(
            **_facts(row, AssociationDef, but),
            from_object=names[row.from_object_id],
            to_object=names[row.to_object_id],
            parent=own[row.parent_id] if row.parent_id else None,
            former_forward=tuple(row.former_forward),
            former_inverse=tuple(row.former_inverse),
        )
