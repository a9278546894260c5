"""The columns of a source: what is read as what, the key, what to look at (S50, S53)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.sources.changes.sources import (
    change_source,
    effect_of,
    merged,
    pass_over_columns,
    take_columns,
)
from tresse.sources.columns import Column
from tresse.sources.definition import SourceDefinition
from tresse.sources.detection import DATES, Detected, detect, open_questions
from tresse.sources.models import Source
from tresse.sources.notes import notes_of
from tresse.sources.parsing import parsed
from tresse.sources.preview import Preview, keys_counted, preview
from tresse.sources.queries import MANAGE
from tresse.sources.refusals import DATE_ORDER_UNKNOWN
from tresse.sources.reported import instant_words
from tresse.sources.rule_forms import rule_labels
from tresse.sources.saying import column_said
from tresse.sources.shown import entity_choices, type_choices
from tresse.sources.stored import definition_of, resolved_of
from tresse.sources.views.frame import address_of, frame, page, source_of
from tresse.sources.views.settings import effect_words
from tresse.web.templatetags.numbers import number

EXAMPLES, LOOKED_AT = 3, 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns of a source as its page knows them.

    `detected`: what is proposed, of a source that nobody has reviewed; `there`: the other side's
    own types by name.
    """

    source: Source
    definition: SourceDefinition
    columns: tuple[Column, ...]
    there: dict[str, str]
    detected: Detected | None = None

    @property
    def picked(self) -> set[str]:
        """Names of the columns that are read."""
        chosen = self.definition.columns
        return {column.name for column in (self.columns if chosen is None else chosen)}


def sheet_of(request: SignedIn, source: Source) -> Sheet:
    """All columns: those read, with their settings, and those of the other side that are not.

    Raises:
        TresseError: What looking at the other side refuses, of a source that is to be reviewed.
    """
    definition = definition_of(source)
    detected = None
    if not source.is_reviewed and request.actor.has(MANAGE):
        detected = detect(source.connection, definition.read, actor=request.actor)
    known = {column.name: column for column in detected.columns} if detected else {}
    known |= {column.name: column for column in resolved_of(source).columns or ()}
    there = {each["name"]: each.get("type", "") for each in source.seen_columns}
    for each in source.seen_columns:
        if each.get("proposed", "text"):
            known.setdefault(each["name"], Column(each["name"], each.get("proposed") or "text"))
    return Sheet(source, definition, tuple(known.values()), there, detected)


def source_columns(request: SignedIn, name: str) -> HttpResponse:
    """Review the columns of a new source, or change those of one that is read."""
    source = source_of(request, name)
    sentence, effect = "", []
    sheet: Sheet | None = None
    try:
        sheet = sheet_of(request, source)
        if request.method == "POST":
            require_right(request.actor, MANAGE)
            item = merged(source, _given(request, sheet))
            effect = _effect(request, source, item)
            if not effect:
                return _saved(request, source, item, sheet)
    except TresseError as error:
        if error.code == "not_permitted":
            raise
        sentence = message(error)
    return _shown(request, source, sheet, sentence, effect)


def _effect(request: SignedIn, source: Source, item: dict[str, Any]) -> list[str]:
    if request.POST.get("sure") or not source.is_reviewed:
        return []
    return effect_words(effect_of(source, item, actor=request.actor))


def _saved(request: SignedIn, source: Source, item: dict[str, Any], sheet: Sheet) -> HttpResponse:
    definition = parsed({**item, "name": source.name})
    if sheet.detected and (asked := open_questions(definition, sheet.detected.proposals)):
        first, second = (*asked[0].formats, "", "")[:2]
        raise DATE_ORDER_UNKNOWN(
            source=source.name, column=asked[0].column.name, first=first, second=second
        )
    was_new = not source.is_reviewed
    item.pop("reviewed", None)
    change_source(source, item, actor=request.actor)
    if was_new:
        return redirect(f"{address_of(source)}start/")
    messages.success(request, gettext("The columns are saved."))
    return redirect(f"{address_of(source)}columns/")


def _given(request: SignedIn, sheet: Sheet) -> dict[str, Any]:
    """Keys of the definition as the form has them."""
    given = request.POST
    picked = set(given.getlist("pick"))
    columns = []
    for column in sheet.columns:
        if column.name in picked:
            typed = _retyped(column, given.get(f"type-{column.name}", ""))
            if f"format-{column.name}" in given and typed.type in DATES:
                typed = replace(typed, format=given[f"format-{column.name}"])
            columns.append(column_said(typed))
    key = [name for name in sheet.definition.record_key if name in given.getlist("key")]
    key += [name for name in given.getlist("key") if name not in key]
    return {
        "columns": columns,
        "record_key": key,
        "entity": given.get("entity", "").strip(),
        "created_at": given.get("created_at") or None,
        "modified_at": given.get("modified_at") or None,
    }


