"""Forms of object types."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.forms import offer
from tresse.objects import shipped
from tresse.objects.calculated import is_set_by_product
from tresse.objects.changes.checks import name_from
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.forms import BLANK, COLOURS, NAME_HINT, NO_CHOICE, Choices
from tresse.objects.labels import shown_label, shown_shipped

# fmt: off
ICONS = (
    "circle-dot", "box", "briefcase", "building-2", "calendar", "car", "contact", "credit-card",
    "door-open", "factory", "flag", "folder", "gift", "graduation-cap", "handshake", "heart",
    "house", "landmark", "layers", "leaf", "map-pin", "package", "plane", "receipt", "ship",
    "shopping-bag", "shopping-cart", "star", "stethoscope", "store", "tag", "target", "ticket",
    "truck", "users", "utensils", "warehouse", "wrench",
)
# fmt: on


class ObjectForm(forms.Form):
    """An object type: what people read of it."""

    label = forms.CharField(label=_("Label"), max_length=100, help_text=_("One of them: Vehicle"))
    plural = forms.CharField(
        label=_("Plural label"), max_length=100, help_text=_("Many of them: Vehicles")
    )
    icon = forms.ChoiceField(
        label=_("Icon"), choices=[(icon, icon) for icon in ICONS], widget=forms.RadioSelect()
    )
    colour = forms.ChoiceField(label=_("Colour"), choices=COLOURS, widget=forms.RadioSelect())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = self.initial.get("icon")
        if current and current not in ICONS:
            # An icon that was set elsewhere stays on offer.
            offer(self, "icon", [(icon, icon) for icon in (current, *ICONS)])

    @property
    def chosen(self) -> Mapping[str, Any]:
        """Icon and colour as the form shows them."""
        return {name: self[name].value() for name in ("icon", "colour")}


class NewObject(ObjectForm):
    """An object type to add, from nothing or from a template."""

    template = forms.ChoiceField(
        label=_("Start from"), required=False, widget=forms.RadioSelect(), initial=BLANK
    )
    name = forms.CharField(label=_("Name"), max_length=60, required=False, help_text=NAME_HINT)
    has_pipelines = forms.BooleanField(label=_("Records go through stages"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        made = [(facts["name"], shown_shipped(facts["label"])) for facts in shipped.templates()]
        offer(self, "template", [(BLANK, _("Blank")), *made])
        for name in ("label", "plural", "icon", "colour"):
            self.fields[name].required = False

    @property
    def templates(self) -> list[dict[str, Any]]:
        """What each template brings, for the page."""
        blank = {"name": BLANK, "label": gettext("Blank"), "icon": "plus", "colour": "grey"}
        blank["about"] = gettext("With a name; you add the rest.")
        found = [blank]
        for facts in shipped.templates():
            properties = [shown_shipped(each["label"]) for each in facts["properties"]]
            label, about = shown_shipped(facts["label"]), ", ".join(properties)
            found.append({**facts, "label": label, "about": about})
        return found

    def facts(self, model: DataModel) -> dict[str, Any]:
        """What the change takes, empty fields left to the template or worked out."""
        given = {key: value for key, value in self.cleaned_data.items() if value}
        if given.get("template"):
            names = ("template", "label", "plural", "name")
            return {key: given[key] for key in names if key in given}
        label = given.setdefault("label", "")
        taken = [each.name for each in model.objects]
        given.setdefault("name", name_from(label, taken) if label else "")
        return given


class EditObject(ObjectForm):
    """An object type to change: also which properties are its title, subtitle and search."""

    title = forms.ChoiceField(
        label=_("Title"), required=False, help_text=_("What a record is called on every page.")
    )
    subtitle = forms.ChoiceField(label=_("Subtitle"), required=False)
    search = forms.MultipleChoiceField(
        label=_("Search properties"),
        required=False,
        help_text=_("1 to 10, in which words of the search are looked for."),
        widget=forms.CheckboxSelectMultiple({"class": "check"}),
    )
    has_pipelines = forms.BooleanField(
        label=_("Records go through stages"),
        required=False,
        help_text=_("Gives the object a pipeline and a board; it stays for good."),
    )
    has_activities = forms.BooleanField(
        label=_("Records have activities"),
        required=False,
        help_text=_("Notes, calls, e-mails, meetings and tasks; it stays for good."),
    )

    def __init__(self, *args: Any, here: ObjectDef, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Choices = [(prop.name, shown_label(prop)) for prop in here.active]
        searched: Choices = [
            (prop.name, shown_label(prop))
            for prop in here.active
            if (prop.column and prop.kind.has_normal and not is_set_by_product(prop))
            or prop.name in here.search
        ]
        offer(self, "title", [(BLANK, NO_CHOICE), *choices])
        offer(self, "subtitle", [(BLANK, NO_CHOICE), *choices])
        offer(self, "search", searched)
        for name in ("has_pipelines", "has_activities"):
            # Given once and for all.
            self.fields[name].disabled = bool(getattr(here, name))


class WhoSees(forms.Form):
    """Who sees records without owner (C107)."""

    unowned = forms.BooleanField(
        label=_("Only those who see all records see the ones without owner"),
        required=False,
        help_text=_("Else everyone who sees any sees these too."),
    )
