"""Rules that read a text as another type: `decimal`, `boolean`, `date`, `datetime`.

They read what the types of columns read (S52), so there is one reading of each in the house.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tresse.engine import columns
from tresse.kernel.marks import N_
from tresse.sources.columns import Column, Defaults
from tresse.sources.rules.base import Rule, Value, setting
from tresse.sources.types import typed
from tresse.sources.types.times import WITHIN_YEARS, day_value, instant_value, local_value


@dataclass(frozen=True, slots=True)
class DecimalSettings:
    """Settings of `decimal`."""

    point: str = setting(
        ".", label=N_("Decimal sign"), kind="choice", choices=((".", "."), (",", ","))
    )


class DecimalRule(Rule):
    """Decimals."""

    name = "decimal"
    label = N_("Decimal number")
    does = N_("Reads a number as people write it; the sign that is not the decimal one parts "
              "thousands.")  # fmt: skip
    gives = "decimal"
    Settings = DecimalSettings
    can_fail = True
    examples = (
        ({"point": ","}, "1 234,50 €", Decimal("1234.5")),
        ({}, "(12.50)", Decimal("-12.5")),
        ({}, "twelve", None),
    )

    def apply(
        self, column: Value, type_: str, settings: DecimalSettings, defaults: Defaults
    ) -> Value:  # fmt: skip
        """As a column of decimals is read."""
        del type_
        return typed(column, Column("", "decimal", point=settings.point), defaults).value


class BooleanRule(Rule):
    """Words."""

    name = "boolean"
    label = N_("Yes or no")
    does = N_("Reads words of three languages, and 1 and 0, as true or false.")
    gives = "boolean"
    can_fail = True
    examples = (({}, "Oui", True), ({}, "nie", False), ({}, "maybe", None))

    def apply(self, column: Value, type_: str, settings: Any, defaults: Defaults) -> Value:
        """As a column of booleans is read."""
        del type_, settings
        return typed(column, Column("", "boolean"), defaults).value


@dataclass(frozen=True, slots=True)
class DateSettings:
    """Settings of `date`."""

    formats: tuple[str, ...] = setting(
        (), label=N_("Formats"), kind="formats", help=N_("None: ISO 8601.")
    )
    zone: str = setting("", label=N_("Time zone"), kind="zone")


class DateRule(Rule):
    """Days."""

    name = "date"
    label = N_("Date")
    does = N_("Reads a day by the first format that fits; years 00 to 68 are 20xx.")
    gives = "date"
    Settings = DateSettings
    can_fail = True
    examples = (
        ({"formats": ["%d/%m/%y"]}, "31/12/69", date(1969, 12, 31)),
        ({"formats": ["%d/%m/%Y", "%d.%m.%Y"]}, "31.12.2026", date(2026, 12, 31)),
        ({"formats": ["%d %B %Y"]}, "3 février 2026", date(2026, 2, 3)),
        ({}, "2026-03-01", date(2026, 3, 1)),
        ({}, "2026-02-30", None),
    )

    def apply(
        self, column: Value, type_: str, settings: DateSettings, defaults: Defaults
    ) -> Value:  # fmt: skip
        """By formats, or ISO 8601; one with an offset as the day in the zone."""
        del type_
        return day_value(column, settings.formats, settings.zone or defaults.zone)


class DateTimeRule(Rule):
    """Instants."""

    name = "datetime"
    label = N_("Date and time")
    does = N_("Reads a date-time by the first format that fits; without an offset in the zone.")
    gives = "datetime"
    Settings = DateSettings
    can_fail = True
    examples = (
        (
            {"formats": ["%d/%m/%Y %H:%M"], "zone": "Europe/Paris"},
            "01/07/2026 12:00",
            datetime(2026, 7, 1, 10, tzinfo=UTC),
        ),
        ({}, "2026-03-01T09:30:00+01:00", datetime(2026, 3, 1, 8, 30, tzinfo=UTC)),
        ({"formats": ["unix"]}, "0", datetime(1970, 1, 1, tzinfo=UTC)),
        ({}, "soon", None),
    )

    def apply(
        self, column: Value, type_: str, settings: DateSettings, defaults: Defaults
    ) -> Value:  # fmt: skip
        """Local times by the zone, others as they say."""
        del type_
        zone = settings.zone or defaults.zone
        here = columns.instant_at(local_value(column, settings.formats), zone)
        return WITHIN_YEARS(sa.func.coalesce(here, instant_value(column, settings.formats)))
