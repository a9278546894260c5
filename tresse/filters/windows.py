"""The span of time of a condition that counts: `in: {last: 30 days}` and its like (G25)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.filters.constants import wrong_value
from tresse.filters.phrases import duration_words, period_words
from tresse.kernel.marks import N_
from tresse.objects.kinds import KINDS, Moment, Reading, Subject, Unfit

A_WINDOW = N_("{last: 30 days}, {from: day, to: day}, {this: month} or {previous: year}")


@dataclass(frozen=True, slots=True)
class Window:
    """Operators of date-times with their operands, all of which must hold; none: all time."""

    parts: tuple[tuple[str, Any], ...] = ()
    source: Any = None

    def condition(
        self, column: sa.ColumnElement[Any], moment: Moment
    ) -> list[sa.ColumnElement[bool]]:
        """What a column of instants must fulfil."""
        subject = Subject(column, column, moment)
        kind = KINDS["datetime"]
        return [kind.where(subject, operator, operand) for operator, operand in self.parts]

    def words(self) -> str:
        """`in the last 30 days`; empty for all time."""
        if not self.source:
            return ""
        if "last" in self.source:
            duration = duration_words(str(self.source["last"]))
            return gettext("in the last %(duration)s") % {"duration": duration}
        for which in ("this", "previous"):
            if which in self.source:
                return period_words(f"{which} {self.source[which]}")
        ends = {"first": self.source.get("from", "…"), "last": self.source.get("to", "…")}
        return gettext("from %(first)s to %(last)s") % ends


def window_of(given: Any, reading: Reading) -> Window:
    """Read the window of a condition; None is all time.

    Raises:
        TresseError: `wrong_value`.
    """
    if given is None:
        return Window()
    parts = _asked(given)
    kind = KINDS["datetime"]
    try:
        operands = tuple((name, kind.operand(name, value, reading)) for name, value in parts)
    except Unfit:
        raise wrong_value('"in"', A_WINDOW, given) from None
    return Window(operands, given)


def _asked(given: Any) -> list[tuple[str, Any]]:
    if isinstance(given, Mapping) and given:
        keys = set(given)
        if keys == {"last"}:
            return [("in_last", given["last"])]
        if keys in ({"this"}, {"previous"}):
            ((which, unit),) = given.items()
            return [("in_period", f"{which} {unit}")]
        if keys <= {"from", "to"}:
            names = {"from": "on_or_after", "to": "on_or_before"}
            return [(names[key], _day(value, given)) for key, value in given.items()]
    raise wrong_value('"in"', A_WINDOW, given)


def _day(value: Any, given: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    if len(text) != len("2026-03-01"):
        raise wrong_value('"in"', A_WINDOW, given)
    return text
