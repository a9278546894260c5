"""The form of a connection, made from the fields that its kind states."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.connections.kinds.base import Field, Kind

SETTING, SECRET = "setting-", "secret-"
"Fields of the form begin so: a setting may be called as a secret is, or as the connection."
PLAIN = ("port", "user", "folder", "password", "private_key", "passphrase")
"Shown at once though they may be left out; what else may be is folded away."


class ConnectionForm(forms.Form):
    """Name, settings and secrets; secrets that are kept are never shown, and stay when left empty.

    Args:
        kind: Whose fields.
        kept: Names of the secrets that are stored; None: of a new connection, which has a name.
    """

    def __init__(
        self, *args: Any, kind: Kind, kept: Iterable[str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.kept = None if kept is None else frozenset(kept)
        if kept is None:
            self.fields["name"] = forms.CharField(
                label=_("Name"),
                max_length=60,
                help_text=_("Lower-case letters, digits and _, such as shop_db. It never changes."),
            )
        for each in kind.fields:
            self.fields[SETTING + each.name] = _setting(each)
        for each in kind.secrets:
            self.fields[SECRET + each.name] = _secret(each, is_kept=each.name in (kept or ()))

    @property
    def setting_fields(self) -> list[forms.BoundField]:
        """Settings that most need, in the order of the kind."""
        return [self[SETTING + each.name] for each in self.kind.fields if _is_plain(each)]

    @property
    def secret_fields(self) -> list[forms.BoundField]:
        """Secrets that most need."""
        return [self[SECRET + each.name] for each in self.kind.secrets if _is_plain(each)]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """Settings, then secrets, that most leave as they are."""
        settings = [self[SETTING + each.name] for each in self.kind.fields if not _is_plain(each)]
        secrets = [self[SECRET + each.name] for each in self.kind.secrets if not _is_plain(each)]
        return [*settings, *secrets]

    @property
    def is_more_open(self) -> bool:
        """Whether any of these says something, or is wrong."""
        others = {each.name for each in self.kind.secrets if not _is_plain(each)}
        if others & (self.kept or frozenset()) or any(each.errors for each in self.more_fields):
            return True
        return any(
            self[SETTING + each.name].value() not in (each.default, None, "")
            for each in self.kind.fields
            if not _is_plain(each)
        )

    def settings(self) -> dict[str, Any]:
        """The settings that were given; what was left empty takes its default."""
        return {
            each.name: value
            for each in self.kind.fields
            if (value := self.cleaned_data[SETTING + each.name]) not in (None, "")
        }

    def secrets(self) -> dict[str, str]:
        """The secrets that were typed; those left empty stay what they are."""
        return {
            each.name: value
            for each in self.kind.secrets
            if (value := self.cleaned_data[SECRET + each.name])
        }


def _is_plain(field: Field) -> bool:
    return field.is_required or field.name in PLAIN


def _setting(field: Field) -> forms.Field:
    facts: dict[str, Any] = {
        "label": gettext(field.label),
        "required": field.is_required,
        "help_text": gettext(field.help) if field.help else "",
        "initial": field.default,
    }
    if field.kind == "boolean":
        widget = forms.CheckboxInput(attrs={"class": "check"})
        return forms.BooleanField(**{**facts, "required": False}, widget=widget)
    if field.kind == "number":
        return forms.IntegerField(**facts)
    if field.kind == "choice":
        return forms.ChoiceField(**facts, choices=[(each, each) for each in field.choices])
    if field.kind == "lines":
        area = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        return forms.CharField(**facts, widget=area)
    return forms.CharField(**facts, max_length=4000)


def _secret(field: Field, *, is_kept: bool) -> forms.Field:
    attributes = {"autocomplete": "new-password", "spellcheck": "false"}
    if is_kept:
        attributes["placeholder"] = "••••••••"
    widget: forms.Widget = (
        forms.Textarea(attrs={**attributes, "rows": 4})
        if field.kind == "lines"
        else forms.PasswordInput(attrs=attributes)
    )
    kept = gettext("Stored. Leave it empty to keep it.") if is_kept else ""
    told = gettext(field.help) if field.help else ""
    return forms.CharField(
        label=gettext(field.label),
        required=field.is_required and not is_kept,
        strip=False,
        widget=widget,
        help_text=" ".join(filter(None, (kept, told))),
    )


def initial_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a connection's settings."""
    return {SETTING + name: value for name, value in settings.items()}


def field_named(kind: Kind, name: str) -> str:
    """The form's field of a setting or secret that a refusal speaks of; empty if there is none."""
    if any(each.name == name for each in kind.fields):
        return SETTING + name
    if any(each.name == name for each in kind.secrets):
        return SECRET + name
    return name if name == "name" else ""
