"""Linking and unlinking on a record's page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address, record_address
from tresse.records.changes import link_records, unlink_records
from tresse.records.lists import listed
from tresse.records.queries import record as read_record
from tresse.records.views.cards import cards_context, linked_condition, relation_of
from tresse.records.views.requests import CHANGED, id_in, may

FOUND = 8


def link_search(request: SignedIn, object_name: str, id: int, key: str) -> HttpResponse:
    """Records that could be linked: those whose words begin as typed.

    With HTMX the results alone; without scripts a page with the search field.
    """
    return _search(request, model_of(request).object(object_name), id, key)


def _search(
    request: SignedIn, object: ObjectDef, id: int, key: str, *, sentence: str = ""
) -> HttpResponse:
    model, actor = model_of(request), request.actor
    record = read_record(model, object, id, actor)
    relation = relation_of(model, object, actor, key)
    words = request.GET.get("q", "")
    others = {"not": linked_condition(object, id, relation)}
    found = listed(
        model, relation.other, actor=actor, filter=others, words=words, columns=(), limit=FOUND + 1
    ).records
    context = {
        "record": record,
        "relation": relation,
        "address": record_address(object, id),
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "found": [each for each in found if each.id != id][:FOUND],
        "words": words,
        "sentence": sentence,
        "back": f"{object.name}:{id}:{key}",
    }
    status = 422 if sentence else 200
    if not is_fragment(request):
        return render(request, "records/link.html", context, status=status)
    return render(request, "records/_link_results.html", context, status=status)


@require_POST
def link(request: SignedIn, object_name: str, id: int, key: str) -> HttpResponse:
    """Link the record with another one, or take the link away (`remove`)."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    relation = relation_of(model, object, actor, key)
    side, other = relation.side, id_in(request.POST.get("id", ""), relation.other)
    try:
        if request.POST.get("remove"):
            unlink_records(model, side, [(id, other)], actor=actor)
            said = gettext("The link was taken away.")
        else:
            mode = "replace" if side.most == 1 else "add"
            link_records(model, side, [(id, other)], actor=actor, mode=mode)
            said = gettext("The records are linked.")
    except TresseError as error:
        if is_fragment(request):
            raise
        return _search(request, object, id, key, sentence=message(error))
    if not is_fragment(request):
        messages.success(request, said)
        return HttpResponseRedirect(record_address(object, id))
    context: dict[str, Any] = {
        **cards_context(model, object, id, actor),
        "object": object,
        "address": record_address(object, id),
        "may_edit": may(object, id, actor, "edit"),
        "said": said,
    }
    answer = render(request, "records/_linked.html", context)
    answer.headers["HX-Trigger"] = CHANGED
    return answer
