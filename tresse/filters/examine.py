"""Looks at a filter somebody is still writing: its faults, its words, how many rows it finds."""

from dataclasses import dataclass
from typing import Any

from tresse.accounts.actor import Actor
from tresse.accounts.queries import account
from tresse.filters.check import checked
from tresse.filters.compile import condition
from tresse.filters.shape import Base
from tresse.filters.stores import store_of
from tresse.filters.words import words
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel


@dataclass(frozen=True, slots=True)
class Examined:
    """Faults with their places; without any, the sentence and the number of rows in sight.

    `count` is exact to 10,000; 10,001 means more.
    """

    faults: list[dict[str, str]]
    words: str | None = None
    count: int | None = None


def examined(filter: Any, base: Base, *, model: DataModel, actor: Actor) -> Examined:
    """Examine a filter for a base and a person; faults are answered, not raised (G67)."""
    settings = account()
    try:
        good = checked(filter, base, model=model, actor=actor, account=settings)
    except TresseError as error:
        return Examined(error.details["faults"])
    where = condition(good, base.table, model=model, actor=actor, account=settings)
    return Examined([], words(good), store_of(base).count(base, where, actor))
