"""Rooms that keep rows about record ids: list members, scores, whatever names a record.

Merging moves these rows to the survivor, taking a merge apart moves them back, and purging forgets
them. `config/members.py` hands the members over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tresse.kernel.registry import Registry
from tresse.objects.described import ObjectDef


@dataclass(frozen=True, slots=True)
class Move:
    """A merge as a keeper sees it: rows about `others` become rows about `survivor`.

    `change_set`: of the merge, or of taking it apart.
    """

    object: ObjectDef
    survivor: int
    others: tuple[int, ...]
    change_set: int


@dataclass(frozen=True, slots=True)
class Keeper:
    """What one room does with its rows when records become one, come apart, or go for good.

    `move(move)` gives the rows of the others to the survivor (equal ones fall together), as a set,
    and answers what is needed to take that back, as JSON values. `move_back(move, kept)` gets it
    again and leaves every record with the rows it had; rows the survivor was given meanwhile stay
    with it. `forget(object, ids)` drops the rows of records that are gone for good. All three run
    in the transaction of their cause.
    """

    name: str
    move: Callable[[Move], Any]
    move_back: Callable[[Move, Any], None]
    forget: Callable[[ObjectDef, Sequence[int]], None]


KEEPERS: Registry[Keeper] = Registry("keeper")


def move_all(move: Move) -> dict[str, Any]:
    """Let every room move its rows; answers what each needs to take it back, by name."""
    return {keeper.name: keeper.move(move) for keeper in KEEPERS}


def move_all_back(move: Move, kept: dict[str, Any]) -> None:
    """Let every room take its move back; a room that was not there at the merge is passed over."""
    for keeper in KEEPERS:
        if keeper.name in kept:
            keeper.move_back(move, kept[keeper.name])


def forget_all(object: ObjectDef, ids: Sequence[int]) -> None:
    """Let every room drop its rows about records that go for good."""
    for keeper in KEEPERS:
        keeper.forget(object, ids)
