"""Exports brought to a file server of `connections` (T87)."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import FileKind
from tresse.connections.models import Connection
from tresse.connections.opening import opened
from tresse.connections.queries import connection_named
from tresse.connections.uses import ConnectionUses
from tresse.kernel.errors import UNKNOWN_REFERENCE, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.transfers.changes.exporting import path_of
from tresse.transfers.models import Export, ScheduledExport

RIGHT = "connections.manage"
A_SCHEDULE = N_('scheduled export "{name}"')


def file_connections(actor: Actor) -> list[Connection]:
    """Where the person may have files written: folders and file servers that are switched on."""
    if not actor.has(RIGHT):
        return []
    known = Connection.objects.filter(is_enabled=True).order_by("name")
    return [each for each in known if isinstance(KINDS[each.kind], FileKind)]


def checked_connection(name: Any, owner: Actor) -> str:
    """The name of a connection that an export of that owner may write to.

    Raises:
        TresseError: `not_permitted`; `connections.manage` is needed. `unknown_reference`,
            `wrong_value` (it holds no files).
    """
    require_right(owner, RIGHT)
    found = Connection.objects.filter(name=str(name)).first()
    if found is None:
        known = Connection.objects.values_list("name", flat=True)
        near = nearest(str(name), known)
        raise UNKNOWN_REFERENCE(sort=N_("connection"), name=name, nearest=near)
    if not isinstance(KINDS[found.kind], FileKind):
        raise WRONG_VALUE(name="connection", wanted=N_("a folder or file server"), value=name)
    return found.name


def deliver(schedule: ScheduledExport, row: Export, owner: Actor) -> None:
    """Bring a written file to the connection of its schedule; one of its name is replaced.

    Raises:
        TresseError: `not_permitted`, `unknown_name`, `connection_off`, what the other side says.
    """
    name = schedule.goes_to.get("connection")
    if not name:
        return
    require_right(owner, RIGHT)
    connection = connection_named(name, owner)
    kind = KINDS[connection.kind]
    if isinstance(kind, FileKind):
        kind.put(opened(connection), path_of(row.pk), row.file_name)


def _uses(connection: Connection) -> Iterator[str]:
    for name, goes_to in ScheduledExport.objects.order_by("name").values_list("name", "goes_to"):
        if goes_to.get("connection") == connection.name:
            yield gettext(A_SCHEDULE).format(name=name)


CONNECTION_USES = (ConnectionUses("exports", _uses),)
