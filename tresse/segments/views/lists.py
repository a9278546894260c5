"""Pages of lists: the index, one list, who is on it, combining and splitting."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.forms import refusals_in
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.jobs.models import Job
from tresse.objects.requests import model_of
from tresse.objects.uses import Target, users_of
from tresse.records.lists import listed
from tresse.records.selection import Selection
from tresse.records.views.requests import CHANGED, id_in
from tresse.segments.addresses import address_of
from tresse.segments.answers import filter_of
from tresse.segments.changes import (
    Filled,
    Part,
    add_list,
    add_members,
    change_list,
    delete_list,
    make_list,
    remove_members,
    split_list,
)
from tresse.segments.changes.facts import facts_of
from tresse.segments.forms import CollectionForm, CombineForm, NewListForm, SplitForm
from tresse.segments.models import List
from tresse.segments.queries import list_named, lists, may_change, may_fill
from tresse.segments.views.shared import (
    export_address,
    frame,
    index_context,
    members_context,
    numbers,
)

FIELDS = {"name_taken": "label", "unknown_reference": "team", "limit_reached": ""}
FOUND = 8


@require_safe
def list_index(request: SignedIn) -> HttpResponse:
    """All lists in sight, by folder."""
    context = index_context(request, list(lists(request.actor)), model_of(request))
    template = "segments/_lists.html" if is_fragment(request) else "segments/lists.html"
    return render(request, template, context)


@require_safe
def list_numbers(request: SignedIn) -> HttpResponse:
    """How many are on each list."""
    return numbers(request, lists(request.actor))


def list_new(request: SignedIn) -> HttpResponse:
    """Make an empty list."""
    model, actor = model_of(request), request.actor
    initial = {"sharing": "private", "base": request.GET.get("base", "contact")}
    form = NewListForm(request.POST or None, actor=actor, model=model, initial=initial)
    if form.is_valid():
        with refusals_in(form, FIELDS):
            row = add_list(model=model, actor=actor, **form.facts())
            return HttpResponseRedirect(address_of(row))
    return _form(request, form, gettext("New list"), reverse("segments:lists"))


def list_edit(request: SignedIn, name: str) -> HttpResponse:
    """Name, folder, description and sharing of a list."""
    row = list_named(name, request.actor)
    form = CollectionForm(request.POST or None, actor=request.actor, initial=facts_of(row))
    if form.is_valid():
        with refusals_in(form, FIELDS):
            version = request.POST.get("version", "")
            known = int(version) if version.isdecimal() else None
            change_list(row, actor=request.actor, version=known, **form.facts())
            return HttpResponseRedirect(address_of(row))
    return _form(request, form, row.label, address_of(row), row=row)


def _form(
    request: SignedIn, form: Any, heading: str, back: str, *, row: List | None = None
) -> HttpResponse:
    folders = sorted({each.folder for each in lists(request.actor)} - {""})
    context = {"form": form, "heading": heading, "back": back, "row": row, "folders": folders}
    context |= {"parent": reverse("segments:lists"), "parent_label": gettext("Lists")}
    return render(request, "segments/form.html", context, status=422 if form.errors else 200)


@require_safe
def list_page(request: SignedIn, name: str) -> HttpResponse:
    """A list and who is on it."""
    model, actor = model_of(request), request.actor
    row = list_named(name, actor)
    context = {
        **frame(row, model, actor),
        **members_context(request, row, model),
        "users": users_of(Target("list", row.name)),
        "may_change": may_change(row, actor),
        "may_fill": may_fill(row, actor),
        "export_address": export_address(row, model, actor),
        "is_filling": Job.objects.filter(
            kind="list_fill", arguments__list=row.name, state__in=("queued", "running")
        ).exists(),
    }
    template = "segments/_members.html" if is_fragment(request) else "segments/list.html"
    return render(request, template, context)


@require_safe
def list_search(request: SignedIn, name: str) -> HttpResponse:
    """Records that may be put on a list: those that typed words find and that are not on it."""
    model, actor = model_of(request), request.actor
    row = list_named(name, actor)
    words = request.GET.get("words", "").strip()
    found = []
    if words:
        off = {**filter_of(row), "operator": "is_not_in"}
        object = model.object(row.base)
        found = listed(
            model, object, actor=actor, filter=off, words=words, limit=FOUND, columns=()
        ).records
    context = {**frame(row, model, actor), "found": found, "words": words}
    template = "segments/_found.html" if is_fragment(request) else "segments/found.html"
    return render(request, template, context)


@require_POST
def list_fill(request: SignedIn, name: str) -> HttpResponse:
    """Put one record on a list, or take one off (`remove`); the answer is the table anew."""
    model, actor = model_of(request), request.actor
    row = list_named(name, actor)
    id = id_in(request.POST.get("id", ""), model.object(row.base))
    act = remove_members if request.POST.get("remove") else add_members
    act(row, [id], model=model, actor=actor)
    back = request.POST.get("next", "")
    if back and is_fragment(request):
        # Sent from a record's page, whose panel then reads itself anew.
        return HttpResponse(status=204, headers={"HX-Trigger": CHANGED})
    if not is_fragment(request):
        return HttpResponseRedirect(
            back if back.startswith("/") and back[1:2] != "/" else address_of(row)
        )
    context = {**frame(row, model, actor), **members_context(request, row, model), "may_fill": True}
    return render(request, "segments/_members.html", context)


def list_remove(request: SignedIn, name: str) -> HttpResponse:
    """Delete a list; GET asks first."""
    row = list_named(name, request.actor)
    if request.method == "POST":
        delete_list(row, actor=request.actor)
        messages.success(request, gettext('The list "{label}" is deleted.').format(label=row))
        return HttpResponseRedirect(reverse("segments:lists"))
    users = users_of(Target("list", row.name))
    context = {**frame(row, model_of(request), request.actor), "users": users, "is_list": True}
    template = "segments/_delete.html" if is_fragment(request) else "segments/delete.html"
    return render(request, template, context)


def list_combine(request: SignedIn, name: str) -> HttpResponse:
    """Make a new list of this one and others."""
    model, actor = model_of(request), request.actor
    row = list_named(name, actor)
    form = CombineForm(
        request.POST or None, actor=actor, base=row.base, first=row.name, initial={"first": name}
    )
    if form.is_valid():
        with refusals_in(form, FIELDS):
            chosen = Selection(filter=form.filter(), is_all=True)
            label = form.cleaned_data["label"]
            made, done = make_list(chosen, base=row.base, label=label, model=model, actor=actor)
            say_filled(request, made, done)
            return HttpResponseRedirect(address_of(made))
    return _asked(request, row, form, gettext("Combine lists"))


def list_split(request: SignedIn, name: str) -> HttpResponse:
    """Split a list into parts of about the same size."""
    model, actor = model_of(request), request.actor
    row = list_named(name, actor)
    form = SplitForm(request.POST or None)
    if form.is_valid():
        with refusals_in(form, FIELDS):
            number = form.cleaned_data["number"]
            shares = [100 // number + (at < 100 % number) for at in range(number)]
            parts = [
                Part(gettext("{label}, part {n}").format(label=row.label[:80], n=at + 1), share)
                for at, share in enumerate(shares)
            ]
            made = split_list(row, parts, model=model, actor=actor)
            told = ", ".join(f"{each.label} ({size})" for each, size in made)
            messages.success(request, gettext("New lists: {lists}.").format(lists=told))
            return HttpResponseRedirect(reverse("segments:lists"))
    return _asked(request, row, form, gettext("Split the list"))


def _asked(request: SignedIn, row: List, form: Any, heading: str) -> HttpResponse:
    context = {**frame(row, model_of(request), request.actor), "form": form, "heading": heading}
    return render(request, "segments/ask.html", context, status=422 if form.errors else 200)


def say_filled(request: SignedIn, row: List, done: Filled | Job, *, removed: bool = False) -> None:
    """Tell the person what became of a selection."""
    if isinstance(done, Job):
        text = gettext('Work on "{label}" has begun. It goes on while you do other things.')
        messages.info(request, text.format(label=row.label))
        return
    if removed:
        text = ngettext(
            '{n} record was taken off "{label}".',
            '{n} records were taken off "{label}".',
            done.changed,
        )
    else:
        text = ngettext(
            '{n} record was put on "{label}".', '{n} records were put on "{label}".', done.changed
        )
    said = text.format(n=done.changed, label=row.label)
    if done.unchanged:
        rest = ngettext("{n} stays as it was.", "{n} stay as they were.", done.unchanged).format(
            n=done.unchanged
        )
        said = f"{said} {rest}"
    messages.success(request, said)
