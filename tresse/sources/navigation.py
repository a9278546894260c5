"""Sources in the shell's navigation, and on the pages of connections."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.actor import Actor
from tresse.connections.actions import ConnectionAction
from tresse.connections.kinds import KINDS
from tresse.connections.models import Connection
from tresse.sources.queries import MANAGE, READ
from tresse.web.navigation import Group, Link


def links(request: HttpRequest) -> Iterable[Link]:
    """The catalogue, for those who may see it."""
    actor = getattr(request, "actor", None)
    if actor is not None and actor.has(READ):
        yield Link(gettext("Sources"), reverse("sources:sources"), "plug")


def _from_connection(connection: Connection, actor: Actor) -> Iterable[Link]:
    """A new source of a connection that can be read."""
    is_read = connection.is_enabled and KINDS[connection.kind].reads
    if is_read and actor.has(MANAGE):
        yield Link(gettext("New source"), reverse("sources:pick", args=[connection.name]), "plus")


GROUPS = (Group("sources", _("Customer data"), links),)
ACTIONS = (ConnectionAction("source", _from_connection),)
