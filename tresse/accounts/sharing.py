"""The part of a form that says who sees something: only me, a team, everyone."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.actor import Actor
from tresse.accounts.forms import offer
from tresse.accounts.models import Team

SHARINGS = (("private", _("Only me")), ("team", _("A team")), ("everyone", _("Everyone")))


class SharingForm(forms.Form):
    """Who sees it; without the right to share, the question is not asked."""

    right: ClassVar[str]
    "The general right that sharing needs (C106a)."

    sharing = forms.ChoiceField(
        label=_("Who sees it"),
        choices=SHARINGS,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "check check--radio"}),
    )
    team = forms.ChoiceField(label=_("Team"), required=False)

    def __init__(self, data: Any, *, actor: Actor, **more: Any) -> None:
        super().__init__(data, **more)
        if not actor.has(self.right):
            del self.fields["sharing"], self.fields["team"]
            return
        teams = Team.objects.order_by("label").values_list("name", "label")
        if teams:
            offer(self, "team", [("", gettext("Choose a team")), *teams])
            return
        del self.fields["team"]
        offer(self, "sharing", [each for each in SHARINGS if each[0] != "team"])

    def clean_team(self) -> str:
        """A team is only needed by what is shared with one."""
        name: str = self.cleaned_data["team"]
        if self.cleaned_data.get("sharing") == "team" and not name:
            raise forms.ValidationError(gettext("Choose a team"))
        return name

    def facts(self) -> dict[str, Any]:
        """What the change is given."""
        given = dict(self.cleaned_data)
        if not given.get("sharing"):
            given.pop("sharing", None)
        if given.get("sharing") != "team":
            given.pop("team", None)
        return given
