"""Values in the history of a property that was of another kind, as people read them (C25, C30)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tresse.accounts.actor import Actor
from tresse.engine.stored import from_text
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.kinds import KINDS
from tresse.objects.models import KindChange
from tresse.objects.readings import reading_for


class Former:
    """Reads old and new values of history rows; of a former kind they are texts.

    Args:
        properties: Whose history is read; one query for all of them.
        actor: Who reads.
    """

    def __init__(self, properties: Iterable[PropertyDef], actor: Actor) -> None:
        self._actor = actor
        ids = [prop.id for prop in properties]
        self._changes: dict[int, list[KindChange]] = {}
        found = KindChange.objects.filter(property__in=ids, change_set_id__isnull=False)
        for change in found.order_by("change_set_id"):
            self._changes.setdefault(change.property_id, []).append(change)

    def read(
        self, prop: PropertyDef, object_: ObjectDef, change_set: int, texts: tuple[Any, Any]
    ) -> tuple[PropertyDef, Any, Any]:
        """The property to show them by, the old and the new value.

        Args:
            prop: The property as it is now.
            object_: Its object type.
            change_set: Of the history row.
            texts: Its old and new text.
        """
        changes = self._changes.get(prop.id, [])
        if not changes or change_set > int(changes[-1].change_set_id or 0):
            old, new = (from_text(text, prop.kind.column) for text in texts)
            return prop, old, new
        old = self._shown(object_, texts[0], self._at(prop, change_set))
        new = self._shown(object_, texts[1], self._at(prop, change_set + 1))
        return replace(prop, kind=KINDS["text"], settings={}), old, new

    def _at(self, prop: PropertyDef, change_set: int) -> PropertyDef:
        """The property as it was when values of a change set were written."""
        for change in self._changes[prop.id]:
            if int(change.change_set_id or 0) >= change_set:
                settings = change.old_facts.get("settings", {})
                return replace(prop, kind=KINDS[change.old_kind], settings=settings)
        return prop

    def _shown(self, object_: ObjectDef, text: str | None, then: PropertyDef) -> str | None:
        value = from_text(text, then.kind.column)
        if value is None:
            return None
        return then.kind.format(value, reading_for(then, object_, actor=self._actor))
