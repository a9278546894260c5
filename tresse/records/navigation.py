"""The object types a person sees, in the shell's navigation."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tresse.accounts.actor import Actor
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.tasks import TASK, due_number
from tresse.web.navigation import Group, Link, Place


def links(request: HttpRequest) -> Iterable[Link]:
    """One link per object type in sight."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return [
        Link(shown_plural(object), index_address(object), object.icon)
        for object in model_of(request).objects
        if not object.is_archived
        and object.name != TASK
        and actor.scope(object.name, "view") != "none"
    ]


def tasks(request: HttpRequest) -> Iterable[Link]:
    """The page of tasks, with the number of those that are due."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    model = model_of(request)
    if actor.scope(TASK, "view") == "none" or model.object(TASK).is_archived:
        return []
    label = shown_plural(model.object(TASK))
    return [Link(label, "/tasks/", "list-checks", due_number(model, actor))]


def search(request: HttpRequest) -> Iterable[Link]:  # noqa: ARG001
    """The search over all of them."""
    return [Link(_("Search"), "/search/", "search")]


GROUPS = (
    Group("tasks", "", tasks, Place.TOP),
    Group("search", "", search, Place.SEARCH),
    Group("records", _("Records"), links),
)
