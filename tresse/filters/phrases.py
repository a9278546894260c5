"""Operators and values in words: for sentences and for the choices on pages (G11)."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext, ngettext

from tresse.kernel.marks import N_
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.kinds.rules import NUMBERS
from tresse.objects.labels import shown_label

PHRASES: Mapping[str, str] = {
    "is_empty": N_("%(name)s is empty"),
    "is_not_empty": N_("%(name)s is not empty"),
    "is": N_("%(name)s is %(value)s"),
    "is_not": N_("%(name)s is not %(value)s"),
    "is_any_of": N_("%(name)s is any of %(value)s"),
    "is_none_of": N_("%(name)s is none of %(value)s"),
    "contains": N_("%(name)s contains %(value)s"),
    "does_not_contain": N_("%(name)s does not contain %(value)s"),
    "starts_with": N_("%(name)s starts with %(value)s"),
    "ends_with": N_("%(name)s ends with %(value)s"),
    "matches": N_("%(name)s matches %(value)s"),
    "less_than": N_("%(name)s is less than %(value)s"),
    "at_most": N_("%(name)s is at most %(value)s"),
    "more_than": N_("%(name)s is more than %(value)s"),
    "at_least": N_("%(name)s is at least %(value)s"),
    "between": N_("%(name)s is between %(value)s"),
    "on": N_("%(name)s is on %(value)s"),
    "not_on": N_("%(name)s is not on %(value)s"),
    "before": N_("%(name)s is before %(value)s"),
    "after": N_("%(name)s is after %(value)s"),
    "on_or_before": N_("%(name)s is on or before %(value)s"),
    "on_or_after": N_("%(name)s is on or after %(value)s"),
    "in_last": N_("%(name)s is in the last %(value)s"),
    "in_next": N_("%(name)s is in the next %(value)s"),
    "more_than_ago": N_("%(name)s is more than %(value)s ago"),
    "more_than_ahead": N_("%(name)s is more than %(value)s ahead"),
    "in_period": N_("%(name)s is in: %(value)s"),
    "anniversary_in": N_("%(name)s has its anniversary in %(value)s"),
    "anniversary_within": N_("%(name)s has its anniversary within %(value)s"),
    "has_any_of": N_("%(name)s has any of %(value)s"),
    "has_all_of": N_("%(name)s has all of %(value)s"),
    "has_none_of": N_("%(name)s has none of %(value)s"),
}

LABELS: Mapping[str, str] = {
    "is_empty": N_("is empty"),
    "is_not_empty": N_("is not empty"),
    "is": N_("is"),
    "is_not": N_("is not"),
    "is_any_of": N_("is any of"),
    "is_none_of": N_("is none of"),
    "contains": N_("contains"),
    "does_not_contain": N_("does not contain"),
    "starts_with": N_("starts with"),
    "ends_with": N_("ends with"),
    "matches": N_("matches"),
    "less_than": N_("<"),
    "at_most": N_("at most"),
    "more_than": N_(">"),
    "at_least": N_("at least"),
    "between": N_("between"),
    "on": N_("on"),
    "not_on": N_("not on"),
    "before": N_("before"),
    "after": N_("after"),
    "on_or_before": N_("on or before"),
    "on_or_after": N_("on or after"),
    "in_last": N_("in the last"),
    "in_next": N_("in the next"),
    "more_than_ago": N_("more than … ago"),
    "more_than_ahead": N_("more than … ahead"),
    "in_period": N_("in the period"),
    "anniversary_in": N_("has its anniversary in"),
    "anniversary_within": N_("has its anniversary within"),
    "has_any_of": N_("has any of"),
    "has_all_of": N_("has all of"),
    "has_none_of": N_("has none of"),
    "exactly": N_("exactly"),
    "none": N_("none"),
}
SIGNS: Mapping[str, str] = {
    "is": "=",
    "is_not": "≠",
    "less_than": "<",
    "at_most": "≤",
    "more_than": ">",
    "at_least": "≥",
}

PERIODS: Mapping[str, str] = {
    "today": N_("today"),
    "this day": N_("today"),
    "previous day": N_("yesterday"),
    "next day": N_("tomorrow"),
    "this week": N_("this week"),
    "previous week": N_("the previous week"),
    "next week": N_("the next week"),
    "this month": N_("this month"),
    "previous month": N_("the previous month"),
    "next month": N_("the next month"),
    "this quarter": N_("this quarter"),
    "previous quarter": N_("the previous quarter"),
    "next quarter": N_("the next quarter"),
    "this year": N_("this year"),
    "previous year": N_("the previous year"),
    "next year": N_("the next year"),
}
NAMED: Mapping[str, str] = {
    "today": N_("today"),
    "yesterday": N_("yesterday"),
    "tomorrow": N_("tomorrow"),
    "now": N_("now"),
    "me": N_("me"),
    "my_teams": N_("my teams"),
}
DURATION = re.compile(r"([+-]?)([0-9]+) (hour|day|week|month|year)s?")
SHOWN_VALUES = 10


def label(operator: str, kind: str = "") -> str:
    """An operator as the choices of a page show it; numbers have signs (C81)."""
    if kind in NUMBERS and operator in SIGNS:
        return SIGNS[operator]
    if kind == "boolean" and operator == "is":
        return gettext("is")
    return gettext(LABELS[operator])


def phrase(operator: str, name: str, value: str) -> str:
    """A condition on something with a name, in the language of the person."""
    return gettext(PHRASES[operator]) % {"name": name, "value": value}


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = list(words) or [""]
    if not first:
        return last
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last}


def duration_words(text: str) -> str:
    """`30 days` in the language of the person."""
    found = DURATION.fullmatch(text)
    if not found:
        return text
    number = int(found[2])
    templates = {
        "hour": ngettext("%(number)s hour", "%(number)s hours", number),
        "day": ngettext("%(number)s day", "%(number)s days", number),
        "week": ngettext("%(number)s week", "%(number)s weeks", number),
        "month": ngettext("%(number)s month", "%(number)s months", number),
        "year": ngettext("%(number)s year", "%(number)s years", number),
    }
    return templates[found[3]] % {"number": number}


def period_words(text: str) -> str:
    """`this month` in the language of the person."""
    return gettext(PERIODS.get(text, text))


def value_words(within: ObjectDef, prop: PropertyDef, operator: str, value: Any) -> str:
    """The value of a condition as people say it: labels of options and stages, dates, numbers."""
    if operator == "between" and isinstance(value, list):
        return listed(one_value(within, prop, each) for each in value)
    if isinstance(value, list):
        words = [one_value(within, prop, each) for each in value[:SHOWN_VALUES]]
        if len(value) > SHOWN_VALUES:
            rest = len(value) - SHOWN_VALUES
            words.append(ngettext("%(number)s more", "%(number)s more", rest) % {"number": rest})
        return listed(words)
    return one_value(within, prop, value)


def one_value(within: ObjectDef, prop: PropertyDef, value: Any) -> str:
    """One value of a list, or the only one."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int | float | Decimal):
        return formats.number_format(value, use_l10n=True, force_grouping=True)
    if isinstance(value, Mapping):
        return _relative(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    text = str(value)
    if prop.kind.name in {"date", "datetime", "user"} and text in NAMED:
        return gettext(NAMED[text])
    if text in PERIODS and prop.kind.name in {"date", "datetime"}:
        return period_words(text)
    if prop.kind.name in {"date", "datetime"}:
        return duration_words(text)
    labels = _labels(within, prop)
    if labels or prop.kind.name == "user":
        return labels.get(text, text)
    return gettext("“%(text)s”") % {"text": text}


def _labels(within: ObjectDef, prop: PropertyDef) -> dict[str, str]:
    """What the values of a property are called, by name, where they are few and have names."""
    if prop.kind.name == "pipeline":
        return {each.name: shown_label(each, within) for each in within.pipelines}
    if prop.kind.name == "stage":
        # Of stages with one name in several pipelines the first one's label is said.
        stages = [stage for each in reversed(within.pipelines) for stage in reversed(each.stages)]
        return {each.name: shown_label(each, within) for each in stages}
    return {option.name: shown_label(option, prop) for option in prop.options}


def _relative(value: Mapping[str, Any]) -> str:
    ((anchor, step),) = value.items()
    if anchor == "team":
        return gettext("the team %(name)s") % {"name": step}
    found = DURATION.fullmatch(str(step))
    if not found:
        return str(step)
    words = {"duration": duration_words(str(step).lstrip("+-")), "anchor": gettext(NAMED[anchor])}
    if found[1] == "-":
        return gettext("%(anchor)s minus %(duration)s") % words
    return gettext("%(anchor)s plus %(duration)s") % words
