"""The object types a person sees, in the shell's navigation."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tresse.accounts.actor import Actor
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.web.navigation import Group, Link


def links(request: HttpRequest) -> Iterable[Link]:
    """One link per object type in sight."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return [
        Link(shown_plural(object), index_address(object), object.icon)
        for object in model_of(request).objects
        if not object.is_archived and actor.scope(object.name, "view") != "none"
    ]


GROUPS = (Group("records", _("Records"), links),)
