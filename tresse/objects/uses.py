"""Questions about definitions that only higher rooms can answer: who uses one, what goes with it.

`config/members.py` hands the members over.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tresse.accounts.actor import Actor
from tresse.kernel.errors import IN_USE
from tresse.kernel.registry import Registry
from tresse.objects.described import ObjectDef, PropertyDef


@dataclass(frozen=True, slots=True)
class Target:
    """A definition that is asked about.

    `sort`: `object`, `property`, `association_type`, `pipeline` or `stage`. `object_name`: the
    object it belongs to, empty for objects and association types.
    """

    sort: str
    name: str
    object_name: str = ""


@dataclass(frozen=True, slots=True)
class DefinitionUser:
    """One sort of thing that uses definitions: views, segments, automations, import templates.

    `uses(target)` gives what uses it, as a person would name it: `view "Banks"`.
    """

    name: str
    uses: Callable[[Target], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted for good: an object type, a property or association types, by id."""

    object_id: int | None = None
    property_id: int | None = None
    association_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cleaner:
    """What a higher room keeps about definitions: links, history, positions on pages.

    `forget(deleted)` runs in the transaction that deletes the definition.
    """

    name: str
    forget: Callable[[Deleted], None]


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Gives another value to all records that have one, with history (C14, C50).

    `rewrite(object, property, old, new, actor)`: stored values; `new` None empties.
    """

    name: str
    rewrite: Callable[[ObjectDef, PropertyDef, Any, Any, Actor], None]


USERS_OF_DEFINITIONS: Registry[DefinitionUser] = Registry("user of definitions")
CLEANERS: Registry[Cleaner] = Registry("cleaner")
REWRITERS: Registry[Rewriter] = Registry("rewriter")


def users_of(target: Target) -> list[str]:
    """Everything that uses a definition, as people name it."""
    return [use for member in USERS_OF_DEFINITIONS for use in member.uses(target)]


def refuse_if_used(target: Target, label: str, *more: str) -> None:
    """Go on only if nothing uses a definition.

    Raises:
        TresseError: `in_use`, with everything that does; `more`: what our own room knows.
    """
    if users := [*more, *users_of(target)]:
        raise IN_USE(name=label, users=users)


def forget(deleted: Deleted) -> None:
    """Let every room drop what it kept about a definition that goes for good."""
    for cleaner in CLEANERS:
        cleaner.forget(deleted)
