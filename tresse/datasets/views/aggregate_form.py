"""An aggregate of related rows, made without a word of SQL: path, measure, rows, time (D110)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext, ngettext

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.definition import Aggregate
from tresse.datasets.models import Dataset
from tresse.datasets.parsing_computed import aggregate_given
from tresse.datasets.queries import MANAGE
from tresse.datasets.stored import definition_of, facts_of
from tresse.datasets.views.computed import (
    AGGREGATES,
    item_named,
    save_item,
    semantic_choices,
    tell_saved,
)
from tresse.datasets.views.computed_preview import preview_context
from tresse.datasets.views.computed_words import DOES, aggregate_words
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.related_paths import (
    TIMES,
    Known,
    Path,
    columns_along,
    known_datasets,
    led_nowhere,
    paths_from,
    types_of,
)
from tresse.datasets.views.where_form import Where, where_of
from tresse.datasets.views.window_form import window_fields, window_sent
from tresse.kernel.errors import TresseError
from tresse.sources.given import Given
from tresse.sources.versions import engine
from tresse.web.templatetags.numbers import number

ROWS = ""
"Of a count: the rows themselves, no column."
ROWS_ALLOWED = ("count",)
NUMBERS_ONLY = ("sum", "avg")
NUMBERS = ("integer", "decimal", "number")


@dataclass(slots=True)
class Form:
    """What is typed, with what it may be chosen from."""

    item: dict[str, Any]
    "As a definition has it; incomplete while nobody has chosen."
    where: Where
    path: Path | None
    paths: list[Path]
    known: Mapping[str, Known]
    suggestion: str = ""
    "A name for it, where none was typed."

    @property
    def columns(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Columns that its measure may be of, by the dataset they are of."""
        if self.path is None:
            return []
        groups = columns_along(self.path.dataset, self.known)
        if self.item.get("do") not in NUMBERS_ONLY:
            return groups
        numbers = [(label, [c for c in each if c[1] in NUMBERS]) for label, each in groups]
        return [(label, each) for label, each in numbers if each]


def dataset_aggregate(request: SignedIn, name: str) -> HttpResponse:
    """One aggregate: what is chosen is said as a sentence and tried before anything is kept."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    there = item_named(dataset, AGGREGATES, request.GET.get("name", ""))
    form = _form(request, dataset, there)
    sentence = ""
    if request.method == "POST" and request.POST.get("save") and not form.where.is_edit:
        try:
            save_item(dataset, AGGREGATES, _named(form), actor=request.actor)
        except TresseError as error:
            sentence = message(error)
        else:
            return tell_saved(request, dataset, _named(form)["name"])
    context = {
        **frame(request, dataset, "columns"),
        **_context(dataset, form, there),
        "sentence": sentence,
    }
    template = "_aggregate_parts.html" if is_fragment(request) else "aggregate_form.html"
    return page(request, template, context, is_refused=bool(sentence))


def aggregate_preview(request: SignedIn, name: str) -> HttpResponse:
    """What the aggregate would give, as a fragment beside its form."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    there = item_named(dataset, AGGREGATES, request.GET.get("name", ""))
    form = _form(request, dataset, there)
    context: dict[str, Any] = {"words": _words(form), "lost_words": _lost(dataset, form)}
    if form.where.is_incomplete:
        context["is_incomplete"] = True
    elif form.item.get("over") and (form.item.get("column") or form.item["do"] in ROWS_ALLOWED):
        context |= preview_context(dataset, _named(form), AGGREGATES, request.actor)
    return page(request, "_aggregate_preview.html", context)


def _form(request: SignedIn, dataset: Dataset, there: Mapping[str, Any] | None) -> Form:
    known = known_datasets()
    paths = paths_from(dataset.name, known)
    if request.method == "POST":
        item = _sent(request.POST, there)
    else:
        first = paths[0].name if paths else ""
        item = dict(there or {"over": first, "do": "sum"})
    path = next((each for each in paths if each.name == item.get("over")), None)
    where = where_of(request, path.dataset if path else None, item.get("where"))
    if where.value is None:
        item.pop("where", None)
    else:
        item["where"] = where.value
    form = Form(item, where, path, paths, known)
    columns = [name for _, group in form.columns for name, _ in group]
    if item.get("column") not in columns:
        # Another path or measure has other columns: the one there was means nothing any more.
        item.pop("column", None)
        if item["do"] not in ROWS_ALLOWED and columns:
            item["column"] = _likely(form, columns)
    form.suggestion = _suggestion(dataset, item)
    return form


