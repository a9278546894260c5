"""Imports in the shell's navigation."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.objects.requests import model_of
from tresse.web.navigation import Group, Link


def links(request: HttpRequest) -> Iterable[Link]:
    """The list of imports, for those who may import anything."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return
    objects = model_of(request).objects
    if any(actor.scope(each.name, "import") != "none" for each in objects):
        yield Link(gettext("Imports"), reverse("transfers:imports"), "file-up")


GROUPS = (Group("imports", _("Customer data"), links),)
