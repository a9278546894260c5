"""Conditions that count: linked records, activities, events (G7, G22)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from django.utils.translation import get_language, gettext, ngettext

from tresse.filters.constants import wrong_value
from tresse.filters.refusals import UNKNOWN_OPERATOR
from tresse.kernel.errors import nearest
from tresse.kernel.marks import N_

OPERATORS = ("at_least", "at_most", "exactly", "between", "none")
HIGHEST = 1_000_000_000
A_NUMBER = N_("a whole number from 0")
TWO_NUMBERS = N_("two whole numbers, the lower one first")
NOTHING = N_("no value")

Where = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Count:
    """How many there must be: from `low` to `high`, both included; None: no upper end."""

    operator: str
    low: int
    high: int | None

    def condition(self, between: Callable[[int, int | None], Where]) -> Where:
        """The condition, made of "between so many", which is only asked for from 1 on."""
        if self.low > 0:
            return between(self.low, self.high)
        return sa.true() if self.high is None else sa.not_(between(self.high + 1, None))

    def words(self, things: str, thing: str = "") -> str:
        """`at least 2 deals`; `thing`: what one of them is called.

        Translations put the number after the plural: "deals: at least 1" is right in them.
        """
        last = self.high if self.operator in ("at_most", "between") else self.low
        if thing and last == 1 and (get_language() or "en").startswith("en"):
            things = thing
        if self.operator == "none":
            return gettext("no %(things)s") % {"things": things}
        words = {"number": self.low, "high": self.high, "things": things}
        if self.operator == "at_least":
            return (
                ngettext(
                    "at least %(number)s %(things)s", "at least %(number)s %(things)s", self.low
                )
                % words
            )
        if self.operator == "at_most":
            return gettext("at most %(high)s %(things)s") % words
        if self.operator == "exactly":
            return gettext("exactly %(number)s %(things)s") % words
        return gettext("between %(number)s and %(high)s %(things)s") % words


def count_of(node: Mapping[str, Any], name: str) -> Count:
    """Read `operator` and `value` of a condition on something with a name.

    Raises:
        TresseError: `unknown_operator`, `wrong_value`.
    """
    operator = node.get("operator", "at_least")
    if not isinstance(operator, str) or operator not in OPERATORS:
        known = list(OPERATORS)
        near = nearest(str(operator), known)
        raise UNKNOWN_OPERATOR(property=name, operator=operator, known=known, nearest=near)
    value = node.get("value")
    if operator == "none":
        if "value" in node:
            raise wrong_value(name, NOTHING, value)
        return Count(operator, 0, 0)
    if operator == "between":
        low, high = _pair(name, value)
        return Count(operator, low, high)
    if operator == "at_least" and "value" not in node:
        return Count(operator, 1, None)
    number = _number(name, value)
    if operator == "at_least":
        return Count(operator, number, None)
    return Count(operator, 0 if operator == "at_most" else number, number)


def _number(name: str, value: Any) -> int:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not 0 <= value <= HIGHEST:
        raise wrong_value(name, A_NUMBER, value)
    return int(value)


def _pair(name: str, value: Any) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise wrong_value(name, TWO_NUMBERS, value)
    low, high = _number(name, value[0]), _number(name, value[1])
    if low > high:
        raise wrong_value(name, TWO_NUMBERS, value)
    return low, high
