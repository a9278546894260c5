"""Computed columns as a definition says them (D100, D110, SC3): read, or refused in words.

Only their shape is checked here; formulas, paths, columns and settings of scores are judged by
`computed.checks`, against the datasets.
"""

import datetime
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.rights import NAME
from tresse.datasets.computed.refusals import in_item
from tresse.datasets.definition import Aggregate, Column, Formula, ScoreUse, Window
from tresse.datasets.refusals import COLUMN_RESERVED, SAID_TWICE
from tresse.engine.formulas.reader import MOST_CHARACTERS
from tresse.engine.formulas.refusals import FORMULA_TOO_LONG
from tresse.kernel.errors import UNKNOWN_NAME, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable
from tresse.sources.given import Given, shown
from tresse.sources.semantics import FIELDS

COMPUTED = ("computed", "aggregates", "scores")
"Keys of a definition that say computed columns."
FORMULA_KEYS = ("name", "sql", "semantic")
AGGREGATE_KEYS = ("name", "over", "do", "column", "where", "window", "on", "semantic")
SCORE_KEYS = ("score", "settings", "prefix", "where", "window", "freeze")
WINDOW_KEYS = ("last", "from", "to", "this", "previous", "on")
DOES = (
    "sum",
    "count",
    "count_distinct",
    "avg",
    "min",
    "max",
    "first",
    "last",
    "most_frequent",
    "list",
)
"What an aggregate does (D110)."
UNITS = ("days", "weeks", "months", "years")
PERIODS = ("day", "week", "month", "quarter", "year")
ALL = "all"
"The window of a score that takes everything (SC4)."
MOST_FORMULAS, MOST_AGGREGATES, MOST_SCORES = 500, 200, 200
MOST_STEPS = 3
"Relations to many rows of an aggregate, and to one row of a column that it names (D110)."
LONGEST_COLUMN, LONGEST_WINDOW, LONGEST_PREFIX = 120, 10_000, 40
_LAST = re.compile(r"(\d{1,5})\s*([a-z]+)")
A_PATH = N_("one to three relations to many rows, such as orders or orders.items")
A_WHERE = N_("a formula that is true or false, or a filter")
A_WINDOW = N_("one of last, from and to, this, previous")
A_SPAN = N_("a number and days, weeks, months or years, such as 2 years")
A_SCORE_WINDOW = N_("12 months, another window such as {last: 90 days}, or all")
A_DAY = N_("a day such as 2026-03-10")
A_PREFIX = N_("a beginning of names, of a–z, 0–9 and _, such as shop_")
A_COLUMN = N_("the name of a column")
A_FREEZE = N_("true or false, or the day on which they were recut, such as 2026-03-10")
A_SETTING = N_("texts, numbers, true or false, lists or keys of these")


def formulas_given(given: Given) -> tuple[Formula, ...]:
    """The key `computed` of a definition.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `reserved_name`, `unknown_name` (semantic field),
            `formula_too_long`.
    """
    return tuple(formula_given(part) for part in given.parts("computed", most=MOST_FORMULAS))


def formula_given(given: Given) -> Formula:
    """One formula: `{name, sql, semantic}`.

    Raises:
        TresseError: As `formulas_given`.
    """
    name, given = _named(given)
    given.check(FORMULA_KEYS, gettext("a computed column"))
    text = given.values.get("sql")
    if not isinstance(text, str) or not text.strip() or not is_storable(text):
        raise given.refuse("sql", gettext("a formula"), text)
    return Formula(name, _short(text.strip(), given.name("")), _semantic(given))


def aggregates_given(given: Given) -> tuple[Aggregate, ...]:
    """The key `aggregates` of a definition.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `reserved_name`, `unknown_name` (semantic field).
    """
    given = _with_on(given, "aggregates")
    return tuple(aggregate_given(part) for part in given.parts("aggregates", most=MOST_AGGREGATES))


def aggregate_given(given: Given) -> Aggregate:
    """One aggregate: `{name, over, do, column, where, window, on, semantic}`.

    Raises:
        TresseError: As `aggregates_given`.
    """
    name, given = _named(given)
    given.check(AGGREGATE_KEYS, gettext("an aggregate"))
    do = given.choice("do", DOES)
    if not do:
        wanted = gettext("one of {known}").format(known=", ".join(DOES))
        raise given.refuse("do", wanted, None)
    column = _column(given, "column")
    if not column and do != "count":
        raise given.refuse("column", gettext(A_COLUMN), None)
    window = window_given(given)
    if given.has("on"):
        on = _column(given, "on")
        if window.on and window.on != on:
            raise SAID_TWICE(name=given.name("on"), value=shown(on))
        window = replace(window, on=on)
    return Aggregate(
        name=name,
        over=_over(given),
        do=do,
        column=column,
        where=where_given(given),
        window=window,
        semantic=_semantic(given),
    )


