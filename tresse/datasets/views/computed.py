"""Computed columns of a dataset on its tab *Columns*: formulas and aggregates, kept and removed.

All changes go through `change_dataset`; what is worked out is worked out by the next build.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.cells import icon_of
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.definition import Aggregate, DatasetDefinition, Formula
from tresse.datasets.layout import SCORE
from tresse.datasets.mapping.planning import fields_of
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.parsing_computed import COMPUTED
from tresse.datasets.queries import MANAGE
from tresse.datasets.stored import definition_of, facts_of
from tresse.datasets.views.computed_words import aggregate_words
from tresse.datasets.views.frame import address_of, dataset_of
from tresse.datasets.views.mapped import type_label
from tresse.datasets.views.related_paths import known_datasets, paths_from
from tresse.kernel.errors import UNKNOWN_NAME, TresseError, nearest
from tresse.sources.versions import engine

FORMULAS, AGGREGATES, SCORES = COMPUTED
"Keys of a definition."
PAGES = {FORMULAS: "formula", AGGREGATES: "aggregate"}
Item = Mapping[str, Any]


def item_named(dataset: Dataset, key: str, name: str) -> dict[str, Any] | None:
    """A formula or an aggregate as the definition has it; None without a name: a new one.

    Raises:
        TresseError: `unknown_name`.
    """
    if not name:
        return None
    items = {str(each["name"]): each for each in facts_of(dataset).get(key, ())}
    if name not in items:
        raise UNKNOWN_NAME(sort=gettext("column"), name=name, nearest=nearest(name, items))
    return dict(items[name])


def save_item(
    dataset: Dataset, key: str, item: Item, *, actor: Actor, is_new: bool = False
) -> Dataset:
    """Keep a formula or an aggregate: in place of the one of its name, or after all others.

    Raises:
        TresseError: What `change_dataset` refuses.
    """
    items: list[Any] = list(facts_of(dataset).get(key, ()))
    at = next((n for n, each in enumerate(items) if each["name"] == item["name"]), None)
    if at is None or is_new:
        items.append(dict(item))
    else:
        items[at] = dict(item)
    return change_dataset(dataset, merged(dataset, {key: items}), actor=actor)


def tell_saved(request: SignedIn, dataset: Dataset, name: str) -> HttpResponse:
    """Say that it is kept, and go where all computed columns stand."""
    messages.success(request, gettext("{name} is saved.").format(name=name))
    return redirect(f"{address_of(dataset)}columns/#computed")


@require_POST
def computed_drop(request: SignedIn, name: str) -> HttpResponse:
    """Take a formula or an aggregate away; refused while something is made of it (D121)."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    wanted, facts = request.POST.get("column", ""), facts_of(dataset)
    changes = {
        key: [each for each in facts.get(key, ()) if each["name"] != wanted] or None
        for key in PAGES
        if key in facts
    }
    try:
        change_dataset(dataset, merged(dataset, changes), actor=request.actor)
    except TresseError as error:
        messages.error(request, message(error))
    else:
        messages.success(request, gettext("{name} is removed.").format(name=wanted))
    return redirect(f"{address_of(dataset)}columns/#computed")


def computed_context(dataset: Dataset) -> dict[str, Any]:
    """What the card of computed columns shows, and what waits for a build."""
    definition, version = definition_of(dataset), dataset.version
    here = address_of(dataset)
    worked = {each.name: each for each in plan_of(version).computed} if version else {}
    empty = _empty(version) if version else {}
    waiting = waiting_of(dataset, definition)
    known = known_datasets() if definition.aggregates else {}
    rows = {path.steps: path.dataset for path in paths_from(dataset.name, known)}
    listed: list[tuple[str, Formula | Aggregate, str]] = [
        *((FORMULAS, each, each.sql) for each in definition.computed),
        *(
            (AGGREGATES, each, aggregate_words(each, rows.get(each.over)))
            for each in definition.aggregates
        ),
    ]
    lines = []
    for key, each, words in listed:
        made = worked.get(each.name)
        type_ = made.type if made else ""
        lines.append(
            {
                "name": each.name,
                "icon": icon_of(type_, each.semantic),
                "is_formula": key == FORMULAS,
                "type_label": type_label(type_),
                "words": words,
                "semantic": each.semantic,
                "empty": empty.get(each.name),
                "is_waiting": each.name in waiting,
                "address": f"{here}{PAGES[key]}/?{urlencode({'name': each.name})}",
            }
        )
    return {
        "computed": lines,
        "scores_number": len(definition.scores),
        "waiting": waiting,
        "has_related": bool(definition.aggregates) or _has_related(dataset),
    }


def _has_related(dataset: Dataset) -> bool:
    """Whether rows of other datasets lead here."""
    others = Dataset.objects.exclude(pk=dataset.pk).values_list("definition", flat=True)
    return any(
        relation.get("to") == dataset.name
        for definition in others
        for relation in definition.get("relations", ())
    )


def waiting_of(dataset: Dataset, definition: DatasetDefinition | None = None) -> list[str]:
    """Names of what the next build works out: new and changed computed columns, and removed ones.

    A use of a score is called by its key.
    """
    version = dataset.version
    if version is None:
        return []
    now, then = definition or definition_of(dataset), plan_of(version).definition
    found: list[str] = []
    for current, before in (
        (now.computed, then.computed),
        (now.aggregates, then.aggregates),
        (now.scores, then.scores),
    ):
        here, there = ({_called(each): each for each in items} for items in (current, before))
        found += [name for name, each in here.items() if there.get(name) != each]
        found += [name for name in there if name not in here]
    return found


def _called(item: Any) -> str:
    return str(getattr(item, "name", "") or item.key)


def _empty(version: DatasetVersion) -> dict[str, dict[str, Any]]:
    """How many golden records have no value, by computed column: `number`, `filled` in percent."""
    worked = [each for each in plan_of(version).computed if each.sort != SCORE]
    if not worked or not version.rows:
        return {}
    with engine() as session:
        table = tables_of(session, version).computed
        counts = [sa.func.count(table.c[each.column]) for each in worked]
        found = session.rows(sa.select(*counts).select_from(table))
    return {
        each.name: {
            "number": version.rows - int(number or 0),
            "filled": round(100 * int(number or 0) / version.rows, 1),
        }
        for each, number in zip(worked, found[0], strict=True)
    }


def semantic_choices(
    dataset: Dataset, definition: DatasetDefinition, chosen: str
) -> list[tuple[str, str]]:
    """Semantic fields that a computed column may carry; one that another has is told (D17)."""
    said = [(each.semantic, each.name) for each in definition.columns]
    said += [(each.semantic, each.name) for each in definition.computed]
    said += [(each.semantic, each.name) for each in definition.aggregates]
    taken = {semantic: name for semantic, name in said if semantic}
    if dataset.version is not None:
        for planned in plan_of(dataset.version).columns:
            taken.setdefault(planned.column.semantic, planned.column.name)
    found = [("", "–")]
    for field in fields_of(definition.entity):
        holder = taken.get(field)
        is_other = holder is not None and field != chosen
        found.append((field, f"{field} ({holder})" if is_other else field))
    return found
