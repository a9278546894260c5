"""The fields of activities (C69) as filters see them: `{"field": outcome, …}`."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.engine.constructs import InstantOf, JsonText
from tresse.filters.fields import Fields, field, fields
from tresse.kernel.marks import N_
from tresse.objects.described import PropertyDef
from tresse.records.activities import ACTIVITY_KINDS

KINDS = {"integer": "integer", "instant": "datetime", "text": "long_text", "texts": "long_text"}
LABELS = {
    "text": N_("Text"),
    "direction": N_("Direction"),
    "channel": N_("Channel"),
    "outcome": N_("Outcome"),
    "duration_seconds": N_("Duration in seconds"),
    "from": N_("From"),
    "to": N_("To"),
    "cc": N_("Copy to"),
    "subject": N_("Subject"),
    "state": N_("State"),
    "starts_at": N_("Starts"),
    "ends_at": N_("Ends"),
    "place": N_("Place"),
    "attendees": N_("Attendees"),
}
CHOICES = {
    "outgoing": N_("outgoing"),
    "incoming": N_("incoming"),
    "phone": N_("telephone"),
    "video": N_("video"),
    "linkedin": N_("LinkedIn"),
    "other": N_("other"),
    "sent": N_("sent"),
    "opened": N_("opened"),
    "clicked": N_("clicked"),
    "bounced": N_("bounced"),
}


def fields_of(kinds: Iterable[str]) -> Fields:
    """The fields of some kinds of activity: those that any of them has.

    Lists of addresses are compared as one text, so that `contains` finds an address in them.
    """
    found: dict[str, PropertyDef] = {}
    for name in kinds:
        for key, form in ACTIVITY_KINDS[name].fields.items():
            if key not in found:
                found[key] = _field(list(LABELS).index(key) + 1, key, form)
    return fields("(activity)", gettext("Activity"), list(found.values()))


def field_of(prop: PropertyDef, json: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A field as an expression on the JSON that activities keep."""
    text = JsonText(json, sa.literal(prop.name))
    if prop.kind.name == "integer":
        return sa.cast(text, sa.BigInteger())
    return InstantOf(text) if prop.kind.name == "datetime" else text


def _field(number: int, key: str, form: str | tuple[str, ...]) -> PropertyDef:
    label = gettext(LABELS[key])
    if isinstance(form, tuple):
        options = [(name, gettext(CHOICES[name])) for name in form]
        return field(number, key, label, "option", options=options)
    return field(number, key, label, KINDS[form])
