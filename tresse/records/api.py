"""Records, links, activities over REST (C120 to C126)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from ninja import Router

from tresse.accounts.actor import Actor
from tresse.accounts.answers import answer
from tresse.accounts.requests import SignedIn, broken, parameters_of
from tresse.kernel.errors import WRONG_VALUE
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.records import answers
from tresse.records import schemas as shape
from tresse.records.changes import (
    apply_batch,
    create_record,
    delete_activity,
    delete_records,
    edit_activity,
    link_records,
    log_activity,
    restore_records,
    unlink_records,
    update_record,
    upsert_records,
)
from tresse.records.changes.batch import MOST
from tresse.records.duplicates import Likely, likely_duplicates
from tresse.records.led import led
from tresse.records.links import linked
from tresse.records.lists import Listed, listed
from tresse.records.queries import history_of, record, record_by
from tresse.records.refusals import BATCH_TOO_LARGE, RECORD_CHANGED_MEANWHILE
from tresse.records.sides import side_named
from tresse.records.timeline import timeline
from tresse.records.timeline.asked import ASKED, wanted_of

router = Router(tags=["Records"])
MOST_COUNTED = 10_000
LIST_PARAMETERS = ("limit", "cursor", "sort", "properties", "count", "q", "filter", "strict")


def lenient(
    request: SignedIn, object: ObjectDef, values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """With `strict=false`, values of unknown properties apart (C123)."""
    if request.GET.get("strict") != "false":
        return dict(values), []
    known = {name: value for name, value in values.items() if object.has(name)}
    return known, [name for name in values if name not in known]


def lenient_items(
    request: SignedIn, object: ObjectDef, items: Sequence[Any]
) -> tuple[list[Any], dict[int, list[str]]]:
    """Items of a batch as `lenient` leaves them; index → what was left out."""
    kept, ignored = [], {}
    for index, item in enumerate(items):
        values = item.get("properties") if isinstance(item, dict) else None
        if not isinstance(values, dict):
            kept.append(item)
            continue
        known, unknown = lenient(request, object, values)
        kept.append({**item, "properties": known})
        if unknown:
            ignored[index] = unknown
    return kept, ignored


def _page(found: Listed, object: ObjectDef, actor: Actor) -> dict[str, Any]:
    shown = answers.Shown(object, actor)
    body: dict[str, Any] = {
        "records": [shown.record(each) for each in found.records],
        "cursor": found.next,
        "previous": found.previous,
    }
    if found.count is not None:
        body["total"] = min(found.count, MOST_COUNTED)
        body["total_is_capped"] = found.count > MOST_COUNTED
    return body


@router.get("/records/{object_name}")
def records_list(request: SignedIn, object_name: str) -> HttpResponse:
    """A page of records: `q`, `sort`, `properties`, `limit`, `cursor`, `count`, `filter` (JSON)."""
    given = parameters_of(request, LIST_PARAMETERS)
    limit = given.get("limit", "50")
    if not limit.isdecimal():
        raise WRONG_VALUE(name="limit", wanted="1 – 200", value=limit)
    try:
        filter = json.loads(given.get("filter", "null"))
    except (ValueError, RecursionError) as error:
        raise broken(error) from None
    query = shape.SearchIn(
        filter=filter,
        sort=[each for each in given.get("sort", "").split(",") if each],
        properties=given["properties"].split(",") if "properties" in given else None,
        words=given.get("q", ""),
        limit=int(limit[:4]),
        cursor=given.get("cursor"),
        count=given.get("count") == "true",
    )
    return _search(request, object_name, query)


@router.post("/records/{object_name}/search")
def records_search(request: SignedIn, object_name: str, body: shape.SearchIn) -> HttpResponse:
    """As the list, with `filter`, `sort`, `properties`, `words`, `limit`, `cursor`, `count`."""
    return _search(request, object_name, body)


def _search(request: SignedIn, object_name: str, query: shape.SearchIn) -> HttpResponse:
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    found = listed(
        model,
        object,
        actor=actor,
        filter=query.filter,
        words=query.words,
        sort=query.order,
        columns=query.properties,
        cursor=query.cursor,
        limit=query.limit,
        count=query.count,
    )
    return answer(_page(found, object, actor))


@router.post("/records/{object_name}")
def record_create(request: SignedIn, object_name: str, body: shape.RecordIn) -> HttpResponse:
    """Create a record: `properties`, and `links` of `{type, id, label}`, all or nothing."""
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    values, ignored = lenient(request, object, body.properties)
    links = [(side_named(model, object, each.type), each.id, each.label) for each in body.links]
    id = create_record(model, object, values=values, actor=actor, links=links)
    likely = likely_duplicates(object, values, actor, but=id)
    return _one(model, object, id, actor, status=201, ignored=ignored, likely=likely)


def _one(
    model: DataModel,
    object: ObjectDef,
    id: int,
    actor: Actor,
    *,
    status: int = 200,
    ignored: list[str] | None = None,
    likely: Sequence[Likely] = (),
) -> HttpResponse:
    found = record(model, object, id, actor)
    body = answers.Shown(object, actor).record(found)
    if ignored:
        body["ignored"] = ignored
    if likely:
        body["possible_duplicates"] = [
            {"id": each.id, "title": each.title, "reasons": each.reasons} for each in likely
        ]
    return answer(body, status, found.version)


@router.get("/records/{object_name}/by/{name}/{value}")
def record_read_by(request: SignedIn, object_name: str, name: str, value: str) -> HttpResponse:
    """The record that a unique or match-key property finds."""
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    return _one(model, object, record_by(object, name, value, actor), actor)


@router.post("/records/{object_name}/batch")
def records_batch(request: SignedIn, object_name: str, body: shape.BatchIn) -> HttpResponse:
    """Up to 1,000 items; 207 with an entry for each."""
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    outcomes = apply_batch(
        model, object, body.items, actor=actor, all_or_nothing=body.all_or_nothing
    )
    return answer({"items": answers.items(outcomes)}, 207)


@router.post("/records/{object_name}/batch/upsert")
def records_upsert(request: SignedIn, object_name: str, body: shape.UpsertIn) -> HttpResponse:
    """Make or change up to 1,000 records, each found by its `id` or by the keys `by`, in order.

    Items hold `id`, `version`, `properties`, `links` of `{type, id, label}`. 201 if all were made,
    200 if all were there, else 207; an entry for each in any case.
    """
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    given, ignored = lenient_items(request, object, body.items)
    by = [body.by] if isinstance(body.by, str) else body.by
    outcomes = upsert_records(
        model, object, given, by=by, actor=actor, all_or_nothing=body.all_or_nothing
    )
    entries = answers.items(outcomes, ignored)
    statuses = {each["status"] for each in entries}
    status = statuses.pop() if len(statuses) == 1 and statuses <= {200, 201} else 207
    return answer({"items": entries}, status)


@router.get("/records/{object_name}/{int:id}")
@led
def record_read(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """One record with its readable properties."""
    model = data_model()
    return _one(model, model.object(object_name), id, request.actor)


@router.patch("/records/{object_name}/{int:id}")
@led
def record_update(
    request: SignedIn, object_name: str, id: int, body: shape.RecordChange
) -> HttpResponse:
    """Change the properties named, based on `If-Match` (a version) or on `expected` values."""
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    values, ignored = lenient(request, object, body.properties)
    version = request.headers.get("If-Match", "").strip('W/"')
    if version and not version.isdecimal():
        raise RECORD_CHANGED_MEANWHILE(record=f"{object.label} {id}", version=version)
    update_record(
        model,
        object,
        id,
        values=values,
        actor=actor,
        version=int(version) if version else None,
        expected=body.expected,
    )
    return _one(model, object, id, actor, ignored=ignored)


@router.delete("/records/{object_name}/{int:id}")
def record_delete(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Put a record in the bin."""
    model = data_model()
    number = delete_records(model, model.object(object_name), [id], actor=request.actor)
    return answer({"id": id, "deleted": number})


