"""Forms of the pages about people; what they mean is decided by `changes`, not here."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tresse.accounts.account import ZONES
from tresse.accounts.answers import message
from tresse.accounts.models import User
from tresse.accounts.queries import active_users, roles, teams
from tresse.kernel.errors import TresseError

# Which field of a form a refusal speaks of; others speak of the form as a whole.
FIELDS = {
    "invalid_email": "email",
    "name_taken": "email",
    "password_too_short": "password",
    "failed_validation": "password",
}


@contextmanager
def refusals_in(form: forms.Form, fields: Mapping[str, str] = FIELDS) -> Iterator[None]:
    """Show a refusal in the form: by its field where the form has it, else above all fields.

    Args:
        form: Where to show it.
        fields: Which field a refusal speaks of, by its code.
    """
    try:
        yield
    except TresseError as error:
        name = fields.get(error.code, "")
        name = error.details.get("name", name) if error.code == "wrong_value" else name
        form.add_error(name if name in form.fields else None, message(error))


def offer(form: forms.Form, name: str, choices: Sequence[tuple[str, Any]]) -> None:
    """Let a field be one of some choices, which are read with each form."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices


def _zones(empty: str) -> list[tuple[str, str]]:
    return [("", empty), *((zone, zone.replace("_", " ")) for zone in ZONES)]


def _boxes() -> forms.CheckboxSelectMultiple:
    return forms.CheckboxSelectMultiple(attrs={"class": "check"})


def _secret(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, strip=False, widget=forms.PasswordInput(), **more)


class SignIn(forms.Form):
    """E-mail and password."""

    email = forms.CharField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class Accept(forms.Form):
    """Name and password of an invited person."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=100)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("12 characters or more."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class Profile(forms.Form):
    """What a person changes of themselves."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=100)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        choices=[("", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "time_zone", _zones(gettext("As the account")))


class NewPassword(forms.Form):
    """The present password and the next one."""

    old = _secret(_("Present password"))
    password = _secret(_("New password"), help_text=_("12 characters or more."))


class Person(forms.Form):
    """A user, as those who manage users see them."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=100, required=False)
    role = forms.ChoiceField(label=_("Role"))
    teams = forms.MultipleChoiceField(label=_("Teams"), required=False, widget=_boxes())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(role.name, gettext(role.label)) for role in roles()]
        offer(self, "role", known)
        choices = [(team.name, team.label) for team in teams()]
        offer(self, "teams", choices)
        if not choices:
            del self.fields["teams"]


class HandOver(forms.Form):
    """Who gets what a deactivated user owns; nobody: it stays theirs."""

    hand_over_to = forms.ChoiceField(label=_("Hand over what they own to"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(each.email, str(each)) for each in active_users() if each != user]
        choices = [("", gettext("Nobody: it stays theirs")), *others]
        offer(self, "hand_over_to", choices)


class TeamForm(forms.Form):
    """A team and its members."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("Lower-case letters, digits and _; it never changes."),
    )
    label = forms.CharField(label=_("Label"), max_length=100)
    members = forms.MultipleChoiceField(label=_("Members"), required=False, widget=_boxes())

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(user.email, str(user)) for user in active_users()]
        offer(self, "members", choices)
        if not is_new:
            del self.fields["name"]


class TokenForm(forms.Form):
    """A token to make."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What it is for, such as Shop import.")
    )
    scope = forms.ChoiceField(
        label=_("It may"), choices=[("read", _("Read")), ("write", _("Read and write"))]
    )
    objects = forms.CharField(
        label=_("Object types"),
        required=False,
        help_text=_("Names with commas between, such as contact, company. Empty: all."),
    )
    days = forms.IntegerField(
        label=_("Days until it expires"),
        required=False,
        min_value=1,
        initial=365,
        help_text=_("Empty: it never does."),
    )


class AccountForm(forms.Form):
    """The settings of the account that most need."""

    zone = forms.ChoiceField(label=_("Time zone"))
    language = forms.ChoiceField(label=_("Language of new users"), choices=settings.LANGUAGES)
    currency = forms.CharField(label=_("Currency"), max_length=3)
    country = forms.CharField(label=_("Country"), max_length=2)
    public_url = forms.CharField(
        label=_("Public address"),
        required=False,
        help_text=_("Where people reach this account, such as https://crm.example.com."),
    )
    requests_a_minute = forms.IntegerField(
        label=_("API requests a minute and token"), min_value=0, help_text=_("0: no limit.")
    )
    audit_months = forms.IntegerField(label=_("Months the audit log is kept"), min_value=12)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "zone", _zones("UTC")[1:])
