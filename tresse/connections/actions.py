"""What else can be done with a connection: links that higher rooms put on its page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tresse.accounts.actor import Actor
from tresse.connections.models import Connection
from tresse.kernel.registry import Registry
from tresse.web.navigation import Link


@dataclass(frozen=True, slots=True)
class ConnectionAction:
    """One such thing; `links` leaves out what the actor may not do."""

    name: str
    links: Callable[[Connection, Actor], Iterable[Link]]


ACTIONS: Registry[ConnectionAction] = Registry("action on connections")
"Filled by `config.members.hand_over`."
