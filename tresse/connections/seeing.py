"""Looking at what a connection has, for people who define sources."""

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import ColumnSeen, Request, TableSeen
from tresse.connections.models import Connection
from tresse.connections.opening import opened


def tables_of(connection: Connection, actor: Actor) -> tuple[TableSeen, ...]:
    """Tables or entities of a connection; none of one that holds files.

    Raises:
        TresseError: `not_permitted`; what the other side does.
    """
    require_right(actor, "datasets.manage")
    kind = KINDS[connection.kind]
    if "files" in kind.reads:
        return ()
    return kind.tables(opened(connection))


def columns_of(connection: Connection, request: Request, actor: Actor) -> tuple[ColumnSeen, ...]:
    """The columns of a table, query or entity, without reading rows.

    Raises:
        TresseError: `not_permitted`; what the other side does.
    """
    require_right(actor, "datasets.manage")
    return KINDS[connection.kind].describe(opened(connection), request)
