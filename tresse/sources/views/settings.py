"""When and how a source is read, its definition as a file; on and off; removing it."""

from collections.abc import Mapping
from typing import Any

import yaml
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tresse.accounts.account import ZONES
from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.queries import account
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.sources.changes.runs import extract
from tresse.sources.changes.sources import (
    Effect,
    change_source,
    effect_of,
    enable_source,
    merged,
    remove_source,
)
from tresse.sources.definition import SourceDefinition
from tresse.sources.given import duration_said
from tresse.sources.models import Source
from tresse.sources.queries import MANAGE, users_of
from tresse.sources.stored import definition_of, facts_of, resolved_of
from tresse.sources.times import EVERY, chosen, schedule_of
from tresse.sources.views.frame import address_of, frame, page, source_of
from tresse.web.templatetags.numbers import number

TABLE_MODES = (
    ("snapshot", _("everything, each time")),
    ("incremental", _("what is new and changed, by a cursor")),
)
FILE_MODES = (
    ("each", _("the files that were not read yet")),
    ("once", _("all files that fit, once")),
)
DELETES = (
    ("keep", _("stay as they were")),
    ("absent", _("are marked as deleted")),
    ("column", _("are marked by a column")),
)


def source_settings(request: SignedIn, name: str) -> HttpResponse:
    """Times, and how the source is read; a change that reads everything again asks first (S45)."""
    source = source_of(request, name)
    sentence, effect = "", []
    if request.method == "POST":
        try:
            item = merged(source, _changes(source, request.POST))
            effect = (
                []
                if request.POST.get("sure")
                else effect_words(effect_of(source, item, actor=request.actor))
            )
            if not effect:
                change_source(source, item, actor=request.actor)
                messages.success(request, gettext("The source is saved."))
                return redirect(f"{address_of(source)}settings/")
        except TresseError as error:
            if error.code == "not_permitted":
                raise
            sentence = message(error)
    context = {
        **frame(request, source, "settings"),
        **times_context(request, source),
        "read": definition_of(source).read,
        "yaml": yaml_of(source),
        "sentence": sentence,
        "effect": effect,
    }
    return page(request, "settings.html", context, is_refused=bool(sentence))


def source_start(request: SignedIn, name: str) -> HttpResponse:
    """The last step to a new source: its times, and the first reading."""
    source = source_of(request, name)
    require_right(request.actor, MANAGE)
    if not source.is_reviewed:
        return redirect(f"{address_of(source)}columns/")
    sentence = ""
    if request.method == "POST":
        try:
            item = merged(source, _changes(source, request.POST))
            source = change_source(source, item, actor=request.actor)
            if request.POST.get("later"):
                return redirect("sources:source", source.name)
            run, _job = extract(source, actor=request.actor)
            return redirect("sources:run", source.name, run.pk)
        except TresseError as error:
            sentence = message(error)
    context = {
        **frame(request, source, "settings", step="start"),
        **times_context(request, source),
        "sentence": sentence,
    }
    if request.method == "GET" and context["times"]["every"] == "never":
        context["times"]["every"] = "day"
    return page(request, "start.html", context, is_refused=bool(sentence))


@require_POST
def source_switch(request: SignedIn, name: str, act: str) -> HttpResponse:
    """Switch a source off or on."""
    source = source_of(request, name)
    enable_source(source, act == "enable", actor=request.actor)
    return redirect("sources:source", source.name)


def source_remove(request: SignedIn, name: str) -> HttpResponse:
    """Remove a source; GET asks first."""
    source = source_of(request, name)
    if request.method == "POST":
        remove_source(source, actor=request.actor)
        said = gettext("The source {name} is removed.").format(name=source.name)
        messages.success(request, said)
        return redirect("sources:sources")
    require_right(request.actor, MANAGE)
    if is_fragment(request):
        context = {"row": source, "address": address_of(source), "users": users_of(source)}
        return page(request, "_remove.html", context)
    context = {**frame(request, source), "users": users_of(source)}
    return page(request, "remove.html", context)


def times_context(request: SignedIn, source: Source) -> dict[str, Any]:
    """The fields of times and of how it is read; what was typed stays after a refusal."""
    definition, zone = resolved_of(source), account().zone
    times, how = chosen(definition.schedule, zone=zone), how_of(definition)
    if request.method == "POST":
        times |= {key: request.POST[key] for key in times if key in request.POST}
        how |= {key: request.POST[key] for key in how if key in request.POST}
    is_files = definition.read.is_files
    columns = [column.name for column in definition.columns or ()]
    return {
        "definition": definition,
        "times": times,
        "every_choices": EVERY,
        "zones": ZONES,
        "others": list(Source.objects.exclude(pk=source.pk).values_list("name", flat=True)),
        "how": how,
        "modes": FILE_MODES if is_files else TABLE_MODES,
        "is_files": is_files,
        "names": [*columns, *definition.computed_names],
        "deletes_choices": DELETES,
    }


def how_of(definition: SourceDefinition) -> dict[str, str]:
    """Mode, cursor, overlap and the rest, as the form shows them."""
    extract_, read = definition.extract, definition.read
    overlap = extract_.overlap
    said = "" if overlap is None else str(overlap)
    return {
        "mode": extract_.mode,
        "cursor": extract_.cursor,
        "overlap": said if overlap is None or isinstance(overlap, int) else duration_said(overlap),
        "deletes": extract_.deletes,
        "deletes_column": extract_.deletes_column,
        "file_holds": read.file_holds,
        "afterwards": read.afterwards,
    }


def _changes(source: Source, given: Mapping[str, str]) -> dict[str, Any]:
    """Keys of the definition that the form speaks of."""
    facts = facts_of(source)
    return {
        "read": _read(facts["read"], given),
        "extract": _extract(facts.get("extract", {}), given) or None,
        "schedule": schedule_of(given),
    }


def _read(read: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    found = dict(read)
    if "query" in read and "query" in given:
        found["query"] = given["query"]
    if "pattern" in given:
        found.pop("files", None)
        found.pop("starts_with", None)
        found["files" if given.get("match") == "files" else "starts_with"] = given["pattern"]
    for key in ("file_holds", "afterwards"):
        if key in given:
            found[key] = given[key]
    return found


def _extract(extract_: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    found = {key: value for key, value in extract_.items() if key == "timeout"}
    found["mode"] = given.get("mode", "")
    if found["mode"] == "incremental":
        found["cursor"] = given.get("cursor", "")
        if overlap := given.get("overlap", "").strip():
            found["overlap"] = int(overlap) if overlap.isdecimal() else overlap
    deletes = given.get("deletes", "")
    if deletes == "column":
        found["deletes"] = {"column": given.get("deletes_column", "")}
    elif deletes:
        found["deletes"] = deletes
    return {key: value for key, value in found.items() if value != ""}


def effect_words(effect: Effect) -> list[str]:
    """What a change does, as sentences; none: it may be done without asking."""
    found = []
    if effect.reads_again:
        text = ngettext(
            "The next run reads everything again: {n} row gets its key and its values anew.",
            "The next run reads everything again: {n} rows get their keys and values anew.",
            effect.rows,
        )
        found.append(text.format(n=number(effect.rows)))
    if effect.reads_again and effect.changes_key:
        found.append(gettext("With another key, golden records made of these rows may change."))
    if effect.loses_files:
        found.append(gettext("Files that were moved away or deleted cannot be read again."))
    return found


def yaml_of(source: Source) -> str:
    """The source as `tresse config` prints it."""
    facts = {"sources": [facts_of(source)]}
    return str(yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=100))
