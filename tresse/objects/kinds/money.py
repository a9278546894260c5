"""Amounts of one currency."""

import re
from decimal import Decimal

from tresse.engine.types import plain
from tresse.kernel.marks import N_
from tresse.objects.kinds.currencies import CODES, SYMBOLS
from tresse.objects.kinds.decimal import Decimal_, number, rounded
from tresse.objects.kinds.reading import Reading, Unreadable

MARKED = re.compile(
    r"([+\-\u2212]?)([^0-9.,+\-\u2212\s]*)\s*([+\-\u2212]?[0-9.,][^\n]*?)\s*([^0-9.,\s]*)"
)


class Money(Decimal_):
    """A decimal in the one currency of its property (setting `currency`)."""

    name = "money"
    label = N_("Money")
    icon = "banknote"
    refusals = ("could_not_parse_number", "number_out_of_range", "wrong_currency")

    def parse(self, text: str, reading: Reading) -> Decimal:
        """Read `12.50`, `12,50 €`, `EUR 12` and `(12)`, which is negative."""
        if text[0] == "(" and text[-1] == ")" and len(text) > 2:
            value = self.parse(text[1:-1].strip() or "-", reading)
            if value < 0 or "(" in text[1:]:
                raise Unreadable("could_not_parse_number")
            return -value + 0
        if text[-1].isdecimal() and (text[0].isdecimal() or text[0] in "-."):
            return rounded(number(text, reading))
        read = MARKED.fullmatch(text)
        if not read or (read[2] and read[4]):
            raise Unreadable("could_not_parse_number")
        if mark := read[2] or read[4]:
            self._check(mark, reading)
        return rounded(number(read[1] + read[3], reading))

    def _check(self, mark: str, reading: Reading) -> None:
        mine = {reading.currency, *SYMBOLS.get(reading.currency, ())}
        if mark.casefold() in {each.casefold() for each in mine}:
            return
        others = {symbol.casefold() for symbols in SYMBOLS.values() for symbol in symbols}
        if mark.upper() in CODES or mark.casefold() in others:
            raise Unreadable("wrong_currency", currency=reading.currency)
        raise Unreadable("could_not_parse_number")

    def format(self, value: Decimal, reading: Reading) -> str:
        """The bare number."""
        return str(plain(value)).replace(".", reading.decimal_sign)
