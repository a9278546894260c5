"""Forms of properties: what can be said of one depends on its kind."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.forms import offer
from tresse.objects.calculated import is_set_by_product
from tresse.objects.changes.checks import name_from
from tresse.objects.changes.layouts import group_named
from tresse.objects.changes.properties import NEVER_INDEXED, NEVER_UNIQUE
from tresse.objects.changes.read_only import NEVER_READ_ONLY
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.forms import BLANK, NAME_HINT, Choices
from tresse.objects.kinds import KINDS, PropertyKind
from tresse.objects.kinds.settings import settings_of
from tresse.objects.labels import shown_group, shown_label

OPTION_KINDS = ("option", "options")
FLAGS = ("required", "unique", "match_key", "indexed", "read_only")


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class PropertyForm(forms.Form):
    """A property, but for its name and kind; fields that its kind cannot have are left out."""

    label = forms.CharField(label=_("Label"), max_length=100)
    group = forms.CharField(
        label=_("Group"),
        max_length=100,
        required=False,
        widget=forms.TextInput({"list": "groups"}),
        help_text=_("Where it stands on the record page. Empty: Other."),
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        widget=_lines(2),
        help_text=_("Shown to those who fill it in."),
    )
    required = forms.BooleanField(
        label=_("Required"),
        required=False,
        help_text=_("No record is made without it, and nobody can empty it."),
    )
    unique = forms.BooleanField(
        label=_("Unique"), required=False, help_text=_("No two records share a value.")
    )
    match_key = forms.BooleanField(
        label=_("Match key"),
        required=False,
        help_text=_("Imports, API and search find a record by it."),
    )
    indexed = forms.BooleanField(
        label=_("Indexed"),
        required=False,
        help_text=_("Quick to filter and sort by among many records."),
    )
    read_only = forms.BooleanField(
        label=_("Written by syncs alone"),
        required=False,
        help_text=_("People read it; forms, imports and the API do not write it."),
    )
    default = forms.CharField(
        label=_("Default value"),
        max_length=1000,
        required=False,
        help_text=_("Given to new records that come without a value."),
    )

    def __init__(
        self,
        *args: Any,
        kind: PropertyKind,
        here: ObjectDef,
        prop: PropertyDef | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.of_kind = kind
        self.here = here
        self.prop = prop
        self.setting_names = [each.name for each in settings_of(kind.name)]
        self._leave_out(prop)
        if not (prop and is_set_by_product(prop)):
            self._add_settings()

    def _leave_out(self, prop: PropertyDef | None) -> None:
        out: set[str] = set()
        if not self.of_kind.is_key:
            out.add("match_key")
        if self.of_kind.name in NEVER_UNIQUE:
            out.add("unique")
        if self.of_kind.name in NEVER_INDEXED or (prop and not prop.column):
            out.add("indexed")
        if prop and is_set_by_product(prop):
            out |= {"required", "unique", "match_key", "default"}
        if (prop and (prop.is_builtin or is_set_by_product(prop))) or (
            self.of_kind.name in NEVER_READ_ONLY
        ):
            out.add("read_only")
        if self.of_kind.name in {"pipeline", "stage"}:
            out.add("default")
        for name in out:
            self.fields.pop(name, None)

    def _add_settings(self) -> None:
        for each in settings_of(self.of_kind.name):
            label = gettext(each.label)
            if not each.choices:
                self.fields[each.name] = forms.BooleanField(label=label, required=False)
                continue
            self.fields[each.name] = forms.ChoiceField(label=label, required=False)
            choices: Choices = [(value, gettext(word)) for value, word in each.choices]
            offer(self, each.name, [(BLANK, gettext(each.empty)), *choices])

    @property
    def flag_fields(self) -> list[forms.BoundField]:
        """Its check boxes."""
        return [self[name] for name in FLAGS if name in self.fields]

    @property
    def setting_fields(self) -> list[forms.BoundField]:
        """The settings of its kind."""
        return [self[name] for name in self.setting_names if name in self.fields]

    @property
    def groups(self) -> list[str]:
        """Groups there are, as the person reads them."""
        return list(dict.fromkeys(shown_group(p.group) for p in self.here.properties if p.group))

    def facts(self) -> dict[str, Any]:
        """What the change takes, but for rules."""
        facts = dict(self.cleaned_data)
        facts["group"] = group_named(self.here, facts["group"])
        if self.prop and facts["label"] == shown_label(self.prop):
            # Left as shown, in whichever language: it stays as it is stored.
            facts["label"] = self.prop.label
        settings = {name: facts.pop(name) for name in self.setting_names if name in facts}
        return {**facts, "settings": settings} if settings else facts


class NewProperty(PropertyForm):
    """A property to add."""

    # Any text is taken here; the change knows which kinds there are and says so.
    kind = forms.CharField(label=_("Kind"), required=False, widget=forms.HiddenInput())
    name = forms.CharField(label=_("Name"), max_length=60, required=False, help_text=NAME_HINT)
    options = forms.CharField(
        label=_("Options"),
        required=False,
        widget=_lines(6),
        help_text=_("One a line; other names for it after a semicolon: Petrol; Essence."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.of_kind.name not in OPTION_KINDS:
            del self.fields["options"]

    def facts(self) -> dict[str, Any]:
        """What the change takes, the name made from the label if none was typed."""
        facts = super().facts()
        taken = [prop.name for prop in self.here.properties]
        facts["name"] = facts["name"] or name_from(facts["label"], taken)
        facts["kind"] = facts["kind"] or self.of_kind.name
        facts["options"] = list(read_options(facts.get("options", "")))
        return facts


def read_options(text: str) -> Iterator[dict[str, Any]]:
    """Options as they are typed: one a line, `Label; alias`."""
    for line in text.splitlines():
        label, *aliases = [part.strip() for part in line.split(";")]
        if label:
            yield {"label": label, "aliases": [alias for alias in aliases if alias]}


def initial_of(prop: PropertyDef) -> dict[str, Any]:
    """A property as its form shows it."""
    return {
        "label": shown_label(prop),
        "group": shown_group(prop.group) if prop.group else "",
        "description": prop.description,
        "required": prop.is_required,
        "unique": prop.is_unique,
        "match_key": prop.is_match_key,
        "indexed": prop.is_indexed,
        "read_only": prop.is_read_only,
        "default": prop.default,
        **{each.name: prop.settings.get(each.name, "") for each in settings_of(prop.kind.name)},
    }


def kind_named(name: str) -> PropertyKind:
    """The kind that a page asks for; text where it names none."""
    return KINDS[name] if name in KINDS else KINDS["text"]


def kinds_offered(here: ObjectDef) -> Iterable[PropertyKind]:
    """Kinds that a new property of an object type may have."""
    taken = {prop.kind.name for prop in here.properties}
    for kind in KINDS:
        if kind.name in {"pipeline", "stage"} and (not here.has_pipelines or kind.name in taken):
            continue
        yield kind
