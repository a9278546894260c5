"""Values of a definition as a person wrote them: taken out of mappings, checked, or refused.

A sentence names the place: `shop_customers: extract.mode needs one of …, not "snapsot".`
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext

from tresse.kernel.definitions import check_keys
from tresse.kernel.errors import TOO_LONG, UNKNOWN_KEY, WRONG_VALUE, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable
from tresse.sources.refusals import BAD_DURATION, TOO_MANY_KEY_COLUMNS, VALUE_MISSING

LONGEST = 200
SHOWN = 80
UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
FORTNIGHT = 14 * UNITS["d"]
LONGEST_DURATION = timedelta(days=3_650)
_DURATION = re.compile(r"(\d{1,9})\s*([smhdw])")
A_TEXT, A_MAPPING, A_LIST = N_("a text"), N_("keys with values"), N_("a list")
YES_NO, STORABLE = N_("true or false"), N_("text without control characters")


@dataclass(frozen=True, slots=True)
class Given:
    """A mapping of a definition, and where it stands in it."""

    values: Mapping[str, Any]
    source: str
    place: str = ""
    "`extract`, `relations 2`; empty: the definition itself."

    def check(self, allowed: Collection[str], sort: str) -> None:
        """Refuse a key that does not belong here.

        Raises:
            TresseError: `unknown_key`, with the nearest.
        """
        where = self.name("")
        check_keys(self.values, allowed, f"{sort} ({where})" if where else sort)

    def name(self, key: str) -> str:
        """How a value is called in sentences."""
        inner = ".".join(part for part in (self.place, key) if part)
        return ": ".join(part for part in (self.source, inner) if part)

    def refuse(self, key: str, wanted: str, value: Any) -> TresseError:
        """The refusal of a value, or of there being none."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return VALUE_MISSING(name=self.name(key), wanted=wanted)
        return WRONG_VALUE(name=self.name(key), wanted=wanted, value=shown(value))

    def has(self, key: str) -> bool:
        """Whether something is said."""
        return self.values.get(key) is not None

    def text(self, key: str, default: str = "", *, most: int = LONGEST) -> str:
        """A text, trimmed.

        Raises:
            TresseError: `wrong_value`.
        """
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(key, gettext(A_TEXT), value)
        if len(value) > most:
            raise TOO_LONG(name=self.name(key), most=f"{most:,}")
        if not is_storable(value):
            raise self.refuse(key, gettext(STORABLE), value)
        return value.strip()

    def choice(self, key: str, choices: Collection[str], default: str = "") -> str:
        """One of some words.

        Raises:
            TresseError: `wrong_value`, with the nearest.
        """
        value = self.values.get(key)
        if value is None:
            return default
        if isinstance(value, str) and value in choices:
            return value
        wanted = gettext("one of {known}").format(known=", ".join(choices))
        near = nearest(value, choices) if isinstance(value, str) else None
        raise WRONG_VALUE(name=self.name(key), wanted=wanted, value=shown(value), nearest=near)

    def truth(self, key: str, default: bool) -> bool:
        """True or false.

        Raises:
            TresseError: `wrong_value`.
        """
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(key, gettext(YES_NO), value)
        return value

    def part(self, key: str) -> "Given":
        """A mapping within; empty if nothing is said.

        Raises:
            TresseError: `wrong_value`.
        """
        value = self.values.get(key)
        place = ".".join(part for part in (self.place, key) if part)
        if value is None:
            return Given({}, self.source, place)
        if not isinstance(value, Mapping):
            raise self.refuse(key, gettext(A_MAPPING), value)
        return Given(_texts(value, self.name(key)), self.source, place)

    def parts(self, key: str, *, most: int) -> list["Given"]:
        """A list of mappings.

        Raises:
            TresseError: `wrong_value`.
        """
        found = []
        for number, value in enumerate(self.items(key, most=most), start=1):
            place = f"{key} {number}"
            if not isinstance(value, Mapping):
                raise WRONG_VALUE(
                    name=f"{self.source}: {place}",
                    wanted=gettext(A_MAPPING),
                    value=shown(value),
                )
            found.append(Given(_texts(value, f"{self.source}: {place}"), self.source, place))
        return found

    def items(self, key: str, *, most: int) -> list[Any]:
        """A list.

        Raises:
            TresseError: `wrong_value`.
        """
        value = self.values.get(key)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            raise self.refuse(key, gettext(A_LIST), value)
        if len(value) > most:
            wanted = gettext("at most {number}").format(number=f"{most:,}")
            raise self.refuse(key, wanted, len(value))
        return list(value)

    def names(self, key: str, *, most: int) -> tuple[str, ...]:
        """A list of one or more column names, each once.

        Raises:
            TresseError: `wrong_value`.
        """
        return names_in(self.items(key, most=10_000), self.name(key), most=most)

    def duration(self, key: str) -> timedelta | int | None:
        """A time such as `96h`, or a bare number.

        Raises:
            TresseError: `wrong_value`.
        """
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62:
            return value
        found = duration_in(value) if isinstance(value, str) else None
        if found is None:
            raise BAD_DURATION(name=self.name(key), value=shown(value))
        return found


def _texts(value: Mapping[Any, Any], name: str) -> dict[str, Any]:
    """The mapping; a key that is no text (YAML: `1: x`) is refused."""
    for key in value:
        if not isinstance(key, str):
            raise UNKNOWN_KEY(name=key, sort=name, nearest=None)
    return dict(value)


def names_in(items: Iterable[Any], name: str, *, most: int) -> tuple[str, ...]:
    """Column names, each once, one to `most` of them.

    Raises:
        TresseError: `wrong_value`.
    """
    names = []
    for item in items:
        if not isinstance(item, str) or not item or not is_storable(item):
            raise WRONG_VALUE(name=name, wanted=gettext("names of columns"), value=shown(item))
        if item in names:
            wanted = gettext("each column once")
            raise WRONG_VALUE(name=name, wanted=wanted, value=shown(item))
        names.append(item)
    if not 1 <= len(names) <= most:
        raise TOO_MANY_KEY_COLUMNS(name=name, least=1, most=most, value=len(names))
    return tuple(names)


def shown(value: Any) -> str:
    """A value as a sentence shows it: texts in quotes, shortened."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = str(type(value).__name__)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def duration_in(text: str) -> timedelta | None:
    """The time that a text says: `96h`, `1d 12h`, `0`; None if it says none."""
    text = text.strip().lower()
    if text == "0":
        return timedelta()
    if not text or _DURATION.sub("", text).strip():
        return None
    seconds = sum(int(number) * UNITS[unit] for number, unit in _DURATION.findall(text))
    return timedelta(seconds=seconds) if seconds <= LONGEST_DURATION.total_seconds() else None


def duration_said(value: timedelta) -> str:
    """A time as `duration_in` reads it: in hours up to a fortnight, then in days if whole."""
    seconds = int(value.total_seconds())
    if not seconds:
        return "0"
    fits = [unit for unit in ("d", "h", "m", "s") if seconds % UNITS[unit] == 0]
    unit = fits[1] if fits[0] == "d" and seconds <= FORTNIGHT else fits[0]
    return f"{seconds // UNITS[unit]}{unit}"
