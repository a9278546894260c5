"""The list of pages beside the settings."""

from typing import Any

from django import template

from tresse.accounts.navigation import settings_links

register = template.Library()


@register.inclusion_tag("accounts/_side.html", takes_context=True)
def settings_side(context: dict[str, Any]) -> dict[str, Any]:
    """Links to the pages of settings that the person may open, the present one marked."""
    request = context["request"]
    return {"links": list(settings_links(request)), "path": request.path}
