"""Forms of calculated properties; what they mean is decided by `objects.changes`, not here."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.actor import Actor
from tresse.accounts.forms import offer
from tresse.filters.paths import side_name
from tresse.kernel.marks import N_
from tresse.objects.calculated import BETWEEN, FORMULA, LOOKUP, ROLLUP
from tresse.objects.changes.checks import name_from
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.kinds import KINDS
from tresse.objects.labels import shown_full_name, shown_label
from tresse.objects.sight import readable_properties
from tresse.records.rollups import DATES, PICKS

HELP: Mapping[str, str] = {
    FORMULA: N_("Worked out of other properties of the same record."),
    BETWEEN: N_("Whole days or hours from one date to another, or to now."),
    ROLLUP: N_("Counts or sums up the records linked by one relation."),
    LOOKUP: N_("Shows a property of the one record that a relation leads to."),
}


class CalculatedForm(forms.Form):
    """A calculated property of one sort; label, group and name only where it is new."""

    label = forms.CharField(label=_("Label"), max_length=100)
    group = forms.CharField(label=_("Group"), max_length=100, required=False)
    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea({"rows": 2})
    )
    formula = forms.CharField(
        label=_("Formula"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea({"rows": 3, "spellcheck": "false", "class": "mono"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    from_ = forms.ChoiceField(label=_("From"), required=False)
    to = forms.ChoiceField(label=_("To"), required=False)
    unit = forms.ChoiceField(
        label=_("In"), required=False, choices=[("days", _("Days")), ("hours", _("Hours"))]
    )
    over = forms.ChoiceField(label=_("Relation"), required=False)
    pick = forms.ChoiceField(label=_("What"), required=False)
    value = forms.ChoiceField(label=_("Property"), required=False)

    def __init__(
        self,
        *args: Any,
        model: DataModel,
        here: ObjectDef,
        sort: str,
        actor: Actor,
        prop: PropertyDef | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._model, self._here, self._actor, self._prop = model, here, actor, prop
        self.sort = sort
        self._keep(*(() if prop else ("label", "group", "description")), *FIELDS[sort])
        OFFERS[sort](self)

    def _keep(self, *names: str) -> None:
        for name in set(self.fields) - set(names):
            del self.fields[name]

    @property
    def side(self) -> Side | None:
        """The relation chosen, else the first one offered."""
        chosen = self["over"].value()
        sides = self._sides()
        return next((each for each in sides if side_name(each) == chosen), None) or (
            sides[0] if sides else None
        )

    @property
    def other(self) -> ObjectDef | None:
        """The object type at the other end of the relation."""
        return self._model.object(self.side.other) if self.side else None

    def _sides(self) -> list[Side]:
        sides = [
            side
            for side in self._model.sides(self._here.name, labels=True)
            if self._actor.scope(side.other, "view") != "none"
            and not self._model.object(side.other).is_archived
        ]
        return [side for side in sides if side.most == 1] if self.sort == LOOKUP else sides

    def offer_kinds(self, kinds: tuple[str, ...]) -> None:
        """The kinds that the result of the formula may have."""
        words = [(each, gettext(KINDS[each].label)) for each in kinds]
        offer(self, "kind", [("", gettext("By its result")), *words])

    def _offer_formula(self) -> None:
        numbers = ("integer", "decimal", "money")
        self.offer_kinds(numbers)

    def _offer_between(self) -> None:
        dates = [
            (prop.name, shown_label(prop))
            for prop in readable_properties(self._here, self._actor)
            if prop.kind.name in DATES
        ]
        offer(self, "from_", dates)
        offer(self, "to", [("", gettext("Now")), *dates])

    def _offer_linked(self) -> None:
        sides = self._sides()
        offer(self, "over", [(side_name(s), shown_full_name(s, self._here)) for s in sides])
        takes: tuple[str, ...] | None = None
        if self.sort == ROLLUP:
            offer(self, "pick", [(each.name, gettext(each.label)) for each in PICKS.values()])
            takes = PICKS[self["pick"].value() or "count"].takes
        if takes == () or self.other is None:
            self.fields.pop("value", None)
            return
        found = [
            (prop.name, shown_label(prop))
            for prop in readable_properties(self.other, self._actor)
            if takes is None or prop.kind.name in takes
        ]
        offer(self, "value", found)

    def facts(self, filter: Any = None) -> dict[str, Any]:
        """What the change takes; of a new property with a name made from its label."""
        given = dict(self.cleaned_data)
        facts: dict[str, Any] = {
            key: given[key] for key in ("label", "group", "description") if key in given
        }
        if self._prop is None:
            taken = [prop.name for prop in self._here.properties]
            facts["name"] = name_from(given["label"], taken)
        if given.get("kind"):
            facts["kind"] = given["kind"]
        facts[self.sort] = SAID[self.sort](given)
        if self.sort == ROLLUP and filter:
            facts[ROLLUP]["filter"] = filter
        return facts


FIELDS: Mapping[str, tuple[str, ...]] = {
    FORMULA: ("formula", "kind"),
    BETWEEN: ("from_", "to", "unit"),
    ROLLUP: ("over", "pick", "value"),
    LOOKUP: ("over", "value"),
}
OFFERS = {
    FORMULA: CalculatedForm._offer_formula,
    BETWEEN: CalculatedForm._offer_between,
    ROLLUP: CalculatedForm._offer_linked,
    LOOKUP: CalculatedForm._offer_linked,
}


def _linked(given: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"over": "over", "pick": "pick", "value": "property"}
    return {key: given[name] for name, key in keys.items() if given.get(name)}


SAID = {
    FORMULA: lambda given: given["formula"],
    BETWEEN: lambda given: {
        "from": given["from_"],
        "to": given["to"] or None,
        "in": given["unit"] or "days",
    },
    ROLLUP: _linked,
    LOOKUP: _linked,
}


def initial_of(prop: PropertyDef, sort: str) -> dict[str, Any]:
    """A calculated property as its form shows it."""
    said = prop.settings[sort]
    if sort == FORMULA:
        return {"formula": said, "kind": prop.kind.name}
    if sort == BETWEEN:
        return {"from_": said["from"], "to": said["to"] or "", "unit": said["in"]}
    return {**said, "value": said.get("property", "")}
