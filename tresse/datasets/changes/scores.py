"""Uses of scores in a dataset, added, changed and taken away: changes of its definition (SC3)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.models import Dataset
from tresse.datasets.stored import facts_of
from tresse.kernel.clock import now
from tresse.kernel.errors import UNKNOWN_NAME, nearest

Item = Mapping[str, Any]


def use_score(
    dataset: Dataset, item: Item, *, actor: Actor, revision: int | None = None
) -> Dataset:
    """Add a use of a score to a dataset, or change the one of the same score and prefix.

    Args:
        dataset: The dataset.
        item: `{score, settings, prefix, where, window, freeze}`, as a definition has it.
        actor: Needs `datasets.manage`.
        revision: On which the change is based.

    Raises:
        TresseError: As `change_dataset`: what is wrong with the item, `changed_meanwhile`.
    """
    said = {key: value for key, value in item.items() if value is not None}
    uses = [dict(each) for each in facts_of(dataset).get("scores", ())]
    keys = [key_said(each) for each in uses]
    if key_said(said) in keys:
        uses[keys.index(key_said(said))] = said
    else:
        uses.append(said)
    return _changed(dataset, uses, actor, revision)


def stop_score(dataset: Dataset, key: str, *, actor: Actor, revision: int | None = None) -> Dataset:
    """Take a use of a score away from a dataset; versions that stand keep its columns.

    Raises:
        TresseError: `unknown_name`, `in_use`; as `change_dataset`.
    """
    uses = [dict(each) for each in facts_of(dataset).get("scores", ())]
    keys = [key_said(each) for each in uses]
    if key not in keys:
        sort = gettext("score of {name}").format(name=dataset.name)
        raise UNKNOWN_NAME(sort=sort, name=key, nearest=nearest(key, keys), known=keys)
    left = [each for each, name in zip(uses, keys, strict=True) if name != key]
    return _changed(dataset, left, actor, revision)


def recut_score(dataset: Dataset, key: str, *, actor: Actor) -> Dataset:
    """Have the next build cut the cut-points of a frozen score anew; they stay from then on (SC18).

    Raises:
        TresseError: `unknown_name`; as `change_dataset`.
    """
    uses = [dict(each) for each in facts_of(dataset).get("scores", ())]
    keys = [key_said(each) for each in uses]
    if key not in keys:
        sort = gettext("score of {name}").format(name=dataset.name)
        raise UNKNOWN_NAME(sort=sort, name=key, nearest=nearest(key, keys), known=keys)
    at = now().replace(microsecond=0, tzinfo=None)
    uses[keys.index(key)]["freeze"] = at.isoformat()
    return _changed(dataset, uses, actor, None)


def key_said(item: Item) -> str:
    """The key of a use as a definition says it."""
    return f"{item.get('prefix') or ''}{item.get('score') or ''}"


def _changed(
    dataset: Dataset, uses: list[dict[str, Any]], actor: Actor, revision: int | None
) -> Dataset:
    item = merged(dataset, {"scores": uses or None})
    return change_dataset(dataset, item, actor=actor, revision=revision)
