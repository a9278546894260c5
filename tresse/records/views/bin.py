"""The bin of an object type: what is in it, days left, restore, delete for good (C57 to C60)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from tresse.accounts.answers import message
from tresse.accounts.permission import require
from tresse.accounts.queries import account
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import TresseError
from tresse.objects.database import first
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address, record_address
from tresse.records.bin import binned, days_left, in_bin, number_in_bin, over_limit
from tresse.records.cells import Cells
from tresse.records.changes import merge_records, purge_records, restore_records
from tresse.records.queries import titles
from tresse.records.refusals import RECORD_NOT_FOUND
from tresse.records.title import title_of
from tresse.records.views.requests import id_in, may


def bin_page(request: SignedIn, object_name: str) -> HttpResponse:
    """What is in the bin, the newest first, a page at a time."""
    object = model_of(request).object(object_name)
    require(request.actor, "view", object.name, shown_plural(object))
    return _page(request, object)


def _page(request: SignedIn, object: ObjectDef, **more: Any) -> HttpResponse:
    actor = request.actor
    found, last = binned(object, actor, before=_before(request.GET.get("before", "")))
    people = Cells(object, actor).people
    context: dict[str, Any] = {
        "object": object,
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "records": [(each, people.get(each.user_id or 0, "")) for each in found],
        "next": f"{last[0].isoformat()}|{last[1]}" if last else "",
        "number": number_in_bin(object, actor),
        "days": account().bin_days,
        "may_restore": actor.scope(object.name, "delete") != "none",
        "may_purge": actor.has("records.purge"),
        **more,
    }
    return render(request, "records/bin.html", context, status=422 if more.get("sentence") else 200)


def _before(text: str) -> tuple[datetime, int] | None:
    at, _, id = text.partition("|")
    try:
        return datetime.fromisoformat(at), int(id)
    except ValueError:
        return None


@require_POST
def bin_restore(request: SignedIn, object_name: str) -> HttpResponse:
    """Take the chosen records out of the bin; those that cannot come are told one by one."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    restored, told = [], []
    for id in (id_in(each, object) for each in request.POST.getlist("ids")):
        try:
            restore_records(model, object, [id], actor=actor)
            restored.append(id)
        except TresseError as error:
            told.append(message(error))
    if restored:
        number = len(restored)
        sentence = ngettext("{n} record is back.", "{n} records are back.", number)
        messages.success(request, sentence.format(n=number))
    tell_over_limit(request, object, restored)
    for sentence in told:
        messages.error(request, sentence)
    return HttpResponseRedirect(f"{index_address(object)}bin/")


def tell_over_limit(request: SignedIn, object: ObjectDef, ids: list[int]) -> None:
    """Say which relations of restored records hold more links than they allow (C59)."""
    for line in over_limit(model_of(request), object, ids)[:10]:
        told = gettext("More links than allowed: {relation}. Take one away.")
        messages.warning(request, told.format(relation=line))


@require_POST
def bin_purge(request: SignedIn, object_name: str) -> HttpResponse:
    """Delete the chosen records for good, once their number is typed."""
    model = model_of(request)
    object = model.object(object_name)
    ids = [id_in(each, object) for each in request.POST.getlist("ids")]
    typed = request.POST.get("number", "").strip()
    if not ids or not request.POST.get("confirmed"):
        return _page(request, object, asked=ids) if ids else _nothing(request, object)
    try:
        number = int(typed) if typed.isdecimal() else -1
        gone = purge_records(model, object, ids, actor=request.actor, number=number)
    except TresseError as error:
        if error.code == "not_permitted":
            raise
        told = message(error) if typed.isdecimal() else gettext("Type the number of records.")
        return _page(request, object, asked=ids, sentence=told)
    sentence = ngettext("{n} record is gone for good.", "{n} records are gone for good.", gone)
    messages.success(request, sentence.format(n=gone))
    return HttpResponseRedirect(f"{index_address(object)}bin/")


def _nothing(request: SignedIn, object: ObjectDef) -> HttpResponse:
    messages.info(request, gettext("Choose at least one record."))
    return HttpResponseRedirect(f"{index_address(object)}bin/")


def binned_page(
    request: SignedIn, object: ObjectDef, id: int, *, refused: TresseError | None = None
) -> HttpResponse:
    """The page of a record in the bin: the days left, its way back, and why that is closed."""
    actor, table = request.actor, object.table
    statement = sa.select(title_of(object, table, actor), table.c.deleted_at).where(
        table.c.id == id, in_bin(object, actor)
    )
    found = first(statement)
    if found is None:
        raise RECORD_NOT_FOUND(object=shown_label(object).lower(), id=id)
    holder = refused.details.get("record_id") if refused else None
    may_merge = holder and may(object, id, actor, "merge") and may(object, holder, actor, "merge")
    context = {
        "title": found[0],
        "days": days_left(found[1]),
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "address": record_address(object, id),
        "may_restore": may(object, id, actor, "delete"),
        "sentence": message(refused) if refused else "",
        "holder": titles(object, [holder], actor).get(holder) if holder and may_merge else None,
        "holder_id": holder,
    }
    return render(request, "records/binned.html", context, status=422 if refused else 200)


@require_POST
def record_restore(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Out of the bin; or, where another record has its unique value, merged into that (C59)."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    if holder := request.POST.get("merge_into"):
        into = id_in(holder, object)
        merge_records(model, object, into, [id], actor=actor, from_bin=True)
        messages.success(request, gettext("The records are one now."))
        return HttpResponseRedirect(record_address(object, into))
    try:
        restore_records(model, object, [id], actor=actor)
    except TresseError as error:
        if error.code != "duplicate_value":
            raise
        return binned_page(request, object, id, refused=error)
    messages.success(request, gettext("The record is back."))
    tell_over_limit(request, object, [id])
    return HttpResponseRedirect(record_address(object, id))
