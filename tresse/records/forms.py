"""Forms of the pages about saved views; what they mean is decided by `changes`, not here."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tresse.accounts.sharing import SharingForm


class ViewForm(SharingForm):
    """Name of a view, and who sees it."""

    right = "views.share"

    label = forms.CharField(label=_("Name"), max_length=100)
