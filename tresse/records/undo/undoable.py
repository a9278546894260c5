"""What can be taken back, and who is asked what an id means and told how its undo goes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tresse.accounts.actor import Actor
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.records.models import Undo


@dataclass(frozen=True)
class Undoable:
    """A change set with what people call it: "Import companies.csv", "Change of 312 deals".

    `link`: page of its report. `options`: (property id, name) of options it added, `properties`:
    ids of properties it added.
    """

    change_set: int
    target: str
    link: str = ""
    options: tuple[tuple[int, str], ...] = ()
    properties: tuple[int, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class UndoSource:
    """A sort of work that can be undone.

    `find(id, actor)` answers it, None if there is none. `went(undo)` is told of every new state of
    an undo, in the transaction that writes it; it asks itself whether the change set is its own.
    """

    name: str
    find: Callable[[int, Actor], Undoable | None]
    went: Callable[[Undo], None] | None = None
    is_bare: bool = True
    "Whether a bare number may mean it."


UNDO_SOURCES: Registry[UndoSource] = Registry(N_("undo source"))
"Filled by `config.members.hand_over`, imports first: a bare number is tried in order."


def tell(row: Undo) -> None:
    """Tell whoever made the change set how its undo goes."""
    for source in UNDO_SOURCES:
        if source.went is not None:
            source.went(row)
