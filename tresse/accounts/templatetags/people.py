"""The list of pages beside the settings."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext

from tresse.accounts.models import AuditEntry
from tresse.accounts.navigation import settings_links

register = template.Library()


@register.inclusion_tag("accounts/_side.html", takes_context=True)
def settings_side(context: dict[str, Any]) -> dict[str, Any]:
    """Links to the pages of settings that the person may open, the present one marked."""
    request = context["request"]
    name = context["here"]
    here = reverse(name if ":" in name else f"accounts:{name}")
    return {"links": list(settings_links(request)), "here": here, "path": request.path}


@register.filter
def changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """What an entry of the audit log says: name, value before, value after; empty ones left out."""
    before, after = entry.before or {}, entry.after or {}
    rows = ((name, before.get(name), after.get(name)) for name in {**before, **after})
    empty: tuple[Any, ...] = (None, "", [], {})
    return [
        (name, "" if was in empty else _words(was), "" if now_is in empty else _words(now_is))
        for name, was, now_is in rows
        if was not in empty or now_is not in empty
    ]


@register.filter
def facts(values: Mapping[str, Any] | None) -> str:
    """Names and values of an entry of the audit log in one line; empty ones are left out."""
    return "; ".join(
        f"{name}: {_words(value)}"
        for name, value in (values or {}).items()
        if value not in (None, "", [], {})
    )


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    if isinstance(value, Mapping):
        return f"({facts(value)})"
    return str(value)
