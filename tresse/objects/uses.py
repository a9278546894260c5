"""Questions about definitions that only higher rooms can answer: who uses one, what goes with it.

`config/members.py` hands the members over.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tresse.accounts.actor import Actor
from tresse.kernel.errors import IN_USE
from tresse.kernel.registry import Registry
from tresse.objects.described import DataModel, ObjectDef, PropertyDef


@dataclass(frozen=True, slots=True)
class Target:
    """A definition that is asked about.

    `sort`: `object`, `property`, `association_type`, `pipeline` or `stage`; of higher rooms `list`,
    `segment`, `dataset`. `object_name`: the object it belongs to, `dataset:NAME` for a column of a
    dataset, empty for objects and association types.
    """

    sort: str
    name: str
    object_name: str = ""


@dataclass(frozen=True, slots=True)
class DefinitionUser:
    """One sort of thing that uses definitions: views, segments, automations, import templates.

    `uses(target)` gives what uses it, as a person would name it: `view "Banks"`.
    `unfit(target, model)`: of these, what could not take it as it is in another data model (C31);
    not given: none of them could. `pairs()` gives every definition that is used, with what uses it,
    in one pass over all there is, for pages that show many definitions.
    """

    name: str
    uses: Callable[[Target], Iterable[str]]
    unfit: Callable[[Target, DataModel], Iterable[str]] | None = None
    pairs: Callable[[], Iterable[tuple[Target, str]]] | None = None


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


@dataclass(frozen=True, slots=True)
class StoredSort:
    """What knows of calculated properties that are stored: rollups and lookups (C23).

    `checked(model, object, sort, given, actor)` gives the kind of the result, what is kept of
    `given`, and settings of the kind that come with the property it takes.
    `begin(object, property_id, actor)` fills the column, in the background.
    """

    name: str
    checked: Callable[
        [DataModel, ObjectDef, str, Any, Actor], tuple[str, dict[str, Any], Mapping[str, Any]]
    ]
    begin: Callable[[ObjectDef, int, Actor], None]


@dataclass(frozen=True, slots=True)
class Writer:
    """What writes properties that people read alone (D121): syncs.

    `writes(target)` gives the names of those that write a property; `fills(target)`: of them, as a
    sentence shows them, those by which it is read-only for people.
    """

    name: str
    writes: Callable[[Target], Iterable[str]]
    fills: Callable[[Target], Iterable[str]]


WRITERS: Registry[Writer] = Registry("writer of properties")
STORED_SORTS: Registry[StoredSort] = Registry("stored calculation")


@dataclass(frozen=True, slots=True)
class KindChanger:
    """What changes the kind of a property that has values (C30).

    `change(property row, wanted, actor)` begins it, or refuses it with the code of a value that
    fails. `wanted`: the `kind`, its `settings` and `options`.
    """

    name: str
    change: Callable[[Any, Mapping[str, Any], Actor], None]


KIND_CHANGERS: Registry[KindChanger] = Registry("changer of kinds")
USERS_OF_DEFINITIONS: Registry[DefinitionUser] = Registry("user of definitions")
CLEANERS: Registry[Cleaner] = Registry("cleaner")
REWRITERS: Registry[Rewriter] = Registry("rewriter")


def users_of(target: Target) -> list[str]:
    """Everything that uses a definition, as people name it."""
    return [use for member in USERS_OF_DEFINITIONS for use in member.uses(target)]


def writers_of(target: Target) -> list[str]:
    """Names of the syncs that write a property."""
    return [name for member in WRITERS for name in member.writes(target)]


def fillers_of(target: Target) -> list[str]:
    """What makes a property read-only for people, as they name it."""
    return [use for member in WRITERS for use in member.fills(target)]


def users_of_all() -> dict[Target, list[str]]:
    """What uses each definition, of everything that uses any; each sort of user is read once."""
    found: dict[Target, list[str]] = {}
    for member in USERS_OF_DEFINITIONS:
        for target, use in member.pairs() if member.pairs else ():
            found.setdefault(target, []).append(use)
    return found


def unfit_users(target: Target, model: DataModel) -> list[str]:
    """What uses a property and could not take it as it is in that data model (C31)."""
    found: list[str] = []
    for member in USERS_OF_DEFINITIONS:
        found += member.unfit(target, model) if member.unfit else member.uses(target)
    return found


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
