"""Readings of one object's properties, each made once; account and users are read once for all."""

from dataclasses import replace
from functools import cached_property

from tresse.accounts.account import Account
from tresse.accounts.actor import Actor
from tresse.accounts.queries import account
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.kinds.reading import Reading
from tresse.objects.readings import People, people, reading_for


class Readings:
    """How texts become values of one object type, for one person, in one request or job."""

    def __init__(self, object: ObjectDef, actor: Actor) -> None:
        self.object = object
        self.actor = actor
        self._made: dict[str, Reading] = {}

    def of(self, prop: PropertyDef, pipeline: int | None = None) -> Reading:
        """The reading of a property; stages are read in `pipeline` if it is given (C49)."""
        if prop.name not in self._made:
            self._made[prop.name] = reading_for(
                prop,
                self.object,
                actor=self.actor,
                account=self.account,
                users=self.people if prop.kind.name == "user" else None,
            )
        made = self._made[prop.name]
        return replace(made, pipeline=pipeline) if pipeline else made

    @cached_property
    def account(self) -> Account:
        """The account's settings."""
        return account()

    @cached_property
    def people(self) -> People:
        """All users."""
        return people()
