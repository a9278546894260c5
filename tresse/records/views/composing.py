"""The composer of a record's page: logging, adding tasks, editing, and what it looks up."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.answers import message
from tresse.accounts.queries import active_users, actor_of
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.kernel.text import folded
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef
from tresse.objects.requests import model_of
from tresse.records.addresses import record_address
from tresse.records.also import Choice, about_in, chosen, found_by_words
from tresse.records.cells import Cells
from tresse.records.changes import add_task, edit_activity, log_activity
from tresse.records.changes.activities import own_activity
from tresse.records.composer import (
    TASK,
    Composer,
    composed,
    composed_task,
    composer,
    edited,
    may_add_task,
    typed_from,
)
from tresse.records.queries import record as read_record
from tresse.records.views.activities import activity_said, timeline_context
from tresse.records.views.cards import Card, cards_context
from tresse.records.views.requests import may
from tresse.records.views.values import counted_entries
from tresse.records.visibility import visible

LOGGED: Mapping[str, str] = {
    "note": N_("The note is saved."),
    "call": N_("The call is saved."),
    "email": N_("The e-mail is saved."),
    "meeting": N_("The meeting is saved."),
    TASK: N_("The task is added."),
}
MOST_PEOPLE = 6


def composer_of(
    request: SignedIn,
    object: ObjectDef,
    *,
    cards: Sequence[Card] = (),
    given: Mapping[str, str] | None = None,
    sentence: str = "",
    also: Sequence[Choice] = (),
) -> Composer:
    """The composer of a record; linked records of its cards may be chosen beside it."""
    model, actor = model_of(request), request.actor
    known = {each.value for each in also}
    linked = [
        choice
        for card in cards
        if card.relation.other.has_activities
        for each in card.links
        if (choice := Choice(card.relation.other, each["id"], each["title"])).value not in known
    ]
    may_add = may_add_task(model, object, actor)
    task = Cells(model.object(TASK), actor) if may_add else None
    return composer(given, task=task, sentence=sentence, also=[*also, *linked])


@require_POST
def log(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Log what the composer holds, or add the task; a refusal keeps what was typed."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    kind = request.POST.get("kind", "note")
    try:
        about = [(object, id), *about_in(request.POST.getlist("about"), model)]
        if kind == TASK:
            add_task(model, about, values=composed_task(request.POST), actor=actor)
        else:
            kind, fields, at = composed(request.POST)
            log_activity(model, kind, about, fields=fields, actor=actor, at=at)
    except TresseError as error:
        return _refused(request, object, id, error)
    if not is_fragment(request):
        messages.success(request, gettext(LOGGED[kind]))
        return HttpResponseRedirect(record_address(object, id))
    cards = cards_context(model, object, id, actor)
    context = {
        **timeline_context(request, object, id),
        **cards,
        "may_edit": may(object, id, actor, "edit"),
        "composer": composer_of(request, object, cards=cards["cards"], given={"kind": kind}),
        "moved": counted_entries(request, object, id),
        "said": gettext(LOGGED[kind]),
    }
    return render(request, "records/_logged.html", context)


def _refused(request: SignedIn, object: ObjectDef, id: int, error: TresseError) -> HttpResponse:
    model, actor = model_of(request), request.actor
    title = read_record(model, object, id, actor).title
    cards = cards_context(model, object, id, actor)["cards"]
    typed = {key: str(value) for key, value in request.POST.items()}
    try:
        also = chosen(about_in(request.POST.getlist("about"), model), actor)
    except TresseError:
        also = []
    form = composer_of(
        request, object, cards=cards, given=typed, sentence=message(error), also=also
    )
    context = {"composer": form, "address": record_address(object, id), "title": title}
    if is_fragment(request):
        answer = render(request, "records/_composer.html", context, status=422)
        answer.headers["HX-Retarget"] = "#composer"
        return answer
    return render(request, "records/compose.html", context, status=422)


@require_safe
def also_about(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Records to choose beside this one: those chosen so far, then those that words find."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    read_record(model, object, id, actor)
    so_far = chosen(about_in(request.GET.getlist("about"), model), actor)
    but = {f"{object.name}:{id}", *(each.value for each in so_far)}
    found = found_by_words(model, request.GET.get("also", ""), actor, but=but)
    context = {"choices": [*so_far, *found], "words": request.GET.get("also", "")}
    return render(request, "records/_also.html", context)


@require_safe
def people_to_mention(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Active people whose names begin as typed and who may see the record (C72)."""
    model = model_of(request)
    object = model.object(object_name)
    read_record(model, object, id, request.actor)
    typed = folded(request.GET.get("q", ""))
    found = []
    for user in active_users():
        words = folded(user.name)
        if user.name and (words.startswith(typed) or f" {typed}" in words):
            table, person = object.table, actor_of(user)
            sees = sa.select(table.c.id).where(table.c.id == id, visible(object, person, table))
            if rows(sees):
                found.append(user)
        if len(found) == MOST_PEOPLE:
            break
    return render(request, "records/_people.html", {"people": found})


def activity_edit(request: SignedIn, object_name: str, id: int, activity: int) -> HttpResponse:
    """The form of an activity that is there; POST saves it. `line`: the entry as it is shown."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    title = read_record(model, object, id, actor).title
    address = record_address(object, id)
    kind, kept, at = own_activity(model, activity, actor)
    before = typed_from(kind, json.loads(kept), at)
    if request.method == "POST":
        posted = {name: request.POST.get(name, "").strip() for name in before if name != "kind"}
        try:
            _save(request, activity, kind, before, posted=posted)
        except TresseError as error:
            form = edited(kind, posted, message(error))
            return _edit_form(request, form, activity, address=address, title=title)
        return activity_said(request, object, id, gettext("The activity is saved."))
    return _edit_form(request, edited(kind, before), activity, address=address, title=title)


def _save(
    request: SignedIn,
    activity: int,
    kind: str,
    before: Mapping[str, str],
    *,
    posted: Mapping[str, str],
) -> None:
    """Save what was typed anew; what stayed as it was is not read again."""
    typed = request.POST.copy()
    typed["kind"] = kind
    _, fields, at = composed(typed)
    moved = {name.removeprefix(f"{kind}_") for name in posted if posted[name] != before[name]}
    names = {"duration_seconds" if name == "minutes" else name for name in moved} - {"at"}
    changes: dict[str, Any] = {name: fields.get(name) for name in names}
    is_moved = "at" in moved or "starts_at" in moved
    edit_activity(
        model_of(request),
        activity,
        fields=changes,
        actor=request.actor,
        at=at if is_moved else None,
    )


def _edit_form(
    request: SignedIn, form: Composer, activity: int, *, address: str, title: str
) -> HttpResponse:
    context = {"composer": form, "activity": activity, "address": address, "title": title}
    status = 422 if form.sentence else 200
    if is_fragment(request):
        answer = render(request, "records/_activity_edit.html", context, status=status)
        if form.sentence:
            answer.headers["HX-Retarget"] = f"#activity-{activity}"
            answer.headers["HX-Reswap"] = "innerHTML"
        return answer
    return render(request, "records/activity.html", context, status=status)
