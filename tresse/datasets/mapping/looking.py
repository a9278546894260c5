"""Looks at the mapping of a dataset, for doors: each opens an engine, and stores nothing."""

from collections.abc import Mapping
from typing import Any

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.mapping.feeds import Fed, feeds_of
from tresse.datasets.mapping.planning import Mapped, mapped
from tresse.datasets.mapping.suggesting import Suggestion, suggested
from tresse.datasets.mapping.trying import LIMIT, Tried, tried
from tresse.datasets.models import Dataset
from tresse.datasets.parsing import parsed
from tresse.datasets.refusals import UNKNOWN_COLUMN
from tresse.datasets.stored import definition_of
from tresse.kernel.errors import nearest
from tresse.sources.stored import defaults
from tresse.sources.versions import engine

READ, MANAGE = "datasets.read", "datasets.manage"


def looked_at(dataset: Dataset, *, actor: Actor) -> tuple[Mapped, list[Suggestion]]:
    """How a dataset takes its columns, and what is proposed for those of its sources (D15).

    Raises:
        TresseError: `not_permitted`; what `planning.mapped` refuses.
    """
    require_right(actor, READ)
    found, feeds = _mapped(definition_of(dataset))
    with engine() as session:
        return found, suggested(session, found, feeds)


def tried_on(
    dataset: Dataset,
    item: Mapping[str, Any],
    column: str,
    *,
    actor: Actor,
    limit: int = LIMIT,
) -> Tried:
    """What the rules of a column would make of everything that feeds it (D31).

    Args:
        dataset: Whose column.
        item: Its definition as it would be; it need not be saved.
        column: The name of the column.
        actor: Needs `datasets.read` for the definition as it is saved, else `datasets.manage`.
        limit: Values to show, 1 to 1,000.

    Raises:
        TresseError: `not_permitted`, `column_missing`; what parsing and mapping refuse.
    """
    definition = parsed(item)
    require_right(actor, READ if definition == definition_of(dataset) else MANAGE)
    found, feeds = _mapped(definition)
    known = [each.column.name for each in found.plan.columns]
    if column not in known:
        place = f"{definition.name}: column"
        near = nearest(column, known)
        raise UNKNOWN_COLUMN(name=place, dataset=definition.name, column=column, nearest=near)
    most = max(1, min(limit, 1_000))
    with engine() as session:
        return tried(session, found.plan, feeds, column, defaults=defaults(), limit=most)


def _mapped(definition: DatasetDefinition) -> tuple[Mapped, tuple[Fed, ...]]:
    feeds = feeds_of(definition)
    return mapped(definition, feeds, is_partial=any(not fed.types for fed in feeds)), feeds
