"""Values as pages show them: what the cell and input templates of the property kinds are given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import phonenumbers
from django.utils.formats import number_format
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import get_language

from tresse.accounts.actor import Actor
from tresse.objects.described import ObjectDef, OptionDef, PropertyDef, StageDef
from tresse.objects.kinds.currencies import SYMBOLS
from tresse.objects.kinds.reading import Reading
from tresse.objects.labels import shown_label
from tresse.records.other_values import may_hold_more, other_values
from tresse.records.queries import Record
from tresse.records.readings import Readings

LONG = ("long_text", "rich_text")
SHORT, LOOKED_AT = 120, 2_000
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
    is_waiting: bool = False
    "Whether it is a rollup or lookup that is still to be worked out (C24)."

    @property
    def is_number(self) -> bool:
        """Whether it stands right in a table."""
        return self.prop.kind.name in {"integer", "decimal", "money"}

    @property
    def short(self) -> str:
        """Of a long text its beginning, in one line: what a table has room for; else empty."""
        if self.value is None or self.prop.kind.name not in LONG:
            return ""
        text = strip_tags(self.text) if self.prop.kind.name == "rich_text" else self.text
        return Truncator(" ".join(text[:LOOKED_AT].split())).chars(SHORT)

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
        self._others: dict[int, Mapping[str, list[Any]]] = {}

    def reading(self, prop: PropertyDef) -> Reading:
        """How texts of a property are read and written."""
        return self._readings.of(prop)

    def cell(self, prop: PropertyDef, value: Any) -> Cell:
        """The cell of one value; None is empty."""
        text = "" if value is None else prop.kind.format(value, self.reading(prop))
        shown, tones = self._shown(prop, value)
        return Cell(prop, value, text, shown, tones)

    def of(self, record: Record, prop: PropertyDef) -> Cell:
        """The cell of a property of a record."""
        made = self.cell(prop, record.values[prop.name])
        return replace(made, is_waiting=True) if prop.name in record.waiting else made

    def others(self, prop: PropertyDef, id: int) -> tuple[str, ...]:
        """Other values of a property by which a record is found, as texts (C21)."""
        if not may_hold_more(prop):
            return ()
        if id not in self._others:
            self._others[id] = other_values(self.object, [id], self.actor).get(id, {})
        values = self._others[id].get(prop.name, ())
        return tuple(prop.kind.format(value, self.reading(prop)) for value in values)

    def cells(self, values: Mapping[str, Any]) -> list[Cell]:
        """Cells of values by property name."""
        return [self.cell(self.object.property(name), value) for name, value in values.items()]

    @property
    def people(self) -> Mapping[int, str]:
        """Names of all users by id."""
        if self._people is None:
            self._people = {id: name or email for id, email, name, _ in self._readings.people.rows}
        return self._people

    @property
    def active_people(self) -> list[tuple[str, str]]:
        """E-mail and name of those who may be chosen."""
        rows = self._readings.people.rows
        return [(email, name or email) for _, email, name, active in rows if active]

    def choices(self, prop: PropertyDef) -> list[tuple[str, str]]:
        """Name and label of what a property with a fixed set of values may hold, users too."""
        return self.active_people if prop.kind.name == "user" else choices_of(self.object, prop)

    def _shown(self, prop: PropertyDef, value: Any) -> tuple[Any, tuple[str, ...]]:
        writer = WRITERS.get(prop.kind.name)
        return (None, ()) if value is None or writer is None else writer(self, prop, value)

    def _user(self, prop: PropertyDef, value: int) -> tuple[Any, tuple[str, ...]]:  # noqa: ARG002
        return self.people.get(value, ""), ()

    def _stage(self, prop: PropertyDef, value: int) -> tuple[Any, tuple[str, ...]]:  # noqa: ARG002
        stage = self.object.stages.get(value)
        if stage is None:
            return None, ()
        return shown_label(stage, self.object), (tone_of(self.object, stage),)

    def _pipeline(self, prop: PropertyDef, value: int) -> tuple[Any, tuple[str, ...]]:  # noqa: ARG002
        labels = {each.id: shown_label(each, self.object) for each in self.object.pipelines}
        return labels.get(value, ""), ()

    def _phone(self, prop: PropertyDef, value: str) -> tuple[Any, tuple[str, ...]]:  # noqa: ARG002
        return international(value), ()

    def _money(self, prop: PropertyDef, value: Decimal) -> tuple[Any, tuple[str, ...]]:
        return amount(value, self.reading(prop).currency), ()

    def _options(self, prop: PropertyDef, value: str) -> tuple[Any, tuple[str, ...]]:
        known = {option.name: option for option in prop.options}
        names = [name for name in value.split("|") if name]
        options = [known.get(name) or OptionDef(name, name) for name in names]
        labels = [shown_label(option, prop) for option in options]
        tones = tuple(option.colour for option in options)
        return (labels[0] if prop.kind.name == "option" else labels), tones


WRITERS: Mapping[str, Callable[[Cells, PropertyDef, Any], tuple[Any, tuple[str, ...]]]] = {
    "user": Cells._user,
    "option": Cells._options,
    "options": Cells._options,
    "stage": Cells._stage,
    "pipeline": Cells._pipeline,
    "phone": Cells._phone,
    "money": Cells._money,
}


def international(phone: str) -> str:
    """A number in E.164 as people read it: "+33 4 72 00 18 42"; another text as it is."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    # No-break spaces: a number does not go over two lines.
    return written.replace(" ", "\u00a0")


def amount(value: Decimal, currency: str) -> str:
    """An amount with its currency as the language writes it: "€18,400.00", "18 400,00 €"."""
    number = number_format(value, decimal_pos=2, use_l10n=True, force_grouping=True)
    sign = SYMBOLS.get(currency, (currency,))[0]
    is_before = (get_language() or "en").startswith("en") and not sign.isalpha()
    return f"{sign}{number}" if is_before else f"{number}\u00a0{sign}".rstrip()


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
