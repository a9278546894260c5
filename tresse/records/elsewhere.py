"""Names that commands take for records and for sets of a higher room alike, such as datasets."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, say
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.objects.described import DataModel

WHICH = N_("{name} is the {sort} here; object:{name} would be the object type.")


class Elsewhere(Protocol):
    """Sets of a higher room, each under a name of its own."""

    @property
    def name(self) -> str:
        """What such a set is called, marked for translation."""

    @property
    def prefix(self) -> str:
        """Before a name it says that such a set is meant."""

    @property
    def has(self) -> Callable[[str], bool]:
        """Whether there is one of that name that can be worked with now."""


E = TypeVar("E", bound=Elsewhere)


@dataclass(frozen=True, slots=True)
class Unmerger:
    """How sets of a higher room are taken apart: `unmerge DATASET KEY MEMBER…` (D63).

    `run(actor, answer, name, key, members, dry_run)` does it and answers.
    """

    name: str
    prefix: str
    has: Callable[[str], bool]
    run: Callable[[Actor, Answer, str, str, tuple[str, ...], bool], Any]


UNMERGERS: Registry[Unmerger] = Registry(N_("sort"))
"Filled by `config.members.hand_over`."


def meant(name: str, sets: Iterable[E], model: DataModel) -> tuple[E, str] | None:
    """Which set a name means, and its name there; None: records of an object type.

    A prefix decides. Else the name of an object type in the singular is that object; any other
    name is a set elsewhere, where there is one (`cli.md`, section 1), and standard error says so
    if it could be an object type too.
    """
    prefix, colon, rest = name.partition(":")
    among = list(sets)
    for each in among:
        if colon and each.prefix == prefix:
            return each, rest
    if colon or any(each.name == name for each in model.objects):
        return None
    found = next((each for each in among if each.has(name)), None)
    if found is None:
        return None
    if _is_object(name, model):
        say(gettext(WHICH).format(name=name, sort=gettext(found.name)))
    return found, name


def _is_object(name: str, model: DataModel) -> bool:
    try:
        model.object(name)
    except TresseError:
        return False
    return True
