"""Forms of the data-model pages; what they mean is decided by `changes`, not here."""

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tresse.accounts import forms as accounts_forms
from tresse.accounts.forms import offer
from tresse.objects import shipped
from tresse.objects.changes.checks import name_from
from tresse.objects.described import DataModel, ObjectDef, OptionDef, PropertyDef
from tresse.objects.labels import shown_label
from tresse.objects.making import english
from tresse.objects.overview import kind_choices

# Which field of a form a refusal speaks of; others speak of the form as a whole.
FIELDS = {
    "invalid_name": "name",
    "reserved_name": "name",
    "name_taken": "label",
    "unknown_name": "kind",
    "bad_pattern": "rules",
    "label_not_typed": "typed_label",
}
COLOURS = (
    ("grey", _("Grey")),
    ("accent", _("Indigo")),
    ("violet", _("Violet")),
    ("teal", _("Teal")),
    ("pink", _("Pink")),
    ("orange", _("Orange")),
    ("info", _("Blue")),
    ("ok", _("Green")),
    ("warn", _("Yellow")),
    ("bad", _("Red")),
)
# fmt: off
ICONS = (
    "circle-dot", "box", "briefcase", "building-2", "calendar", "car", "contact", "credit-card",
    "door-open", "factory", "flag", "folder", "gift", "graduation-cap", "handshake", "heart",
    "house", "landmark", "layers", "leaf", "map-pin", "package", "plane", "receipt", "ship",
    "shopping-bag", "shopping-cart", "star", "stethoscope", "store", "tag", "target", "ticket",
    "truck", "users", "utensils", "warehouse", "wrench",
)
# fmt: on
BLANK = ""
NO_CHOICE = "–"
NAMED = re.compile(r"\s*\[([a-z][a-z0-9_]*)\]\s*$")
NAME_HINT = _("Lower-case letters, digits and _; it never changes. Empty: from the label.")
Choices = list[tuple[Any, Any]]


