"""Settings of an import, below its columns: rows, keys, links, cells, the whole (T6, T27)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.wording import inside
from tresse.segments.queries import lists
from tresse.transfers import changes
from tresse.transfers.mapping import (
    AssociationColumn,
    IdColumn,
    KeyColumn,
    PropertyColumn,
)
from tresse.transfers.models import Import
from tresse.transfers.wizard.page import MapPage, after, page_of

FIELDS = ("mode", "links", "pairs", "bad_cell", "conflicts", "unknown_options", "to_list")
SWITCHES = ("erase_empty", "all_or_nothing", "fire_automations", "label_only")
FEWEST_JOINED, MOST_JOINED = 2, 4


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the import: its name in `match`, and what people call it."""

    name: str
    label: str


def settings_of(page: MapPage) -> dict[str, Any]:
    """What the settings show."""
    links = [each.answer for each in page.columns if isinstance(each.answer, AssociationColumn)]
    keys = keys_of(page)
    others = [key for key in _possible(page) if key.name not in {each.name for each in keys}]
    return {
        "keys": keys,
        "other_keys": [key for key in others if key.name in _single_keys(page)],
        "joinable": [key for key in _possible(page) if key.name != "id"],
        "is_own_order": bool(page.row.match),
        "has_links": bool(links),
        "has_pairs": sum(each.form == "associated" for each in links) > 1,
        "has_labels": any(each.label for each in links),
        "own": inside(shown_label(page.object)),
        "lists": _lists(page),
        "may_fire": page.actor.has("automations.fire"),
        "may_add_options": page.actor.has("model.edit"),
        "empty_words": ", ".join(map(str, page.row.reading.get("empty_words") or [])),
        "summary": _summary(page, keys, has_links=bool(links)),
    }


def _lists(page: MapPage) -> list[tuple[str, str]]:
    """Name and label of the lists that the records may join."""
    rows = lists(page.actor).filter(base=page.object.name)
    return sorted(((each.name, each.label) for each in rows), key=lambda one: one[1].lower())


def keys_of(page: MapPage) -> list[Key]:
    """The keys in the order they are tried: as chosen, else as T27 presets them."""
    if page.row.match:
        return [Key(name, _label(name, page)) for name in page.row.match]
    found = _single_keys(page)
    props = sorted(
        (page.object.property(name) for name in found if name != "id"),
        key=lambda prop: (prop.name != "external_id", not prop.is_unique, prop.position),
    )
    names = [*(["id"] if "id" in found else []), *(prop.name for prop in props)]
    return [Key(name, _label(name, page)) for name in names]


def _single_keys(page: MapPage) -> set[str]:
    """Keys that the columns of the file give by themselves."""
    return {key.name for key in _possible(page) if key.name == "id" or _is_key(page, key.name)}


def _is_key(page: MapPage, name: str) -> bool:
    prop = page.object.property(name)
    return prop.is_unique or prop.is_match_key


def _possible(page: MapPage) -> list[Key]:
    """Columns that may be keys, or parts of one."""
    found: dict[str, Key] = {}
    for each in page.columns:
        answer = each.answer
        if isinstance(answer, IdColumn):
            found["id"] = Key("id", _label("id", page))
        elif isinstance(answer, KeyColumn | PropertyColumn) and page.object.has(answer.property):
            found[answer.property] = Key(answer.property, _label(answer.property, page))
    return list(found.values())


def _label(name: str, page: MapPage) -> str:
    if name == "id":
        return gettext("ID")
    parts = [
        shown_label(page.object.property(part)) if page.object.has(part) else part
        for part in name.split("+")
    ]
    return " + ".join(parts)


def _summary(page: MapPage, keys: Sequence[Key], *, has_links: bool) -> list[str]:
    """The settings in a line, while they are folded."""
    settings, plural = page.settings, inside(shown_plural(page.object))
    modes = {
        "upsert": gettext("Create and update {things}"),
        "create": gettext("Only create {things}"),
        "update": gettext("Only update {things}"),
    }
    said = [modes[settings.mode].format(things=plural)]
    if settings.links == "dissociate":
        said = [gettext("Remove links, change nothing else")]
    if keys:
        said.append(gettext("found by {keys}").format(keys=", ".join(key.label for key in keys)))
    elif settings.mode == "upsert":
        said.append(gettext("no key: every row makes a new one"))
    if has_links and settings.links == "ignore":
        said.append(gettext("links left alone"))
    if settings.all_or_nothing:
        said.append(gettext("all or nothing"))
    return said


@require_POST
def settings(request: SignedIn, import_id: int) -> HttpResponse:
    """Keep the settings as they are changed."""
    page = page_of(request, import_id)
    sentence, status = "", 200
    try:
        page = after(page, _changed(request, page))
    except TresseError as error:
        if error.code == "wrong_state":
            raise
        sentence, status, page = message(error), 422, page_of(request, import_id)
    if not is_fragment(request) and not sentence:
        return redirect("transfers:map", page.row.pk)
    context = {
        "row": page.row,
        "page": page,
        "label": shown_label(page.object),
        "plural_inside": inside(shown_plural(page.object)),
        "settings": page.settings,
        "options": settings_of(page),
        "sentence": sentence,
        "is_unfolded": True,
    }
    return render(request, "transfers/wizard/_options.html", context, status=status)


def _changed(request: SignedIn, page: MapPage) -> Import:
    given, actor = request.POST, request.actor
    if "key" in given or "joined" in given:
        return changes.change_import(page.row, actor=actor, match=_match(given, page))
    wanted: dict[str, Any] = {name: given[name] for name in FIELDS if name in given}
    for name in SWITCHES:
        if f"has_{name}" in given:
            wanted[name] = given.get(name) == "yes"
    if "label_only" in wanted:
        wanted["label_only"] = "yes" if wanted["label_only"] else "no"
    reading: Mapping[str, Any] = {}
    if "empty_words" in given:
        words = [word.strip() for word in given["empty_words"].split(",")]
        reading = {"empty_words": [word for word in words if word]}
    return changes.change_import(page.row, actor=actor, settings=wanted, reading=reading)


def _match(given: QueryDict, page: MapPage) -> list[str]:
    """The keys once one was moved, dropped, added or joined from several columns."""
    names = [key.name for key in keys_of(page)]
    act, _, value = given.get("key", "").partition(":")
    if act == "preset":
        return []
    if act in ("up", "down") and value in names:
        at = names.index(value)
        to = max(0, min(len(names) - 1, at + (1 if act == "down" else -1)))
        names.insert(to, names.pop(at))
    elif act == "drop" and value in names and len(names) > 1:
        names.remove(value)
    elif act == "add" and value in {key.name for key in _possible(page)}:
        names.append(value)
    elif act == "join":
        joined = given.getlist("joined")
        if not FEWEST_JOINED <= len(joined) <= MOST_JOINED:
            raise WRONG_VALUE(
                name=gettext("A key of several columns"),
                wanted=N_("two to four columns"),
                value=len(joined),
            )
        names.append("+".join(joined))
    return list(dict.fromkeys(names))