@router.post("/records/{object_name}/{int:id}/restore")
def record_restore(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Take a record out of the bin."""
    model = data_model()
    number = restore_records(model, model.object(object_name), [id], actor=request.actor)
    return answer({"id": id, "restored": number})


@router.get("/records/{object_name}/{int:id}/history")
@led
def record_history(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Changes of its properties, newest first; `property` names one."""
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    given = parameters_of(request, ("property",))
    record(model, object, id, actor)
    changes = history_of(object, id, actor, name=given.get("property"))
    return answer({"changes": answers.history(changes, object, actor)})


@router.get("/records/{object_name}/{int:id}/timeline")
@led
def record_timeline(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Its activities and changes and those of linked records, newest first.

    `kinds`, `author` (id of a user), `since` and `until` (days), `origin` (`own`, `linked`),
    `object` (of linked records), `q` (words), `cursor`.
    """
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    given = parameters_of(request, ("cursor", *ASKED))
    record(model, object, id, actor)
    found = timeline(
        model, object, id, actor, wanted=wanted_of(given, model), cursor=given.get("cursor")
    )
    return answer(answers.entries(found, model, actor))


@router.get("/records/{object_name}/{int:id}/links/{type_name}")
@led
def links_read(request: SignedIn, object_name: str, id: int, type_name: str) -> HttpResponse:
    """Linked records in sight: primary first, then newest."""
    model, actor = data_model(), request.actor
    object = model.object(object_name)
    record(model, object, id, actor)
    side = side_named(model, object, type_name)
    keys = ("id", "title", "labels", "is_primary")
    found = linked(model, side, id, actor, limit=200)
    return answer({"links": [{key: each[key] for key in keys} for each in found]})


@router.post("/records/{object_name}/{int:id}/links/{type_name}")
@led
def links_add(
    request: SignedIn, object_name: str, id: int, type_name: str, body: shape.LinksIn
) -> HttpResponse:
    """Link: `ids`, with `label` and `mode` (`add` or `replace`)."""
    model, actor = data_model(), request.actor
    side = side_named(model, model.object(object_name), type_name)
    pairs = [(id, other) for other in body.ids]
    made = link_records(model, side, pairs, actor=actor, label=body.label, mode=body.mode)
    return answer({"created": made.created, "existing": made.existing, "removed": made.removed})


@router.delete("/records/{object_name}/{int:id}/links/{type_name}")
@led
def links_remove(
    request: SignedIn, object_name: str, id: int, type_name: str, body: shape.LinksIn
) -> HttpResponse:
    """Unlink: `ids`; with `label` only that link label."""
    model, actor = data_model(), request.actor
    side = side_named(model, model.object(object_name), type_name)
    pairs = [(id, other) for other in body.ids]
    removed = unlink_records(model, side, pairs, actor=actor, label=body.label)
    return answer({"removed": removed, "missing": len(pairs) - removed})


@router.post("/links/batch")
def links_batch(request: SignedIn, body: shape.PairsIn) -> HttpResponse:
    """Link or unlink (`act`: add, remove) up to 1,000 `pairs` of one `type` of an `object`."""
    model, actor = data_model(), request.actor
    side = side_named(model, model.object(body.object), body.type)
    pairs = body.pairs
    if len(pairs) > MOST:
        raise BATCH_TOO_LARGE(number=len(pairs), most=MOST)
    if body.act == "remove":
        removed = unlink_records(model, side, pairs, actor=actor, label=body.label)
        return answer({"removed": removed, "missing": len(pairs) - removed})
    made = link_records(model, side, pairs, actor=actor, label=body.label)
    return answer({"created": made.created, "existing": made.existing})


@router.post("/activities")
def activity_log(request: SignedIn, body: shape.ActivityIn) -> HttpResponse:
    """Log an activity: `kind`, `about` of `{object, id}`, `fields`, `at`, `external_id`."""
    model, actor = data_model(), request.actor
    id = log_activity(
        model,
        body.kind,
        [(model.object(each.object), each.id) for each in body.about],
        fields=body.fields,
        actor=actor,
        at=body.at,
        external_id=body.external_id,
    )
    return answer({"id": id}, 201)


@router.patch("/activities/{int:id}")
def activity_edit(request: SignedIn, id: int, body: shape.ActivityChange) -> HttpResponse:
    """Change `fields` or `at` of an activity."""
    edit_activity(data_model(), id, fields=body.fields, actor=request.actor, at=body.at)
    return answer({"id": id})


@router.delete("/activities/{int:id}")
def activity_delete(request: SignedIn, id: int) -> HttpResponse:
    """Take an activity off all timelines."""
    delete_activity(data_model(), id, actor=request.actor)
    return answer({"id": id})
