"""Calculated properties that are worked out when read: formulas, and the time between two dates.

They have no column and no history (C22, C25): `objects.derived.value_of` gives their expression, so
that they are right at commit, and filters, sorts and exports use them like any other. Names never
change (C4), so a formula outlives new labels. What is stored and recomputed instead, rollups and
lookups, is in `records.rollups` (`docs/decisions/0012-what-is-calculated-when.md`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.queries import account
from tresse.engine.constructs_formulas import call
from tresse.engine.formulas import Column, Setting, Type, Value, built, cast, columns_named, read
from tresse.engine.formulas.refusals import FORMULA_TYPE
from tresse.engine.types import Text
from tresse.kernel import clock
from tresse.kernel.marks import N_
from tresse.objects import models
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.labels import shown_full_name, shown_label
from tresse.objects.refusals import FORMULA_CYCLE
from tresse.objects.sight import readable_properties

FORMULA, BETWEEN, ROLLUP, LOOKUP = SORTS = ("formula", "between", "rollup", "lookup")
"Keys of `Property.settings` that make a property a calculated one."
AT_READ = (FORMULA, BETWEEN)
"Those without a column."
LABELS = {
    FORMULA: N_("Formula"),
    BETWEEN: N_("Time between"),
    ROLLUP: N_("Rollup"),
    LOOKUP: N_("Lookup"),
}
UNITS: Mapping[str, int] = {"hours": 3_600, "days": 86_400}
PICKED = {
    "count": N_("Number of records"),
    "sum": N_("Sum"),
    "avg": N_("Average"),
    "min": N_("Lowest"),
    "max": N_("Highest"),
    "earliest": N_("Earliest"),
    "latest": N_("Latest"),
}
"What a rollup does with the values of linked records."
ValueOf = Callable[[PropertyDef, ObjectDef, sa.FromClause, DataModel], sa.ColumnElement[Any]]
# fmt: off
TYPES: Mapping[str, Type] = {
    "text": Type.TEXT, "long_text": Type.TEXT, "rich_text": Type.TEXT, "email": Type.TEXT,
    "phone": Type.TEXT, "url": Type.TEXT, "domain": Type.TEXT, "option": Type.TEXT,
    "options": Type.LIST, "integer": Type.INTEGER, "decimal": Type.DECIMAL, "money": Type.DECIMAL,
    "boolean": Type.BOOLEAN, "date": Type.DATE, "datetime": Type.TIMESTAMP, "stage": Type.TEXT,
    "pipeline": Type.TEXT,
}
"What formulas see of each kind; a stage and a pipeline by their name, an option by its own."
KINDS_OF: Mapping[Type, tuple[str, ...]] = {
    Type.INTEGER: ("integer", "decimal", "money"), Type.DECIMAL: ("decimal", "money"),
    Type.DOUBLE: ("decimal", "money"), Type.TEXT: ("text", "long_text", "url", "email"),
    Type.BOOLEAN: ("boolean",), Type.DATE: ("date",), Type.TIMESTAMP: ("datetime",),
    Type.NULL: ("text",),
}
# fmt: on
"Kinds a property may have by the result of its formula; the first one if none is asked for."


def sort_of(settings: Mapping[str, Any]) -> str:
    """Which of `SORTS` a property is; empty for one that is not calculated."""
    return next((sort for sort in SORTS if sort in settings), "")


def is_for_syncs(prop: PropertyDef | models.Property) -> bool:
    """Whether people read a property and syncs alone write it (D121): an own one, with values."""
    return prop.is_read_only and not prop.is_builtin and not sort_of(prop.settings)


def is_set_by_product(prop: PropertyDef | models.Property) -> bool:
    """Whether nobody writes a property: it is calculated, or a shipped one that is kept for us."""
    return prop.is_read_only and not is_for_syncs(prop)


def is_at_read(settings: Mapping[str, Any]) -> bool:
    """Whether a property has no column because it is worked out when read."""
    return "derived" in settings or sort_of(settings) in AT_READ


class Here:
    """The present moment and the zone of the account, read when first asked for."""

    @cached_property
    def now(self) -> datetime:
        """The present instant."""
        return clock.now()

    @cached_property
    def zone(self) -> ZoneInfo:
        """In which days begin."""
        return ZoneInfo(account().zone)


class Columns(Mapping[str, Column]):
    """What a formula over an object type may name; expressions are made as they are asked for.

    Args:
        object_: The object type.
        table: Its table, or an alias of it.
        model: The data model.
        value_of: `objects.derived.value_of`.
        path: Formulas that are being worked out, from the outer one in.
        setting: The moment and the zone; the present one of the account if not given.
        actor: Who writes the formula: what they may not read does not exist (C109). None: what the
            data model says holds for everyone.
    """

    def __init__(
        self,
        object_: ObjectDef,
        table: sa.FromClause,
        model: DataModel,
        *,
        value_of: ValueOf,
        path: tuple[str, ...] = (),
        setting: Setting | None = None,
        actor: Actor | None = None,
    ) -> None:
        self.setting: Setting = setting or Here()
        self._object = object_
        self._table = table
        self._model = model
        self._value_of = value_of
        self._path = path
        self._made: dict[str, Column] = {}
        seen = object_.active if actor is None else readable_properties(object_, actor)
        self._known = {prop.name: prop for prop in seen if prop.kind.name in TYPES}

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __getitem__(self, name: str) -> Column:
        if name not in self._made:
            self._made[name] = self._column(self._known[name])
        return self._made[name]

    def _column(self, prop: PropertyDef) -> Column:
        label = shown_label(prop)
        if FORMULA not in prop.settings:
            value = self._value_of(prop, self._object, self._table, self._model)
            return Column(TYPES[prop.kind.name], _by_name(prop, self._object, value), label)
        if prop.name in self._path:
            at = self._path.index(prop.name)
            raise cycle(self._object, self._path[at:])
        inner = Columns(
            self._object,
            self._table,
            self._model,
            value_of=self._value_of,
            path=(*self._path, prop.name),
            setting=self.setting,
        )
        found = result_of(prop.settings[FORMULA], prop.kind.name, inner)
        return Column(found.type, found.expression, label, found.size, found.levels)


def _by_name(
    prop: PropertyDef, object_: ObjectDef, value: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """A stage or pipeline by its name, as filters and files know it; others as they are."""
    if prop.kind.name == "stage":
        names = {stage.id: stage.name for stage in object_.stages.values()}
    elif prop.kind.name == "pipeline":
        names = {pipeline.id: pipeline.name for pipeline in object_.pipelines}
    else:
        return value
    return sa.cast(sa.case(names, value=value) if names else sa.null(), Text)


def cycle(object_: ObjectDef, names: tuple[str, ...]) -> Exception:
    """The refusal of formulas that need each other."""
    labels = [shown_label(object_.property(name)) for name in names]
    first, second = labels[0], labels[1] if len(labels) > 1 else labels[0]
    return FORMULA_CYCLE(first=first, second=second, path=list(names))


def result_of(text: str, kind: str, columns: Columns) -> Value:
    """What a formula gives, as a property of that kind keeps it: `kind` empty, its first one.

    Texts without a character are empty, as everywhere (C11).

    Raises:
        TresseError: What a formula is refused with (D104), `formula_cycle`.
    """
    value = built(text, columns, columns.setting)
    offered = KINDS_OF.get(value.type)
    if offered is None:
        raise FORMULA_TYPE(
            name=N_("The result"),
            type=N_("a list"),
            operator=N_("a property"),
            wanted=N_("a single value, such as list_join(…)"),
            position=1,
        )
    wanted = TYPES[kind or offered[0]]
    if wanted in {Type.DECIMAL, Type.INTEGER}:
        return cast(value, wanted, columns.setting) or value
    if wanted == Type.TEXT:
        kept = sa.func.nullif(value.expression, sa.literal("", Text), type_=Text)
        return value.made(Type.TEXT, kept)
    return value


def kinds_of(text: str, columns: Columns) -> tuple[str, ...]:
    """Kinds a property with that formula may have; the first is the one it gets unasked."""
    return KINDS_OF.get(built(text, columns, columns.setting).type, ())


def expression_of(
    prop: PropertyDef,
    object_: ObjectDef,
    table: sa.FromClause,
    model: DataModel,
    value_of: ValueOf,
) -> sa.ColumnElement[Any]:
    """The expression of a property that is worked out when read."""
    if FORMULA in prop.settings:
        columns = Columns(object_, table, model, value_of=value_of, path=(prop.name,))
        return result_of(prop.settings[FORMULA], prop.kind.name, columns).expression
    return _between(prop.settings[BETWEEN], object_, table, model, value_of)


def _between(
    said: Mapping[str, Any],
    object_: ObjectDef,
    table: sa.FromClause,
    model: DataModel,
    value_of: ValueOf,
) -> sa.ColumnElement[Any]:
    """Whole days or hours from one date to another, or to now; a date begins at its midnight."""
    columns = Columns(object_, table, model, value_of=value_of)
    both_days = all(
        object_.property(name).kind.name == "date" for name in (said["from"], said["to"]) if name
    )
    if said["in"] == "days" and both_days:
        until = f'"{said["to"]}"' if said["to"] else "today()"
        text = f'datediff_days("{said["from"]}", {until})'
        return result_of(text, "integer", columns).expression
    ends = [_instant(name, columns) for name in (said["from"], said["to"])]
    seconds = call("seconds_between", sa.BigInteger(), *ends)
    unit = sa.literal(UNITS[said["in"]], sa.BigInteger())
    return call("cut_integer", sa.BigInteger(), seconds, unit)


def _instant(name: str | None, columns: Columns) -> sa.ColumnElement[Any]:
    text = f'cast("{name}" as timestamp)' if name else "now()"
    return built(text, columns, columns.setting).expression


def names_used(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Properties of the same record that a calculated property is made of."""
    if FORMULA in settings:
        return columns_named(read(settings[FORMULA]))
    if BETWEEN in settings:
        return tuple(name for name in (settings[BETWEEN]["from"], settings[BETWEEN]["to"]) if name)
    return ()


