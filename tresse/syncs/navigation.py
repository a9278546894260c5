"""Syncs in the shell's navigation."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.syncs.queries import READ
from tresse.web.navigation import Group, Link


def links(request: HttpRequest) -> Iterable[Link]:
    """The list of syncs, for those who may see it."""
    actor = getattr(request, "actor", None)
    if actor is not None and actor.has(READ):
        yield Link(gettext("Syncs"), reverse("syncs:syncs"), "refresh-cw")


GROUPS = (Group("syncs", _("Customer data"), links),)
