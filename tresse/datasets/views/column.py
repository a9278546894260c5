"""One column of a dataset: tried on what feeds it before anything is kept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.definition import METHODS, Column
from tresse.datasets.mapping import Fed
from tresse.datasets.mapping.planning import fields_of
from tresse.datasets.mapping.trying import Tried, tried
from tresse.datasets.merging.methods import fits
from tresse.datasets.models import Dataset
from tresse.datasets.parsing import parsed
from tresse.datasets.queries import MANAGE
from tresse.datasets.shown import METHODS as METHOD_WORDS
from tresse.datasets.views.column_form import (
    BY_ITSELF,
    NOTHING,
    Form,
    form_sent,
    form_there,
    item_of_form,
    type_of,
)
from tresse.datasets.views.columns import merge_of
from tresse.datasets.views.drafting import content_of, save_rules, tell_saved, with_merge
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.mapped import Mapped, mapped_of, type_label
from tresse.kernel.errors import UNKNOWN_NAME, TresseError, nearest
from tresse.sources.rule_forms import item_of, rule_choices, shown_rules
from tresse.sources.rules import RULES
from tresse.sources.semantics import rules_for
from tresse.sources.shown import type_choices
from tresse.sources.stored import defaults
from tresse.sources.versions import engine
from tresse.web.templatetags.numbers import number


def dataset_column(request: SignedIn, name: str) -> HttpResponse:
    """One column: buttons change what is typed and try it; nothing is kept before Save."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    mapped = mapped_of(dataset)
    is_sent, given = request.method == "POST", request.GET
    column = _column(mapped, given)
    form = (
        form_sent(request.POST, mapped, column)
        if is_sent
        else form_there(dataset, mapped, column, given)
    )
    sentence = ""
    shown: Tried | None = None
    try:
        definition = parsed(item_of_form(dataset, form))
        tried_mapped = mapped_of(dataset, definition)
        if tried_mapped.sentence:
            sentence = tried_mapped.sentence
        elif is_sent and request.POST.get("save"):
            return _saved(request, dataset, form)
        elif tried_mapped.plan is not None:
            shown = _tried(tried_mapped, form.column["name"])
    except TresseError as error:
        sentence = message(error)
    context = {
        **frame(request, dataset, "columns"),
        **_context(mapped, column, form),
        "sentence": sentence,
        "preview": _preview(shown) if shown and shown.number else None,
        "preview_sentence": gettext("Nothing that was read feeds it yet.") if not sentence else "",
    }
    return page(request, "column.html", context, is_refused=bool(sentence) and is_sent)


def _column(mapped: Mapped, given: Mapping[str, str]) -> Column:
    """The column of the address: a known one, or a new one, maybe of a column of a feed."""
    name = given.get("name", "")
    if not name:
        return Column(given.get("take", ""))
    planned = mapped.plan.columns if mapped.plan else ()
    known = {each.name: each for each in mapped.definition.columns}
    for each in planned:
        said = known.get(each.column.name, each.column)
        known[each.column.name] = replace(said, semantic=each.column.semantic)
    if name not in known:
        raise UNKNOWN_NAME(sort=gettext("column"), name=name, nearest=nearest(name, known))
    return known[name]


def _saved(request: SignedIn, dataset: Dataset, form: Form) -> HttpResponse:
    """Keep the column at once, and its merge as rules are kept."""
    name = form.column["name"]
    before = merge_of(dataset, name)
    item = item_of_form(dataset, form, has_rules=False)
    changed = change_dataset(dataset, merged(dataset, _parts(item)), actor=request.actor)
    draft = None
    if before != form.merge:
        content = with_merge(content_of(changed), name, form.merge)
        draft = save_rules(changed, content, actor=request.actor)
    tell_saved(request, draft)
    return redirect(f"{address_of(dataset)}columns/")


def _parts(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item[key] for key in ("columns", "sources") if key in item}


def _tried(mapped: Mapped, name: str) -> Tried | None:
    plan = mapped.plan
    if plan is None or all(each.column.name != name for each in plan.columns):
        return None
    with engine() as session:
        return tried(session, plan, mapped.feeds, name, defaults=defaults())


def _preview(found: Tried) -> dict[str, Any]:
    """What was tried as a table, with the counts in words."""
    text = gettext("Of {rows} values: {changed} changed, {emptied} empty afterwards.")
    words = text.format(
        rows=number(found.filled), changed=number(found.changed), emptied=number(found.emptied)
    )
    rows = [
        [
            {"value": row.source},
            {"value": row.before},
            {"value": row.after, "cls": _mark(row.before, row.after)},
        ]
        for row in found.rows
    ]
    heads = [gettext("Source"), gettext("Before"), gettext("After")]
    return {"heads": heads, "rows": rows, "words": words}


