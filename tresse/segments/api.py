"""Lists and segments over REST (G67)."""

from typing import Any

from django.http import HttpResponse
from ninja import Router, Status

from tresse.accounts.answers import answer
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.jobs.models import Job
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.records.selection import Selection
from tresse.segments import schemas as shape
from tresse.segments.answers import count_of, filter_of, members, page_of, shown
from tresse.segments.changes import (
    Part,
    add_list,
    add_members,
    add_segment,
    change_list,
    change_segment,
    delete_list,
    delete_segment,
    effect_of,
    make_list,
    remove_members,
    split_list,
)
from tresse.segments.changes.facts import require_records
from tresse.segments.models import List, Segment
from tresse.segments.queries import list_named, lists, segment_named, segments
from tresse.segments.sizes import sizes_of

router = Router(tags=["Lists and segments"])
MEMBER_PARAMETERS = ("limit", "cursor", "sort", "properties")


@router.get("/lists", response=list[shape.ListOut], summary="Lists in sight")
def list_list(request: SignedIn) -> Any:
    """All lists that the person sees, by folder and label."""
    model = data_model()
    return [shown(row, model, request.actor) for row in lists(request.actor)]


@router.post("/lists", response={201: shape.ListOut}, summary="Make a list")
def list_add(request: SignedIn, body: shape.ListIn) -> Status[Any]:
    """Make a list; with `filter`, of the records it finds now, above 1,000 by a job."""
    model, facts = data_model(), body.given()
    filter = facts.pop("filter", None)
    if filter is None:
        row = add_list(model=model, actor=request.actor, **facts)
    else:
        chosen = Selection(filter=filter, is_all=True)
        row, _ = make_list(chosen, model=model, actor=request.actor, **facts)
    return Status(201, shown(row, model, request.actor))


@router.get("/lists/{name}", response=shape.ListOut, summary="One list")
def list_show(request: SignedIn, name: str) -> Any:
    """A list by its name."""
    return shown(list_named(name, request.actor), data_model(), request.actor)


@router.patch("/lists/{name}", response=shape.ListOut, summary="Change a list")
def list_change(request: SignedIn, name: str, body: shape.ListChange) -> Any:
    """Change what is said about a list."""
    row = change_list(list_named(name, request.actor), actor=request.actor, **body.given())
    return shown(row, data_model(), request.actor)


@router.delete("/lists/{name}", response={204: None}, summary="Delete a list")
def list_delete(request: SignedIn, name: str) -> Status[None]:
    """Delete a list that nothing uses; its records stay."""
    delete_list(list_named(name, request.actor), actor=request.actor)
    return Status(204, None)


@router.get("/lists/{name}/count", response=shape.CountOut, summary="How many are on a list")
def list_count(request: SignedIn, name: str) -> Any:
    """Members in sight, exact to 10,000."""
    row = list_named(name, request.actor)
    return {"count": count_of(row, data_model(), request.actor)}


@router.get("/lists/{name}/members", summary="Who is on a list")
def list_members(request: SignedIn, name: str) -> HttpResponse:
    """A page of members: `limit`, `cursor`, `sort`, `properties`."""
    return _members(request, list_named(name, request.actor))


@router.post("/lists/{name}/members", summary="Put records on a list")
def list_members_add(request: SignedIn, name: str, body: shape.MembersIn) -> HttpResponse:
    """Up to 1,000 `ids`; those on it already are `unchanged`, unknown ones `failed`."""
    row, actor = list_named(name, request.actor), request.actor
    done = add_members(row, body.ids, model=data_model(), actor=actor)
    return answer({"added": done.changed, "unchanged": done.unchanged, "failed": list(done.failed)})


@router.delete("/lists/{name}/members", summary="Take records off a list")
def list_members_remove(request: SignedIn, name: str, body: shape.MembersIn) -> HttpResponse:
    """Up to 1,000 `ids`; those not on it are `unchanged`, unknown ones `failed`."""
    row, actor = list_named(name, request.actor), request.actor
    done = remove_members(row, body.ids, model=data_model(), actor=actor)
    return answer(
        {"removed": done.changed, "unchanged": done.unchanged, "failed": list(done.failed)}
    )


