"""Merging, taking apart, other values and duplicates over REST."""

from django.http import HttpResponse
from ninja import Router

from tresse.accounts.answers import answer
from tresse.accounts.permission import require
from tresse.accounts.refusals import BAD_CURSOR
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.objects.described import data_model
from tresse.objects.labels import shown_plural
from tresse.records import merge_schemas as shape
from tresse.records.answers import Shown
from tresse.records.bin import binned, number_in_bin
from tresse.records.changes import (
    add_other_value,
    merge_records,
    purge_records,
    remove_other_value,
    unmerge_records,
)
from tresse.records.changes.duplicates import deny_duplicates
from tresse.records.duplicates import groups, last_look
from tresse.records.led import led
from tresse.records.other_values import other_values
from tresse.records.queries import record

router = Router(tags=["Records"])


@router.post("/records/{object_name}/merge")
def records_merge(request: SignedIn, object_name: str, body: shape.MergeIn) -> HttpResponse:
    """Merge `ids` into `survivor`; `choices` names whose value a property takes."""
    model = data_model()
    made = merge_records(
        model,
        model.object(object_name),
        body.survivor,
        body.ids,
        actor=request.actor,
        choices=body.choices,
        links=body.links,
    )
    return answer({"survivor": made.survivor, "merged": made.others})


@router.post("/records/{object_name}/unmerge")
def records_unmerge(request: SignedIn, object_name: str, body: shape.UnmergeIn) -> HttpResponse:
    """Take the last merge into a record apart; `dry_run` only tells what would come of it."""
    model = data_model()
    object = model.object(object_name)
    told = unmerge_records(model, object, body.id, actor=request.actor, dry_run=body.dry_run)
    return answer(told.fields)


@router.get("/records/{object_name}/bin")
def bin_read(request: SignedIn, object_name: str) -> HttpResponse:
    """Records in the bin, the newest first, up to 50; `count` of all."""
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    require(actor, "view", object.name, shown_plural(object))
    found, _ = binned(object, actor)
    body = [
        {
            "id": each.id,
            "title": each.title,
            "deleted_at": each.deleted_at,
            "days_left": each.days_left,
        }
        for each in found
    ]
    return answer({"records": body, "total": number_in_bin(object, actor)})


@router.post("/records/{object_name}/purge")
def records_purge(request: SignedIn, object_name: str, body: shape.PurgeIn) -> HttpResponse:
    """Delete records in the bin for good; `number` says how many there are."""
    model = data_model()
    object = model.object(object_name)
    gone = purge_records(model, object, body.ids, actor=request.actor, number=body.number)
    return answer({"purged": gone})


@router.get("/records/{object_name}/duplicates")
def duplicates_read(request: SignedIn, object_name: str) -> HttpResponse:
    """Groups of records that are likely one, with the reasons; `cursor` reads on."""
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    require(actor, "view", object.name, shown_plural(object))
    given = parameters_of(request, ("cursor",)).get("cursor", "0")
    if not given.isdecimal():
        raise BAD_CURSOR()
    found, more = groups(object, actor, after=int(given[:18]))
    body = [
        {
            "reasons": each.reasons,
            "records": [{"id": id, "title": title} for id, title in each.members],
            "more": each.more,
        }
        for each in found
    ]
    last = last_look(object)
    return answer(
        {"groups": body, "cursor": str(more) if more else None, "at": last.at if last else None}
    )


@router.post("/records/{object_name}/duplicates/not")
def duplicates_deny(
    request: SignedIn, object_name: str, body: shape.NotDuplicatesIn
) -> HttpResponse:
    """Remember that no two of the records `ids` are the same."""
    model = data_model()
    pairs = deny_duplicates(model, model.object(object_name), body.ids, actor=request.actor)
    return answer({"pairs": pairs})


@router.get("/records/{object_name}/{int:id}/other-values")
@led
def other_values_read(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Further values by which the record is found, by property."""
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    found = record(model, object, id, actor)
    shown = Shown(object, actor)
    values = {
        name: [shown.value(object.property(name), each) for each in several]
        for name, several in other_values(object, [found.id], actor).get(found.id, {}).items()
    }
    return answer({"other_values": values})


@router.post("/records/{object_name}/{int:id}/other-values")
@led
def other_values_add(
    request: SignedIn, object_name: str, id: int, body: shape.OtherValueIn
) -> HttpResponse:
    """Give the record another value of a unique or match-key `property`."""
    model = data_model()
    added = add_other_value(
        model,
        model.object(object_name),
        id,
        name=body.name,
        value=body.value,
        actor=request.actor,
    )
    return answer({"added": added}, 201 if added else 200)


@router.delete("/records/{object_name}/{int:id}/other-values")
@led
def other_values_remove(
    request: SignedIn, object_name: str, id: int, body: shape.OtherValueIn
) -> HttpResponse:
    """Take an other value away."""
    model = data_model()
    removed = remove_other_value(
        model,
        model.object(object_name),
        id,
        name=body.name,
        value=body.value,
        actor=request.actor,
    )
    return answer({"removed": removed})