def scores_given(given: Given) -> tuple[ScoreUse, ...]:
    """The key `scores` of a definition.

    Raises:
        TresseError: `unknown_key`, `wrong_value` (also: the same score twice under one prefix).
    """
    uses: list[ScoreUse] = []
    given = _with_on(given, "scores")
    for part in given.parts("scores", most=MOST_SCORES):
        use = score_given(part)
        if any(each.key == use.key for each in uses):
            raise SAID_TWICE(name=given.name("scores"), value=shown(use.key))
        uses.append(use)
    return tuple(uses)


def score_given(given: Given) -> ScoreUse:
    """One use of a score: `{score, settings, prefix, where, window, freeze}`.

    A `window` beside the settings is the setting `window`. Whether there is such a score, and what
    its settings may be, is not looked at.

    Raises:
        TresseError: As `scores_given`.
    """
    given.check(SCORE_KEYS, gettext("a score"))
    score = given.text("score", most=60)
    if not NAME.fullmatch(score):
        raise given.refuse("score", gettext("the name of a score"), score)
    prefix = given.text("prefix", most=LONGEST_PREFIX)
    if prefix and not NAME.fullmatch(prefix):
        raise given.refuse("prefix", gettext(A_PREFIX), prefix)
    part = given.part("settings")
    settings = {key: plain(part, key, value) for key, value in part.values.items()}
    frozen_on = _frozen_on(given)
    if given.has("window"):
        if settings.get("window") is not None:
            raise SAID_TWICE(name=given.name("window"), value=shown(settings["window"]))
        score_window(given, "window", given.values["window"])
        settings["window"] = plain(given, "window", given.values["window"])
    return ScoreUse(
        score=score,
        settings={key: value for key, value in settings.items() if value is not None},
        prefix=prefix,
        where=where_given(given),
        is_frozen=bool(frozen_on) or given.truth("freeze", False),
        frozen_on=frozen_on,
    )


def _frozen_on(given: Given) -> str:
    """When its cut-points were recut: `freeze` may be a day or a moment instead of true.

    Raises:
        TresseError: `wrong_value`.
    """
    value = given.values.get("freeze")
    if isinstance(value, datetime.date):  # and date-times, as YAML reads both
        return value.isoformat()
    if not isinstance(value, str):
        return ""
    try:
        return datetime.datetime.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise given.refuse("freeze", gettext(A_FREEZE), value) from None


def score_window(given: Given, key: str, value: Any) -> Window:
    """The window of a score: `12 months`, any window of an aggregate, or `all` (SC4).

    Raises:
        TresseError: `wrong_value`, `unknown_key`.
    """
    if value == ALL:
        return Window()
    if isinstance(value, str) and (found := _span(value)):
        return Window(last=found)
    if not isinstance(value, Mapping) or not value:
        raise given.refuse(key, gettext(A_SCORE_WINDOW), value)
    return window_given(Given({"window": value}, given.source, given.place))


def window_given(given: Given) -> Window:
    """Which rows count by their time (D112); nothing said: all of them.

    Raises:
        TresseError: `wrong_value`, `unknown_key`.
    """
    part = given.part("window")
    part.check(WINDOW_KEYS, gettext("a window"))
    said = [key for key in ("last", "this", "previous") if part.has(key)]
    if part.has("from") or part.has("to"):
        said.append("from")
    if len(said) > 1:
        raise given.refuse("window", gettext(A_WINDOW), dict(part.values))
    start, end = _days(part)
    return Window(
        last=_last(part),
        start=start,
        end=end,
        this=part.choice("this", PERIODS),
        previous=part.choice("previous", PERIODS),
        on=_column(part, "on"),
    )


def where_given(given: Given, key: str = "where") -> Any:
    """Which rows count (G66): a formula text, or a filter as JSON; None: all.

    Raises:
        TresseError: `wrong_value`, `formula_too_long`.
    """
    value = given.values.get(key)
    if isinstance(value, Mapping) and set(value) == {"formula"}:
        value = value["formula"]
    if isinstance(value, str) and value.strip() and is_storable(value):
        return _short(value.strip(), given.name("where"))
    if value is None or value in ({}, []):
        return None
    if not isinstance(value, Mapping | list):
        raise given.refuse(key, gettext(A_WHERE), value)
    return plain(given, key, value)


