"""Computed columns in words: what an aggregate is of, which rows count, in which time (D110)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext

from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds.plans import plan_of, relations_of
from tresse.datasets.definition import Aggregate, Window
from tresse.datasets.golden_filter import base_of
from tresse.datasets.models import Dataset
from tresse.filters import checked
from tresse.filters.words import words
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.web.templatetags.numbers import day, number

DOES: Mapping[str, tuple[str, str]] = {
    "sum": (N_("Sum"), N_("Sum of {column} of {rows}")),
    "count": (N_("How many"), N_("Number of {rows} with {column}")),
    "count_distinct": (N_("Number of different values"), N_("Different {column} of {rows}")),
    "avg": (N_("Mean"), N_("Mean of {column} of {rows}")),
    "min": (N_("Least value"), N_("Least {column} of {rows}")),
    "max": (N_("Greatest value"), N_("Greatest {column} of {rows}")),
    "first": (N_("First value"), N_("First {column} of {rows}")),
    "last": (N_("Last value"), N_("Last {column} of {rows}")),
    "most_frequent": (N_("Most frequent value"), N_("Most frequent {column} of {rows}")),
    "list": (N_("List of the different values"), N_("List of the {column} of {rows}")),
}
"Measures of an aggregate (D110): label, and the sentence it begins."
ROWS_ALONE = N_("Number of {rows}")
THIS = {
    "day": N_("of today"),
    "week": N_("of this week"),
    "month": N_("of this month"),
    "quarter": N_("of this quarter"),
    "year": N_("of this year"),
}
PREVIOUS = {
    "day": N_("of yesterday"),
    "week": N_("of the week before"),
    "month": N_("of the month before"),
    "quarter": N_("of the quarter before"),
    "year": N_("of the year before"),
}
PERIODS = {
    "day": N_("day"),
    "week": N_("week"),
    "month": N_("month"),
    "quarter": N_("quarter"),
    "year": N_("year"),
}
UNITS = {
    "days": N_("days"),
    "weeks": N_("weeks"),
    "months": N_("months"),
    "years": N_("years"),
}


def aggregate_words(aggregate: Aggregate, other: Dataset | None = None) -> str:
    """What it is of, as one sentence: "Sum of net_amount of orders of the last 2 years …".

    Args:
        aggregate: It may lack what nobody has chosen yet.
        other: The dataset that its rows are of; its columns say what a filter means.
    """
    rows = ""
    for step in aggregate.over:
        inner = gettext("{inner} of {outer}")
        rows = inner.format(inner=step, outer=rows) if rows else step
    begin = DOES[aggregate.do][1] if aggregate.column else ROWS_ALONE
    said = gettext(begin).format(column=aggregate.column, rows=rows or "…")
    when, which = window_words(aggregate.window), where_words(aggregate.where, other)
    return " ".join(each for each in (said, when, which) if each)


def window_words(window: Window) -> str:
    """Which rows count by their time; empty: all of them."""
    said = _window(window)
    if said and window.on:
        return gettext("{window} by {column}").format(window=said, column=window.on)
    return said


def _window(window: Window) -> str:
    if window.last is not None:
        many, unit = window.last
        return _last(unit, many).format(n=number(many))
    if window.start is not None or window.end is not None:
        text = gettext("from {start} to {end}")
        return text.format(start=day(window.start), end=day(window.end))
    if window.this:
        return gettext(THIS[window.this])
    return gettext(PREVIOUS[window.previous]) if window.previous else ""


def _last(unit: str, many: int) -> str:
    match unit:
        case "days":
            return ngettext("of the last {n} day", "of the last {n} days", many)
        case "weeks":
            return ngettext("of the last {n} week", "of the last {n} weeks", many)
        case "months":
            return ngettext("of the last {n} month", "of the last {n} months", many)
        case _:
            return ngettext("of the last {n} year", "of the last {n} years", many)


def where_words(where: Any, other: Dataset | None = None) -> str:
    """Which rows count by their columns; empty: all of them."""
    if not where:
        return ""
    if isinstance(where, Mapping) and set(where) == {"formula"}:
        where = where["formula"]
    if isinstance(where, str):
        return gettext("where {formula}").format(formula=where.strip())
    said = filter_words(where, other)
    return gettext("whose {words}").format(words=said) if said else gettext("whose …")


def filter_words(filter: Any, other: Dataset | None) -> str:  # as the editor calls it
    """A filter over the rows of a dataset in words; empty where its columns are not known."""
    version = other.version if other is not None else None
    if version is None:
        return ""
    base = base_of(plan_of(version), relations_of(version))
    try:
        found = checked(filter, base, model=data_model(), actor=SYSTEM, personal=False)
    except TresseError:
        return ""
    return words(found)
