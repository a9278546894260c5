"""Datasets in the shell's navigation."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.web.navigation import Group, Link

READ = "datasets.read"


def links(request: HttpRequest) -> Iterable[Link]:
    """The list of datasets, for those who may see it."""
    actor = getattr(request, "actor", None)
    if actor is not None and actor.has(READ):
        yield Link(gettext("Datasets"), reverse("datasets:datasets"), "database")


GROUPS = (Group("datasets", _("Customer data"), links),)
