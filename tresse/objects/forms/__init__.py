"""Forms of the data-model pages; what they mean is decided by `changes`, not here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.answers import message
from tresse.kernel.errors import TresseError

# Which field of a form a refusal speaks of; others speak of the form as a whole.
FIELDS = {
    "invalid_name": "name",
    "reserved_name": "name",
    "name_taken": "label",
    "unknown_name": "kind",
    "label_not_typed": "typed_label",
    "duplicates_exist": "unique",
    "option_in_use": "replace_with",
    "stage_in_use": "replace_with",
    "limit_above_parent": "max_forward",
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
BLANK = ""
NO_CHOICE = "–"
NAME_HINT = _("Lower-case letters, digits and _; it never changes. Empty: from the label.")
Choices = list[tuple[Any, Any]]


@contextmanager
def refusals_in(form: forms.Form, *names: str) -> Iterator[None]:
    """Show a refusal in the form: by its field where the form has it, else above all fields.

    Args:
        form: Where to show it.
        names: Fields that a `wrong_value`, whose detail `name` is no field, speaks of: the first
            one the form has.
    """
    try:
        yield
    except TresseError as error:
        field = FIELDS.get(error.code, "")
        if error.code == "wrong_value":
            field = str(error.details.get("name") or "")
        candidates = (field, *names) if field not in form.fields else (field,)
        place = next((name for name in candidates if name in form.fields), None)
        form.add_error(place, message(error))
        if values := error.details.get("values"):
            shown = ", ".join(map(str, values))
            form.add_error(place, gettext("The first of them: {values}.").format(values=shown))


class Deletion(forms.Form):
    """The label of what is deleted for good, typed as proof."""

    typed_label = forms.CharField(
        label=_("Its label, typed"),
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )
