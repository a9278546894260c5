"""Forms of the pages about people; what they mean is decided by `changes`, not here."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tresse.accounts.account import SETTINGS, ZONES, is_limit
from tresse.accounts.answers import message
from tresse.accounts.handover import object_labels
from tresse.accounts.models import User
from tresse.accounts.queries import active_users, roles, teams, users
from tresse.accounts.usage import Used, uses_of_limits
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

    label = forms.CharField(label=_("Label"), max_length=100)
    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        required=False,
        help_text=_("Lower-case letters, digits and _; it never changes. Empty: from the label."),
    )
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
    objects = forms.MultipleChoiceField(
        label=_("Only these object types"),
        required=False,
        help_text=_("None chosen: all that you may use."),
        widget=_boxes(),
    )
    days = forms.IntegerField(
        label=_("Days until it expires"),
        required=False,
        min_value=1,
        initial=365,
        help_text=_("Empty: it never does."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(name, label) for name, label in object_labels(()).items() if name != "*"]
        offer(self, "objects", known)


class AccountForm(forms.Form):
    """The settings of the account that most need, and its limits (C128)."""

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
        self.switches = [each for each in SETTINGS if isinstance(each.default, bool)]
        for each in self.switches:
            label = gettext(each.label)
            self.fields[each.name] = forms.BooleanField(label=label, required=False)
        self.chosen = [each for each in SETTINGS if each.choices]
        for each in self.chosen:
            offered = [(value, gettext(label)) for value, label in each.choices]
            self.fields[each.name] = forms.ChoiceField(
                label=gettext(each.label), choices=offered, required=False
            )
        self.limits = [each for each in SETTINGS if is_limit(each)]
        for each in self.limits:
            self.fields[each.name] = forms.IntegerField(
                label=gettext(each.label), min_value=1, required=False
            )

    def given(self) -> dict[str, Any]:
        """The settings that were sent; a choice or a number that was left out stays as it is."""
        chosen = {each.name for each in self.chosen}
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value is not None and not (name in chosen and value == "")
        }

    @property
    def switch_fields(self) -> list[forms.BoundField]:
        """Settings that are on or off."""
        return [self[each.name] for each in self.switches]

    @property
    def chosen_fields(self) -> list[forms.BoundField]:
        """Settings of higher rooms that offer choices."""
        return [self[each.name] for each in self.chosen]

    @property
    def limit_fields(self) -> list[tuple[forms.BoundField, Used | None]]:
        """Each limit with the most that is used of it."""
        used = uses_of_limits()
        return [(self[each.name], used.get(each.name)) for each in self.limits]


class AuditFilter(forms.Form):
    """What the audit log shows: of whom, of what, from when to when."""

    user = forms.ChoiceField(label=_("Person"), required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def __init__(self, *args: Any, actions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(user.pk), str(user)) for user in users()]
        offer(self, "user", [("", gettext("Everyone")), *people])
        nouns = dict.fromkeys(action.partition(".")[0] for action in actions)
        names = sorted({*actions, *nouns})
        offer(self, "action", [("", gettext("Everything")), *((name, name) for name in names)])

    def given(self, zone: ZoneInfo) -> dict[str, Any]:
        """What `queries.audit_entries` takes; days begin in the zone of the person."""
        self.is_valid()
        given = self.cleaned_data
        user, since, until = given.get("user"), given.get("since"), given.get("until")
        return {
            "user_id": int(user) if user else None,
            "action": given.get("action") or "",
            "since": since and datetime.combine(since, time(), zone),
            "until": until and datetime.combine(until + timedelta(days=1), time(), zone),
        }
