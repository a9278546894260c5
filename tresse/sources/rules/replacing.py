"""Rules that replace: a text, a pattern, whole values, or values that mean nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2
import sqlalchemy as sa

from tresse.engine.functions import Function
from tresse.kernel.marks import N_
from tresse.sources.columns import Defaults
from tresse.sources.rules.base import BadSetting, Rule, TextRule, Value, setting
from tresse.sources.rules.bounds import BOUNDED, bound, check_bound
from tresse.sources.types.amounts import exact

QUIET = re2.Options()
QUIET.log_errors = False
NULL, KEEP = "null", "keep"


def replaced(text: str, find: str, by: str, ignore_case: bool) -> str:
    """Every occurrence of a text by another."""
    if not ignore_case:
        return text.replace(find, by)
    return _literal(find).sub(lambda _: by, text)


@lru_cache(maxsize=200)
def _literal(find: str) -> re.Pattern[str]:
    return re.compile(re.escape(find), re.IGNORECASE)


@lru_cache(maxsize=200)
def compiled(pattern: str) -> Any:
    """A pattern of RE2, which has neither look-around nor back-references."""
    return re2.compile(pattern, QUIET)


def replaced_pattern(text: str, pattern: str, by: str) -> str:
    r"""Every match of a pattern; `\1` in `by` is its first group."""
    return str(compiled(pattern).sub(by, text))


def mapped(text: str, table: tuple[tuple[str, str], ...], keeps: bool) -> str | None:
    """A whole value by a table; what it gives leads to itself."""
    known = _table(table)
    return known.get(text, text if keeps else None)


@lru_cache(maxsize=50)
def _table(table: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {**{to: to for _, to in table}, **dict(table)}


def or_nothing(
    text: str, among: tuple[str, ...], pattern: str, below: str, above: str
) -> str | None:
    """The text; None where it is one of some, fits a pattern, or is a number beyond a bound."""
    if text in among or (pattern and compiled(pattern).search(text)):
        return None
    number = exact(text) if below or above else None
    if number is None:
        return text
    low, high = exact(below) if below else None, exact(above) if above else None
    is_beyond = (low is not None and number < low) or (high is not None and number > high)
    return None if is_beyond else text


OR_NOTHING = Function("rule_null_if", or_nothing, sa.Text())


@dataclass(frozen=True, slots=True)
class ReplaceSettings:
    """Settings of `replace`."""

    find: str = setting(label=N_("Text"))
    by: str = setting("", label=N_("Is replaced by"))
    ignore_case: bool = setting(False, label=N_("Capitals and small letters alike"), kind="yes")


class Replace(TextRule):
    """A text."""

    name = "replace"
    label = N_("Replace a text")
    does = N_("Replaces every occurrence of a text by another one.")
    Settings = ReplaceSettings
    python = staticmethod(replaced)
    is_settled = False
    examples = (
        ({"find": "."}, "06.12", "0612"),
        ({"find": "ste", "by": "Société", "ignore_case": True}, "STE Acme", "Société Acme"),
    )


@dataclass(frozen=True, slots=True)
class PatternSettings:
    """Settings of `replace_pattern`."""

    pattern: str = setting(label=N_("Pattern"), kind="pattern")
    by: str = setting("", label=N_("Is replaced by"), help=N_(r"\1 is the first group."))


class ReplacePattern(TextRule):
    """A pattern."""

    name = "replace_pattern"
    label = N_("Replace a pattern")
    does = N_("Replaces every match of a regular expression (RE2).")
    Settings = PatternSettings
    python = staticmethod(replaced_pattern)
    is_settled = False
    examples = (
        ({"pattern": "[^A-Z]+"}, "A-1B", "AB"),
        ({"pattern": r"(\d+)/(\d+)", "by": r"\2-\1"}, "12/34", "34-12"),
    )

    def check(self, settings: PatternSettings, type_: str) -> None:  # noqa: ARG002
        """The groups that `by` names exist."""
        try:
            compiled(settings.pattern).sub(settings.by, "")
            groups = compiled(settings.pattern).groups
        except (re2.error, IndexError, ValueError):
            raise BadSetting("by", N_("a text")) from None
        named = [int(each) for each in re.findall(r"\\(\d+)", settings.by.replace("\\\\", ""))]
        if any(each > groups for each in named):
            raise BadSetting("by", N_("a text that names no group but those of the pattern"))


@dataclass(frozen=True, slots=True)
class MapSettings:
    """Settings of `map_values`."""

    map: Mapping[str, str] = setting(label=N_("Values"), kind="map")
    else_: str = setting(
        KEEP,
        label=N_("All others"),
        kind="choice",
        choices=((KEEP, N_("stay as they are")), (NULL, N_("become empty"))),
    )


class MapValues(TextRule):
    """Whole values."""

    name = "map_values"
    label = N_("Map values")
    does = N_("Replaces whole values by a table.")
    Settings = MapSettings
    python = staticmethod(mapped)
    can_fail = True
    examples = (
        ({"map": {"M": "male"}}, "M", "male"),
        ({"map": {"M": "male"}}, "X", "X"),
        ({"map": {"M": "male"}, "else": NULL}, "X", None),
    )

    def arguments(self, settings: MapSettings, defaults: Defaults) -> dict[str, Any]:  # noqa: ARG002
        """The table as pairs."""
        return {"table": tuple(sorted(settings.map.items())), "keeps": settings.else_ == KEEP}

    def check(self, settings: MapSettings, type_: str) -> None:  # noqa: ARG002
        """What a value leads to leads nowhere else, so that twice is once."""
        for key, to in settings.map.items():
            if settings.map.get(to, to) != to:
                wanted = N_("values that lead no further ({key} leads to {to}, and {to} to {on})")
                raise BadSetting("map", wanted, key=key, to=to, on=settings.map[to])


@dataclass(frozen=True, slots=True)
class NullIfSettings:
    """Settings of `null_if`."""

    in_: tuple[str, ...] = setting((), label=N_("One of"), kind="texts")
    pattern: str = setting("", label=N_("Fits the pattern"), kind="pattern")
    below: str = setting("", label=N_("Below"), kind="bound")
    above: str = setting("", label=N_("Above"), kind="bound")


class NullIf(Rule):
    """Values that mean nothing."""

    name = "null_if"
    label = N_("Empty where")
    does = N_("Empties values of a list, that fit a pattern, or lie beyond a bound.")
    takes = frozenset({"text"}) | BOUNDED
    gives = ""
    Settings = NullIfSettings
    examples = (
        ({"below": "1900"}, "1753", None),
        ({"below": "1900"}, "1970", "1970"),
        ({"in": ["0000-00-00"]}, "0000-00-00", None),
        ({"pattern": "^test"}, "test@x.fr", None),
    )

    def apply(
        self, column: Value, type_: str, settings: NullIfSettings, defaults: Defaults
    ) -> Value:  # fmt: skip
        """Texts in Python, all else by comparing."""
        del defaults
        if type_ == "text":
            return OR_NOTHING(
                column,
                among=settings.in_,
                pattern=settings.pattern,
                below=settings.below,
                above=settings.above,
            )
        beyond = [column == bound(each, type_) for each in settings.in_]
        if settings.below:
            beyond.append(column < bound(settings.below, type_))
        if settings.above:
            beyond.append(column > bound(settings.above, type_))
        return sa.case((sa.or_(*beyond), sa.null()), else_=column)

    def check(self, settings: NullIfSettings, type_: str) -> None:
        """Something is given, and of the type of the column."""
        if not (settings.in_ or settings.pattern or settings.below or settings.above):
            raise BadSetting("in", N_("values, or pattern, below or above is given"))
        check_bound("below", settings.below, type_)
        check_bound("above", settings.above, type_)
        if type_ != "text":
            if settings.pattern:
                raise BadSetting("pattern", N_("a column of text"))
            for each in settings.in_:
                check_bound("in", each, type_)
