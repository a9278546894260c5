"""The form of a webhook."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tresse.connections.models import Webhook
from tresse.connections.payload import EVENT_NAMES
from tresse.objects.described import DataModel
from tresse.objects.labels import shown_plural

EVENT_WORDS = {
    "record_created": _("A record is created"),
    "record_changed": _("Values of a record change"),
    "record_deleted": _("A record goes to the bin"),
    "record_restored": _("A record comes back from the bin"),
    "record_merged": _("Records are merged"),
    "record_unmerged": _("A merge is taken apart"),
    "record_linked": _("Two records are linked"),
    "record_unlinked": _("A link is taken away"),
    "stage_changed": _("A deal or ticket changes its stage"),
    "task_created": _("A task is created"),
    "task_completed": _("A task is done"),
    "activity_logged": _("An activity is logged"),
    "list_added": _("A record is put on a list"),
    "list_removed": _("A record is taken off a list"),
    "segment_entered": _("A record enters a segment"),
    "segment_left": _("A record leaves a segment"),
}


class WebhookForm(forms.Form):
    """Where to, and of what."""

    label = forms.CharField(label=_("Name"), max_length=100, required=False)
    url = forms.CharField(
        label=_("Address"),
        max_length=2048,
        widget=forms.TextInput(attrs={"placeholder": "https://example.com/hook"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        help_text=_("None chosen: all of them."),
        required=False,
        choices=[(name, EVENT_WORDS[name]) for name in EVENT_NAMES],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
    )
    objects = forms.MultipleChoiceField(
        label=_("Of"),
        help_text=_("None chosen: all of them."),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
    )
    leaves_out_quiet = forms.BooleanField(
        label=_("Leave out what imports and bulk changes did quietly"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "check"}),
    )

    def __init__(self, *args: Any, model: DataModel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["objects"].choices = [  # type: ignore[attr-defined]
            (each.name, shown_plural(each)) for each in model.objects if not each.is_archived
        ]


def initial_of(row: Webhook) -> dict[str, Any]:
    """What the form shows of a webhook."""
    return {
        "label": row.label,
        "url": row.url,
        "events": row.events,
        "objects": row.object_names,
        "leaves_out_quiet": row.leaves_out_quiet,
    }
