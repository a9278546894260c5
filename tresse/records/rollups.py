"""Rollups and lookups: stored values that are worked out of linked records (C23, C24).

A rollup counts, sums or picks over one relation, a lookup takes a property over a relation with
limit 1. Each is one set-based statement over the records it is asked for. Sight does not matter:
the value is the same for everybody. Records in the bin do not count.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM, Actor
from tresse.engine.constructs_formulas import call
from tresse.engine.types import ExactDecimal, Text
from tresse.filters import checked, condition
from tresse.filters.paths import side_name, side_named
from tresse.kernel.errors import WRONG_VALUE
from tresse.objects.calculated import LOOKUP, PICKED, ROLLUP, names_used, sort_of
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.kinds.settings import settings_of
from tresse.objects.labels import shown_full_name, shown_label
from tresse.objects.refusals import FORMULA_CYCLE
from tresse.objects.sight import readable_property
from tresse.records.links import pairs_from

NAME = "rollups"
"Of what follows the events for rollups and lookups."
CALCULATED = "record_calculated"
"The event of a record whose stored value was worked out anew."
NUMBERS = ("integer", "decimal", "money")
DATES = ("date", "datetime")
Value = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Pick:
    """What a rollup does with the values of linked records; `takes`: kinds it works on."""

    name: str
    label: str
    takes: tuple[str, ...] = ()
    gives: str = ""
    "The kind of its result; empty: that of the property."


PICKS: Mapping[str, Pick] = {
    pick.name: pick
    for pick in (
        Pick("count", PICKED["count"], (), "integer"),
        Pick("sum", PICKED["sum"], NUMBERS),
        Pick("avg", PICKED["avg"], NUMBERS, "decimal"),
        Pick("min", PICKED["min"], NUMBERS),
        Pick("max", PICKED["max"], NUMBERS),
        Pick("earliest", PICKED["earliest"], DATES),
        Pick("latest", PICKED["latest"], DATES),
    )
}
# What a lookup keeps of kinds whose values mean nothing on another object.
LOOKED_UP: Mapping[str, str] = {
    "option": "text",
    "stage": "text",
    "pipeline": "text",
    "options": "text",
    "phone": "text",
}


def checked_settings(
    model: DataModel, here: ObjectDef, sort: str, given: Any, actor: Actor
) -> tuple[str, dict[str, Any], Mapping[str, Any]]:
    """The kind and the settings of a rollup or lookup, as they are kept, and what comes along.

    Args:
        model: The data model.
        here: The object type that gets it.
        sort: `rollup` or `lookup`.
        given: `{over, pick, property, filter}` or `{over, property}`.
        actor: Who defines it.

    Raises:
        TresseError: `wrong_value`, `association_type_not_found`, `unknown_property`,
            `formula_cycle`, what a filter is refused with.
    """
    known = {"over", "pick", "property", "filter"} if sort == ROLLUP else {"over", "property"}
    if not isinstance(given, Mapping) or not set(given) <= known or not given.get("over"):
        raise WRONG_VALUE(name=sort, wanted="{" + ", ".join(sorted(known)) + "}", value=given)
    side = side_named(str(given["over"]), here, model)
    other = model.object(side.other)
    if sort == LOOKUP:
        return _checked_lookup(model, here, side, given, actor)
    pick = PICKS.get(str(given.get("pick")))
    if pick is None:
        raise WRONG_VALUE(name="pick", wanted=", ".join(PICKS), value=f'"{given.get("pick")}"')
    name = given.get("property") or None
    prop = None
    if pick.takes:
        prop = readable_property(other, str(name or ""), actor, archived=False)
        if prop.kind.name not in pick.takes:
            wanted = ", ".join(pick.takes)
            raise WRONG_VALUE(name=gettext(pick.label), wanted=wanted, value=f'"{prop.kind.name}"')
        _refuse_cycle(model, here, other, prop)
    settings: dict[str, Any] = {"over": side_name(side), "pick": pick.name}
    if prop:
        settings["property"] = prop.name
    if given.get("filter"):
        checked(given["filter"], other, model=model, actor=actor, personal=False)
        settings["filter"] = given["filter"]
    kind = pick.gives or (prop.kind.name if prop else "integer")
    return kind, settings, _carried(prop, kind)


def _carried(prop: PropertyDef | None, kind: str) -> Mapping[str, Any]:
    """The settings of the property that its values need elsewhere: a currency, percent."""
    if prop is None or prop.kind.name != kind:
        return {}
    names = [each.name for each in settings_of(kind)]
    return {name: prop.settings[name] for name in names if name in prop.settings}


def _checked_lookup(
    model: DataModel, here: ObjectDef, side: Side, given: Mapping[str, Any], actor: Actor
) -> tuple[str, dict[str, Any], Mapping[str, Any]]:
    if side.most != 1:
        relation = shown_full_name(side, here)
        wanted = gettext("a relation or link label with limit 1")
        raise WRONG_VALUE(name="over", wanted=wanted, value=f'"{relation}"')
    other = model.object(side.other)
    prop = readable_property(other, str(given.get("property") or ""), actor, archived=False)
    _refuse_cycle(model, here, other, prop)
    kind = LOOKED_UP.get(prop.kind.name, prop.kind.name)
    return kind, {"over": side_name(side), "property": prop.name}, _carried(prop, kind)


def _refuse_cycle(model: DataModel, here: ObjectDef, other: ObjectDef, prop: PropertyDef) -> None:
    """Values that are stored may not wait for each other: refuse what leads back to stored ones."""
    for object_name in _reached(model, other, prop):
        if object_name == here.name:
            raise FORMULA_CYCLE(first=shown_label(here), second=shown_label(prop))


def _reached(
    model: DataModel, object_: ObjectDef, prop: PropertyDef, seen: frozenset[int] = frozenset()
) -> Iterator[str]:
    """Object types whose records a property's value is worked out of, beyond its own record."""
    if prop.id in seen:
        return
    seen |= {prop.id}
    for name in names_used(prop.settings):
        if object_.has(name):
            yield from _reached(model, object_, object_.property(name), seen)
    if said := stored_settings(prop):
        side = side_named(said["over"], object_, model)
        yield side.other
        if said.get("property"):
            other = model.object(side.other)
            yield from _reached(model, other, other.property(said["property"]), seen)


