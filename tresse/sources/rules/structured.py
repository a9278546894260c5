"""Rules that read a text as something: JSON, HTML, a list; and pseudonyms."""

import hashlib
import hmac
import html
import json
import re
from dataclasses import dataclass
from typing import Any

import nh3

from tresse.engine.functions import Function
from tresse.engine.relations import TextList
from tresse.kernel.marks import N_
from tresse.kernel.text import BREAK
from tresse.sources.columns import Defaults
from tresse.sources.rules.base import BadSetting, Rule, TextRule, Value, setting
from tresse.sources.rules.spacing import trimmed

STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,9})\]")
PATH = re.compile(r"\$?(?:\.?[^.\[\]]+|\[\d{1,9}\])(?:\.[^.\[\]]+|\[\d{1,9}\])*")
_BREAK = re.compile(BREAK, re.IGNORECASE)
MARKUP = re.compile(r"[<&\x00\r\t\n]|  |^ | $")
NO_TAGS: set[str] = set()
UNSEEN = {"script", "style"}
LONGEST_PATH = 500


class _Number(str):
    """A number of JSON as it was written."""

    __slots__ = ()


def steps(path: str) -> tuple[str | int, ...]:
    """`$.a.b[0]` as names and places."""
    bare = path.removeprefix("$").removeprefix(".")
    return tuple(int(found[2]) if found[2] else found[1] for found in STEP.finditer(bare))


def json_value(text: str, path: str) -> str | None:
    """What stands at a path in JSON, as text; objects and lists as JSON; None without any."""
    try:
        value = json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    for step in steps(path):
        if isinstance(step, int) and isinstance(value, list):
            value = value[step] if step < len(value) else None
        elif isinstance(value, dict):
            value = value.get(str(step))
        else:
            return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return _written(value)


def _refuse(name: str) -> None:
    raise ValueError(name)


def _written(value: Any) -> str:
    """JSON again, with its numbers as they were."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        inner = ",".join(f"{_written(key)}:{_written(each)}" for key, each in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    return json.dumps(value, ensure_ascii=False)


def without_tags(text: str) -> str:
    """The text of HTML on one line: tags dropped, breaks and ends of blocks as blanks."""
    if not MARKUP.search(text):
        return text
    cleaned = nh3.clean(_BREAK.sub(" ", text), tags=NO_TAGS, clean_content_tags=UNSEEN)
    return " ".join(html.unescape(cleaned).split())


def listed(text: str, separator: str) -> list[str]:
    """The parts of a text, trimmed, each once, sorted by code point."""
    return sorted({part for each in text.split(separator) if (part := trimmed(each))})


def list_again(items: list[str]) -> list[str]:
    """A list that was read before, as `listed` gives it."""
    return sorted({part for each in items if each and (part := trimmed(each))})


class Key(bytes):
    """A secret that shows nothing of itself, but whether it is another one."""

    def __repr__(self) -> str:
        return f"Key({hashlib.sha256(b'shown ' + self).hexdigest()[:16]})"


def pseudonym(text: str, key: bytes) -> str:
    """HMAC-SHA256 of a text, in hexadecimal."""
    return hmac.digest(bytes(key), text.encode(), "sha256").hex()


LISTED = Function("rule_list", listed, TextList())
LIST_AGAIN = Function("rule_list_again", list_again, TextList(), takes=(TextList(),))


@dataclass(frozen=True, slots=True)
class ListSettings:
    """Settings of `list`."""

    separator: str = setting(";", label=N_("Separator"))


class ListRule(Rule):
    """Lists."""

    name = "list"
    label = N_("List")
    does = N_("Splits a text, trims the parts, drops empty and repeated ones, and sorts them.")
    takes = frozenset({"text", "list"})
    gives = "list"
    Settings = ListSettings
    examples = (({}, "b; a;b", ["a", "b"]), ({"separator": ","}, "x,,y", ["x", "y"]))

    def apply(
        self, column: Value, type_: str, settings: ListSettings, defaults: Defaults
    ) -> Value:  # fmt: skip
        """In Python, as all engines trim alike there."""
        del defaults
        if type_ == "list":
            return LIST_AGAIN(column)
        return LISTED(column, separator=settings.separator)


@dataclass(frozen=True, slots=True)
class PathSettings:
    """Settings of `json_value`."""

    path: str = setting(label=N_("Path"), help=N_("Such as customer.phones[0]."))


class JsonValue(TextRule):
    """Out of JSON."""

    name = "json_value"
    label = N_("Value out of JSON")
    does = N_("Takes one value out of JSON by its path.")
    takes = frozenset({"text", "json"})
    Settings = PathSettings
    python = staticmethod(json_value)
    can_fail = True
    is_settled = False
    examples = (
        ({"path": "city"}, '{"city": "Łódź"}', "Łódź"),
        ({"path": "$.lines[1].price"}, '{"lines": [{}, {"price": 2.50}]}', "2.50"),
        ({"path": "city"}, "{}", None),
    )

    def check(self, settings: PathSettings, type_: str) -> None:  # noqa: ARG002
        """A path that can be read."""
        if len(settings.path) > LONGEST_PATH or not PATH.fullmatch(settings.path):
            raise BadSetting("path", N_("a path such as customer.phones[0]"))


class StripHtml(TextRule):
    """Out of HTML."""

    name = "strip_html"
    label = N_("Text of HTML")
    does = N_("Drops the tags of HTML and leaves its text, on one line.")
    python = staticmethod(without_tags)
    is_settled = False
    examples = (({}, "<b>A&amp;B</b>", "A&B"), ({}, "<p>a</p><p>b</p>", "a b"))


class Pseudonym(TextRule):
    """Keyed hashes."""

    name = "pseudonym"
    label = N_("Pseudonym")
    does = N_("Replaces a text by its keyed SHA-256; the key is this installation's own.")
    python = staticmethod(pseudonym)
    is_settled = False
    examples = ()

    def arguments(self, settings: Any, defaults: Defaults) -> dict[str, Any]:  # noqa: ARG002
        """The key of the installation.

        Raises:
            ValueError: It has none: a fault of the caller.
        """
        if len(defaults.key) < 32:
            message = "Defaults.key has less than 32 bytes."
            raise ValueError(message)
        return {"key": Key(defaults.key)}
