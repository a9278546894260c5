"""The body of a card that another room adds to a record's page."""

from django.template import Context, Library
from django.template.loader import get_template

from tresse.records.panels import ShownPanel

register = Library()


@register.simple_tag(takes_context=True)
def panel_body(context: Context, shown: ShownPanel) -> str:
    """Render a panel's template with its context and what the page knows of the record."""
    known = {
        name: context.get(name)
        for name in ("object", "record", "address", "may_edit", "csrf_token")
    }
    request = context.get("request")
    return get_template(shown.panel.template).render({**known, **shown.context}, request)