def _retyped(column: Column, type_: str) -> Column:
    """A column of another type; what is only said of its former type goes."""
    if not type_ or type_ == column.type:
        return column
    if type_ in DATES and column.type in DATES:
        return replace(column, type=type_)
    return replace(column, type=type_, format="", zone="")


def _shown(
    request: SignedIn, source: Source, sheet: Sheet | None, sentence: str, effect: list[str]
) -> HttpResponse:
    step = "" if source.is_reviewed else "columns"
    context: dict[str, Any] = {
        **frame(request, source, "columns", step=step),
        "sentence": sentence,
        "effect": effect,
        "entities": entity_choices(),
        "types": type_choices(),
        "computed_number": len(source.definition.get("computed", ())),
        "may_count": sheet is not None,
    }
    if sheet is None:
        sheet = Sheet(source, definition_of(source), resolved_of(source).columns or (), {})
    context |= {
        "definition": sheet.definition,
        "columns": _rows(request, sheet),
        "dates": _dates(sheet),
        "notes": notes_of(source, sheet.definition, sheet.detected, address_of(source)),
        "detected_words": _detected_words(sheet.detected) if sheet.detected else "",
        "keys": None,
    }
    if request.GET.get("count"):
        context |= _keys(request, source)
    is_refused = bool(sentence) and request.method == "POST"
    return page(request, "columns.html", context, is_refused=is_refused)


def _detected_words(found: Detected) -> str:
    """What was looked at to propose types."""
    if found.files:
        text = ngettext(
            "Found over {rows} rows of {n} file.",
            "Found over {rows} rows of {n} files.",
            len(found.files),
        )
        return text.format(rows=number(found.rows), n=number(len(found.files)))
    if found.is_whole:
        return gettext("Found over all {rows} rows.").format(rows=number(found.rows))
    return gettext("Found over the first {rows} rows.").format(rows=number(found.rows))


def _rows(request: SignedIn, sheet: Sheet) -> list[dict[str, Any]]:
    definition = sheet.definition
    proposals = (
        {each.column.name: each for each in sheet.detected.proposals} if sheet.detected else {}
    )
    posted = request.POST if request.method == "POST" else None
    uses = _uses(definition)
    found = []
    for index, column in enumerate(sheet.columns):
        each = proposals.get(column.name)
        is_key = column.name in definition.record_key
        row = {
            "index": index,
            "name": column.name,
            "address": f"{address_of(sheet.source)}column/?{urlencode({'name': column.name})}",
            "type": column.type,
            "format": column.format,
            "orders": _orders(each.formats) if each and each.asks_date_order else [],
            "there": sheet.there.get(column.name, ""),
            "semantic": "" if column.semantic == column.name else column.semantic,
            "use": uses.get(column.name, ""),
            "is_key": is_key,
            "is_needed": column.name in definition.needed,
            "is_picked": column.name in sheet.picked or column.name in definition.needed,
            "filled": round(100 * each.filled / each.rows) if each and each.rows else None,
            "examples": [*map(instant_words, each.examples[:EXAMPLES])] if each else [],
            "rules": rule_labels(column.rules),
        }
        if row["orders"] and definition.columns is None:
            row["format"] = ""
        if posted is not None:
            row |= {
                "type": posted.get(f"type-{column.name}", row["type"]),
                "format": posted.get(f"format-{column.name}", row["format"]),
                "is_key": column.name in posted.getlist("key"),
                "is_picked": column.name in posted.getlist("pick"),
            }
        found.append(row)
    return found


def _uses(definition: SourceDefinition) -> dict[str, str]:
    """What columns are besides: cursor, date, part of a further key, leading elsewhere."""
    found: dict[str, list[str]] = {}
    for relation in definition.relations:
        for name in relation.columns:
            found.setdefault(name, []).append(f"→ {relation.to}")
    for key in definition.further_keys:
        for name in key:
            found.setdefault(name, []).append(gettext("further key"))
    if definition.extract.cursor:
        found.setdefault(definition.extract.cursor, []).append(gettext("cursor"))
    return {name: ", ".join(words) for name, words in found.items()}


def _orders(formats: Sequence[str]) -> list[tuple[str, str]]:
    return [(each, order_label(each)) for each in formats]


def order_label(format_: str) -> str:
    """A format of dates as people say it: 31/12/2026."""
    day, month = format_.find("%d"), format_.find("%m")
    if -1 not in (day, month):
        first = gettext("day first") if day < month else gettext("month first")
        return f"{first} ({format_})"
    return format_


def _dates(sheet: Sheet) -> list[dict[str, Any]]:
    definition = sheet.definition
    choices = [column.name for column in sheet.columns if column.type in DATES]
    choices += list(definition.computed_names)
    labels = {
        "created_at": gettext("When a row was made"),
        "modified_at": gettext("When a row was changed last"),
    }
    return [
        {"name": name, "label": label, "value": getattr(definition, name), "choices": choices}
        for name, label in labels.items()
    ]


