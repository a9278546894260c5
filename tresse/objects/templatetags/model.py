"""Small things that templates of the data model ask for."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(values: Mapping[str, Any] | None, key: str) -> Any:
    """What a mapping holds under a key; nothing where it has none."""
    return (values or {}).get(key)