def _mark(before: str | None, after: str | None) -> str:
    if before and after is None:
        return "is-lost"
    return "is-changed" if before != after else ""


def _context(mapped: Mapped, column: Column, form: Form) -> dict[str, Any]:
    """The fields of the form."""
    facts = form.column
    type_ = str(facts.get("type") or type_of(mapped, column.name))
    method, settings = _method(form.merge)
    group = mapped.group_of(column.name)
    return {
        "column": column,
        "column_name": facts["name"],
        "is_new": not column.name or column.name not in _known(mapped),
        "type": facts.get("type", ""),
        "types": [("", _by_sources(mapped, column.name)), *type_choices()],
        "semantic": facts.get("semantic", ""),
        "semantics": _semantics(mapped, column.name),
        "feeds": [_feed(each, mapped, column.name, form) for each in mapped.feeds],
        "rules": shown_rules(_items(facts.get("rules", []))),
        "offered": rule_choices(type_),
        "proposed": [gettext(RULES[each].label) for each in rules_for(facts.get("semantic", ""))],
        "group": group,
        "method": method,
        "methods": [
            (each, gettext(METHOD_WORDS[each][0]), gettext(METHOD_WORDS[each][1]))
            for each in METHODS
            if each == method or fits(each, type_)
        ],
        "priority": _priority(mapped, settings if method == "source_priority" else None),
        "by": settings if method == "earliest" else "",
        "dated": [
            each.column.name
            for each in (mapped.plan.columns if mapped.plan else ())
            if each.type in ("date", "datetime")
        ],
        "fill": _fill_words(facts.get("fill")),
    }


def _known(mapped: Mapped) -> set[str]:
    planned = {each.column.name for each in mapped.plan.columns} if mapped.plan else set()
    return planned | {each.name for each in mapped.definition.columns}


def _items(rules: Any) -> list[Any]:
    return [each if isinstance(each, str | dict) else item_of(each) for each in rules]


def _by_sources(mapped: Mapped, name: str) -> str:
    planned = mapped.plan.columns if mapped.plan else ()
    type_ = next((each.type for each in planned if each.column.name == name), "")
    if not type_:
        return gettext("as its sources have it")
    return gettext("as its sources have it: {type}").format(type=type_label(type_))


def _semantics(mapped: Mapped, name: str) -> list[tuple[str, str]]:
    """Fields of the entity; one that another column has is told (D17)."""
    planned = [each.column for each in mapped.plan.columns] if mapped.plan else []
    columns = (*mapped.definition.columns, *planned)
    taken = {each.semantic: each.name for each in columns if each.name != name}
    found = [("", "–")]
    for field in fields_of(mapped.definition.entity):
        holder = taken.get(field)
        found.append((field, f"{field} ({holder})" if holder else field))
    return found


def _feed(feed: Fed, mapped: Mapped, name: str, form: Form) -> dict[str, Any]:
    by_itself = mapped.taken.get(feed.name, {}).get(name, "") if name else ""
    choice = form.taken.get(feed.name, BY_ITSELF)
    words = (
        gettext("by itself: {column}").format(column=by_itself)
        if by_itself
        else gettext("by itself: nothing")
    )
    return {
        "name": feed.name,
        "choice": choice,
        "choices": [
            (BY_ITSELF, words),
            (NOTHING, gettext("nothing of it")),
            *((each, f"{each} · {type_label(type_)}") for each, type_ in feed.types.items()),
        ],
    }


def _method(merge: Any) -> tuple[str, Any]:
    if isinstance(merge, Mapping):
        [(method, settings)] = merge.items()
        return method, settings.get("by") if isinstance(settings, Mapping) else settings
    return merge or "latest", None


def _priority(mapped: Mapped, chosen: Any) -> list[str]:
    """All feeds, those of the merge first."""
    names = [each.name for each in mapped.feeds]
    first = [each for each in chosen or () if each in names]
    return [*first, *(each for each in names if each not in first)]


def _fill_words(fill: Any) -> str:
    if isinstance(fill, bool):
        return "yes" if fill else "no"
    if isinstance(fill, list):
        return ", ".join(map(str, fill))
    return "" if fill is None else str(fill)