def plain(given: Given, key: str, value: Any) -> Any:
    """A value of a file as JSON has it: days and times as texts, keys as texts.

    Raises:
        TresseError: `wrong_value`.
    """
    if isinstance(value, datetime.date):  # and of date-times, as YAML reads both
        return value.isoformat()
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, Mapping) and all(isinstance(each, str) for each in value):
        return {name: plain(given, key, each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(given, key, each) for each in value]
    fits = isinstance(value, str | int | float | None)
    is_odd = isinstance(value, float) and not math.isfinite(value)
    is_odd = is_odd or (isinstance(value, int) and not -(2**63) <= value < 2**63)
    if not fits or is_odd or not is_storable(value):
        raise given.refuse(key, gettext(A_SETTING), value)
    return value


def as_columns(formulas: tuple[Formula, ...], aggregates: tuple[Aggregate, ...]) -> list[Column]:
    """Computed columns as columns that stand beside others: names and semantic fields."""
    every: tuple[Formula | Aggregate, ...] = (*formulas, *aggregates)
    return [Column(each.name, semantic=each.semantic) for each in every]


def _with_on(given: Given, key: str) -> Given:
    """The definition with the key `on` where YAML took the bare word for true."""
    return replace(given, values={**given.values, key: _spelt(given.values.get(key))})


def _spelt(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_spelt(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {"on" if key is True else key: _spelt(each) for key, each in value.items()}


def _named(given: Given) -> tuple[str, Given]:
    """The name of a computed column, and its mapping in its place."""
    name = given.values.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_COLUMN or not is_storable(name):
        raise given.refuse("name", gettext(A_COLUMN), name)
    if name.startswith("_"):
        raise COLUMN_RESERVED(name=name)
    return name, Given(given.values, given.source, name)


def _short(text: str, item: str) -> str:
    """A formula that is not too long; `item` says it.

    Raises:
        TresseError: `formula_too_long`.
    """
    if len(text) > MOST_CHARACTERS:
        refused = FORMULA_TOO_LONG(
            number=len(text),
            things=N_("characters"),
            most=MOST_CHARACTERS,
            position=MOST_CHARACTERS,
        )
        raise in_item(refused, item)
    return text


def _semantic(given: Given) -> str:
    value = given.text("semantic")
    if value and value not in FIELDS:
        sort = gettext("semantic field ({column})").format(column=given.name(""))
        raise UNKNOWN_NAME(sort=sort, name=value, nearest=nearest(value, FIELDS))
    return value


def _column(given: Given, key: str) -> str:
    """The name of a column, empty if nothing is said."""
    value = given.values.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or not value or len(value) > 4 * LONGEST_COLUMN:
        raise given.refuse(key, gettext(A_COLUMN), value)
    if not is_storable(value):
        raise given.refuse(key, gettext(A_COLUMN), value)
    return value


def _over(given: Given) -> tuple[str, ...]:
    value = given.values.get("over")
    steps = value.split(".") if isinstance(value, str) else value
    if not isinstance(steps, list | tuple) or not 1 <= len(steps) <= MOST_STEPS:
        raise given.refuse("over", gettext(A_PATH), value)
    for step in steps:
        if not isinstance(step, str) or not NAME.fullmatch(step):
            raise given.refuse("over", gettext(A_PATH), value)
    return tuple(steps)


def _last(given: Given) -> tuple[int, str] | None:
    value = given.values.get("last")
    if value is None:
        return None
    found = _span(value) if isinstance(value, str) else None
    if found is None:
        raise given.refuse("last", gettext(A_SPAN), value)
    return found


def _span(text: str) -> tuple[int, str] | None:
    """`2 years`, `1 month`; None if it says no such thing."""
    match = _LAST.fullmatch(text.strip().lower())
    if match is None:
        return None
    number, unit = int(match[1]), match[2]
    unit = unit if unit.endswith("s") else f"{unit}s"
    return (number, unit) if unit in UNITS and 1 <= number <= LONGEST_WINDOW else None


def _days(given: Given) -> tuple[datetime.date | None, datetime.date | None]:
    if not given.has("from") and not given.has("to"):
        return None, None
    start, end = (_day(given, key) for key in ("from", "to"))
    if end < start:
        wanted = gettext("a day that is not before {day}").format(day=start.isoformat())
        raise given.refuse("to", wanted, end.isoformat())
    return start, end


def _day(given: Given, key: str) -> datetime.date:
    value = given.values.get(key)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    try:
        return datetime.date.fromisoformat(value.strip() if isinstance(value, str) else "")
    except ValueError:
        raise given.refuse(key, gettext(A_DAY), value) from None
