"""The list of pages beside the settings."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext

from tresse.accounts.navigation import settings_links

register = template.Library()


@register.inclusion_tag("accounts/_side.html", takes_context=True)
def settings_side(context: dict[str, Any]) -> dict[str, Any]:
    """Links to the pages of settings that the person may open, the present one marked."""
    request = context["request"]
    here = reverse(f"accounts:{context['here']}")
    return {"links": list(settings_links(request)), "here": here, "path": request.path}


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
