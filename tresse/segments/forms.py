"""Forms of the pages; what they mean is decided by `changes`, not here."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.actor import Actor
from tresse.accounts.forms import offer
from tresse.accounts.sharing import SharingForm
from tresse.objects.described import DataModel
from tresse.segments.bases import SORTS
from tresse.segments.queries import lists

WAYS = (
    ("any", _("Everyone who is on any of them")),
    ("all", _("Only those who are on all of them")),
    ("rest", _("Those on the first but on none of the others")),
)


class CollectionForm(SharingForm):
    """What is said about a list or a segment, and who sees it."""

    right = "segments.share"

    label = forms.CharField(label=_("Name"), max_length=100)
    description = forms.CharField(
        label=_("Description"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    folder = forms.CharField(
        label=_("Folder"),
        max_length=100,
        required=False,
        help_text=_("Those with the same folder stand together."),
        widget=forms.TextInput(attrs={"list": "folders"}),
    )


class NewListForm(CollectionForm):
    """A list to make, and of which records."""

    base = forms.ChoiceField(label=_("Made of"))
    field_order = ("label", "base")

    def __init__(self, data: Any, *, actor: Actor, model: DataModel, **more: Any) -> None:
        super().__init__(data, actor=actor, **more)
        offer(self, "base", bases(model, actor))


def bases(model: DataModel, actor: Actor) -> list[tuple[str, str]]:
    """Object types that lists may be made of, by name."""
    return [(each.key, each.plural) for each in SORTS["object"].offered(model, actor)]


def segment_bases(model: DataModel, actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """What segments may be made of, by sort: keys and labels."""
    found = [
        (label, [(each.key, each.plural) for each in SORTS[name].offered(model, actor)])
        for name, label in (("object", gettext("Records")), ("dataset", gettext("Datasets")))
        if name in SORTS
    ]
    return [group for group in found if group[1]]


class ChooseListForm(forms.Form):
    """One of the lists of an object type."""

    list = forms.ChoiceField(label=_("List"))

    def __init__(self, data: Any, *, choices: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(data, **more)
        offer(self, "list", choices)


class LabelForm(forms.Form):
    """The name of something new."""

    label = forms.CharField(label=_("Name"), max_length=100)


class CombineForm(forms.Form):
    """Two or more lists made one."""

    label = forms.CharField(label=_("Name of the new list"), max_length=100)
    way = forms.ChoiceField(
        label=_("Who comes onto it"),
        choices=WAYS,
        initial="any",
        widget=forms.RadioSelect(attrs={"class": "check check--radio"}),
    )
    first = forms.ChoiceField(label=_("First list"))
    others = forms.MultipleChoiceField(
        label=_("Other lists"), widget=forms.CheckboxSelectMultiple(attrs={"class": "check"})
    )

    def __init__(self, data: Any, *, actor: Actor, base: str, first: str, **more: Any) -> None:
        super().__init__(data, **more)
        choices = list(lists(actor).filter(base=base).values_list("name", "label"))
        offer(self, "first", choices)
        offer(self, "others", [each for each in choices if each[0] != first])

    def filter(self) -> dict[str, Any]:
        """The filter that means the new list's members."""
        given = self.cleaned_data
        first, others = given["first"], [each for each in given["others"] if each != given["first"]]
        if given["way"] == "rest":
            without = [{"list": name, "operator": "is_not_in"} for name in others]
            return {"all": [{"list": first}, *without]}
        return {given["way"]: [{"list": name} for name in (first, *others)]}


class SplitForm(forms.Form):
    """A list split into equal parts."""

    number = forms.IntegerField(label=_("Number of parts"), min_value=2, max_value=10, initial=2)
