"""A source at a glance: its last run, its rows, what it is and what uses it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.engine.columns import substring
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.sources import reported
from tresse.sources.canonical import canonical_value
from tresse.sources.definition import When
from tresse.sources.extraction.layout import DELETED
from tresse.sources.models import Source, SourceVersion
from tresse.sources.notes import notes_of, refused_notes
from tresse.sources.queries import runs_of, users_of, versions_of
from tresse.sources.rules.base import NUMBERS
from tresse.sources.shown import age, entity_label, freshness_tone
from tresse.sources.stored import definition_of
from tresse.sources.times import EVERY, chosen
from tresse.sources.versions import engine, table_of
from tresse.sources.views.frame import address_of, frame, page, source_of
from tresse.sources.views.runs import run_context
from tresse.web.templatetags.numbers import moment, number

FIRST_ROWS = 10
MOST_COLUMNS = 40
LONGEST_CELL = 200
MOST_VERSIONS = 12


@require_safe
def source_page(request: SignedIn, name: str) -> HttpResponse:
    """The first tab."""
    source = source_of(request, name)
    if not source.is_reviewed and source.version is None and not source.runs.exists():
        return redirect(f"{address_of(source)}columns/")
    definition, version = definition_of(source), source.version
    runs = list(runs_of(source)[: reported.SHOWN_RUNS])
    newest = version.newest_modified_at if version else None
    span = max(now() - newest, timedelta()) if newest else None
    shown = frame(request, source)
    notes = notes_of(source, definition, None, address_of(source))
    context = {
        **shown,
        **(run_context(runs[0]) if runs else {}),
        "notes": [*notes, *refused_notes(source, address_of(source), is_live=bool(shown["live"]))],
        "chart": reported.chart_of(runs) if len(runs) > 1 else {},
        "rows_number": version.rows - version.deleted if version else None,
        "fresh": age(span),
        "fresh_tone": freshness_tone(span),
        "facts": list(_facts(source)),
        "users": users_of(source),
        "versions": versions_of(source)[:MOST_VERSIONS],
    }
    return page(request, "overview.html", context)


def _facts(source: Source) -> Iterator[tuple[str, str, str, bool]]:
    """Label, value, where it leads, whether it is code."""
    definition = definition_of(source)
    connection = source.connection.name
    yield gettext("Connection"), connection, f"/connections/{connection}/", False
    yield gettext("Reads"), definition.read.shown, "", True
    yield gettext("Rows are"), entity_label(source.entity), "", False
    yield gettext("Record key"), " + ".join(definition.record_key), "", True
    yield gettext("Times"), times_words(definition.schedule), "", False
    if source.schedule and source.schedule.next_at and source.is_enabled:
        yield gettext("Next run"), moment(source.schedule.next_at), "", False
    if definition.extract.cursor:
        yield gettext("Cursor"), definition.extract.cursor, "", True
    if source.cursor is not None:
        yield gettext("Read up to"), reported.cursor_words(source.cursor), "", True
    if source.owner:
        yield gettext("Owner"), str(source.owner), "", False


def times_words(when: When) -> str:
    """Times in few words."""
    if when.after:
        return gettext("after {source}").format(source=when.after)
    fields = chosen(when, zone="")
    label = str(dict(EVERY)[fields["every"]])
    if fields["every"] == "own":
        return f"{when.cron} {when.zone}".strip()
    if fields["every"] in ("day", "weekday", "week"):
        return f"{label}, {fields['time']} {when.zone}".strip()
    return label


@require_safe
def source_sample(request: SignedIn, name: str) -> HttpResponse:
    """The first rows of the published version; the page asks for them once it is there."""
    source = source_of(request, name)
    if not is_fragment(request):
        return redirect("sources:source", source.name)
    context: dict[str, Any] = {"sample": {}}
    if source.version is not None:
        try:
            context["sample"] = sample_of(source.version)
        except TresseError as error:
            context["sentence"] = message(error)
    return page(request, "_sample.html", context)


def sample_of(version: SourceVersion) -> dict[str, Any]:
    """Some rows as a table of texts; those that are gone at the source are left out."""
    columns = version.columns[:MOST_COLUMNS]
    with engine() as session:
        table = table_of(session, version)
        cells = [
            substring(
                sa.type_coerce(canonical_value(table.c[each["name"]], each["type"]), sa.Text()),
                1,
                LONGEST_CELL,
            ).label(f"c{at}")
            for at, each in enumerate(columns)
        ]
        rows = session.rows(sa.select(*cells).where(table.c[DELETED].is_(None)).limit(FIRST_ROWS))
    shown = [
        [
            {"value": _cell(value, each["type"]), "is_number": each["type"] in NUMBERS}
            for value, each in zip(row, columns, strict=True)
        ]
        for row in rows
    ]
    left = len(version.columns) - len(columns)
    words = ngettext("and {n} more column", "and {n} more columns", left).format(n=number(left))
    return {
        "heads": [each["name"] for each in columns],
        "rows": shown,
        "words": words if left else "",
    }


def _cell(value: str | None, type_: str) -> str | None:
    return reported.instant_words(value) if value and type_ == "datetime" else value
