"""Lists and JSON of columns."""

import orjson

from tresse.engine.columns.renderings import LIST, TEXT, WHOLE, YES, Value, column
from tresse.engine.functions import Function


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


IS_JSON = Function("is_json", _is_json, YES)


def list_of_json(text: Value) -> Value:
    """A JSON array as a list; what is no text in it is written as JSON. Else NULL."""
    return column("list_of_json", LIST, text)


def list_of(*texts: Value) -> Value:
    """A list of these texts, at least one, NULLs too; never NULL."""
    return column("list_of", LIST, *texts)


def list_length(value: Value) -> Value:
    """How many there are."""
    return column("list_length", WHOLE, value)


def list_contains(value: Value, text: Value | str) -> Value:
    """Whether a text is in it."""
    return column("list_contains", YES, value, text)


def list_first(value: Value) -> Value:
    """The first of it; NULL of an empty one."""
    return column("list_first", TEXT, value)


def list_text(value: Value, separator: Value | str) -> Value:
    """Its texts joined, NULLs left out."""
    return column("list_text", TEXT, value, separator)


def list_sorted(value: Value) -> Value:
    """Without repeats and NULLs, by code point."""
    return column("list_sorted", LIST, value)


def list_cleaned(value: Value) -> Value:
    """Each text without blanks at its ends, empty ones dropped, then `list_sorted`."""
    return column("list_cleaned", LIST, value)


def is_json(text: Value) -> Value:
    """Whether it is JSON as RFC 8259 has it: no NaN, no comments."""
    return IS_JSON(text)


def json_value(text: Value, path: str) -> Value:
    """What stands at `$.a.b[0]` in JSON: texts as they are, else as JSON; else NULL."""
    return column("json_value", TEXT, text, path)
