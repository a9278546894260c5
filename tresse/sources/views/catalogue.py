"""The catalogue of sources (S36)."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.sources.models import LIVE, Source
from tresse.sources.queries import (
    MANAGE,
    SORTS,
    Entry,
    catalogue,
    connections_in_use,
    entities_in_use,
)
from tresse.sources.shown import (
    OTHER_STATES,
    STATES,
    age,
    entity_label,
    entity_look,
    freshness_tone,
    read_words,
    source_state,
    state_choices,
)
from tresse.sources.views.frame import address_of, page
from tresse.web.links import sorting

DESCENDING_FIRST = ("rows", "rejected", "last_run", "newest")


@require_safe
def source_list(request: SignedIn) -> HttpResponse:
    """All sources, sorted and filtered as the address says."""
    given = request.GET
    chosen = {name: given.get(name, "") for name in ("q", "entity", "connection", "state", "sort")}
    if chosen["sort"].removeprefix("-") not in SORTS:
        chosen["sort"] = ""
    if chosen["state"] not in {**STATES, **OTHER_STATES}:
        chosen["state"] = ""
    found = catalogue(
        request.actor,
        sort=chosen["sort"] or "name",
        state=chosen["state"],
        entity=chosen["entity"],
        connection=chosen["connection"],
        text=chosen["q"],
    )
    has_any = bool(found) or Source.objects.exists()
    context = {
        "sources": [line_of(each) for each in found],
        "total_rows": sum(each.rows or 0 for each in found),
        "has_any": has_any,
        "chosen": chosen,
        "heads": _heads(chosen),
        "is_live": any(each.last_run and each.last_run.state in LIVE for each in found),
        "may_manage": request.actor.has(MANAGE),
        "may_connect": request.actor.has("connections.manage"),
    }
    if is_fragment(request):
        return page(request, "_sources.html", context)
    context |= {
        "entities": [(name, entity_label(name)) for name in entities_in_use()],
        "connections": connections_in_use(),
        "states": state_choices(),
    }
    return page(request, "sources.html", context)


def line_of(entry: Entry) -> dict[str, Any]:
    """A source as a line of the catalogue."""
    source, run = entry.source, entry.last_run
    state, tone = source_state(source)
    icon, hue = entity_look(source.entity)
    waits = source.after.name if source.after and source.is_enabled else ""
    return {
        "name": source.name,
        "address": address_of(source),
        "connection": source.connection.name,
        "reads": read_words(source.definition.get("read", {})),
        "entity": entity_label(source.entity),
        "icon": icon,
        "hue": hue,
        "state": state,
        "tone": tone,
        "rows": entry.rows,
        "rejected": entry.rejected,
        "fresh": age(entry.freshness),
        "fresh_tone": freshness_tone(entry.freshness),
        "last_run_at": (run.ended_at or run.started_at or run.requested_at) if run else None,
        "next_run_at": entry.next_at,
        "next_words": gettext("after {source}").format(source=waits) if waits else "",
        "feeds": ", ".join(entry.feeds),
    }


def _heads(chosen: dict[str, str]) -> list[dict[str, Any]]:
    """Headers of the table; those that sort are links."""
    heads = (
        (gettext("Source"), "name", False),
        (gettext("Rows are"), "entity", False),
        (gettext("State"), "", False),
        (gettext("Rows"), "rows", True),
        (gettext("Rejected"), "rejected", True),
        (gettext("Newest change"), "newest", False),
        (gettext("Last run"), "last_run", False),
        (gettext("Next run"), "next_run", False),
        (gettext("Feeds"), "", False),
    )
    return [
        {"label": label, "is_number": is_number, **sorting(name, chosen, DESCENDING_FIRST)}
        for label, name, is_number in heads
    ]
