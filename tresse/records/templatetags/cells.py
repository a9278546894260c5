"""Cells in templates; a tag of its own, since a page of a list has hundreds of them."""

from django import template
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from tresse.records.cells import Cell
from tresse.web.templatetags.components import icon

register = template.Library()
EMPTY = SafeString('<span class="muted" aria-hidden="true">–</span>')


@register.simple_tag
def cell(shown: Cell) -> str:
    """A value by the template of its kind; a dash for none.

    The template is given the cell alone: names are then found at once, not below those of a page.
    """
    mark = waiting_mark() if shown.is_waiting else SafeString()
    if shown.value is None:
        return mark or EMPTY
    context = {
        "property": shown.prop,
        "value": shown.value,
        "text": shown.text,
        "shown": shown.shown,
        "tones": shown.tones,
    }
    return mark + get_template(shown.template).render(context)


def waiting_mark() -> SafeString:
    """A sign that a value is still to be worked out."""
    text = gettext("Still being worked out")
    return format_html(
        '<span class="waiting" title="{}">{}<span class="sr">{}</span></span>',
        text,
        icon("clock", "icon--sm"),
        text,
    )
