"""What feeds a dataset: the order of its sources, and what of each goes where (D15)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.datasets.cells import icon_of
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.mapping import Fed
from tresse.datasets.models import Dataset
from tresse.datasets.parsing_rules import PREFIX
from tresse.datasets.queries import MANAGE
from tresse.datasets.stored import facts_of
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.mapped import Mapped, mapped_of, type_label
from tresse.kernel.errors import UNKNOWN_NAME, TresseError, nearest
from tresse.sources.models import Source
from tresse.sources.queries import sources
from tresse.sources.shown import entity_label, entity_look, source_state
from tresse.web.templatetags.numbers import number

BY_ITSELF, NOWHERE, NEW = "", "-", "+"
"Where a column of a feed goes, beside names of columns."


def dataset_feeds(request: SignedIn, name: str) -> HttpResponse:
    """Sources in their order; the first one counts most."""
    dataset = dataset_of(request, name)
    sentence = ""
    if request.method == "POST":
        require_right(request.actor, MANAGE)
        try:
            wanted = _ordered(request.POST)
            said = {each["source"]: each for each in facts_of(dataset).get("sources", [])}
            feeds = [said.get(each, {"source": each}) for each in wanted]
            item = merged(dataset, {"sources": feeds or None})
            change_dataset(dataset, item, actor=request.actor)
        except TresseError as error:
            sentence = message(error)
        else:
            messages.success(request, gettext("The sources are saved."))
            return redirect(f"{address_of(dataset)}sources/")
    mapped = mapped_of(dataset)
    lines = list(_lines(request, dataset, mapped))
    context = {
        **frame(request, dataset, "sources"),
        "feeds": lines,
        "is_open": dataset.definition.get("sources") is None,
        "entity_label": entity_label(dataset.entity),
        "mapping_sentence": mapped.sentence,
        "others": _others(dataset, {each["full_name"] for each in lines}),
        "sentence": sentence,
    }
    return page(request, "feeds.html", context, is_refused=bool(sentence))


def _ordered(given: QueryDict) -> list[str]:
    """Names of feeds after a button: `up:1`, `down:1`, `drop:1`, or as they were dragged."""
    found = list(dict.fromkeys(given.getlist("feed")))
    what, _, at = given.get("act", "").partition(":")
    if at.isdecimal() and int(at) < len(found):
        index = int(at)
        to = index + {"up": -1, "down": 1}.get(what, 0)
        if what == "drop":
            found.pop(index)
        elif 0 <= to < len(found):
            found[index], found[to] = found[to], found[index]
    if more := given.get("more", ""):
        found.append(more)
    return list(dict.fromkeys(found))


def _lines(request: SignedIn, dataset: Dataset, mapped: Mapped) -> Iterator[dict[str, Any]]:
    names = [each.name for each in mapped.feeds]
    rows = {each.name: each for each in sources(request.actor).filter(name__in=names)}
    inputs = dataset.version.inputs if dataset.version else {}
    for feed in mapped.feeds:
        taken = len(mapped.taken.get(feed.name, ()))
        left = len(mapped.unmapped.get(feed.name, ()))
        text = ngettext("{n} column taken", "{n} columns taken", taken)
        words = [text.format(n=number(taken))]
        if left:
            words.append(gettext("{n} not").format(n=number(left)))
        line = {
            "name": feed.name.removeprefix(PREFIX),
            "full_name": feed.name,
            "mapping": f"{address_of(dataset)}sources/{feed.name}/",
            "words": words,
            "in_version": inputs.get(feed.name),
            **_look(feed),
        }
        if feed.name in rows:
            line |= _source(rows[feed.name])
        yield line


def _look(feed: Fed) -> dict[str, Any]:
    if feed.name.startswith(PREFIX):
        icon, hue = "database", "accent"
        return {
            "icon": icon,
            "hue": hue,
            "address": f"/datasets/{feed.name.removeprefix(PREFIX)}/",
            "about": gettext("a dataset of {entity}").format(entity=entity_label(feed.entity)),
        }
    icon, hue = entity_look(feed.entity)
    return {
        "icon": icon,
        "hue": hue,
        "address": f"/sources/{feed.name}/",
        "about": entity_label(feed.entity),
    }


def _named(look: dict[str, Any]) -> dict[str, Any]:
    return {
        "feed_address": look["address"],
        "feed_icon": look["icon"],
        "feed_hue": look["hue"],
    }


def _source(row: Source) -> dict[str, Any]:
    state, tone = source_state(row)
    version = row.version
    return {
        "state": state,
        "tone": tone,
        "rows": version.rows - version.deleted if version else None,
        "number": version.number if version else None,
        "rejected": getattr(row, "open_rejected", 0),
        "is_trusted": row.definition.get("trusted", True),
    }


def _others(dataset: Dataset, taken: set[str]) -> list[tuple[str, str]]:
    """What else could feed it: sources of its entity first, then all others, then datasets."""
    found = [each for each in Source.objects.order_by("name") if each.name not in taken]
    found.sort(key=lambda each: each.entity != dataset.entity)
    choices = [(each.name, f"{each.name} · {entity_label(each.entity)}") for each in found]
    others = Dataset.objects.exclude(pk=dataset.pk).order_by("name")
    text = gettext("dataset {name}")
    choices += [(f"{PREFIX}{each.name}", text.format(name=each.name)) for each in others]
    return [each for each in choices if each[0] not in taken]


def dataset_feed(request: SignedIn, name: str, feed: str) -> HttpResponse:
    """What of one feed goes where, column by column."""
    dataset = dataset_of(request, name)
    mapped = mapped_of(dataset)
    known = {each.name: each for each in mapped.feeds}
    if feed not in known:
        raise UNKNOWN_NAME(sort=gettext("source"), name=feed, nearest=nearest(feed, known))
    sentence = ""
    if request.method == "POST":
        require_right(request.actor, MANAGE)
        try:
            item = merged(dataset, _mapping(dataset, mapped, known[feed], request.POST))
            change_dataset(dataset, item, actor=request.actor)
        except TresseError as error:
            sentence = message(error)
        else:
            messages.success(request, gettext("The mapping is saved."))
            return redirect(f"{address_of(dataset)}sources/")
    context = {
        **frame(request, dataset, "sources"),
        "feed": known[feed],
        "feed_name": feed.removeprefix(PREFIX),
        **_named(_look(known[feed])),
        "lines": list(_mapping_lines(mapped, known[feed], request.POST)),
        "sentence": sentence or mapped.sentence,
    }
    return page(request, "feed.html", context, is_refused=bool(sentence))


def _mapping_lines(mapped: Mapped, feed: Fed, given: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    said = next(
        (each for each in mapped.definition.sources or () if each.source == feed.name), None
    )
    chosen = {source: own for own, source in said.columns.items() if source} if said else {}
    goes = {source: own for own, source in mapped.taken.get(feed.name, {}).items()}
    dropped = {own for own, source in said.columns.items() if not source} if said else set()
    columns = [each.column for each in mapped.plan.columns] if mapped.plan else []
    names = [each.name for each in columns]
    for name, type_ in feed.types.items():
        field = feed.semantics.get(name, "")
        own = chosen.get(name)
        choice = own or (NOWHERE if _would(name, field, columns) in dropped else BY_ITSELF)
        by_itself = goes.get(name, "") if not own else _would(name, field, columns) or ""
        text = gettext("by itself: {column}") if by_itself else gettext("by itself: nowhere")
        choices = [(BY_ITSELF, text.format(column=by_itself)), (NOWHERE, gettext("nowhere"))]
        if name not in names:
            choices.append((NEW, gettext("a new column {name}").format(name=name)))
        choices += [(each, each) for each in names]
        yield {
            "name": name,
            "icon": icon_of(type_, field),
            "type_label": type_label(type_),
            "semantic": field,
            "goes": goes.get(name, ""),
            "choice": given.get(f"goes-{name}", choice),
            "choices": choices,
        }


def _would(name: str, field: str, columns: list[Any]) -> str | None:
    """Where a column of a feed would go by itself: by its field, else by its name."""
    by_field = next((each.name for each in columns if field and each.semantic == field), None)
    return by_field or next(
        (each.name for each in columns if each.name.casefold() == name.casefold()), None
    )


def _mapping(
    dataset: Dataset, mapped: Mapped, feed: Fed, given: Mapping[str, str]
) -> dict[str, Any]:
    """The sources of the definition with this one's mapping as it is chosen."""
    columns: dict[str, str | None] = {}
    own = [each.column for each in mapped.plan.columns] if mapped.plan else []
    new: list[dict[str, Any]] = []
    for name in feed.types:
        choice = given.get(f"goes-{name}", BY_ITSELF)
        if choice == NEW:
            columns[name] = name
            new.append({"name": name})
        elif choice == NOWHERE:
            would = _would(name, feed.semantics.get(name, ""), own)
            if would and would not in columns:
                columns[would] = None
        elif choice:
            columns[choice] = name
    facts = facts_of(dataset)
    feeds = facts.get("sources") or [{"source": each.name} for each in mapped.feeds]
    found = [
        {"source": each["source"]} | ({"columns": columns} if columns else {})
        if each["source"] == feed.name
        else each
        for each in feeds
    ]
    changes: dict[str, Any] = {"sources": found}
    if new and facts.get("columns"):
        there = {each["name"] for each in facts["columns"]}
        changes["columns"] = [*facts["columns"], *(c for c in new if c["name"] not in there)]
    return changes
