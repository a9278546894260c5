"""Values as pages show them: what the cell and input templates of the property kinds are given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tresse.accounts.actor import Actor
from tresse.objects.described import ObjectDef, OptionDef, PropertyDef, StageDef
from tresse.objects.kinds.reading import Reading
from tresse.objects.labels import shown_label
from tresse.records.readings import Readings

OPEN_TONES = ("info", "violet", "teal", "orange", "pink", "accent")
CLOSED_TONES = {"won": "ok", "lost": "bad", "closed": "grey"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One value for one template.

    `text`: as a person types it. `shown`: what is read: a label, a name; None for kinds whose
    template writes the value itself. `tones`: colour of each tag.
    """

    prop: PropertyDef
    value: Any
    text: str
    shown: Any
    tones: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether it stands right in a table."""
        return self.prop.kind.name in {"integer", "decimal", "money"}

    @property
    def template(self) -> str:
        """Of the kind, found by its name."""
        return f"objects/cells/{self.prop.kind.name}.html"

    @property
    def input_template(self) -> str:
        """The kind's control in a form."""
        return f"objects/inputs/{self.prop.kind.name}.html"


class Cells:
    """Makes cells of one object type; names and readings are read once for a whole page."""

    def __init__(self, object: ObjectDef, actor: Actor) -> None:
        self.object = object
        self.actor = actor
        self._readings = Readings(object, actor)
        self._people: dict[int, str] | None = None

    def reading(self, prop: PropertyDef) -> Reading:
        """How texts of a property are read and written."""
        return self._readings.of(prop)

    def cell(self, prop: PropertyDef, value: Any) -> Cell:
        """The cell of one value; None is empty."""
        text = "" if value is None else prop.kind.format(value, self.reading(prop))
        shown, tones = self._shown(prop, value)
        return Cell(prop, value, text, shown, tones)

    def cells(self, values: Mapping[str, Any]) -> list[Cell]:
        """Cells of values by property name."""
        return [self.cell(self.object.property(name), value) for name, value in values.items()]

    @property
    def people(self) -> Mapping[int, str]:
        """Names of all users by id."""
        if self._people is None:
            self._people = {id: name or email for id, email, name, _ in self._readings.people.rows}
        return self._people

    def _shown(self, prop: PropertyDef, value: Any) -> tuple[Any, tuple[str, ...]]:
        if value is None:
            return None, ()
        if prop.kind.name == "user" or prop.name in {"created_by", "updated_by"}:
            return self.people.get(value, ""), ()
        if prop.kind.name in {"option", "options"}:
            return self._options(prop, value)
        if prop.kind.name == "stage" and (stage := self.object.stages.get(value)):
            return shown_label(stage, self.object), (tone_of(self.object, stage),)
        if prop.kind.name == "pipeline":
            labels = {each.id: shown_label(each, self.object) for each in self.object.pipelines}
            return labels.get(value, ""), ()
        return None, ()

    def _options(self, prop: PropertyDef, value: str) -> tuple[Any, tuple[str, ...]]:
        known = {option.name: option for option in prop.options}
        names = [name for name in value.split("|") if name]
        options = [known.get(name) or OptionDef(name, name) for name in names]
        labels = [shown_label(option, prop) for option in options]
        tones = tuple(option.colour for option in options)
        return (labels[0] if prop.kind.name == "option" else labels), tones


def tone_of(object: ObjectDef, stage: StageDef) -> str:
    """Closed stages have colours of their meaning, open ones go through the hues in order."""
    if stage.kind in CLOSED_TONES:
        return CLOSED_TONES[stage.kind]
    pipeline = next(each for each in object.pipelines if each.id == stage.pipeline_id)
    return OPEN_TONES[pipeline.stages.index(stage) % len(OPEN_TONES)]


def choices_of(object: ObjectDef, prop: PropertyDef) -> list[tuple[str, str]]:
    """Name and label of what a property with a fixed set of values may hold."""
    if prop.kind.name in {"option", "options"}:
        return [(o.name, shown_label(o, prop)) for o in prop.options if not o.is_archived]
    if prop.kind.name == "stage":
        return [(each.name, shown_label(each, object)) for each in object.stages.values()]
    if prop.kind.name == "pipeline":
        return [(each.name, shown_label(each, object)) for each in object.pipelines]
    return []
