"""Connections in the shell's navigation, webhooks beside the other settings."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.navigation import SettingsPages
from tresse.connections.queries import SEEING
from tresse.web.navigation import Group, Link


def _settings(request: HttpRequest) -> Iterable[Link]:
    actor = getattr(request, "actor", None)
    if actor is not None and actor.has("connections.manage"):
        yield Link(gettext("Webhooks"), reverse("connections:webhooks"), "webhook")


def links(request: HttpRequest) -> Iterable[Link]:
    """The list of connections, for those who may see them."""
    actor = getattr(request, "actor", None)
    if actor is not None and any(actor.has(right) for right in SEEING):
        yield Link(gettext("Connections"), reverse("connections:connections"), "cable")


GROUPS = (Group("connections", _("Customer data"), links),)
SETTINGS_PAGES = (SettingsPages("webhooks", _settings),)