@router.post("/lists/{name}/split", summary="Split a list")
def list_split(request: SignedIn, name: str, body: shape.SplitIn) -> HttpResponse:
    """Make 2 to 10 lists of a list, by `share` or by `size`, always the same way."""
    model, actor = data_model(), request.actor
    parts = [Part(each.label, each.share, each.size) for each in body.parts]
    made = split_list(list_named(name, actor), parts, model=model, actor=actor)
    return answer({"lists": [{"name": row.name, "count": number} for row, number in made]}, 201)


@router.get("/segments", response=list[shape.SegmentOut], summary="Segments in sight")
def segment_list(request: SignedIn) -> Any:
    """All segments that the person sees, by folder and label."""
    model = data_model()
    return [shown(row, model, request.actor) for row in segments(request.actor)]


@router.post("/segments", response={201: shape.SegmentOut}, summary="Make a segment")
def segment_add(request: SignedIn, body: shape.SegmentIn) -> Status[Any]:
    """Make a segment of a filter."""
    model, actor = data_model(), request.actor
    return Status(201, shown(add_segment(model=model, actor=actor, **body.given()), model, actor))


@router.get("/segments/{name}", response=shape.SegmentOut, summary="One segment")
def segment_show(request: SignedIn, name: str) -> Any:
    """A segment by its name, with its filter in words."""
    return shown(segment_named(name, request.actor), data_model(), request.actor)


@router.patch("/segments/{name}", summary="Change a segment")
def segment_change(request: SignedIn, name: str, body: shape.SegmentChange) -> HttpResponse:
    """Change a segment; with `dry_run` say how many a changed filter moves, and what uses it."""
    model, actor, facts = data_model(), request.actor, body.given()
    row = segment_named(name, actor)
    if facts.pop("dry_run", False):
        effect = effect_of(row, facts.get("filter", row.filter), model=model, actor=actor)
        return answer({"enter": effect.enter, "leave": effect.leave, "used_by": effect.users})
    return answer(shown(change_segment(row, model=model, actor=actor, **facts), model, actor))


@router.delete("/segments/{name}", response={204: None}, summary="Delete a segment")
def segment_delete(request: SignedIn, name: str) -> Status[None]:
    """Delete a segment that nothing uses; its records stay."""
    delete_segment(segment_named(name, request.actor), actor=request.actor)
    return Status(204, None)


@router.get("/segments/{name}/count", response=shape.CountOut, summary="How many are in a segment")
def segment_count(request: SignedIn, name: str) -> Any:
    """Members in sight now, exact to 10,000."""
    row = segment_named(name, request.actor)
    return {"count": count_of(row, data_model(), request.actor)}


@router.get("/segments/{name}/members", summary="Who is in a segment")
def segment_members(request: SignedIn, name: str) -> HttpResponse:
    """A page of members now: `limit`, `cursor`, `sort`, `properties`."""
    return _members(request, segment_named(name, request.actor))


@router.get(
    "/segments/{name}/sizes", response=list[shape.SizeOut], summary="A segment's size by day"
)
def segment_sizes(request: SignedIn, name: str) -> Any:
    """A row a day since its size is kept, oldest first."""
    return sizes_of(segment_named(name, request.actor), days=366 * 5)


@router.post("/segments/{name}/freeze", summary="Freeze a segment as a list")
def segment_freeze(request: SignedIn, name: str, body: shape.ListFields) -> HttpResponse:
    """Make a list of the members of this moment, above 1,000 by a job."""
    model, actor = data_model(), request.actor
    row = segment_named(name, actor)
    require_records(row, model)
    facts = {"label": row.label, **body.given()}
    chosen = Selection(filter=filter_of(row), is_all=True)
    made, done = make_list(chosen, base=row.base, model=model, actor=actor, **facts)
    job = done.pk if isinstance(done, Job) else None
    return answer({**shown(made, model, actor), "job": job}, 201)


def _members(request: SignedIn, row: List | Segment) -> HttpResponse:
    given = parameters_of(request, MEMBER_PARAMETERS)
    limit = given.get("limit", "50")
    if not limit.isdecimal():
        raise WRONG_VALUE(name="limit", wanted=N_("1 – 200"), value=limit)
    model, actor = data_model(), request.actor
    found = members(
        row,
        model,
        actor,
        limit=int(limit[:4]),
        cursor=given.get("cursor"),
        sort=[each for each in given.get("sort", "").split(",") if each],
        columns=given["properties"].split(",") if "properties" in given else None,
    )
    return answer(page_of(row, found, model, actor))