def filling(property_id: int) -> str:
    """Under which name a property is kept while its first values are worked out."""
    return f"fill {property_id}"


def stored_settings(prop: PropertyDef) -> Mapping[str, Any] | None:
    """The settings of a rollup or lookup; None for any other property."""
    sort = sort_of(prop.settings)
    return prop.settings[sort] if sort in {ROLLUP, LOOKUP} else None


def stored_properties(object_: ObjectDef) -> list[PropertyDef]:
    """The rollups and lookups of an object type; archived ones rest."""
    return [prop for prop in object_.active if stored_settings(prop) is not None]


def side_of(prop: PropertyDef, object_: ObjectDef, model: DataModel) -> Side:
    """The relation that a rollup or lookup goes over."""
    return side_named((stored_settings(prop) or {})["over"], object_, model)


def current(prop: PropertyDef, object_: ObjectDef, table: sa.FromClause, model: DataModel) -> Value:
    """What a rollup or lookup should be now, for each record of `table`."""
    said = stored_settings(prop) or {}
    side = side_of(prop, object_, model)
    other = model.object(side.other)
    linked, pairs = other.table.alias(), pairs_from(side)
    conditions = [pairs.c.here == table.c.id, linked.c.deleted_at.is_(None)]
    if said.get("filter"):
        good = checked(said["filter"], other, model=model, actor=SYSTEM, personal=False)
        conditions.append(condition(good, linked, model=model, actor=SYSTEM))
    source = pairs.join(linked, linked.c.id == pairs.c.other)
    value: Value = sa.literal_column("1")
    if said.get("property"):
        found = other.property(said["property"])
        value = _plain(found, other, value_of(found, other, linked, model))
    if sort_of(prop.settings) == LOOKUP:
        first = sa.select(value).select_from(source).where(*conditions).order_by(linked.c.id)
        return first.limit(1).correlate(table).scalar_subquery()
    made = _aggregate(said["pick"], value, prop)
    return sa.select(made).select_from(source).where(*conditions).correlate(table).scalar_subquery()


def _plain(prop: PropertyDef, object_: ObjectDef, value: Value) -> Value:
    """A value as another object keeps it: options, stages and pipelines by their label."""
    labels: dict[Any, str] = {}
    if prop.kind.name == "option":
        labels = {option.name: option.label for option in prop.options}
    elif prop.kind.name == "stage":
        labels = {id: stage.label for id, stage in object_.stages.items()}
    elif prop.kind.name == "pipeline":
        labels = {each.id: each.label for each in object_.pipelines}
    elif prop.kind.name == "options":
        return call("list_join", Text, value, sa.literal("; ", Text))
    if labels:
        return sa.cast(sa.case(labels, value=value), Text)
    return value


def _aggregate(pick: str, value: Value, prop: PropertyDef) -> Value:
    type_ = prop.kind.column
    if pick == "count":
        return sa.func.count()
    if pick in {"min", "earliest"}:
        return sa.func.min(value, type_=type_)
    if pick in {"max", "latest"}:
        return sa.func.max(value, type_=type_)
    is_exact = isinstance(value.type, ExactDecimal)
    if pick == "avg":
        summed: Value = sa.func.sum(value, type_=ExactDecimal())
        if not is_exact:
            summed = call("cast_integer_decimal", ExactDecimal(), summed)
        return call("mean", ExactDecimal(), summed, sa.func.count(value))
    nothing = sa.literal(0, sa.BigInteger())
    total = sa.func.coalesce(sa.func.sum(value), nothing)
    name = "plus_decimal" if is_exact else "plus_integer"
    return call(name, type_, sa.type_coerce(total, type_), nothing)


def differing(
    prop: PropertyDef, object_: ObjectDef, model: DataModel, ids: Iterable[int] | sa.Select[Any]
) -> tuple[sa.Subquery, sa.ColumnElement[bool]]:
    """Records whose stored value is not what it should be: `id`, `value`; and which rows differ."""
    table = object_.table
    chosen = table.c.id.in_(ids if isinstance(ids, sa.Select) else list(ids))
    found = sa.select(
        table.c.id,
        table.c[prop.column].label("old"),
        sa.type_coerce(current(prop, object_, table, model), prop.kind.column).label("value"),
    ).where(chosen)
    wanted = found.subquery()
    return wanted, wanted.c.old.is_distinct_from(wanted.c.value)
