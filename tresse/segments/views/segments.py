"""Pages of segments: the index, one segment, its filter, its size, two compared."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.forms import refusals_in
from tresse.accounts.queries import account
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.filters.editor import editor_of
from tresse.objects.described import DataModel
from tresse.objects.requests import model_of
from tresse.objects.uses import Target, users_of
from tresse.records.selection import Selection
from tresse.segments.addresses import address_of
from tresse.segments.answers import filter_of, words_of
from tresse.segments.bases import base_of, sort_of
from tresse.segments.changes import (
    add_segment,
    change_segment,
    delete_segment,
    effect_of,
    make_list,
)
from tresse.segments.changes.facts import checked_segment_base, facts_of, require_records
from tresse.segments.chart import chart_of
from tresse.segments.comparing import compared
from tresse.segments.forms import CollectionForm, LabelForm, segment_bases
from tresse.segments.lately import lately
from tresse.segments.models import Segment
from tresse.segments.queries import may_change, segment_named, segments
from tresse.segments.sizes import sizes_of
from tresse.segments.views.lists import FIELDS, say_filled
from tresse.segments.views.shared import (
    export_address,
    frame,
    index_context,
    members_context,
    numbers,
)

EVERY_ONE: dict[str, Any] = {"all": []}


@require_safe
def segment_index(request: SignedIn) -> HttpResponse:
    """All segments in sight, by folder."""
    model = model_of(request)
    context = index_context(request, list(segments(request.actor)), model)
    settings = account()
    for _, found in context["folders"]:
        for each in found:
            each["words"] = words_of(each["row"], model, request.actor, account=settings)
    template = "segments/_segments.html" if is_fragment(request) else "segments/segments.html"
    return render(request, template, context)


@require_safe
def segment_numbers(request: SignedIn) -> HttpResponse:
    """How many are in each segment."""
    return numbers(request, segments(request.actor))


def segment_new(request: SignedIn) -> HttpResponse:
    """Make a segment: its records or golden records, its filter, its name."""
    model, actor = model_of(request), request.actor
    asked = request.POST.get("base") or request.GET.get("base") or "contact"
    base = checked_segment_base(asked, model=model, actor=actor)
    editor = editor_of(request, base.rows(), is_personal=False)
    is_sent = request.method == "POST" and not editor.is_edit
    data = request.POST if request.method == "POST" else None
    form = CollectionForm(data if is_sent else None, actor=actor, initial=_typed(request))
    if is_sent and form.is_valid():
        with refusals_in(form, FIELDS):
            row = add_segment(
                base=base.key,
                filter=editor.filter or EVERY_ONE,
                model=model,
                actor=actor,
                **form.facts(),
            )
            return HttpResponseRedirect(address_of(row))
    context = {"form": form, "editor": editor, "heading": gettext("New segment")}
    context |= {"base": base.key, "bases": segment_bases(model, actor)}
    return _form(request, context, failed=bool(form.errors))


def _typed(request: SignedIn) -> dict[str, Any]:
    """What is typed stays while a button of the editor is pressed without scripts."""
    given = request.POST if request.method == "POST" else request.GET
    names = ("label", "description", "folder", "sharing", "team")
    return {"sharing": "private", **{name: given[name] for name in names if name in given}}


def segment_edit(request: SignedIn, name: str) -> HttpResponse:
    """Name and filter of a segment; a changed filter of a used one asks first (G56)."""
    model, actor = model_of(request), request.actor
    row = segment_named(name, actor)
    editor = editor_of(request, base_of(row, model).rows(), kept=row.filter, is_personal=False)
    is_sent = request.method == "POST" and not editor.is_edit
    initial = _typed(request) if request.method == "POST" else facts_of(row)
    form = CollectionForm(request.POST if is_sent else None, actor=actor, initial=initial)
    context = {"form": form, "editor": editor, "heading": row.label, "row": row}
    if is_sent and form.is_valid():
        with refusals_in(form, FIELDS):
            filter = editor.filter or EVERY_ONE
            if _asks(request, row, filter, model, context):
                return _form(request, context)
            version = request.POST.get("version", "")
            change_segment(
                row,
                model=model,
                actor=actor,
                version=int(version) if version.isdecimal() else None,
                fire=request.POST.get("fire") == "1",
                filter=filter,
                **form.facts(),
            )
            return HttpResponseRedirect(address_of(row))
    return _form(request, context, failed=bool(form.errors))


def _asks(
    request: SignedIn, row: Segment, filter: Any, model: DataModel, context: dict[str, Any]
) -> bool:
    """Whether the page must first say what a changed filter does."""
    if request.POST.get("sure") == "1" or filter == row.filter:
        return False
    effect = effect_of(row, filter, model=model, actor=request.actor)
    is_used = bool(effect.users) or row.watched_since is not None
    if not is_used or not (effect.enter or effect.leave):
        return False
    context["effect"] = effect
    may_fire = request.actor.has("automations.fire")
    is_of_records = not sort_of(row.base)[0].prefix
    context["may_fire"] = may_fire and row.watched_since is not None and is_of_records
    return True


def _form(request: SignedIn, context: dict[str, Any], *, failed: bool = False) -> HttpResponse:
    folders = sorted({each.folder for each in segments(request.actor)} - {""})
    return render(
        request,
        "segments/edit.html",
        {**context, "folders": folders},
        status=422 if failed else 200,
    )


@require_safe
def segment_page(request: SignedIn, name: str) -> HttpResponse:
    """A segment: its filter in words, who is in it, its size, what uses it."""
    model, actor = model_of(request), request.actor
    row = segment_named(name, actor)
    context = {**frame(row, model, actor), **members_context(request, row, model)}
    if is_fragment(request):
        return render(request, "segments/_members.html", context)
    context |= {
        "words": words_of(row, model, actor),
        "chart": chart_of(sizes_of(row)),
        "users": users_of(Target("segment", row.name)),
        "may_change": may_change(row, actor),
        "export_address": export_address(row, model, actor),
        "others": segments(actor).filter(base=row.base).exclude(pk=row.pk),
        "moves": lately(row, model, actor) if row.watched_since else [],
        "is_of_records": not sort_of(row.base)[0].prefix,
    }
    return render(request, "segments/segment.html", context)


@require_POST
def segment_size(request: SignedIn, name: str) -> HttpResponse:
    """Begin or end to keep its size day by day."""
    row = segment_named(name, request.actor)
    keeps = request.POST.get("keeps") == "1"
    change_segment(row, model=model_of(request), actor=request.actor, keeps_size=keeps)
    text = (
        gettext("Its size is kept from now on.")
        if keeps
        else gettext("Its size is no longer kept.")
    )
    messages.success(request, text)
    return HttpResponseRedirect(address_of(row))


def segment_freeze(request: SignedIn, name: str) -> HttpResponse:
    """Make a list of the members of this moment (G59)."""
    model, actor = model_of(request), request.actor
    row = segment_named(name, actor)
    require_records(row, model)
    form = LabelForm(request.POST or None, initial={"label": row.label})
    if form.is_valid():
        with refusals_in(form, FIELDS):
            chosen = Selection(filter=filter_of(row), is_all=True)
            label = form.cleaned_data["label"]
            made, done = make_list(chosen, base=row.base, label=label, model=model, actor=actor)
            say_filled(request, made, done)
            return HttpResponseRedirect(address_of(made))
    heading = gettext("Freeze as list")
    context = {**frame(row, model, actor), "form": form, "heading": heading, "is_freeze": True}
    return render(request, "segments/ask.html", context, status=422 if form.errors else 200)


def segment_remove(request: SignedIn, name: str) -> HttpResponse:
    """Delete a segment; GET asks first."""
    row = segment_named(name, request.actor)
    if request.method == "POST":
        delete_segment(row, actor=request.actor)
        messages.success(request, gettext('The segment "{label}" is deleted.').format(label=row))
        return HttpResponseRedirect(reverse("segments:segments"))
    users = users_of(Target("segment", row.name))
    context = {**frame(row, model_of(request), request.actor), "users": users}
    template = "segments/_delete.html" if is_fragment(request) else "segments/delete.html"
    return render(request, template, context)


@require_safe
def segment_compare(request: SignedIn, name: str) -> HttpResponse:
    """Two segments: who is only in one, in both, only in the other (G58)."""
    model, actor = model_of(request), request.actor
    row = segment_named(name, actor)
    others = segments(actor).filter(base=row.base).exclude(pk=row.pk)
    chosen = request.GET.get("with") or (others[0].name if others else "")
    context = {**frame(row, model, actor), "others": others, "chosen": chosen}
    if chosen:
        other = segment_named(chosen, actor)
        context |= {"other": other, "parts": _parts(row, other, model, request)}
    return render(request, "segments/compare.html", context)


def _parts(
    row: Segment, other: Segment, model: DataModel, request: SignedIn
) -> list[dict[str, Any]]:
    base = base_of(row, model)
    labels = (
        gettext("Only in {name}").format(name=row.label),
        gettext("In both"),
        gettext("Only in {name}").format(name=other.label),
    )
    return [
        {
            "label": label,
            "count": count,
            "address": base.addresses(text, request.actor)[0],
            "plural": base.inside,
        }
        for label, (text, count) in zip(
            labels, compared(row, other, model, request.actor), strict=True
        )
    ]
