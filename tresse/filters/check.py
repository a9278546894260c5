"""Parses and checks a filter: names, kinds, rights and size, every fault at once with its place."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tresse.accounts.account import Account
from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.queries import account as current_account
from tresse.filters.conditions import CONDITIONS
from tresse.filters.constants import Constants
from tresse.filters.refusals import (
    BAD_FILTER,
    EMPTY_ANY,
    NOT_A_LIST,
    TOO_DEEP,
    TOO_MANY_BYTES,
    TOO_MANY_CONDITIONS,
    TWO_KINDS,
    UNKNOWN_CONDITION_KEY,
)
from tresse.filters.shape import All, AnyOf, Base, Checked, Condition, ConditionKind, Node, Not
from tresse.filters.shown import shown
from tresse.kernel.errors import TresseError, nearest
from tresse.objects.described import DataModel

GROUPS = ("all", "any", "not")
MOST_CONDITIONS = 100
MOST_LEVELS = 5
MOST_KEPT = 1_000
"Conditions of all saved filters that one filter names, and that they name."
MOST_BYTES = 64_000


def checked(
    filter: Any,
    base: Base,
    *,
    model: DataModel,
    actor: Actor,
    account: Account | None = None,
    personal: bool = True,
    name: str = "",
) -> Checked:
    """Check a filter for one base and one person.

    Args:
        filter: The filter as data (G1), as JSON or YAML gave it.
        base: What it chooses rows of.
        model: The definitions.
        actor: Who asks: a property they may not read does not exist for them (C109).
        account: Read if not given.
        personal: Whether `me` and `my_teams` are taken: by what a person looks at, not by what runs
            without one (G10).
        name: Under which it is kept, so that a circle of saved filters is found.

    Raises:
        TresseError: The first fault. Its details have `place`, and `faults`: all of them, each with
            `place` (`all[2].any[0]`), `code` and `message`.
    """
    checking = Checking(model, actor, account or current_account(), personal=personal)
    if name:
        checking.inside.append(name)
    node = checking.whole(filter, base)
    if checking.faults:
        _, first = checking.faults[0]
        first.details["faults"] = faults_of(checking.faults)
        raise first
    assert node is not None  # noqa: S101  a node that is missing has left a fault
    return Checked(base, node, filter)


def faults_of(faults: list[tuple[str, TresseError]]) -> list[dict[str, str]]:
    """Faults as programs read them, the sentences in the language of the person."""
    return [
        {"place": place, "code": error.code, "message": message(error)} for place, error in faults
    ]


class Checking:
    """One check in progress: where it stands, and the faults found so far."""

    def __init__(
        self, model: DataModel, actor: Actor, account: Account, *, personal: bool = True
    ) -> None:
        self.model = model
        self.actor = actor
        self.account = account
        self.constants = Constants(model, actor, account, personal=personal)
        self.faults: list[tuple[str, TresseError]] = []
        self._place = ""
        self._conditions = 0
        self._level = 0
        self._links = 0
        self._kept = 0
        self.inside: list[str] = []
        "Names of the saved filters around the present place, outermost first."

    def refuse(self, error: TresseError) -> None:
        """Note a fault at the present place."""
        error.details["place"] = self._place
        self.faults.append((self._place, error))

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Within the block, faults are at a part of the present place."""
        outer = self._place
        joint = "." if outer and not place.startswith("[") else ""
        self._place = f"{outer}{joint}{place}"
        try:
            yield
        finally:
            self._place = outer

    @contextmanager
    def linked(self) -> Iterator[int]:
        """Within the block, conditions are on linked records; answers how many links away."""
        self._links += 1
        try:
            yield self._links
        finally:
            self._links -= 1

    @contextmanager
    def saved(self, name: str) -> Iterator[None]:
        """Within the block is a filter kept under a name: its size is not that of this one."""
        around = (self._conditions, self._level, self._links)
        self._conditions = self._level = self._links = 0
        self.inside.append(name)
        try:
            yield
        finally:
            self.inside.pop()
            self._kept += self._conditions
            self._conditions, self._level, self._links = around

    def whole(self, filter: Any, base: Base) -> Node | None:
        """Check a whole filter, its size too."""
        try:
            size = len(json.dumps(filter, ensure_ascii=False, default=str).encode(errors="replace"))
        except (RecursionError, ValueError):
            self.refuse(TOO_DEEP(number="1,000+", most=MOST_LEVELS))
            return None
        if size > MOST_BYTES:
            self.refuse(TOO_MANY_BYTES(number=size, most=MOST_BYTES))
            return None
        node = self.node(filter, base)
        if self._conditions > MOST_CONDITIONS:
            too_many = TOO_MANY_CONDITIONS(number=self._conditions, most=MOST_CONDITIONS)
            self.refuse(too_many)
        return node

    def node(self, node: Any, base: Base) -> Node | None:
        """Check a group or condition; None after a fault."""
        if isinstance(node, list):
            return self._group("all", node, base, by_name=False)
        if not isinstance(node, Mapping) or not node:
            self.refuse(BAD_FILTER(this=shown(node)))
            return None
        kinds = [key for key in node if key in GROUPS or key in CONDITIONS]
        if len(kinds) > 1:
            self.refuse(TWO_KINDS(this=shown(node), kinds=kinds))
            return None
        if not kinds:
            self._refuse_unknown(node)
            return None
        if kinds[0] in GROUPS:
            self._check_keys(node, (kinds[0],))
            return self._group(kinds[0], node[kinds[0]], base, by_name=True)
        return self._condition(CONDITIONS[kinds[0]], node, base)

    def _refuse_unknown(self, node: Mapping[str, Any]) -> None:
        first = str(next(iter(node)))
        near = nearest(first, (*GROUPS, *(kind.name for kind in CONDITIONS)))
        if near:
            self.refuse(UNKNOWN_CONDITION_KEY(name=first, nearest=near))
        else:
            self.refuse(BAD_FILTER(this=shown(node)))

    def _check_keys(self, node: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in node:
            if key not in known:
                near = nearest(str(key), known)
                self.refuse(UNKNOWN_CONDITION_KEY(name=key, nearest=near, known=list(known)))

    def _condition(
        self, kind: ConditionKind, node: Mapping[str, Any], base: Base
    ) -> Condition | None:
        self._conditions += 1
        if self.inside and self._kept + self._conditions > MOST_KEPT:
            # Filters that name each other many times over would grow beyond all bounds.
            self.refuse(TOO_MANY_CONDITIONS(number=f"{MOST_KEPT}+", most=MOST_KEPT))
            return None
        before = len(self.faults)
        self._check_keys(node, kind.keys)
        facts = kind.check(node, base, self)
        return Condition(kind, facts) if len(self.faults) == before else None

    def _group(self, name: str, given: Any, base: Base, *, by_name: bool) -> Node | None:
        self._level += 1
        try:
            if self._level > MOST_LEVELS:
                self.refuse(TOO_DEEP(number=self._level, most=MOST_LEVELS))
                return None
            if name == "not":
                with self.at("not"):
                    part = self.node(given, base)
                return None if part is None else Not(part)
            return self._parts(name, given, base, by_name=by_name)
        finally:
            self._level -= 1

    def _parts(self, name: str, given: Any, base: Base, *, by_name: bool) -> Node | None:
        if not isinstance(given, list):
            self.refuse(NOT_A_LIST(key=name, this=shown(given)))
            return None
        if name == "any" and not given:
            self.refuse(EMPTY_ANY(example='{"all": []}'))
            return None
        parts = []
        for number, each in enumerate(given):
            with self.at(f"{name}[{number}]" if by_name else f"[{number}]"):
                parts.append(self.node(each, base))
        whole = tuple(part for part in parts if part is not None)
        if len(whole) < len(parts):
            return None
        return AnyOf(whole) if name == "any" else All(whole)
