"""The way to a new source: a connection, then what is read; columns and times follow (S30)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.queries import account
from tresse.accounts.requests import SignedIn
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import FileSeen, TableSeen
from tresse.connections.models import Connection
from tresse.connections.queries import connection_named, connections
from tresse.connections.shown import kind_groups, shown_connection
from tresse.kernel.errors import TresseError
from tresse.kernel.text import folded
from tresse.objects.changes.checks import name_from
from tresse.sources.changes.sources import add_source
from tresse.sources.definition import Read
from tresse.sources.detection import Detected, detect, files_seen, tables_of
from tresse.sources.families import entity_of, families_of, name_of, title_of
from tresse.sources.files import matched
from tresse.sources.models import Source
from tresse.sources.parsing import parsed_read
from tresse.sources.queries import MANAGE
from tresse.sources.reported import size
from tresse.sources.views.frame import address_of, page
from tresse.web.templatetags.numbers import number

MOST_FILES = 30
TABLE_ICONS = {"view": "eye", "entity": "layers", "association": "waypoints"}


@require_safe
def source_new(request: SignedIn) -> HttpResponse:
    """Which connection: those that stand, or a new one."""
    require_right(request.actor, MANAGE)
    rows = [row for row in connections(request.actor) if KINDS[row.kind].reads]
    may_connect = request.actor.has("connections.manage")
    context = {
        "connections": [shown_connection(row, users=[]) for row in rows],
        "groups": kind_groups() if may_connect else [],
        "next": "/sources/new/",
    }
    return page(request, "new.html", context)


def source_pick(request: SignedIn, connection: str) -> HttpResponse:
    """What is read of a connection; once it is chosen, its columns are looked at."""
    require_right(request.actor, MANAGE)
    row = connection_named(connection, request.actor)
    sentence = ""
    if request.method == "POST" and "try" not in request.POST:
        try:
            return _made(request, row)
        except TresseError as error:
            sentence = message(error)
    context = _offered(request, row)
    context["sentence"] = sentence or context["sentence"]
    return page(request, "pick.html", context, is_refused=bool(sentence))


def _made(request: SignedIn, connection: Connection) -> HttpResponse:
    """Detect, and make a source that nobody has reviewed yet."""
    taken = [*Source.objects.values_list("name", flat=True), "new"]
    given = _read(request.POST)
    read = parsed_read(given)
    found = detect(connection, read, actor=request.actor)
    title = title_of(read)
    item = {
        "name": name_of(connection.name, read, taken),
        "connection": connection.name,
        "read": given,
        "entity": entity_of(title) or name_from(title.replace("_", " ")),
        **_proposed(found, read),
    }
    source = add_source(
        item, detected=found.columns, seen=found.seen_columns(), actor=request.actor
    )
    return redirect(f"{address_of(source)}columns/")


def _proposed(found: Detected, read: Read) -> dict[str, Any]:
    """Key, dates and mode of a new source, for a person to review."""
    names = [column.name for column in found.columns]
    item: dict[str, Any] = {
        "record_key": list(found.record_key) or names[:1],
        "created_at": found.created_at,
        "modified_at": found.modified_at,
        "reviewed": False,
    }
    if found.cursor and not read.is_files:
        item["extract"] = {"mode": "incremental", "cursor": found.cursor}
    return {key: value for key, value in item.items() if value != ""}


def _read(given: Mapping[str, str]) -> dict[str, Any]:
    """What was chosen, as a definition says it."""
    for sort in ("table", "entity", "query"):
        if given.get(sort):
            return {sort: given[sort]}
    found = {"files" if given.get("match") == "files" else "starts_with": given.get("pattern", "")}
    for name, default in (("file_holds", "changes"), ("afterwards", "leave")):
        if given.get(name, default) != default:
            found[name] = given[name]
    return found


def _offered(request: SignedIn, row: Connection) -> dict[str, Any]:
    """Tables or files that are there; why not, where they cannot be seen."""
    kind, given = KINDS[row.kind], request.POST
    words = request.GET.get("q", "").strip()
    context: dict[str, Any] = {
        "connection": row,
        "sentence": "",
        "words": words,
        "may_connect": request.actor.has("connections.manage"),
        "reads_files": "files" in kind.reads,
        "reads_tables": "table" in kind.reads or "entity" in kind.reads,
        "reads_queries": "query" in kind.reads,
        "query": given.get("query", ""),
        "tables_label": gettext("Tables and views")
        if "table" in kind.reads
        else gettext("Records"),
        "lead": gettext(
            "Choose a table: its columns are looked at next, nothing is read for good yet."
        ),
        **{name: given.get(name, "") for name in ("match", "pattern", "file_holds", "afterwards")},
    }
    if context["reads_files"]:
        context["lead"] = gettext(
            "Choose files by their names; those that arrive later are read too."
        )
    try:
        context |= _files(request, row) if context["reads_files"] else _tables(request, row, words)
    except TresseError as error:
        context["sentence"] = message(error)
    return context


def _tables(request: SignedIn, row: Connection, words: str) -> dict[str, Any]:
    kind = KINDS[row.kind]
    used = set()
    for definition in row.sources.values_list("definition", flat=True):
        read = definition.get("read", {})
        used.add(read.get("table") or read.get("entity"))
    found = tables_of(row, actor=request.actor)
    return {
        "tables": [
            {
                "name": each.name,
                "sort": "table" if "table" in kind.reads else "entity",
                "icon": TABLE_ICONS.get(each.kind, "table-2"),
                "about": _about(each),
                "rows": each.rows,
                "is_estimate": each.is_estimate,
                "used_by": each.name in used,
            }
            for each in found
            if folded(words) in folded(each.name)
        ]
    }


def _about(table: TableSeen) -> str:
    """Its columns in a few words."""
    names = [column.name for column in table.columns]
    if not names:
        return ""
    text = ngettext("{n} column: {names}", "{n} columns: {names}", len(names))
    return text.format(
        n=number(len(names)), names=", ".join(names[:6]) + (" …" if names[6:] else "")
    )


def _files(request: SignedIn, row: Connection) -> dict[str, Any]:
    found = files_seen(row, actor=request.actor)
    fitting, sentence = set(), ""
    try:
        fitting = _fitting(found, request.POST)
    except TresseError as error:
        sentence = message(error)
    shown = [
        {"path": each.path, "size": size(each.size), "fits": each.path in fitting} for each in found
    ]
    families = [
        {
            "match": "files",
            "pattern": each.pattern,
            "about": ngettext(
                "{n} file, {size}, such as {example}",
                "{n} files, {size}, such as {example}",
                each.number,
            ).format(n=number(each.number), size=size(each.size), example=each.example),
        }
        for each in families_of(found)
    ]
    shown.sort(key=lambda each: (not each["fits"], each["path"]))
    return {
        "files": shown[:MOST_FILES],
        "file_number": len(found),
        "families": families,
        "sentence": sentence,
    }


def _fitting(files: Sequence[FileSeen], given: Mapping[str, str]) -> set[str]:
    """Paths of the files that what was typed takes; none before anything was typed."""
    if not given.get("pattern"):
        return set()
    fits = matched(files, parsed_read(_read(given)), account().zone)
    return {each.file.path for each in fits.candidates}
