"""What this room puts into the shell: the bell with its unread number, and background work."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.jobs.queries import unread_number
from tresse.web.navigation import Group, Link, Place


def _told(request: HttpRequest) -> Iterable[Link]:
    actor = getattr(request, "actor", None)
    count = unread_number(actor) if actor else None
    yield Link(gettext("Notifications"), reverse("jobs:notifications"), "bell", count)


def _work(_request: HttpRequest) -> Iterable[Link]:
    yield Link(gettext("Background work"), reverse("jobs:list"), "activity")


GROUPS = (
    Group("notifications", _("Notifications"), _told, Place.TOP),
    Group("jobs", _("Background work"), _work, Place.FOOT),
)
