"""Cells in templates; a tag of its own, since a page of a list has hundreds of them."""

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString

from tresse.records.cells import Cell

register = template.Library()
EMPTY = SafeString('<span class="muted" aria-hidden="true">–</span>')


@register.simple_tag
def cell(shown: Cell) -> str:
    """A value by the template of its kind; a dash for none.

    The template is given the cell alone: names are then found at once, not below those of a page.
    """
    if shown.value is None:
        return EMPTY
    context = {
        "property": shown.prop,
        "value": shown.value,
        "text": shown.text,
        "shown": shown.shown,
        "tones": shown.tones,
    }
    return get_template(shown.template).render(context)
