"""Linking and unlinking on a record's page."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address, record_address
from tresse.records.changes import link_records, unlink_records
from tresse.records.links import linked
from tresse.records.lists import listed
from tresse.records.queries import record as read_record
from tresse.records.views.cards import Relation, cards_page, linked_condition, relation_of
from tresse.records.views.requests import CHANGED, id_in

FOUND = 8


def link_search(request: SignedIn, object_name: str, id: int, key: str) -> HttpResponse:
    """Records that could be linked: those whose words begin as typed.

    With HTMX the results alone; without scripts a page with the search field.
    """
    return _search(request, model_of(request).object(object_name), id, key)


def _search(
    request: SignedIn,
    object: ObjectDef,
    id: int,
    key: str,
    *,
    sentence: str = "",
    full: bool = False,
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
        "replaces": full or _is_full(model, relation, id, actor),
    }
    status = 422 if sentence else 200
    if not is_fragment(request):
        return render(request, "records/link.html", context, status=status)
    answer = render(request, "records/_link_results.html", context, status=status)
    if sentence:
        answer.headers["HX-Retarget"] = f"#found-{relation.anchor}"
        answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def _is_full(model: DataModel, relation: Relation, id: int, actor: Actor) -> bool:
    """Whether another link takes the place of the one there is (C37)."""
    return relation.is_single and bool(linked(model, relation.side, id, actor, limit=1))


@require_POST
def link(request: SignedIn, object_name: str, id: int, key: str) -> HttpResponse:
    """Link the record with another one (`mode`), give the link a label, or take either away.

    `label` and `direction` name a link label as seen from this record; `remove` takes away.
    """
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    relation = relation_of(model, object, actor, key)
    other = id_in(request.POST.get("id", ""), relation.other)
    try:
        said = _linked(request, relation.side, id, other)
    except TresseError as error:
        if error.code == "association_limit_exceeded" and relation.is_single:
            return _search(request, object, id, key, sentence=message(error), full=True)
        if is_fragment(request):
            raise
        return _search(request, object, id, key, sentence=message(error))
    if not is_fragment(request):
        messages.success(request, said)
        return HttpResponseRedirect(record_address(object, id))
    answer = render(
        request, "records/_linked.html", {**cards_page(request, object, id), "said": said}
    )
    answer.headers["HX-Trigger"] = CHANGED
    return answer


def _linked(request: SignedIn, side: Side, id: int, other: int) -> str:
    """Do what was posted; answers what to say of it."""
    model, actor, posted = model_of(request), request.actor, request.POST
    label = posted.get("label") or None
    if posted.get("direction"):
        side = Side(side.association, posted["direction"] == "forward")
    if posted.get("remove"):
        unlink_records(model, side, [(id, other)], actor=actor, label=label)
        return (
            gettext("The label was taken away.") if label else gettext("The link was taken away.")
        )
    mode = "replace" if posted.get("mode") == "replace" else "add"
    link_records(model, side, [(id, other)], actor=actor, label=label, mode=mode)
    return gettext("The link has its label.") if label else gettext("The records are linked.")
