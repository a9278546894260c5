"""Forms of relations and link labels."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tresse.accounts.forms import offer
from tresse.objects.changes.checks import name_from
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.forms import NAME_HINT
from tresse.objects.labels import shown_label
from tresse.objects.models import AssociationType

LIMITS = ("max_forward", "max_inverse")


class RelationForm(forms.Form):
    """A relation: what each end calls the other, and how many it may have.

    Args:
        ends: Labels of the two object types, which stand in the labels of fields.
        row: The relation to change; None: a new one.
    """

    forward_label = forms.CharField(max_length=100)
    inverse_label = forms.CharField(max_length=100, required=False)
    max_forward = forms.IntegerField(required=False, min_value=1, max_value=10_000)
    max_inverse = forms.IntegerField(required=False, min_value=1, max_value=10_000)
    is_default = forms.BooleanField(
        label=_("Default relation of the two"),
        required=False,
        help_text=_("The one that “Associated …” means in files. Exactly one is."),
    )
    shares_timeline = forms.BooleanField(
        label=_("Activities show on both sides"),
        required=False,
        initial=True,
        help_text=_("A note on one shows in the timeline of the other."),
    )

    def __init__(
        self,
        *args: Any,
        ends: tuple[str, str],
        row: AssociationType | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        here, there = ends
        words = {
            "forward_label": _("On a {here}, the {there} is called"),
            "inverse_label": _("On a {there}, the {here} is called"),
            "max_forward": _("One {here} has at most"),
            "max_inverse": _("One {there} has at most"),
        }
        for name, label in words.items():
            text = str(label).format(here=inside(here), there=inside(there))
            self.fields[name].label = text
        for name in LIMITS:
            self.fields[name].help_text = _("A number, or empty for no limit.")
            self.fields[name].widget.attrs["placeholder"] = _("No limit")
        if row is not None:
            self._leave_out(row)

    def _leave_out(self, row: AssociationType) -> None:
        if row.parent_id:
            del self.fields["is_default"]
            del self.fields["shares_timeline"]
        elif row.is_default:
            # Another one is made the default instead.
            self.fields["is_default"].disabled = True
        if row.is_part or row.is_primary:
            del self.fields["max_forward"]
        if row.is_symmetric:
            del self.fields["inverse_label"]

    @property
    def label_fields(self) -> list[forms.BoundField]:
        """What each side calls the other."""
        return self._bound("forward_label", "inverse_label")

    @property
    def limit_fields(self) -> list[forms.BoundField]:
        """How many each may have."""
        return self._bound(*LIMITS)

    @property
    def check_fields(self) -> list[forms.BoundField]:
        """Its check boxes."""
        return self._bound("symmetric", "is_primary", "is_part", "is_default", "shares_timeline")

    def _bound(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    def changed(self, row: AssociationType) -> dict[str, Any]:
        """What the change takes; of a symmetric relation both sides have one label."""
        facts = dict(self.cleaned_data)
        if row.is_symmetric:
            facts["inverse_label"] = facts["forward_label"]
        return facts


class NewRelation(RelationForm):
    """A relation to add; `to` was chosen before."""

    to = forms.CharField(widget=forms.HiddenInput())
    symmetric = forms.BooleanField(
        label=_("Both sides are the same"),
        required=False,
        help_text=_("As with partners: if one is, so is the other. Both have one name."),
    )
    is_part = forms.BooleanField(
        label=_("Belongs to it as a part"),
        required=False,
        help_text=_("As a line to its order: it needs one, and goes to the bin with it."),
    )
    name = forms.CharField(label=_("Name"), max_length=60, required=False, help_text=NAME_HINT)

    def __init__(self, *args: Any, here: ObjectDef, there: ObjectDef, **kwargs: Any) -> None:
        super().__init__(*args, ends=(shown_label(here), shown_label(there)), **kwargs)
        self.here, self.there = here, there
        del self.fields["symmetric" if here.name != there.name else "is_part"]

    def facts(self, model: DataModel) -> dict[str, Any]:
        """What the change takes, but for the object types."""
        facts = dict(self.cleaned_data)
        taken = [each.name for each in model.associations]
        stem = f"{self.here.name} {facts.pop('to')} {facts['forward_label']}"
        facts["name"] = facts["name"] or name_from(stem, taken)
        if facts.get("symmetric"):
            facts["inverse_label"] = facts["forward_label"]
        elif not facts["inverse_label"]:
            facts["inverse_label"] = self.here.label
        return facts


class NewLinkLabel(RelationForm):
    """A link label to add to a relation."""

    is_primary = forms.BooleanField(
        label=_("Marks the primary one"),
        required=False,
        help_text=_("Given to the first link made; when that goes, to the oldest left."),
    )
    name = forms.CharField(label=_("Name"), max_length=60, required=False, help_text=NAME_HINT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["is_default"]
        del self.fields["shares_timeline"]

    def facts(self, model: DataModel) -> dict[str, Any]:
        """What the change takes, but for the object types and the parent."""
        facts = dict(self.cleaned_data)
        taken = [each.name for each in model.associations]
        facts["name"] = facts["name"] or name_from(facts["forward_label"], taken)
        facts["inverse_label"] = facts["inverse_label"] or facts["forward_label"]
        return facts


class OtherObject(forms.Form):
    """Which object type a new relation leads to."""

    to = forms.ChoiceField(label=_("Other object type"))

    def __init__(self, *args: Any, model: DataModel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = [each for each in model.objects if not each.is_archived]
        offer(self, "to", [(each.name, shown_label(each)) for each in active])


def inside(label: str) -> str:
    """A label within a sentence."""
    return label[:1].lower() + label[1:]
