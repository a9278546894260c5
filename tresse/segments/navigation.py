"""Segments and lists in the shell's navigation."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.web.navigation import Group, Link


def links(_request: HttpRequest) -> Iterable[Link]:
    """Both indexes; everybody may have lists and segments of their own."""
    yield Link(gettext("Segments"), reverse("segments:segments"), "target")
    yield Link(gettext("Lists"), reverse("segments:lists"), "list")


GROUPS = (Group("segments", _("Customer data"), links),)
