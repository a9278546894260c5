"""Links of this room in the shell and in the list beside the settings."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.kernel.registry import Registry
from tresse.web.navigation import Group, Link, Place


@dataclass(frozen=True, slots=True)
class SettingsPages:
    """Further pages of one's own settings that a higher room has."""

    name: str
    links: Callable[[HttpRequest], Iterable[Link]]


SETTINGS_PAGES: Registry[SettingsPages] = Registry("pages of settings")
"Filled by `config.members.hand_over`."


def settings_links(request: HttpRequest) -> Iterator[Link]:
    """Pages of settings that the person may open."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return
    yield Link(gettext("Profile"), reverse("accounts:profile"), "user-round")
    for pages in SETTINGS_PAGES:
        yield from pages.links(request)
    yield Link(gettext("API tokens"), reverse("accounts:tokens"), "key-round")
    if actor.has("users.manage"):
        yield Link(gettext("People"), reverse("accounts:people"), "users")
    if actor.has("settings.manage"):
        yield Link(gettext("Account"), reverse("accounts:account"), "sliders-horizontal")
    if actor.has("audit.read"):
        yield Link(gettext("Audit log"), reverse("accounts:audit"), "scroll-text")


def _settings(request: HttpRequest) -> Iterator[Link]:
    if getattr(request, "actor", None) is not None:
        yield Link(gettext("Settings"), reverse("accounts:settings"), "settings")


def _person(_request: HttpRequest) -> Iterator[Link]:
    yield Link(gettext("Your profile"), reverse("accounts:profile"), "user-round")
    address = reverse("accounts:sign-out")
    yield Link(gettext("Sign out"), address, "log-out", is_post=True)


GROUPS = (
    Group("settings", _("Settings"), _settings, Place.FOOT),
    Group("person", _("You"), _person, Place.PERSON),
)
