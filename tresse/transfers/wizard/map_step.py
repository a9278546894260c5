"""The second step: what each column of the file means (T19 to T26, T42 to T45)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.transfers import changes
from tresse.transfers.mapping import AssociationColumn
from tresse.transfers.models import Import
from tresse.transfers.refusals import COLUMNS_UNDECIDED
from tresse.transfers.wizard.choices import NEW, answer_of
from tresse.transfers.wizard.file_step import of_object
from tresse.transfers.wizard.page import MapPage, after, page_of, rest_of
from tresse.transfers.wizard.settings_step import settings_of
from tresse.transfers.wizard.shown import Shown, faults_of, option_answer

CHANGEABLE = ("draft", "checked", "failed")
PASSED_ON = ("not_permitted", "unknown_name", "wrong_state")
"Refusals that are no matter of the mapping."


def mapping(request: SignedIn, import_id: int) -> HttpResponse:
    """The page of all columns; POST has the import checked, or says what is in the way."""
    page = _page(request, import_id)
    if isinstance(page, HttpResponse):
        return page
    if request.method != "POST":
        return _whole(request, page)
    try:
        _check_decided(page)
        row, _ = changes.check_import(page.row, actor=request.actor)
    except TresseError as error:
        if error.code in PASSED_ON:
            raise
        return _whole(request, MapPage(page.row, page.actor, page.model, error), status=422)
    return redirect("transfers:import", row.pk)


def _check_decided(page: MapPage) -> None:
    """Pages ask about every column; other doors leave out what nobody answered (T6, T19).

    Raises:
        TresseError: `columns_undecided`.
    """
    headers = [each.column.header for each in page.plain]
    if headers:
        raise COLUMNS_UNDECIDED(number=len(headers), columns=headers)


def _page(request: SignedIn, import_id: int) -> MapPage | HttpResponse:
    """The page; or the way to where the import is, if it cannot be mapped now."""
    try:
        page = page_of(request, import_id)
    except TresseError as error:
        if error.code in PASSED_ON:
            raise
        return redirect("transfers:file", import_id)
    if page.row.state not in CHANGEABLE:
        return redirect("transfers:import", import_id)
    return page


def _whole(request: SignedIn, page: MapPage, status: int = 200) -> HttpResponse:
    context = {**_context(page), "groups": page.groups, "options": settings_of(page)}
    return render(request, "transfers/wizard/map.html", context, status=status)


def _context(page: MapPage) -> dict[str, Any]:
    refusal = page.refusal
    is_placed = bool(faults_of(refusal, page.columns))
    return {
        **of_object(page.object),
        "step": "map",
        "page": page,
        "row": page.row,
        "address": f"/imports/{page.row.pk}/map/",
        "settings": page.settings,
        "refusal": message(refusal) if refusal and not is_placed else "",
        "has_refusal": refusal is not None,
        **_summary(page),
    }


def _summary(page: MapPage) -> dict[str, Any]:
    return {
        "open_columns": page.open,
        "open_number": len(page.open),
        "plain_number": len(page.plain),
    }


def column(request: SignedIn, import_id: int, position: int) -> HttpResponse:
    """One column: GET shows it with all choices (`unlock` opens a locked one), POST answers it."""
    page = _page(request, import_id)
    if isinstance(page, HttpResponse):
        return page
    if position >= len(page.columns):
        raise WRONG_VALUE(name="column", wanted=N_("a column of the file"), value=position + 1)
    if request.method == "POST":
        return _answered(request, page, position)
    shown = page.shown[position]
    context = {**_context(page), "each": shown, "unlocked": "unlock" in request.GET}
    if is_fragment(request):
        return render(request, "transfers/wizard/_column.html", context)
    return render(request, "transfers/wizard/column.html", {**context, "groups": page.groups})


def _answered(request: SignedIn, page: MapPage, position: int) -> HttpResponse:
    shown = page.shown[position]
    sentence, status = "", 200
    now = page
    try:
        with transaction.atomic():
            now = after(page, _changed(request, page, shown))
            now.check_answer(shown.column.header)
    except TresseError as error:
        if error.code in PASSED_ON:
            raise
        sentence, status, now = message(error), 422, page_of(request, page.row.pk)
    if not is_fragment(request):
        if sentence:
            context = {**_context(now), "each": shown, "sentence": sentence, "groups": now.groups}
            return render(request, "transfers/wizard/column.html", context, status=status)
        return HttpResponseRedirect(f"/imports/{page.row.pk}/map/#column-{position}")
    others = [each for each in now.changed(page) if each.column.position != position]
    context = {
        **_context(now),
        "each": now.shown[position],
        "sentence": sentence,
        "opens_new": request.POST.get("answer") == NEW,
        "others": others,
        "is_update": True,
        "groups": now.groups if now.groups != page.groups else None,
    }
    return render(request, "transfers/wizard/_answered.html", context, status=status)


def _changed(request: SignedIn, page: MapPage, shown: Shown) -> Import:
    """Keep what was said about a column: an answer, options of a link, how it is written."""
    given, header = request.POST, shown.column.header
    actor = request.actor
    if "answer" in given:
        answer = _new(given, shown) if given["answer"] == NEW else answer_of(given["answer"])
        return changes.change_import(page.row, actor=actor, mapping={header: answer})
    if "label" in given:
        return changes.change_import(page.row, actor=actor, mapping={header: _new(given, shown)})
    if "written" in given:
        name = "dates" if given["written"] in ("dmy", "mdy", "ymd") else "numbers"
        reading = {name: _with(page, name, header, given["written"])}
        return changes.change_import(page.row, actor=actor, reading=reading)
    if isinstance(shown.column.answer, AssociationColumn):
        answer = option_answer(shown.column, page.model) | _options(given)
        return changes.change_import(page.row, actor=actor, mapping={header: answer})
    return page.row


def _new(given: Mapping[str, str], shown: Shown) -> dict[str, Any]:
    """A property that the column becomes; its label and kind are guessed at first."""
    label = (given.get("label") or shown.column.header).strip()
    guessed = shown.profile.kind if shown.profile else "text"
    return {"new": {"label": label, "kind": given.get("kind") or guessed}}


def _options(given: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"many": given.get("many") == "yes"}
    for name in ("key", "missing", "existing"):
        if given.get(name):
            found[name] = given[name]
    if "key" in given and not given["key"]:
        found["key"] = None
    return found


def _with(page: MapPage, name: str, header: str, value: str) -> dict[str, str]:
    """How each column is written, one of them said anew."""
    before = page.row.reading.get(name)
    if before and not isinstance(before, Mapping):
        before = {each.header: before for each in page.columns}
    return {**(before or {}), header: value}


@require_POST
def rest(request: SignedIn, import_id: int) -> HttpResponse:
    """Answer all plain columns that have no answer with “do not import” (T19)."""
    page = _page(request, import_id)
    if isinstance(page, HttpResponse):
        return page
    answers = rest_of(page.plain)
    row = changes.change_import(page.row, actor=request.actor, mapping=answers)
    if not is_fragment(request):
        return redirect("transfers:map", row.pk)
    now = after(page, row)
    context = {**_context(now), "others": now.changed(page), "is_update": True}
    return render(request, "transfers/wizard/_rest.html", context)
