"""Which records an export has: those of a view, a segment, a list, a filter, typed words (T80)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_REFERENCE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.sight import readable_properties
from tresse.records.lists import condition_of
from tresse.records.models import View
from tresse.records.views_saved import ALL, MINE, view_named
from tresse.transfers.exporting.asked import Asked


@dataclass(frozen=True)
class Selected:
    """A condition on the record table, and the properties to write; None: all."""

    condition: sa.ColumnElement[bool]
    columns: Sequence[str] | None


def selected(model: DataModel, object: ObjectDef, asked: Asked, actor: Actor) -> Selected:
    """What is asked for, as one person may see it.

    Raises:
        TresseError: `unknown_reference` (a view), what a filter is refused with.
    """
    parts: list[Any] = [] if asked.filter is None else [asked.filter]
    columns = asked.columns
    if asked.view == MINE:
        parts.append({"property": "owner", "operator": "is", "value": "me"})
    elif asked.view and asked.view != ALL:
        view = _view(object, asked.view, actor)
        parts += [] if view.filter is None else [view.filter]
        if columns is None and view.columns:
            columns = _of_view(view.columns, object, actor)
    parts += [{"segment": asked.segment}] if asked.segment else []
    parts += [{"list": asked.list}] if asked.list else []
    filter = None if not parts else parts[0] if len(parts) == 1 else {"all": parts}
    return Selected(condition_of(model, object, actor, filter, words=asked.words), columns)


def _view(object: ObjectDef, name: str, actor: Actor) -> View:
    try:
        return view_named(object, name, actor)
    except TresseError as error:
        near = error.details.get("nearest")
        raise UNKNOWN_REFERENCE(sort=N_("view"), name=name, nearest=near) from None


def _of_view(names: Sequence[str], object: ObjectDef, actor: Actor) -> list[str]:
    """Properties among the columns of a view, its title in front."""
    known = {prop.name for prop in readable_properties(object, actor)}
    return [name for name in dict.fromkeys([object.title, *names]) if name in known]
