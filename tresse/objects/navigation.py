"""Links of this room in the shell."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.web.navigation import Group, Link


def links(_request: HttpRequest) -> Iterable[Link]:
    """The data model."""
    yield Link(gettext("Data model"), reverse("objects:model"), "share-2")


GROUPS = (Group("data", _("Customer data"), links),)
