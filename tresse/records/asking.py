"""The little form that adds one condition to a filter: what may be asked of what, and in what form.

A form is read from parameters whose names begin with `add_`; what it says becomes a condition of
the filter language, faults and all: the page then shows them at the chip.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.filters.paths import side_name
from tresse.filters.phrases import label
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.kinds.rules import DATES, NUMBERS
from tresse.objects.labels import shown_label
from tresse.objects.sight import readable_properties, readable_property
from tresse.records.cells import Cells
from tresse.records.links import side_key

LINKED = "linked:"
WITHOUT_VALUE = ("is_empty", "is_not_empty", "any", "none")
LISTS = ("is_any_of", "is_none_of", "has_any_of", "has_all_of", "has_none_of")
DAYS = ("on", "not_on", "before", "after", "on_or_before", "on_or_after")
DURATIONS = ("in_last", "in_next", "more_than_ago", "more_than_ahead")
CHOSEN = ("option", "options", "user", "pipeline", "stage")
NUMBERED_LINKS = ("at_least", "at_most", "exactly")
LINK_OPERATORS: Mapping[str, str] = {
    "any": N_("any"),
    "none": N_("none"),
    "at_least": N_("at least"),
    "at_most": N_("at most"),
    "exactly": N_("exactly"),
}
UNITS: Mapping[str, str] = {
    "hours": N_("hours"),
    "days": N_("days"),
    "weeks": N_("weeks"),
    "months": N_("months"),
    "years": N_("years"),
}
ANCHORS: Mapping[str, str] = {
    "day": N_("the day"),
    "today": N_("today"),
    "yesterday": N_("yesterday"),
    "tomorrow": N_("tomorrow"),
    "back": N_("before today"),
    "ahead": N_("after today"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a condition is on: a property, or the records that one side links; then its operator."""

    key: str
    label: str
    operator: str
    operators: tuple[tuple[str, str], ...]
    prop: PropertyDef | None = None
    side: Side | None = None

    @property
    def form(self) -> str:
        """Of the control for the value: `records/_value_<form>.html`."""
        if self.operator in WITHOUT_VALUE:
            return "none"
        if self.prop is None:
            return "count"
        if self.prop.kind.name in DATES:
            return _time_form(self.operator)
        if self.prop.kind.name == "boolean":
            return "choice"
        if self.prop.kind.name in CHOSEN:
            return "choices" if self.operator in LISTS else "choice"
        if self.operator == "between":
            return "range"
        return "texts" if self.operator in LISTS else "text"

    @property
    def may_be_empty(self) -> bool:
        """Whether an empty value passes, so that "only with a value" means something (C82)."""
        if self.prop is None or self.operator in WITHOUT_VALUE:
            return False
        return self.prop.kind.operators[self.operator].is_negative

    @property
    def units(self) -> list[tuple[str, str]]:
        """Units of a duration; hours for times that are no anniversaries."""
        has_hours = self.prop is not None and self.prop.kind.name == "datetime"
        with_hours = has_hours and self.operator in DURATIONS
        return [
            (name, gettext(text)) for name, text in UNITS.items() if with_hours or name != "hours"
        ]


def _time_form(operator: str) -> str:
    if operator in DAYS:
        return "day"
    if operator == "between":
        return "days"
    return "period" if operator == "in_period" else "duration"


def askable(
    model: DataModel, object: ObjectDef, actor: Actor
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What a condition may be on: keys and labels of properties, and of sides."""
    properties = [(prop.name, shown_label(prop)) for prop in readable_properties(object, actor)]
    sides = [
        (LINKED + side_key(side), shown_label(side))
        for side in model.sides(object.name)
        if actor.scope(side.other, "view") != "none" and not model.object(side.other).is_archived
    ]
    return properties, sides


def question_of(model: DataModel, object: ObjectDef, actor: Actor, query: QueryDict) -> Question:
    """What the form asks so far; the first operator where none fits yet."""
    key, asked = query.get("add_property", ""), query.get("add_operator", "")
    if key.startswith(LINKED):
        for side in model.sides(object.name):
            if LINKED + side_key(side) == key:
                operators = tuple((name, gettext(text)) for name, text in LINK_OPERATORS.items())
                chosen = asked if asked in LINK_OPERATORS else "any"
                return Question(key, shown_label(side), chosen, operators, side=side)
    prop = readable_property(object, key or readable_properties(object, actor)[0].name, actor)
    names = list(prop.kind.operators)
    operators = tuple((name, label(name, prop.kind.name)) for name in names)
    chosen = asked if asked in names else names[0]
    return Question(prop.name, shown_label(prop), chosen, operators, prop=prop)


def condition_asked(question: Question, cells: Cells, query: QueryDict) -> dict[str, Any]:
    """The condition that a filled form means."""
    if question.side is not None:
        return _link_condition(question.side, question.operator, query)
    prop = question.prop
    assert prop is not None  # noqa: S101  a question is on one of the two
    condition: dict[str, Any] = {"property": prop.name, "operator": question.operator}
    if question.form != "none":
        condition["value"] = _value(question, cells, query)
    if question.may_be_empty and query.get("add_only"):
        condition["only_with_value"] = True
    return condition


def _link_condition(side: Side, operator: str, query: QueryDict) -> dict[str, Any]:
    condition: dict[str, Any] = {"linked": side.other, "by": [side_name(side)]}
    if operator in NUMBERED_LINKS:
        text = query.get("add_value", "").strip()
        return {**condition, "operator": operator, "value": int(text) if text.isdecimal() else text}
    return {**condition, "operator": "none"} if operator == "none" else condition


def _value(question: Question, cells: Cells, query: QueryDict) -> Any:
    prop, form = question.prop, question.form
    assert prop is not None  # noqa: S101  asked only of properties
    texts = [text.strip() for text in query.getlist("add_value")]
    if form in {"day", "days"}:
        days = [_day(query, at) for at in range(2 if form == "days" else 1)]
        return days if form == "days" else days[0]
    if form == "duration":
        return f"{query.get('add_number', '').strip()} {query.get('add_unit', 'days')}"
    if form == "texts":
        texts = [line.strip() for text in texts for line in text.splitlines()]
    values = [_constant(prop, text, cells) for text in texts if text]
    if form in {"texts", "choices", "range"}:
        return values
    return values[0] if values else ""


def _day(query: QueryDict, at: int) -> Any:
    anchor, day, number, unit = (
        ([*query.getlist(f"add_{name}"), "", ""])[at]
        for name in ("anchor", "value", "number", "unit")
    )
    if anchor in {"back", "ahead"}:
        sign = "-" if anchor == "back" else ""
        return {"today": f"{sign}{number.strip()} {unit or 'days'}"}
    return day.strip() if anchor in {"day", ""} else anchor


def _constant(prop: PropertyDef, text: str, cells: Cells) -> Any:
    """A typed value as JSON: numbers as the person writes them; what is no number stays a text."""
    if prop.kind.name == "boolean":
        return text == "true"
    if prop.kind.name == "user" and text.startswith("{"):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text
    if prop.kind.name not in NUMBERS:
        return text
    reading = cells.reading(prop)
    [value], refused = prop.kind.parse_all([text], reading)
    return text if refused or value is None else prop.kind.to_json(value, reading)
