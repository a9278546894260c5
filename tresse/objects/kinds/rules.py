"""Validation rules of a property (C15): what a value of its kind must also be.

Stored as JSON: `[{"rule": "longest", "value": 10, "message": "Ten letters at most."}, …]`, the
message optional. Rules are checked when they are saved (`checked`) and applied to later writes only
(C16).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tresse.kernel.clock import now
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.objects.kinds.patterns import BadPattern, compiled, portable
from tresse.objects.kinds.reading import Reading, Refused

if TYPE_CHECKING:
    from tresse.objects.kinds.base import PropertyKind

TEXTS = ("text", "long_text", "email", "phone", "url", "domain")
NUMBERS = ("integer", "decimal", "money")
DATES = ("date", "datetime")
KEYS = {"rule", "value", "message"}


class BadRule(Exception):  # noqa: N818  reads as a sentence
    """A rule that cannot be saved: `wrong_value`, or `bad_pattern` with `position`."""

    def __init__(self, rule: Any, wanted: str, position: int | None = None) -> None:
        super().__init__(wanted)
        self.rule = rule
        self.wanted = wanted
        self.position = position
        self.code = "wrong_value" if position is None else "bad_pattern"


@dataclass(frozen=True, slots=True)
class Rule:
    """A sort of rule: for which kinds, what its setting must be, and when a value fits."""

    name: str
    label: str
    "How sentences call it; `{value}` is its setting."
    kinds: tuple[str, ...]
    wanted: str
    "What its setting must be."
    reads: Callable[[Any], Any]
    "The setting as `fits` takes it; ValueError or TypeError where it is none."
    fits: Callable[[Any, Any, Reading], bool]
    "Whether a value fits a setting."


def _length(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 65_536:
        raise ValueError(value)
    return value


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(value)
    found = Decimal(str(value)) if re.fullmatch(r"-?[0-9.]+(e[+-]?[0-9]+)?", str(value)) else None
    if found is None or not found.is_finite():
        raise ValueError(value)
    return found


def _days(value: Any) -> tuple[int | None, int | None]:
    """`{"least": -30, "most": 0}`: days from today; either may be left out."""
    if not isinstance(value, Mapping) or not value or set(value) - {"least", "most"}:
        raise ValueError(value)
    least, most = value.get("least"), value.get("most")
    for each in (least, most):
        if each is not None and (isinstance(each, bool) or abs(int(each)) > 100_000):
            raise ValueError(value)
    if least is not None and most is not None and least > most:
        raise ValueError(value)
    return least, most


def _domains(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not value:
        raise ValueError(value)
    return frozenset(str(each).strip().lower().removeprefix("@") for each in value)


def _yes(value: Any) -> bool:
    if value is not True:
        raise ValueError(value)
    return True


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Any:
    return compiled(f"^(?:{portable(pattern)})$")


def _text_pattern(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    _pattern(value)
    return value


def _day(value: Any, reading: Reading) -> date:
    return value.astimezone(reading.zone).date() if isinstance(value, datetime) else value


def _within(value: Any, days: tuple[int | None, int | None], reading: Reading) -> bool:
    ahead = (_day(value, reading) - now().astimezone(reading.zone).date()).days
    least, most = days
    return (least is None or ahead >= least) and (most is None or ahead <= most)


def _domain_of(value: str) -> str:
    return value.rpartition("@")[2]


def _is_in(domain: str, domains: frozenset[str]) -> bool:
    """Whether a domain is one of these or below one."""
    parts = domain.split(".")
    return any(".".join(parts[n:]) in domains for n in range(len(parts)))


def _places(value: Any) -> int:
    exponent = Decimal(value).as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


A_LENGTH = N_("a number of characters")
A_NUMBER = N_("a number")
A_DAY = N_("a date such as 2026-03-01")
DOMAINS = N_("a list of domains")

RULES: Registry[Rule] = Registry(
    N_("validation rule"),
    (
        Rule(
            "shortest",
            N_("at least {value} characters"),
            TEXTS,
            A_LENGTH,
            _length,
            lambda value, least, _: len(value) >= least,
        ),
        Rule(
            "longest",
            N_("at most {value} characters"),
            TEXTS,
            A_LENGTH,
            _length,
            lambda value, most, _: len(value) <= most,
        ),
        Rule(
            "pattern",
            N_("the pattern {value}"),
            TEXTS,
            N_("a pattern"),
            _text_pattern,
            lambda value, pattern, _: _pattern(pattern).search(value) is not None,
        ),
        Rule(
            "digits_only",
            N_("digits only"),
            TEXTS,
            N_("true"),
            _yes,
            lambda value, *_: value.isascii() and value.isdecimal(),
        ),
        Rule(
            "no_spaces",
            N_("no spaces"),
            TEXTS,
            N_("true"),
            _yes,
            lambda value, *_: not any(letter.isspace() for letter in value),
        ),
        Rule(
            "lowest",
            N_("at least {value}"),
            NUMBERS,
            A_NUMBER,
            _number,
            lambda value, least, _: value >= least,
        ),
        Rule(
            "highest",
            N_("at most {value}"),
            NUMBERS,
            A_NUMBER,
            _number,
            lambda value, most, _: value <= most,
        ),
        Rule(
            "most_decimals",
            N_("at most {value} decimals"),
            ("decimal", "money"),
            N_("a whole number from 0 to 4"),
            lambda value: _length(value) if value in range(5) else _length(None),
            lambda value, most, _: _places(value) <= most,
        ),
        Rule(
            "earliest",
            N_("not before {value}"),
            DATES,
            A_DAY,
            lambda value: date.fromisoformat(str(value)),
            lambda value, first, reading: _day(value, reading) >= first,
        ),
        Rule(
            "latest",
            N_("not after {value}"),
            DATES,
            A_DAY,
            lambda value: date.fromisoformat(str(value)),
            lambda value, last, reading: _day(value, reading) <= last,
        ),
        Rule(
            "days_from_today",
            N_("days from today: {value}"),
            DATES,
            N_("a number of days as least, as most or as both"),
            _days,
            _within,
        ),
        Rule(
            "allowed_domains",
            N_("only the domains {value}"),
            ("email",),
            DOMAINS,
            _domains,
            lambda value, domains, _: _is_in(_domain_of(value), domains),
        ),
        Rule(
            "blocked_domains",
            N_("not the domains {value}"),
            ("email",),
            DOMAINS,
            _domains,
            lambda value, domains, _: not _is_in(_domain_of(value), domains),
        ),
    ),
)


def checked(rules: Iterable[Any], kind: "PropertyKind") -> list[dict[str, Any]]:
    """Rules as they are stored, if all of them can be used with the kind.

    Raises:
        BadRule: Of the first that cannot.
        TresseError: `unknown_name`; there is no such rule.
    """
    kept = []
    for given in rules:
        if not isinstance(given, Mapping) or "rule" not in given or set(given) - KEYS:
            raise BadRule(given, N_("the keys rule, value and message"))
        rule = RULES[str(given["rule"])]
        if kind.name not in rule.kinds:
            raise BadRule(rule.name, N_("another kind of property"))
        value = given.get("value", True)
        try:
            rule.reads(value)
        except BadPattern as error:
            raise BadRule(rule.name, rule.wanted, error.position) from None
        except (ValueError, TypeError, OverflowError):
            raise BadRule(rule.name, rule.wanted) from None
        message = str(given.get("message") or "")
        kept.append(
            {"rule": rule.name, "value": value, **({"message": message} if message else {})}
        )
    return kept


def applied(
    values: list[Any], texts: Iterable[str | None], reading: Reading
) -> tuple[list[Any], list[Refused]]:
    """Values of a column without those that a rule of the property refuses.

    Returns:
        The values, None where one was refused (`failed_validation`); and the refusals.
    """
    rules = [
        (RULES[given["rule"]], RULES[given["rule"]].reads(given.get("value", True)), given)
        for given in reading.rules
    ]
    kept = list(values)
    refusals = []
    for position, (value, text) in enumerate(zip(values, texts, strict=True)):
        if value is None:
            continue
        for rule, setting, given in rules:
            if not rule.fits(value, setting, reading):
                kept[position] = None
                details = {"property": reading.label, "rule": words(rule, given)}
                refusals.append(Refused(position, str(text), "failed_validation", details))
                break
    return kept, refusals


def words(rule: Rule, given: Mapping[str, Any]) -> str:
    """How a sentence calls a rule: its own message, else what it asks for."""
    value = given.get("value", True)
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {number}" for name, number in value.items())
    shown = ", ".join(map(str, value)) if isinstance(value, list) else value
    return str(given.get("message") or rule.label.format(value=shown))
