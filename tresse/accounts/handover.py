"""What this room asks of higher ones: who owns what, and which object types there are."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.defaults import SHIPPED_OBJECTS
from tresse.kernel.errors import UNKNOWN_REFERENCE, nearest
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry


class Ownership(Protocol):
    """One sort of thing that users own; `config` hands the members over."""

    @property
    def name(self) -> str: ...  # noqa: D102  stable name, such as `records`

    def hand_over(self, old: int, new: int, *, actor: Actor) -> None:
        """Make the user `new` (id) the owner of what `old` owns, now or in a job (C111)."""


@dataclass(frozen=True, slots=True)
class Objects:
    """Knows the object types: plural labels by name, and labels of properties by object name."""

    name: str
    labels: Callable[[], dict[str, str]]
    properties: Callable[[], Mapping[str, Mapping[str, str]]]
    "Labels of properties by name, by object name."


OWNERSHIPS: Registry[Ownership] = Registry("ownership")
OBJECTS: Registry[Objects] = Registry("list of object types")


def object_labels(named: Iterable[str]) -> dict[str, str]:
    """Object types a role may speak of: those that exist, those it names, and all others (`*`)."""
    labels: dict[str, str] = {}
    for each in OBJECTS:
        labels |= each.labels()
    if not labels:
        labels = {name: name.replace("_", " ").capitalize() for name in SHIPPED_OBJECTS}
    for name in named:
        labels.setdefault(name, name)
    return labels | {"*": gettext("All others")}


def property_labels() -> dict[str, Mapping[str, str]]:
    """Labels of properties by name, by the name of their object type."""
    found: dict[str, Mapping[str, str]] = {}
    for each in OBJECTS:
        found |= each.properties()
    return found


def check_references(rights: Mapping[str, Any]) -> None:
    """Refuse rights on object types and properties that there are not.

    Args:
        rights: As `rights.checked_rights` answers them.

    Raises:
        TresseError: `unknown_reference`, with the nearest known name.
    """
    known: dict[str, Collection[str]] = {}
    for each in OBJECTS:
        known |= each.properties()
    if not known:
        return
    for name in (*rights["objects"], *rights["properties"]):
        if name != "*" and name not in known:
            raise UNKNOWN_REFERENCE(sort=N_("object type"), name=name, nearest=nearest(name, known))
    for name, properties in rights["properties"].items():
        for prop in properties:
            if prop not in known[name]:
                near = nearest(prop, known[name])
                raise UNKNOWN_REFERENCE(sort=N_("property"), name=f"{name}.{prop}", nearest=near)
