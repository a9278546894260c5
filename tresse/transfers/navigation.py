"""Imports in the shell's navigation."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.navigation import SettingsPages
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.wording import inside
from tresse.transfers.activities import importable
from tresse.web.navigation import Group, Link, Place


def links(request: HttpRequest) -> Iterable[Link]:
    """The list of imports, for those who may import anything."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return
    objects = model_of(request).objects
    if any(actor.scope(each.name, "import") != "none" for each in objects):
        yield Link(gettext("Imports"), reverse("transfers:imports"), "file-up")


def export_links(request: HttpRequest) -> Iterable[Link]:
    """The list of exports, for those who may export anything."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return
    if any(actor.scope(each.name, "export") != "none" for each in model_of(request).objects):
        yield Link(gettext("Exports"), reverse("transfers:exports"), "download")


def files(request: HttpRequest) -> Iterable[Link]:
    """Imports and exports."""
    yield from links(request)
    yield from export_links(request)


def _settings(request: HttpRequest) -> Iterable[Link]:
    if any(True for _ in links(request)):
        yield Link(gettext("Import and export"), reverse("transfers:settings"), "file-down")


def palette(request: HttpRequest) -> Iterable[Link]:
    """A page "Import companies" for each object type that the person may import (T3a)."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return
    for each in importable(model_of(request), actor):
        label = gettext("Import {things}").format(things=inside(shown_plural(each)))
        yield Link(label, f"/imports/new/{each.slug}/", "upload")


GROUPS = (
    Group("import", "", palette, Place.PALETTE),
    Group("imports", _("Customer data"), files),
)
SETTINGS_PAGES = (SettingsPages("transfers", _settings),)
