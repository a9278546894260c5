"""The panel of likely duplicates: groups with their reasons; and the warning while one types."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address, record_address
from tresse.records.cells import Cell, Cells
from tresse.records.changes.duplicates import deny_duplicates
from tresse.records.duplicate_rules import rules_of
from tresse.records.duplicates import (
    Group,
    facts_of,
    groups,
    last_look,
    likely_duplicates,
    number_of_groups,
)
from tresse.records.views.requests import id_in
from tresse.records.views.values import posted


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a group, with what tells it from the others."""

    id: int
    title: str
    address: str
    subtitle: Cell | None
    created_at: datetime | None
    activities: int


def duplicates(request: SignedIn, object_name: str) -> HttpResponse:
    """Groups of records that are likely one, a page at a time."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    require(actor, "view", object.name, shown_plural(object))
    after = request.GET.get("after", "")
    found, more = groups(object, actor, after=int(after) if after.isdecimal() else 0)
    context: dict[str, Any] = {
        "object": object,
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "groups": _shown(object, found, actor),
        "more": more,
        "is_first": not after,
        "number": number_of_groups(object, actor),
        "last": last_look(object),
        "may_merge": actor.scope(object.name, "merge") != "none",
        "has_rules": bool(rules_of(object)),
    }
    return render(request, "records/duplicates.html", context)


def _shown(object: ObjectDef, found: Sequence[Group], actor: Actor) -> list[dict[str, Any]]:
    everyone = [id for group in found for id, _ in group.members]
    facts = facts_of(object, everyone, actor)
    cells = Cells(object, actor)
    shown = []
    for group in found:
        members = []
        for id, title in group.members:
            fact = facts[id]
            cell = cells.cell(object.property(object.subtitle), fact[0]) if fact[0] else None
            members.append(Member(id, title, record_address(object, id), cell, *fact[1:]))
        query = urlencode({"ids": [each.id for each in members[:10]]}, doseq=True)
        address = f"{index_address(object)}merge/?{query}"
        shown.append({"group": group, "members": members, "merge_address": address})
    return shown


@require_POST
def not_duplicates(request: SignedIn, object_name: str) -> HttpResponse:
    """Remember that the records of a group are not the same."""
    object = model_of(request).object(object_name)
    ids = [id_in(each, object) for each in request.POST.getlist("ids")]
    deny_duplicates(model_of(request), object, ids, actor=request.actor)
    said = gettext("These will not be proposed again.")
    if is_fragment(request):
        return render(request, "records/_said.html", {"said": said})
    messages.success(request, said)
    return HttpResponseRedirect(f"{index_address(object)}duplicates/")


def typed_duplicates(request: SignedIn, object_name: str) -> HttpResponse:
    """Likely duplicates of what is in the form for a new record so far."""
    object = model_of(request).object(object_name)
    require(request.actor, "create", object.name, shown_plural(object))
    return render(request, "records/_likely.html", likely_context(request, object))


def likely_context(request: SignedIn, object: ObjectDef) -> dict[str, Any]:
    """Likely duplicates of posted values, as the form for a new record shows them."""
    typed = {prop.name: posted(request, prop.name) for prop in object.active}
    found = likely_duplicates(object, typed, request.actor)
    ids = [str(each.id) for each in found]
    return {
        "likely": [(each, record_address(object, each.id)) for each in found],
        "seen": ",".join(ids),
        "is_new": not set(ids) <= set(request.POST.get("seen", "").split(",")),
    }
