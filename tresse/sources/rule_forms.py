"""Rules of a column as a form shows and sends them, and as a definition writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from tresse.kernel.marks import N_
from tresse.sources.columns import RuleUse
from tresse.sources.rules import RULES
from tresse.sources.rules.settings import written_name

YES_OR_NO = (("yes", N_("yes")), ("no", N_("no")))
NUMBERS = ("integer", "number", "bound")
LISTS = ("texts", "formats")
Item = str | dict[str, dict[str, Any]]
"A rule as a definition writes it: `trim`, or `{phone: {country: FR}}`."


def item_of(use: RuleUse) -> Item:
    """A rule as a definition writes it."""
    return {use.name: dict(use.settings)} if use.settings else use.name


def name_in(item: Item) -> str:
    """The rule that an item names."""
    return item if isinstance(item, str) else next(iter(item), "")


def shown_rules(items: Sequence[Item]) -> list[dict[str, Any]]:
    """Rules in order, each with its settings as fields of the form.

    A rule that there is none of is shown by its name, so that it can be taken away.
    """
    return [_shown(index, item) for index, item in enumerate(items)]


def _shown(index: int, item: Item) -> dict[str, Any]:
    name = name_in(item)
    if name not in RULES:
        return {"written": name, "label": name, "about": "", "settings": []}
    rule = RULES[name]
    given = {} if isinstance(item, str) else item[name]
    return {
        "written": name,
        "label": gettext(rule.label),
        "about": gettext(rule.does),
        "settings": [
            {
                "name": f"rule-{index}-{written_name(each.name)}",
                "label": gettext(each.metadata["label"]),
                "value": _text(
                    given.get(written_name(each.name), _default(each.default)),
                    each.metadata["kind"],
                ),
                "choices": _choices(each.metadata),
            }
            for each in fields(rule.Settings)
        ],
    }


def _default(value: Any) -> Any:
    return "" if value is MISSING else value


def _choices(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    choices = YES_OR_NO if about["kind"] == "yes" else about["choices"]
    return [(value, gettext(label)) for value, label in choices]


def _text(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == "yes":
        return "yes" if value else "no"
    if kind == "map":
        return ", ".join(f"{key} = {to}" for key, to in dict(value or {}).items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def given_rules(given: QueryDict) -> list[Item]:
    """Rules as the form sends them: their order, and each with the settings typed beside it."""
    found: list[Item] = []
    for index, name in enumerate(given.getlist("rule")):
        settings = _settings(given, index, name) if name in RULES else {}
        found.append({name: settings} if settings else name)
    return found


def _settings(given: QueryDict, index: int, name: str) -> dict[str, Any]:
    found = {}
    for each in fields(RULES[name].Settings):
        written = written_name(each.name)
        text = given.get(f"rule-{index}-{written}")
        if text is None:
            continue
        value = _value(text, each.metadata["kind"])
        is_default = value in ("", [], {}) or _plain(value) == _plain(_default(each.default))
        if not is_default:
            found[written] = value
    return found


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _value(text: str, kind: str) -> Any:
    """What was typed, in the shape that a definition has; what is none is refused there."""
    if kind == "yes":
        return text == "yes"
    if kind in NUMBERS:
        stripped = text.strip()
        is_whole = stripped.removeprefix("-").isdecimal() and len(stripped) < 10
        return int(stripped) if is_whole else stripped
    if kind in LISTS:
        return [word for part in text.split(",") if (word := part.strip())]
    if kind == "map":
        pairs = (part.partition("=") for part in text.split(","))
        return {key.strip(): to.strip() for key, sign, to in pairs if sign}
    return text


def moved(items: Sequence[Item], act: str, more: str, proposed: Sequence[str]) -> list[Item]:
    """Rules after a button: `up:1 down:1 drop:1 add: auto: try:`."""
    found = list(items)
    what, _, at = act.partition(":")
    if what == "add" and more in RULES:
        found.append(more)
    elif what == "auto":
        there = {name_in(item) for item in found}
        found += [name for name in proposed if name not in there]
    elif at.isdecimal() and int(at) < len(found):
        index = int(at)
        if what == "drop":
            found.pop(index)
        to = index + {"up": -1, "down": 1}.get(what, 0)
        if what in ("up", "down") and 0 <= to < len(found):
            found[index], found[to] = found[to], found[index]
    return found


def rule_choices(type_: str) -> list[tuple[str, str]]:
    """Rules for a column of a type, those for it first."""
    fits = [(rule.name, gettext(rule.label)) for rule in RULES if type_ in rule.takes]
    return fits or [(rule.name, gettext(rule.label)) for rule in RULES]


def rule_labels(uses: Sequence[RuleUse]) -> list[str]:
    """Rules in few words, for a table."""
    return [gettext(RULES[use.name].label) if use.name in RULES else use.name for use in uses]
