"""Rule of postal codes."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tresse.kernel.marks import N_
from tresse.sources.columns import Defaults
from tresse.sources.rules.base import TextRule, setting
from tresse.sources.rules.spacing import WHITE

# Letters and digits of a code without anything between, and how they are written.
# Source: Universal Postal Union, addressing systems of its members.
_FORMS: dict[str, tuple[str, str]] = {
    "BR": (r"(\d{5})(\d{3})", r"\1-\2"),
    "CA": (r"([A-Z]\d[A-Z])(\d[A-Z]\d)", r"\1 \2"),
    "GB": (r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", r"\1 \2"),
    "IE": (r"([A-Z]\d[\dW])([A-Z\d]{4})", r"\1 \2"),
    "JP": (r"(\d{3})(\d{4})", r"\1-\2"),
    "LV": (r"(?:LV)?(\d{4})", r"LV-\1"),
    "LT": (r"(?:LT)?(\d{5})", r"LT-\1"),
    "MT": (r"([A-Z]{3})(\d{2,4})", r"\1 \2"),
    "NL": (r"(\d{4})([A-Z]{2})", r"\1 \2"),
    "PL": (r"(\d{2})(\d{3})", r"\1-\2"),
    "PT": (r"(\d{4})(\d{3})", r"\1-\2"),
    "US": (r"(\d{5})(\d{4})", r"\1-\2"),
    **dict.fromkeys(("CZ", "GR", "SE", "SK"), (r"(\d{3})(\d{2})", r"\1 \2")),
    **dict.fromkeys(
        ("AT", "BE", "CH", "DE", "DK", "ES", "FI", "FR", "HR", "HU", "IT", "LU", "NO", "RO", "SI"),
        (r"(\d{4,6})", r"\1"),
    ),
}
_WITH_COUNTRY = re.compile(r"(?:AT?|BE?|CH|DK?|DE?|FI?|FR?|I|IT|LU?|NO?|PL|SE?|CZ|SK)-(?=\d)")
_BETWEEN = re.compile(rf"[{re.escape(WHITE)}.\-\u2010-\u2014]+")


@lru_cache(maxsize=100)
def _form(country: str) -> tuple[re.Pattern[str], str] | None:
    found = _FORMS.get(country)
    return (re.compile(found[0]), found[1]) if found else None


def postal_code(text: str, country: str) -> str:
    """A postal code in capitals, with blanks and hyphens as its country writes it."""
    upper = " ".join(text.translate(_NO_WIDTH).upper().split())
    form = _form(country)
    if form is None:
        return upper
    code = _BETWEEN.sub("", _WITH_COUNTRY.sub("", upper, count=1))
    return form[0].sub(form[1], code) if form[0].fullmatch(code) else upper


_NO_WIDTH = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff\u180e")


@dataclass(frozen=True, slots=True)
class PostalCodeSettings:
    """Settings of `postal_code`."""

    country: str = setting(
        "", label=N_("Country"), kind="country", help=N_("Empty: that of the account.")
    )


class PostalCode(TextRule):
    """Postal codes."""

    name = "postal_code"
    label = N_("Postal code")
    does = N_("Writes a postal code in capitals, with blanks and hyphens as its country does.")
    Settings = PostalCodeSettings
    python = staticmethod(postal_code)
    examples = (
        ({"country": "GB"}, "sw1a1aa", "SW1A 1AA"),
        ({"country": "PL"}, "00950", "00-950"),
        ({"country": "FR"}, " 75 001", "75001"),
        ({"country": "NL"}, "1012ab", "1012 AB"),
    )

    def arguments(self, settings: PostalCodeSettings, defaults: Defaults) -> dict[str, Any]:
        """The country of the settings, else that of the account."""
        return {"country": settings.country or defaults.country}
