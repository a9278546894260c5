"""Rules of numbers and times: `clamp`, `round`, `day`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tresse.engine import columns
from tresse.engine.functions import Function
from tresse.engine.types import Instant
from tresse.kernel.marks import N_
from tresse.sources.columns import Defaults
from tresse.sources.rules.base import NUMBERS, BadSetting, Rule, Value, setting
from tresse.sources.types.amounts import double, exact, integer, rounded_double
from tresse.sources.types.moments import iso

TIMES = frozenset({"date", "datetime"})
BOUNDED = NUMBERS | TIMES
ROUND_DOUBLE = Function("rounded_double", rounded_double, sa.Double(), takes=(sa.Double(),))
MOST_PLACES = 6
WANTED = {
    "text": N_("a number"),
    "integer": N_("a whole number"),
    "decimal": N_("a number"),
    "number": N_("a number"),
    "date": N_("a day such as 2026-03-01"),
    "datetime": N_("a time such as 2026-03-01T09:30:00Z"),
}


def constant(text: str, type_: str) -> Any:
    """A bound as a value of the type of its column; None if it is none."""
    if type_ == "integer":
        return integer(text)
    if type_ in {"decimal", "text"}:
        return exact(text)
    if type_ == "number":
        return double(text)
    moment = iso(text)
    if moment is None:
        return None
    if type_ == "date":
        return moment.date() if moment.tzinfo is None else None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


CORE: dict[str, sa.types.TypeEngine[Any]] = {
    "integer": sa.BigInteger(),
    "decimal": sa.Numeric(21, 6),
    "number": sa.Double(),
    "date": sa.Date(),
    "datetime": Instant(),
}


def bound(text: str, type_: str) -> Value:
    """A bound as a constant beside a column of a type; it was checked before."""
    value: Decimal | int | float | date | datetime = constant(text, type_)
    return sa.cast(sa.literal(value, CORE[type_]), CORE[type_])


def check_bound(name: str, text: str, type_: str) -> None:
    """Refuse a bound that a column of the type cannot be compared with.

    Raises:
        BadSetting: It is no such value.
    """
    if text and constant(text, type_) is None:
        raise BadSetting(name, WANTED[type_])


@dataclass(frozen=True, slots=True)
class ClampSettings:
    """Settings of `clamp`."""

    low: str = setting("", label=N_("At least"), kind="bound")
    high: str = setting("", label=N_("At most"), kind="bound")


class Clamp(Rule):
    """Between bounds."""

    name = "clamp"
    label = N_("Within bounds")
    does = N_("Moves what lies beyond a bound to it.")
    takes = BOUNDED
    gives = ""
    Settings = ClampSettings
    examples = (
        ({"low": "0", "high": "100"}, 120, 100),
        ({"low": "0", "high": "100"}, -5, 0),
        ({"low": "0"}, 7, 7),
    )

    def apply(
        self, column: Value, type_: str, settings: ClampSettings, defaults: Defaults
    ) -> Value:  # fmt: skip
        """By comparing."""
        del defaults
        beyond = []
        if settings.low:
            low = bound(settings.low, type_)
            beyond.append((column < low, low))
        if settings.high:
            high = bound(settings.high, type_)
            beyond.append((column > high, high))
        return sa.case(*beyond, else_=column) if beyond else column

    def check(self, settings: ClampSettings, type_: str) -> None:
        """Both are of the column's type, the lower one first, and one is given."""
        if not settings.low and not settings.high:
            raise BadSetting("low", N_("a bound, or high does"))
        check_bound("low", settings.low, type_)
        check_bound("high", settings.high, type_)
        if settings.low and settings.high:
            low, high = constant(settings.low, type_), constant(settings.high, type_)
            if low > high:
                raise BadSetting("low", N_("at most high ({high})"), high=settings.high)


@dataclass(frozen=True, slots=True)
class RoundSettings:
    """Settings of `round`."""

    places: int = setting(0, label=N_("Places after the point"), kind="integer")


class Round(Rule):
    """Half away from zero."""

    name = "round"
    label = N_("Round")
    does = N_("Rounds to some places after the point, halves away from zero.")
    takes = NUMBERS
    gives = ""
    Settings = RoundSettings
    examples = (
        ({"places": 2}, Decimal("2.345"), Decimal("2.35")),
        ({}, Decimal("-2.5"), Decimal("-3")),
    )

    def apply(
        self, column: Value, type_: str, settings: RoundSettings, defaults: Defaults
    ) -> Value:  # fmt: skip
        """Exactly for decimals; for doubles by the digits of their shortest text."""
        del defaults
        if type_ == "integer":
            return column
        if type_ == "number":
            return ROUND_DOUBLE(column, places=settings.places)
        return columns.rounded(column, settings.places)

    def check(self, settings: RoundSettings, type_: str) -> None:  # noqa: ARG002
        """As many places as a decimal has."""
        if not 0 <= settings.places <= MOST_PLACES:
            raise BadSetting("places", N_("a number from 0 to 6"))


@dataclass(frozen=True, slots=True)
class DaySettings:
    """Settings of `day`."""

    zone: str = setting("", label=N_("Time zone"), kind="zone")


class Day(Rule):
    """The day of an instant."""

    name = "day"
    label = N_("Day of a date-time")
    does = N_("Gives the day that a date-time is on in a time zone.")
    takes = frozenset({"datetime"})
    gives = "date"
    Settings = DaySettings
    examples = (
        (
            {"zone": "Europe/Paris"},
            datetime(2026, 3, 31, 22, 30, tzinfo=UTC),
            date(2026, 4, 1),
        ),
    )

    def apply(
        self, column: Value, type_: str, settings: DaySettings, defaults: Defaults
    ) -> Value:  # fmt: skip
        """In the zone of the settings, else that of the account."""
        del type_
        return columns.day_at(column, settings.zone or defaults.zone)
