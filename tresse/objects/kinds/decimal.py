"""Decimal numbers, plain or as percent."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tresse.engine.types import PLACES, ExactDecimal, plain
from tresse.kernel.marks import N_
from tresse.objects.kinds.amounts import NUMBER
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.reading import Reading, Unreadable

ZERO = Decimal(0)
STEP = Decimal(1).scaleb(-PLACES)
HIGHEST = Decimal("99999999999999.9999")
SIMPLE = re.compile(r"-?[0-9]{1,14}(?:\.[0-9]{1,4})?")
BLANKS = " '\u2019\u00a0\u202f\u2009"
PARTS = str.maketrans("", "", f"{BLANKS},.")
# Per decimal sign: whole numbers with or without parted thousands, then the fraction.
WRITTEN = {
    sign: re.compile(
        rf"([+\-\u2212]?)([0-9]+|[0-9]{{1,3}}(?:([{BLANKS}{other}])[0-9]{{3}})(?:\3[0-9]{{3}})*)?"
        rf"(?:[{sign}]([0-9]*))?"
    )
    for sign, other in ((".", ","), (",", "."))
}


class Decimal_(PropertyKind):  # noqa: N801  `Decimal` is Python's
    """Up to 18 digits, 4 of them after the point; `12 %` is 0.12.

    Setting `shown`: `plain` or `percent`.
    """

    name = "decimal"
    label = N_("Decimal number")
    icon = "hash"
    column = ExactDecimal()
    refusals: tuple[str, ...] = ("could_not_parse_number", "number_out_of_range")
    wanted = N_("a number")
    operators = NUMBER

    def parse(self, text: str, reading: Reading) -> Decimal:
        """Read `1 234,50`, `1,234.50` and `12 %`, by the decimal sign of the column."""
        if reading.decimal_sign == "." and SIMPLE.fullmatch(text):
            return Decimal(text) or ZERO
        if text.endswith("%"):
            return rounded(number(text[:-1].rstrip(), reading).scaleb(-2))
        return rounded(number(text, reading))

    def format(self, value: Decimal, reading: Reading) -> str:
        """With the decimal sign of the reading and without thousands."""
        if reading.settings.get("shown") == "percent":
            return f"{plain(value.scaleb(2))} %".replace(".", reading.decimal_sign)
        return str(plain(value)).replace(".", reading.decimal_sign)

    def to_json(self, value: Decimal, reading: Reading) -> int | float:  # noqa: ARG002
        """A JSON number."""
        return int(value) if value == value.to_integral_value() else float(value)

    def from_json(self, value: Any, reading: Reading) -> Decimal | None:
        """A JSON number as it is written, or a text."""
        if isinstance(value, bool):
            raise Unreadable("could_not_parse_number")
        if isinstance(value, int | float | Decimal):
            return rounded(Decimal(str(value)))
        found: Decimal | None = super().from_json(value, reading)
        return found


def number(text: str, reading: Reading) -> Decimal:
    """A number as written with the decimal sign of the reading, not yet rounded."""
    read = WRITTEN[reading.decimal_sign].fullmatch(text)
    if not read and reading.by_cell:
        read = WRITTEN["," if reading.decimal_sign == "." else "."].fullmatch(text)
    if not read or not (read[2] or read[4]):
        raise Unreadable("could_not_parse_number")
    whole = (read[2] or "0").translate(PARTS) if read[3] else read[2] or "0"
    sign = "-" if read[1] in {"-", "\u2212"} else ""
    return Decimal(f"{sign}{whole}.{read[4] or 0}")


def rounded(value: Decimal) -> Decimal:
    """To 4 places, half away from zero.

    Raises:
        Unreadable: `number_out_of_range`; it has more than 14 digits before the point.
    """
    if not value.is_finite():
        raise Unreadable("could_not_parse_number")
    if abs(value) > HIGHEST:
        raise Unreadable("number_out_of_range", lowest=-HIGHEST, highest=HIGHEST)
    short = value.quantize(STEP, ROUND_HALF_UP)
    if short != value:
        value = short
        if abs(value) > HIGHEST:
            raise Unreadable("number_out_of_range", lowest=-HIGHEST, highest=HIGHEST)
    return value or ZERO
