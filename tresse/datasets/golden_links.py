"""Where a golden record stands elsewhere: higher rooms say it, as a sync that wrote it somewhere.

Filled by `config.members.hand_over`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tresse.accounts.actor import Actor
from tresse.datasets.models import Dataset
from tresse.kernel.registry import Registry
from tresse.objects.described import ObjectDef
from tresse.records.addresses import record_address
from tresse.records.queries import titles


@dataclass(frozen=True, slots=True)
class GoldenLink:
    """One place: what people see of it, and where it leads."""

    label: str
    about: str
    address: str
    icon: str = "external-link"


@dataclass(frozen=True, slots=True)
class GoldenLinks:
    """One sort of places; `of` gives those of a golden record that the actor may see."""

    name: str
    of: Callable[[Dataset, str, Actor], Iterable[GoldenLink]]


LINKS: Registry[GoldenLinks] = Registry("places of golden records")


def record_links(
    object_: ObjectDef, ids: Iterable[int], about: str, actor: Actor
) -> Iterator[GoldenLink]:
    """To records of the CRM by their titles; those that are out of sight or gone are left out."""
    for id, title in sorted(titles(object_, ids, actor).items()):
        yield GoldenLink(title, about, record_address(object_, id), object_.icon)
