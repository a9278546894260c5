"""What this room puts into the shell: the bell with its unread number, and background work."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.navigation import SettingsPages
from tresse.jobs.queries import unread_number
from tresse.kernel.registry import Registry
from tresse.web.navigation import Group, Link, Place


def _told(request: HttpRequest) -> Iterable[Link]:
    actor = getattr(request, "actor", None)
    count = unread_number(actor) if actor else None
    yield Link(gettext("Inbox"), reverse("jobs:notifications"), "inbox", count)


def _work(_request: HttpRequest) -> Iterable[Link]:
    yield Link(gettext("Background work"), reverse("jobs:list"), "activity")


def _settings(_request: HttpRequest) -> Iterable[Link]:
    yield Link(gettext("Notifications"), reverse("jobs:choices"), "bell")


@dataclass(frozen=True, slots=True)
class InboxTab:
    """A further list of the inbox, beside the notifications of the person."""

    name: str
    label: str
    address: str


INBOX_TABS: Registry[InboxTab] = Registry("inbox tab")
"Filled by `config.members.hand_over`."


SETTINGS_PAGES = (SettingsPages("notifications", _settings),)
GROUPS = (
    Group("notifications", _("Notifications"), _told, Place.TOP),
    Group("jobs", _("Background work"), _work, Place.FOOT),
)