def _likely(form: Form, columns: list[str]) -> str:
    """The column that people mean mostly: an amount, else a number, else the first one."""
    types = {name: type_ for _, group in form.columns for name, type_ in group}
    for wanted in ("net_amount", "amount", "line_amount", "total", "quantity"):
        if wanted in columns:
            return wanted
    own = [each for each in columns if "." not in each] or columns
    return next((each for each in own if types[each] in ("decimal", "number")), own[0])


def _sent(given: QueryDict, there: Mapping[str, Any] | None) -> dict[str, Any]:
    """The item as it was typed; its rows are added by whoever knows the path."""
    item: dict[str, Any] = {
        "name": there["name"] if there else given.get("item_name", "").strip(),
        "over": given.get("over", ""),
        "do": given.get("do", "") if given.get("do") in DOES else "sum",
        "column": given.get("column", ""),
        "window": window_sent(given),
        "semantic": given.get("semantic", ""),
    }
    return {key: value for key, value in item.items() if value}


def _named(form: Form) -> dict[str, Any]:
    return {**form.item, "name": form.item.get("name") or form.suggestion}


def _suggestion(dataset: Dataset, item: Mapping[str, Any]) -> str:
    """A name that says what it is of: `sum_net_amount_2_years`; free in the dataset."""
    window = item.get("window") or {}
    when = window.get("last") or window.get("this") or window.get("previous") or ""
    parts = [item["do"], item.get("column") or str(item.get("over", "")), str(when)]
    text = " ".join(parts).replace(".", " ")
    name = slugify(text).replace("-", "_") or item["do"]
    taken = {*types_of(dataset), *_said(dataset)}
    found, at = name, 2
    while found in taken:
        found, at = f"{name}_{at}", at + 1
    return found


def _said(dataset: Dataset) -> set[str]:
    facts = facts_of(dataset)
    items = [*facts.get("computed", ()), *facts.get(AGGREGATES, ())]
    return {str(each["name"]) for each in items}


def _words(form: Form) -> str:
    """The sentence; what cannot be read yet is left out of it."""
    other = form.path.dataset if form.path else None
    item = {**form.item, "name": "x"}
    try:
        aggregate = aggregate_given(Given(item, ""))
    except TresseError:
        over = form.path.steps if form.path else ()
        aggregate = Aggregate("x", over, form.item["do"], form.item.get("column", ""))
    return aggregate_words(aggregate, other)


def _lost(dataset: Dataset, form: Form) -> str:
    """How many rows belong to nothing here, as a sentence (D113); empty: none."""
    if form.path is None:
        return ""
    with engine() as session:
        lost = led_nowhere(session, dataset.name, form.path, form.known)
    text = ngettext(
        "{n} row of {rows} leads to nothing here and counts nowhere.",
        "{n} rows of {rows} lead to nothing here and count nowhere.",
        lost,
    )
    return text.format(n=number(lost), rows=form.path.steps[0]) if lost else ""


def _context(dataset: Dataset, form: Form, there: Mapping[str, Any] | None) -> dict[str, Any]:
    item, path = form.item, form.path
    types = types_of(path.dataset) if path else {}
    here = f"{address_of(dataset)}aggregate/"
    query = f"?name={there['name']}" if there else ""
    semantics = semantic_choices(dataset, definition_of(dataset), str(item.get("semantic", "")))
    return {
        "item": item,
        "is_new": there is None,
        "form_address": f"{here}{query}",
        "preview_address": f"{here}preview/{query}",
        "suggestion": form.suggestion,
        "paths": [
            (each.name, gettext("{path} ({rows})").format(path=each.name, rows=each.dataset.name))
            if each.steps[-1] != each.dataset.name
            else (each.name, each.name)
            for each in form.paths
        ],
        "does": [(name, gettext(label)) for name, (label, _) in DOES.items()],
        "columns": form.columns,
        "may_be_rows": item["do"] in ROWS_ALLOWED,
        "rows_word": gettext("the rows themselves"),
        "where": form.where,
        "where_label": gettext("Which rows count"),
        "window": window_fields(
            item.get("window"),
            dated=[name for name, type_ in types.items() if type_ in TIMES],
        ),
        "semantics": semantics,
        "words": _words(form),
    }
