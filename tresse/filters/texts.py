"""Filters as text: JSON and YAML, to copy and to paste (G74)."""

import json
from datetime import date
from typing import Any

import yaml

from tresse.filters.refusals import UNREADABLE


def json_of(filter_: Any) -> str:
    """A filter as JSON, as addresses and fields have it; empty for None."""
    return "" if filter_ is None else json.dumps(filter_, ensure_ascii=False, default=str)


def yaml_of(filter_: Any) -> str:
    """A filter as YAML, as definitions have it."""
    text: str = yaml.safe_dump(filter_, allow_unicode=True, sort_keys=False, width=100)
    return text


def filter_in(text: str) -> Any:
    """Read a filter from JSON or YAML; None from an empty text.

    Raises:
        TresseError: `bad_filter`, with the line.
    """
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return _plain(yaml.safe_load(text))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise UNREADABLE(line=mark.line + 1 if mark else 1) from None


def _plain(value: Any) -> Any:
    """As JSON would have it: YAML reads days and times by itself."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
