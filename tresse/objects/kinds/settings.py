"""Settings of property kinds: for which kinds each is, what it takes, how it is asked for.

Stored as JSON by name; one that is as without it is left out. Checked before it is stored.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import phonenumbers

from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.objects.kinds.currencies import CODES


class BadSetting(Exception):  # noqa: N818  reads as a sentence
    """A setting that cannot be stored: `wanted` says what it must be."""

    def __init__(self, name: str, wanted: str, value: Any) -> None:
        super().__init__(wanted)
        self.name = name
        self.wanted = wanted
        self.value = value


@dataclass(frozen=True, slots=True)
class KindSetting:
    """One setting. `choices`: what a page offers; none: yes or no. `empty`: how no choice reads."""

    name: str
    label: str
    kinds: tuple[str, ...]
    wanted: str
    reads: Callable[[Any], Any]
    "The value as it is stored, None where it is as without it; ValueError where it is none."
    choices: tuple[tuple[str, str], ...] = ()
    empty: str = ""


def _one_of(known: Iterable[str]) -> Callable[[Any], str | None]:
    names = frozenset(known)

    def read(value: Any) -> str | None:
        if value in {None, ""}:
            return None
        found = str(value).strip()
        found = found if found in names else found.upper()
        if found not in names:
            raise ValueError(value)
        return found

    return read


def _yes(value: Any) -> bool | None:
    if value in (None, "", False, True):
        return True if value is True else None
    raise ValueError(value)


COUNTRIES = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))
AS_ACCOUNT = N_("As the account")
SETTINGS: Registry[KindSetting] = Registry(
    N_("setting"),
    (
        KindSetting(
            "currency",
            N_("Currency"),
            ("money",),
            N_("three letters such as EUR"),
            _one_of(CODES),
            tuple((code, code) for code in sorted(CODES)),
            AS_ACCOUNT,
        ),
        KindSetting(
            "shown",
            N_("Shown as"),
            ("decimal",),
            N_("plain or percent"),
            _one_of(("plain", "percent")),
            (("percent", N_("Percent")),),
            N_("Plain number"),
        ),
        KindSetting(
            "country",
            N_("Country of numbers without one"),
            ("phone",),
            N_("two letters such as FR"),
            _one_of(COUNTRIES),
            tuple((code, code) for code in COUNTRIES),
            AS_ACCOUNT,
        ),
        KindSetting(
            "strict",
            N_("Refuse numbers that cannot be checked"),
            ("phone",),
            N_("true or false"),
            _yes,
        ),
    ),
)


def settings_of(kind: str) -> list[KindSetting]:
    """The settings that properties of a kind have."""
    return [each for each in SETTINGS if kind in each.kinds]


def checked_settings(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are stored; keys that are no setting of the kind are for the caller.

    Raises:
        BadSetting: Of the first that will not do.
    """
    kept = {}
    for each in settings_of(kind):
        try:
            value = each.reads(given.get(each.name))
        except (ValueError, TypeError):
            raise BadSetting(each.name, each.wanted, given[each.name]) from None
        if value is not None:
            kept[each.name] = value
    return kept