def refusals_in(form: forms.Form) -> AbstractContextManager[None]:
    """Show a refusal in the form: by its field where the form has it, else above all fields."""
    return accounts_forms.refusals_in(form, FIELDS)


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ObjectForm(forms.Form):
    """An object type: what people read of it."""

    label = forms.CharField(label=_("Label"), max_length=100, help_text=_("One of them: Vehicle"))
    plural = forms.CharField(
        label=_("Plural label"), max_length=100, help_text=_("Many of them: Vehicles")
    )
    icon = forms.ChoiceField(label=_("Icon"), choices=[(icon, icon) for icon in ICONS])
    colour = forms.ChoiceField(label=_("Colour"), choices=COLOURS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = self.initial.get("icon")
        if current and current not in ICONS:
            # An icon that was set elsewhere stays on offer.
            offer(self, "icon", [(icon, icon) for icon in (current, *ICONS)])


class NewObject(ObjectForm):
    """An object type to add, from nothing or from a template."""

    template = forms.ChoiceField(label=_("Start from"), required=False)
    name = forms.CharField(label=_("Name"), max_length=60, required=False, help_text=NAME_HINT)
    has_pipelines = forms.BooleanField(label=_("Records go through stages"), required=False)
    field_order = ("template", "label", "plural", "name", "icon", "colour", "has_pipelines")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        made = [(facts["name"], english(facts["label"])) for facts in shipped.templates()]
        offer(self, "template", [(BLANK, _("Nothing")), *made])
        for name in ("label", "plural", "icon", "colour"):
            self.fields[name].required = False

    def facts(self, model: DataModel) -> dict[str, Any]:
        """What the change takes, empty fields left to the template or worked out."""
        given = {key: value for key, value in self.cleaned_data.items() if value}
        if given.get("template"):
            return given
        label = given.setdefault("label", "")
        taken = [each.name for each in model.objects]
        given.setdefault("name", name_from(label, taken) if label else "")
        return given


class EditObject(ObjectForm):
    """An object type to change: also which properties are its title, subtitle and search."""

    title = forms.ChoiceField(label=_("Title"), required=False)
    subtitle = forms.ChoiceField(label=_("Subtitle"), required=False)
    search = forms.MultipleChoiceField(label=_("Search properties"), required=False)

    def __init__(self, *args: Any, here: ObjectDef, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Choices = [(prop.name, shown_label(prop)) for prop in here.active]
        offer(self, "title", [(BLANK, NO_CHOICE), *choices])
        offer(self, "subtitle", [(BLANK, NO_CHOICE), *choices])
        offer(self, "search", choices)


class PropertyForm(forms.Form):
    """A property, but for its name and kind."""

    label = forms.CharField(label=_("Label"), max_length=100)
    group = forms.CharField(label=_("Group"), max_length=100, required=False)
    description = forms.CharField(label=_("Description"), required=False, widget=_lines(2))
    required = forms.BooleanField(label=_("Required"), required=False)
    unique = forms.BooleanField(label=_("Unique: no two records share a value"), required=False)
    match_key = forms.BooleanField(label=_("Match key: finds records in imports"), required=False)
    indexed = forms.BooleanField(label=_("Indexed: quick to filter and sort by"), required=False)
    default = forms.CharField(label=_("Default value"), max_length=1000, required=False)
    options = forms.CharField(
        label=_("Options"),
        required=False,
        widget=_lines(6),
        help_text=_(
            "One a line; other names for it after a semicolon: Petrol; Essence. "
            "What stands in brackets is its name and stays."
        ),
    )

    def facts(self) -> dict[str, Any]:
        """What the change takes."""
        facts = dict(self.cleaned_data)
        facts["options"] = list(read_options(facts.get("options", "")))
        return facts


class NewProperty(PropertyForm):
    """A property to add."""

    # Any text is taken here; the change knows which kinds there are and says so.
    kind = forms.CharField(label=_("Kind"), widget=forms.Select())
    name = forms.CharField(label=_("Name"), max_length=60, required=False, help_text=NAME_HINT)
    field_order = ("label", "kind", "name", "group", "description", "options", "default")

    def __init__(self, *args: Any, here: ObjectDef, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.here = here
        self.fields["kind"].widget = forms.Select(choices=kind_choices())

    def facts(self) -> dict[str, Any]:
        """What the change takes, the name made from the label if none was typed."""
        facts = super().facts()
        taken = [prop.name for prop in self.here.properties]
        facts["name"] = facts["name"] or name_from(facts["label"], taken)
        return facts


class RelationForm(forms.Form):
    """A relation: what each end calls the other, and how many it may have."""

    forward_label = forms.CharField(label=_("What the other is called here"), max_length=100)
    inverse_label = forms.CharField(label=_("What this is called there"), max_length=100)
    max_forward = forms.IntegerField(label=_("Most others of one record here"), required=False)
    max_inverse = forms.IntegerField(label=_("Most records here of one other"), required=False)
    is_default = forms.BooleanField(label=_("Default relation of the two"), required=False)
    shares_timeline = forms.BooleanField(
        label=_("Activities show on both sides"), required=False, initial=True
    )


class NewRelation(RelationForm):
    """A relation to add."""

    to = forms.ChoiceField(label=_("Other object type"))
    name = forms.CharField(label=_("Name"), max_length=60, required=False, help_text=NAME_HINT)
    field_order = ("to", "forward_label", "inverse_label", "name")

    def __init__(self, *args: Any, model: DataModel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = model
        active = [each for each in model.objects if not each.is_archived]
        offer(self, "to", [(each.name, shown_label(each)) for each in active])

    def facts(self, here: ObjectDef) -> dict[str, Any]:
        """What the change takes, but for the object types."""
        facts = dict(self.cleaned_data)
        taken = [each.name for each in self.model.associations]
        stem = f"{here.name} {facts.pop('to')} {facts['forward_label']}"
        facts["name"] = facts["name"] or name_from(stem, taken)
        return facts


class Deletion(forms.Form):
    """The label of what is deleted for good, typed as proof."""

    typed_label = forms.CharField(label=_("Its label, typed"), required=False)


def read_options(text: str) -> Iterator[dict[str, Any]]:
    """Options as they are typed: one a line, `Label; alias [name]`."""
    for line in text.splitlines():
        named = NAMED.search(line)
        label, *aliases = [part.strip() for part in NAMED.sub("", line).split(";")]
        if label:
            facts = {"label": label, "aliases": [alias for alias in aliases if alias]}
            yield {**facts, "name": named[1]} if named else facts


def written_options(options: Iterable[OptionDef]) -> str:
    """Options as `read_options` reads them."""
    return "\n".join(f"{'; '.join((each.label, *each.aliases))} [{each.name}]" for each in options)


def initial_of(prop: PropertyDef) -> dict[str, Any]:
    """A property as its form shows it."""
    return {
        "label": prop.label,
        "group": prop.group,
        "description": prop.description,
        "required": prop.is_required,
        "unique": prop.is_unique,
        "match_key": prop.is_match_key,
        "indexed": prop.is_indexed,
        "default": prop.default,
        "options": written_options(each for each in prop.options if not each.is_archived),
    }


class PipelineForm(forms.Form):
    """A pipeline; its stages are rows of `StageForm`."""

    label = forms.CharField(label=_("Label"), max_length=100)


class StageForm(forms.Form):
    """A stage; a row without a label is none."""

    name = forms.CharField(required=False, widget=forms.HiddenInput)
    label = forms.CharField(
        label=_("Stage"), max_length=100, required=False, widget=forms.TextInput({"class": "input"})
    )
    probability = forms.IntegerField(
        label=_("Probability"), required=False, widget=forms.NumberInput({"class": "input"})
    )
    kind = forms.ChoiceField(
        label=_("Kind of stage"),
        choices=[
            ("open", _("open")),
            ("won", _("won")),
            ("lost", _("lost")),
            ("closed", _("closed")),
        ],
        widget=forms.Select({"class": "select"}),
    )


Stages = forms.formset_factory(StageForm, extra=2)


def stage_facts(rows: Iterable[forms.Form]) -> list[dict[str, Any]]:
    """The stages of a pipeline as the change takes them, names made from new labels."""
    found: list[dict[str, Any]] = []
    for row in rows:
        facts = {key: value for key, value in row.cleaned_data.items() if value not in {"", None}}
        if facts.get("label"):
            names = [each["name"] for each in found]
            facts.setdefault("name", name_from(facts["label"], names))
            found.append(facts)
    return found


class StageRemoval(forms.Form):
    """Where the records of a deleted stage go."""

    replace_with = forms.ChoiceField(label=_("Its records go to"), required=False)

    def __init__(self, *args: Any, goals: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "replace_with", [(BLANK, NO_CHOICE), *goals])