def calculated_from(object_: ObjectDef, name: str) -> list[PropertyDef]:
    """Calculated properties, archived ones too, that use a property of the object type."""
    return [
        prop
        for prop in object_.properties
        if prop.name != name and name in names_used(prop.settings)
    ]


@dataclass(frozen=True, slots=True)
class Calculation:
    """How a property is calculated, as its page says it: the sort, and what it is made of."""

    sort: str
    text: str


def calculation_of(prop: PropertyDef, here: ObjectDef, model: DataModel) -> Calculation | None:
    """How a property of an object type is calculated; None for others."""
    sort = sort_of(prop.settings)
    if not sort:
        return None
    said = prop.settings[sort]
    if sort == FORMULA:
        return Calculation(gettext(LABELS[sort]), said)
    words = _between_words(said, here) if sort == BETWEEN else _linked_words(said, here, model)
    return Calculation(gettext(LABELS[sort]), words)


def _between_words(said: Mapping[str, Any], here: ObjectDef) -> str:
    ends = [_named(said["from"], here), _named(said["to"], here) or gettext("now")]
    sentence = gettext("Days from {start} to {end}")
    if said["in"] == "hours":
        sentence = gettext("Hours from {start} to {end}")
    return sentence.format(start=ends[0], end=ends[1])


def _linked_words(said: Mapping[str, Any], here: ObjectDef, model: DataModel) -> str:
    name = said["over"].removesuffix(":inverse")
    side = next(
        (
            each
            for each in model.sides(here.name, labels=True)
            if each.association.name == name and (":" in said["over"]) == _is_second(each)
        ),
        None,
    )
    if side is None:
        return str(said["over"])
    parts = [
        gettext(PICKED[said["pick"]]) if "pick" in said else "",
        _named(said.get("property"), model.object(side.other)),
        shown_full_name(side, here),
        gettext("with conditions") if said.get("filter") else "",
    ]
    return " · ".join(part for part in parts if part)


def _is_second(side: Side) -> bool:
    ends = side.association
    return ends.from_object == ends.to_object and not side.forward


def _named(name: str | None, object_: ObjectDef) -> str:
    if not name:
        return ""
    return shown_label(object_.property(name)) if object_.has(name) else name
