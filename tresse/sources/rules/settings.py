"""Settings of rules: read from what a person wrote, checked, and written back short."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
import re2

from tresse.kernel.errors import nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable
from tresse.sources.rules.base import BadSetting, Rule
from tresse.sources.types.formats import UNIX, UNIX_MS, BadFormat, parsed

LONGEST, LONGEST_PATTERN, MOST_WORDS, MOST_PAIRS = 500, 1_000, 1_000, 10_000
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
A_TEXT = N_("a text of up to 500 characters")
QUIET = re2.Options()
QUIET.log_errors = False
SPECIAL = re.compile(r"[ \t]+")


def written_name(name: str) -> str:
    """How a field of `Settings` is called in YAML: `with_` is `with`."""
    return name.rstrip("_")


def settings_of(rule: Rule, given: Mapping[str, Any]) -> Any:
    """The `Settings` of a rule from checked ones as they are stored."""
    known = fields(rule.Settings)
    values = {}
    for each in known:
        name = written_name(each.name)
        if name in given:
            values[each.name] = _frozen(given[name])
    return rule.Settings(**values)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def checked(rule: Rule, given: Mapping[str, Any], type_: str) -> dict[str, Any]:
    """Settings as they are stored: plain values, without what is as by default.

    Raises:
        BadSetting: Of the first that will not do; one that is unknown has `wanted` empty and the
            `nearest` in its details.
    """
    known = {written_name(each.name): each for each in fields(rule.Settings)}
    for name in given:
        if name not in known:
            near = nearest(str(name), known)
            raise BadSetting(str(name), "", nearest=near)
    kept = {}
    for name, each in known.items():
        if name not in given or given[name] is None:
            if each.default is MISSING:
                raise BadSetting(name, wanted_of(each), is_missing=True)
            continue
        value = KINDS[each.metadata["kind"]](name, given[name], each)
        if _frozen(value) != each.default:
            kept[name] = value
    rule.check(settings_of(rule, kept), type_)
    return kept


def wanted_of(each: "Field[Any]") -> str:
    """What a setting needs, in words, for one that is missing."""
    return WANTED[each.metadata["kind"]]


def _text(name: str, value: Any, each: "Field[Any]") -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadSetting(name, A_TEXT)
    text = str(value)
    if (not text and each.default is MISSING) or len(text) > LONGEST or not is_storable(text):
        raise BadSetting(name, A_TEXT)
    return text


def _character(name: str, value: Any, each: "Field[Any]") -> str:
    text = _text(name, value, each)
    if len(text) != 1:
        raise BadSetting(name, WANTED["character"])
    return text


def _pattern(name: str, value: Any, each: "Field[Any]") -> str:
    del each
    if not isinstance(value, str) or len(value) > LONGEST_PATTERN or not is_storable(value):
        raise BadSetting(name, WANTED["pattern"])
    try:
        re2.compile(value, QUIET)
    except re2.error:
        raise BadSetting(name, WANTED["pattern"]) from None
    return value


def _integer(name: str, value: Any, each: "Field[Any]") -> int:
    del each
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**9:
        raise BadSetting(name, WANTED["integer"])
    return value


def _yes(name: str, value: Any, each: "Field[Any]") -> bool:
    del each
    if not isinstance(value, bool):
        raise BadSetting(name, WANTED["yes"])
    return value


def _choice(name: str, value: Any, each: "Field[Any]") -> str:
    known = [choice for choice, _ in each.metadata["choices"]]
    if value not in known:
        near = nearest(str(value), known)
        raise BadSetting(name, WANTED["choice"], known=", ".join(known), nearest=near)
    return str(value)


def _texts(name: str, value: Any, each: "Field[Any]") -> list[str]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple) or len(value) > MOST_WORDS:
        raise BadSetting(name, WANTED["texts"])
    return [_word(name, word, each) for word in value]


def _word(name: str, value: Any, each: "Field[Any]") -> str:
    """A text of a list or a map; YAML makes days, numbers and truths of some."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    del each
    if not isinstance(value, str | int | float) or len(str(value)) > LONGEST:
        raise BadSetting(name, WANTED["texts"])
    if not is_storable(str(value)):
        raise BadSetting(name, WANTED["texts"])
    return str(value)


def _map(name: str, value: Any, each: "Field[Any]") -> dict[str, str]:
    if not isinstance(value, Mapping) or not 1 <= len(value) <= MOST_PAIRS:
        raise BadSetting(name, WANTED["map"])
    found = {_word(name, key, each): _word(name, to, each) for key, to in value.items()}
    if not all(found) or not all(found.values()):
        raise BadSetting(name, WANTED["map"])
    return found


def _country(name: str, value: Any, each: "Field[Any]") -> str:
    del each
    code = str(value).strip().upper()
    if code and code not in COUNTRIES:
        raise BadSetting(name, WANTED["country"])
    return code


def _zone(name: str, value: Any, each: "Field[Any]") -> str:
    del each
    if not isinstance(value, str) or (value and not is_zone(value)):
        near = nearest(str(value), available_timezones())
        raise BadSetting(name, WANTED["zone"], nearest=near)
    return value


def is_zone(value: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _formats(name: str, value: Any, each: "Field[Any]") -> list[str]:
    del each
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list | tuple) or len(written) > 50:
        raise BadSetting(name, WANTED["formats"])
    return [format_of(name, str(one)) for one in written if one != ""]


def format_of(name: str, value: str) -> str:
    """A format of dates that was checked.

    Raises:
        BadSetting: It is none; `part` is where.
    """
    if value in {UNIX, UNIX_MS}:
        return value
    try:
        parsed(value)
    except BadFormat as error:
        raise BadSetting(name, WANTED["formats"], part=error.part) from None
    return value


def _bound(name: str, value: Any, each: "Field[Any]") -> str:
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        value = format(value, "f")
    return _text(name, value, each).strip()


Check = Callable[[str, Any, "Field[Any]"], Any]
KINDS: Mapping[str, Check] = {
    "text": _text,
    "character": _character,
    "pattern": _pattern,
    "integer": _integer,
    "yes": _yes,
    "choice": _choice,
    "texts": _texts,
    "map": _map,
    "country": _country,
    "zone": _zone,
    "formats": _formats,
    "bound": _bound,
}
"Name of a kind of setting to what reads one; each gives plain values, as JSON has them."
WANTED: Mapping[str, str] = {
    "text": A_TEXT,
    "character": N_("one character"),
    "pattern": N_("a pattern without look-around and back-references, of up to 1,000 characters"),
    "integer": N_("a whole number"),
    "yes": N_("true or false"),
    "choice": N_("one of {known}"),
    "texts": N_("a list of up to 1,000 texts"),
    "map": N_("up to 10,000 values, each with what it becomes"),
    "country": N_("two letters such as FR"),
    "zone": N_("a time zone such as Europe/Paris"),
    "formats": N_("formats such as %d/%m/%Y, each with a year, a month and a day"),
    "bound": N_("a number or a day"),
}
