"""How conditions are edited: what "+ Filter" offers, and the controls of one condition.

A kind of condition (`ConditionKind`) answers both; it knows no HTML. A control is a template found
by its form (`filters/controls/<form>.html`), and is read back by `controls.READERS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from tresse.accounts.account import Account
from tresse.accounts.actor import Actor
from tresse.filters.people import People
from tresse.filters.shape import Base
from tresse.objects.described import DataModel, PropertyDef
from tresse.objects.kinds import Reading
from tresse.objects.readings import reading_for

MOST_LINKS = 3


class Choice(NamedTuple):
    """One thing that may be chosen; `group` stands above it, `picture` draws a portrait."""

    name: str
    label: str
    group: str = ""
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """One entry of "+ Filter": what the condition is on, and the condition it begins as.

    `names`: what the search knows it by besides its label: name, former labels. `is_far`: of a
    linked record, so that its group is folded until somebody looks for it.
    """

    label: str
    group: str
    icon: str
    node: Mapping[str, Any]
    names: tuple[str, ...] = ()
    is_far: bool = False


def _typed(text: str) -> Any:
    return text.strip()


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a condition: the key it fills and the form it has.

    Forms: `text`, `texts`, `range`, `choice`, `choices`, `day`, `days`, `duration`, `period`,
    `count`, `counts`, `window`, `flag`. A control that is left empty leaves its key out.

    `constant` reads a typed text as JSON, `text` writes a value as a person types it.
    """

    key: str
    form: str
    label: str
    value: Any = None
    choices: Sequence[Choice] = ()
    constant: Callable[[str], Any] = _typed
    text: Callable[[Any], str] = str
    has_hours: bool = False
    is_tallied: bool = False
    "Whether each choice is shown with how many rows have it, once the list is opened."
    hint: str = ""
    empty: str = ""
    "Of a list of choices: what none of them means, where that is something."
    lead: str = ""
    "Words before it, so that the line reads as a sentence."


class Head(NamedTuple):
    """What a condition is on, as its line begins: icon, words, and the object of an inner filter.

    `inner`: the base of `filter` in the condition, if it takes one.
    """

    icon: str
    label: str
    inner: Base | None = None
    inner_label: str = ""


@dataclass(frozen=True)
class Asking:
    """For whom and on what a filter is edited; what is read for it is read once."""

    model: DataModel
    base: Base
    actor: Actor
    account: Account
    links: int = 0
    "How many links away from the rows that are chosen."
    people: People = field(default_factory=People)
    is_personal: bool = True
    "Whether `me` and `my_teams` are offered (G10)."

    def inside(self, base: Base) -> "Asking":
        """The same within the filter of linked records."""
        return replace(self, base=base, links=self.links + 1)

    @cached_property
    def _readings(self) -> dict[int, Reading]:
        return {}

    def reading(self, base: Base, prop: PropertyDef) -> Reading:
        """How the person types values of a property."""
        if prop.id not in self._readings:
            self._readings[prop.id] = reading_for(
                prop, base, actor=self.actor, account=self.account
            )
        return self._readings[prop.id]
