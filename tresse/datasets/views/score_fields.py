"""The settings of a score as fields of a form, and read from it again (SC3).

What cannot be read is left as it was typed: whoever checks the definition refuses it in words.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from django.http import QueryDict
from django.utils.translation import gettext

from tresse.datasets.scores.base import Setting
from tresse.datasets.views.window_form import window_fields, window_sent
from tresse.filters.texts import filter_in, yaml_of
from tresse.kernel.errors import TresseError

BEGIN = "s_"
"Begins the names of the fields."
ALL = "all"


def fields_of(settings: Sequence[Setting], known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A field for each setting.

    Args:
        settings: Of the score, in the order forms have them.
        known: What is kept or was typed; others have their default.
    """
    return [_field(each, known.get(each.name, each.default)) for each in settings]


def _field(setting: Setting, value: Any) -> dict[str, Any]:
    name = f"{BEGIN}{setting.name}"
    found: dict[str, Any] = {
        "name": name,
        "kind": setting.kind,
        "label": gettext(setting.label),
        "hint": gettext(setting.hint) if setting.hint else "",
        "value": _text(setting, value),
    }
    if setting.kind == "window":
        window = None if value == ALL else value
        found["window"] = window_fields(window, name=name, label=gettext(setting.label))
    if setting.kind == "choice":
        empty = [("", gettext("as the others need"))] if setting.default is None else []
        found["choices"] = [*empty, *((key, gettext(text)) for key, text in setting.choices)]
    if setting.kind == "table":
        found["rows"] = max(3, found["value"].count("\n") + 2)
    return found


def _text(setting: Setting, value: Any) -> Any:
    """A value as its control has it."""
    if value is None:
        return ""
    match setting.kind:
        case "flag":
            return bool(value)
        case "words" | "money_list":
            is_list = isinstance(value, list | tuple)
            return ", ".join(map(_plain, value)) if is_list else str(value)
        case "share":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return _plain(Decimal(str(value)) * 100) if is_number else str(value)
        case "table":
            return value if isinstance(value, str) else _table(value)
    return _plain(value)


def _table(value: Any) -> str:
    """A list or keys as YAML, an entry a line."""
    if isinstance(value, Mapping):
        return "\n".join(f"{_inline(key)}: {_inline(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(f"- {_inline(each)}" for each in value)
    return yaml_of(value)


def _inline(value: Any) -> str:
    plain = _listed(value)
    text: str = yaml.safe_dump(
        plain, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000
    )
    return text.removesuffix("\n...\n").strip()


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _listed(each) for key, each in value.items()}
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> str:
    """A number without zeros at its end; all else as it is."""
    if isinstance(value, float | Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def settings_sent(settings: Sequence[Setting], given: QueryDict) -> dict[str, Any]:
    """Settings as they were typed, but for those that are as by default."""
    found = {each.name: _sent(each, given) for each in settings}
    return {
        each.name: found[each.name]
        for each in settings
        if found[each.name] is not None and _listed(found[each.name]) != _listed(each.default)
    }


def _sent(setting: Setting, given: QueryDict) -> Any:
    name = f"{BEGIN}{setting.name}"
    if setting.kind == "window":
        return _window(setting, window_sent(given, name))
    if setting.kind == "flag":
        return given.get(name) == "1"
    text = given.get(name, "").strip()
    if not text:
        return None
    match setting.kind:
        case "whole" | "number":
            return _number(text)
        case "share":
            number = _number(text)
            return number / 100 if isinstance(number, int | float) else number
        case "words":
            return [each.strip() for each in text.split(",") if each.strip()]
        case "money_list":
            return [_number(each.strip()) for each in text.split(",") if each.strip()]
        case "table":
            return _read(text)
    return text


def _window(setting: Setting, window: Any) -> Any:
    """A window as short as files have it; `all` where the default is another one."""
    if window is None:
        return ALL if setting.default not in (None, ALL) else None
    if set(window) == {"last"}:
        return window["last"]
    return window


def _number(text: str) -> int | float | str:
    """A number as people of the language type it, with a comma too."""
    try:
        value = Decimal(text.replace("\u202f", "").replace("\xa0", "").replace(",", "."))
    except InvalidOperation:
        return text
    if not value.is_finite():
        return text
    return int(value) if value == value.to_integral_value() else float(value)


def _read(text: str) -> Any:
    try:
        return filter_in(text)
    except TresseError:
        return text
