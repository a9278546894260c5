"""How values stand as texts in files, so that an import reads back the same (T83, T84)."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

FORMULA = re.compile(r"'*[=+\-@\t\r]")
"How a text begins that a spreadsheet may take for a formula."
NUMBER = re.compile(r"[+\-]?[0-9][0-9 .,()\-]*")
"A number or phone, which no spreadsheet takes for one."


def text_of(value: object, decimal_sign: str = ".") -> str:
    """A value that is no text: dates year first, instants with `Z`, numbers without grouping."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Decimal | float):
        text = plain_number(value)
        whole, point, places = text.partition(".")
        # A fourth digit where three after the sign could be thousands (T17).
        return f"{whole}{decimal_sign}{places}{'0' * (len(places) == 3)}" if point else text
    return str(value)


def plain_number(value: int | Decimal | float) -> str:
    """A number with a point, without grouping, exponent and zeros at its end."""
    if isinstance(value, int):
        return str(value)
    text = f"{Decimal(repr(value)) if isinstance(value, float) else value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def instant(value: datetime) -> str:
    """An instant in UTC, ending in `Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula (T84)."""
    if FORMULA.match(text) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text
