"""A formula over the columns of a row: checked and tried while it is typed (D100 to D106)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.datasets.models import Dataset
from tresse.datasets.queries import MANAGE
from tresse.datasets.stored import definition_of
from tresse.datasets.views.computed import (
    FORMULAS,
    item_named,
    save_item,
    semantic_choices,
    tell_saved,
)
from tresse.datasets.views.computed_preview import preview_context
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.mapped import type_label
from tresse.datasets.views.related_paths import known_datasets, paths_from, types_of
from tresse.engine.formulas import FUNCTIONS, GROUPS
from tresse.kernel.errors import TresseError

NUMBERS = ("decimal", "number", "integer")
MOST_RELATED = 30
"Examples of aggregates of related rows."


def dataset_formula(request: SignedIn, name: str) -> HttpResponse:
    """One formula with the words that it may use beside it."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    there = item_named(dataset, FORMULAS, request.GET.get("name", ""))
    item = _sent(request, there) if request.method == "POST" else dict(there or {})
    sentence = ""
    if request.method == "POST" and request.POST.get("save"):
        try:
            save_item(dataset, FORMULAS, item, actor=request.actor, is_new=there is None)
        except TresseError as error:
            sentence = message(error)
        else:
            return tell_saved(request, dataset, str(item["name"]))
    context = {
        **frame(request, dataset, "columns"),
        **_context(dataset, item, there),
        "sentence": sentence,
    }
    if request.method == "POST" and not sentence:
        # Without scripts the button "Try it" sends the form, and the page answers as a whole.
        context |= _tried(dataset, item, request)
    return page(request, "computed_form.html", context, is_refused=bool(sentence))


def formula_preview(request: SignedIn, name: str) -> HttpResponse:
    """What the formula would give for 100 rows, or why it cannot be, as a fragment."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    there = item_named(dataset, FORMULAS, request.GET.get("name", ""))
    return page(request, "_computed_preview.html", _tried(dataset, _sent(request, there), request))


def _tried(dataset: Dataset, item: Mapping[str, Any], request: SignedIn) -> dict[str, Any]:
    if not str(item.get("sql", "")).strip():
        return {}
    named = {**item, "name": item.get("name") or gettext("formula")}
    return preview_context(dataset, named, FORMULAS, request.actor)


def _sent(request: SignedIn, there: Mapping[str, Any] | None) -> dict[str, Any]:
    given = request.POST
    item = {
        "name": there["name"] if there else given.get("item_name", "").strip(),
        "sql": given.get("sql", "").strip(),
        "semantic": given.get("semantic", ""),
    }
    return {key: value for key, value in item.items() if value or key == "name"}


def _context(
    dataset: Dataset, item: Mapping[str, Any], there: Mapping[str, Any] | None
) -> dict[str, Any]:
    here = f"{address_of(dataset)}formula/"
    query = f"?name={there['name']}" if there else ""
    types = types_of(dataset)
    return {
        "item": item,
        "is_new": there is None,
        "preview_address": f"{here}preview/{query}",
        "semantics": semantic_choices(
            dataset, definition_of(dataset), str(item.get("semantic", ""))
        ),
        "names": [
            (written(name), name, type_label(type_))
            for name, type_ in types.items()
            if there is None or name != there["name"]
        ],
        "related": _related(dataset),
        "functions": [
            (gettext(label), [each for each in FUNCTIONS if each.group == group])
            for group, label in GROUPS.items()
        ],
    }


def written(name: str) -> str:
    """The name of a column as a formula has it: quoted where it is no plain word."""
    is_plain = name.isidentifier() and name.isascii() and name == name.lower()
    return name if is_plain else '"{}"'.format(name.replace('"', '""'))


def _related(dataset: Dataset) -> list[tuple[str, str]]:
    """Aggregates of related rows that a formula may hold, and what each is (D110)."""
    known = known_datasets()
    found: list[tuple[str, str]] = []
    for path in paths_from(dataset.name, known):
        found.append((f"COUNT({path.name})", gettext("Number of {rows}").format(rows=path.name)))
        for name, type_ in types_of(path.dataset).items():
            if type_ in NUMBERS and not name.endswith("_id"):
                text = gettext("Sum of {column} of {rows}").format(column=name, rows=path.name)
                found.append((f"SUM({path.name}.{written(name)})", text))
    return found[:MOST_RELATED]
