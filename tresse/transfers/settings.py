"""Settings of an import (T6): names and values, the first one preset; alike at all doors."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tresse.kernel.errors import UNKNOWN_KEY, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable

CHOICES: Mapping[str, tuple[str, ...]] = {
    "mode": ("upsert", "create", "update"),
    "links": ("associate", "dissociate", "ignore"),
    "unmapped": ("ignore", "ask"),
    "pairs": ("all", "own"),
    "unknown_options": ("leave", "add", "map"),
    "bad_cell": ("leave", "refuse"),
    "conflicts": ("last", "first", "refuse"),
    "missing": ("finding", "create", "upsert"),
    "existing": ("keep", "replace"),
    "label_only": ("no", "yes"),
}
SWITCHES = ("erase_empty", "all_or_nothing", "fire_automations", "same_plan")
YES, NO = ("yes", "true", "1", "on"), ("no", "false", "0", "off", "")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an import was asked to do. `missing` and `existing` hold for columns that say nothing.

    `option_map`: property name → text of a cell → option name, with `unknown_options` = `map`.
    `label_only`: dissociating in a column of a link label takes the label only (T58).
    """

    mode: str = "upsert"
    links: str = "associate"
    unmapped: str = "ignore"
    pairs: str = "all"
    erase_empty: bool = False
    unknown_options: str = "leave"
    bad_cell: str = "leave"
    conflicts: str = "last"
    all_or_nothing: bool = False
    fire_automations: bool = False
    same_plan: bool = False
    to_list: str = ""
    missing: str = "finding"
    existing: str = "keep"
    label_only: str = "no"
    option_map: Mapping[str, Mapping[str, str]] | None = None


NAMES = tuple(each.name for each in fields(Settings))


def read_settings(given: Mapping[str, Any]) -> Settings:
    """Settings from texts or JSON values.

    Raises:
        TresseError: `unknown_key`, with the nearest name; `wrong_value`, with those allowed.
    """
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in NAMES:
            raise UNKNOWN_KEY(
                name=name, sort=N_("the settings of an import"), nearest=nearest(name, NAMES)
            )
        values[name] = _read(name, value)
    return Settings(**values)


def require_storable(**given: Any) -> None:
    """Refuse what no database can hold, before it is kept with an import, template or export.

    Raises:
        TresseError: `wrong_value`.
    """
    for name, value in given.items():
        if not is_storable(value):
            raise WRONG_VALUE(name=name, wanted=N_("a text"), value=repr(value)[:200])


def _read(name: str, value: Any) -> Any:
    if name in SWITCHES:
        text = str(value).lower()
        if text in YES or text in NO:
            return text in YES
        raise WRONG_VALUE(name=name, wanted=N_("yes or no"), value=value)
    if name in CHOICES:
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if value in CHOICES[name]:
            return value
        raise WRONG_VALUE(name=name, wanted=" or ".join(CHOICES[name]), value=value)
    if name == "option_map" and not _is_option_map(value):
        wanted = N_("texts to options, property by property")
        raise WRONG_VALUE(name=name, wanted=wanted, value=value)
    if name == "to_list" and not isinstance(value, str):
        raise WRONG_VALUE(name=name, wanted=N_("the name of a list"), value=value)
    return value


def _is_option_map(value: Any) -> bool:
    return value is None or (
        isinstance(value, Mapping)
        and all(
            isinstance(texts, Mapping) and all(isinstance(each, str) for each in texts.values())
            for texts in value.values()
        )
    )
