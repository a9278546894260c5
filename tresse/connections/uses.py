"""Who uses a connection: asked of the rooms that stand higher."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tresse.connections.models import Connection
from tresse.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class ConnectionUses:
    """One sort of user; `of` gives their names as a sentence shows them: `source "orders"`."""

    name: str
    of: Callable[[Connection], Iterable[str]]


USES: Registry[ConnectionUses] = Registry("users of connections")
"Filled by `config.members.hand_over`."


def uses_of(connection: Connection) -> list[str]:
    """Everything that reads from a connection or writes to it."""
    return [each for use in USES for each in use.of(connection)]
