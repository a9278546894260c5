"""How texts write days and times: formats such as `%d/%m/%Y %H:%M`.

A text must have just that form: the pattern of a format is checked before the value is worked
out, as engines let pass more than asked. White space at both ends is let pass.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from tresse.engine.refusals import FORMAT_UNKNOWN

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_FULL_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
)
_ALONE = {"d": r"\d{1,2}", "m": r"\d{1,2}", "H": r"\d{1,2}", "I": r"\d{1,2}"}
_FIXED = {
    "Y": r"(?:[1-9]\d{3}|0[1-9]\d{2}|00[1-9]\d|000[1-9])",
    "y": r"\d{2}",
    "d": r"\d{2}",
    "m": r"\d{2}",
    "H": r"\d{2}",
    "I": r"\d{2}",
    "M": r"\d{2}",
    "S": r"[0-5]\d",
    "f": r"\d{1,6}",
    "p": "(?i:am|pm)",
    "b": f"(?i:{_MONTHS})",
    "B": f"(?i:{_FULL_MONTHS})",
    "z": r"[+-]\d{2}(?::?\d{2})?",
    "%": "%",
}
_DIRECTIVE = re.compile(r"%(.?)|([^%]+)", re.DOTALL)
_DIGITS = frozenset("YydmHIMSf")
KNOWN = tuple(f"%{each}" for each in _FIXED)
"Directives that formats may hold. Two digits of a year are 1969 to 2068."


@dataclass(frozen=True, slots=True)
class Form:
    """A format, ready to be used."""

    format: str
    pattern: str
    "Of the whole text; its group 1 is the text without white space at its ends."
    has_time: bool
    has_offset: bool


@lru_cache(maxsize=256)
def form_of(format_: str) -> Form:
    """A format, checked: it must say year, month and day, and nothing twice.

    Raises:
        TresseError: `format_unknown`.
    """
    parts = [(m[1], m[2]) for m in _DIRECTIVE.finditer(format_)]
    names = [name for name, text in parts if text is None]
    for name in names:
        if name not in _FIXED:
            raise FORMAT_UNKNOWN(format=format_, reason=f"%{name} is unknown", known=KNOWN)
    _check_day(format_, names)
    pattern = ""
    for at, (name, text) in enumerate(parts):
        if text is not None:
            pattern += re.escape(text)
            continue
        beside = [
            parts[at - 1][0] if at else None,
            parts[at + 1][0] if at + 1 < len(parts) else None,
        ]
        joined = any(each in _DIGITS for each in beside if each)
        pattern += _FIXED[name] if joined or name not in _ALONE else _ALONE[name]
    return Form(format_, rf"^\s*({pattern})\s*$", bool(set(names) & set("HIMS")), "z" in names)


def _check_day(format_: str, names: list[str]) -> None:
    used = [name for name in names if name != "%"]
    groups = ("Yy", "mbB", "d")
    one_each = all(sum(name in group for name in used) == 1 for group in groups)
    if not one_each or len(set(used)) < len(used) or {"H", "I"} <= set(used):
        raise FORMAT_UNKNOWN(
            format=format_, reason="it must say year, month and day once each", known=KNOWN
        )