@require_safe
def source_keys(request: SignedIn, name: str) -> HttpResponse:
    """Counts of the keys (S41), for the page that asks for them once it is there."""
    source = source_of(request, name)
    if not is_fragment(request):
        return redirect(f"{address_of(source)}columns/?count=1")
    context = {"address": address_of(source), "may_count": True, **_keys(request, source)}
    if source.is_reviewed and source.version is not None:
        context["figures"] = _figures(request, source)
    return page(request, "_keys.html", context)


def _figures(request: SignedIn, source: Source) -> list[dict[str, Any]]:
    """How full each column of a source that is read is, and some of what stands in it."""
    definition = resolved_of(source)
    places = {column.name: at for at, column in enumerate(sheet_of(request, source).columns)}
    try:
        found = preview(definition, source=source, limit=LOOKED_AT, actor=request.actor)
    except TresseError:
        return []  # The card of the key says why.
    return [
        {
            "index": places[column.name],
            "filled": round(100 * column.filled / found.number) if found.number else None,
            "examples": [instant_words(text) for row in found.rows if (text := row.before[at])][
                :EXAMPLES
            ],
        }
        for at, column in enumerate(found.columns)
        if column.name in places
    ]


def _keys(request: SignedIn, source: Source) -> dict[str, Any]:
    try:
        counts = keys_counted(resolved_of(source), source=source, actor=request.actor)
    except TresseError as error:
        return {"keys": [], "keys_sentence": message(error)}
    keys = [
        {
            "columns": each.columns,
            "rows": each.rows,
            "distinct": each.distinct,
            "nulls": each.nulls,
            "is_whole": each.is_whole,
            "is_unique": each.is_unique,
            "is_first": index == 0,
            "words": _key_words(each.repeated, each.nulls, is_first=index == 0),
            "clashes": each.clashes,
        }
        for index, each in enumerate(counts)
    ]
    return {
        "keys": keys,
        "keys_sentence": "" if keys else gettext("There is nothing to count yet."),
    }


def _key_words(repeated: int, nulls: int, *, is_first: bool) -> str:
    words = []
    if repeated and is_first:
        text = ngettext(
            "{n} row gives way to another of its key: of each key the newest stays.",
            "{n} rows give way to another of their key: of each key the newest stays.",
            repeated,
        )
        words.append(text.format(n=number(repeated)))
    elif repeated:
        text = ngettext(
            "{n} row shares it with another. It stays.", "{n} rows share it. They stay.", repeated
        )
        words.append(text.format(n=number(repeated)))
    if nulls and is_first:
        text = ngettext(
            "{n} row has no key and will be rejected.",
            "{n} rows have no key and will be rejected.",
            nulls,
        )
        words.append(text.format(n=number(nulls)))
    return " ".join(words)


@require_POST
def source_new_columns(request: SignedIn, name: str) -> HttpResponse:
    """Take columns that came later, or pass them over (S51)."""
    source = source_of(request, name)
    names = request.POST.getlist("name")
    if request.POST.get("act") == "take":
        take_columns(source, names, actor=request.actor)
    else:
        pass_over_columns(source, names, actor=request.actor)
    return redirect(f"{address_of(source)}columns/")


def preview_context(
    request: SignedIn, definition: SourceDefinition, source: Source, only: Sequence[str]
) -> dict[str, Any]:
    """Rows before and after (S63), or the sentence why there are none."""
    try:
        found = preview(definition, source=source, only=only, actor=request.actor)
    except TresseError as error:
        return {"preview": None, "preview_sentence": message(error)}
    return {"preview": shown_preview(found)}


def shown_preview(found: Preview) -> dict[str, Any]:
    """A preview as a table: of each column a cell before and one after."""
    heads = [gettext("Line")]
    for column in found.columns:
        if not column.is_computed:
            heads.append(gettext("{name} before").format(name=column.name))
        heads.append(column.name)
    rows = []
    for row in found.rows:
        line: list[dict[str, Any]] = [{"value": number(row.line)}]
        for at, column in enumerate(found.columns):
            before, after = row.before[at], row.after[at]
            if not column.is_computed:
                line.append({"value": before})
            line.append({"value": after, "cls": "" if column.is_computed else _mark(before, after)})
        rows.append(line)
    return {"heads": heads, "rows": rows, "words": _preview_words(found)}


def _mark(before: str | None, after: str | None) -> str:
    if before and after is None:
        return "is-lost"
    return "is-changed" if (before or None) != after else ""


def _preview_words(found: Preview) -> str:
    changed = sum(column.changed for column in found.columns)
    emptied = sum(column.emptied for column in found.columns)
    text = gettext("Of {rows} rows: {changed} changed, {emptied} empty afterwards.")
    words = text.format(rows=number(found.number), changed=number(changed), emptied=number(emptied))
    if found.version:
        of = gettext("Counted over version {n}.").format(n=number(found.version))
        return f"{words} {of}"
    return words
