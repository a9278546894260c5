"""Bulk edits and undo over REST (C56, C120, T71)."""

from typing import Any, ClassVar

from django.http import HttpResponse
from ninja import Router

from tresse.accounts.actor import Actor
from tresse.accounts.answers import answer, message
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.jobs.facts import facts_of as job_facts
from tresse.jobs.models import Job
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.objects.schemas import Body
from tresse.records.bulk.refused import refused_records
from tresse.records.bulk_edits import bulk_edit_of, undoable_of
from tresse.records.changes.bulk import bulk_edit
from tresse.records.changes.undo import check_undo, undo
from tresse.records.models import BulkEdit, Undo
from tresse.records.selection import Selection
from tresse.records.undo.shown import report_of

router = Router(tags=["Records"])
LISTED = 1_000


class BulkIn(Body):
    """Which records, and what to do with them.

    Records: `ids`, or `all` with `filter`, `words` and the `number` that was confirmed.
    """

    sort: ClassVar[str] = N_("a bulk edit")
    ids: list[int] = []
    all: bool = False
    filter: Any = None
    words: str = ""
    number: int | None = None
    act: str = "edit"
    changes: list[dict[str, Any]] | None = None
    type: str | None = None
    link_ids: list[int] | None = None
    label: str | None = None
    mode: str | None = None
    properties: dict[str, Any] | None = None
    assign: str | None = None

    def settings(self) -> dict[str, Any]:
        """What to do, as the change takes it."""
        names = ("changes", "type", "label", "mode", "properties", "assign")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if self.link_ids is not None:
            given["ids"] = self.link_ids
        return {"act": self.act, **given}


def bulk_facts(row: BulkEdit) -> dict[str, Any]:
    """A bulk edit with its numbers, and the first refused records."""
    return {
        "id": row.pk,
        "object": row.object_name,
        "state": row.state,
        "number": row.number,
        "changed": row.changed,
        "unchanged": row.unchanged,
        "refused": row.refused,
        "change_set": row.change_set_id,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
        "refusals": [
            {"id": id, "code": error.code, "sentence": message(error)}
            for id, _, error in refused_records(row, limit=LISTED)
        ],
    }


@router.post("/records/{object_name}/bulk-edit")
def bulk_edit_begin(request: SignedIn, object_name: str, body: BulkIn) -> HttpResponse:
    """Change many records: `act` edit, link, unlink, task or delete; above 100 records a job.

    `changes`: `{property, act, value}`, `act` one of set, empty, add, add_options, remove_options.
    """
    if body.all and body.ids:
        raise WRONG_VALUE(name="ids", wanted=N_("ids or all, not both"), value=body.ids[:3])
    if not body.all and (body.filter is not None or body.words):
        raise WRONG_VALUE(name="all", wanted=N_("true beside a filter or words"), value=body.all)
    model = data_model()
    object = model.object(object_name)
    selection = Selection(tuple(sorted(set(body.ids))))
    if body.all:
        selection = Selection(filter=body.filter, words=body.words, is_all=True)
    row = bulk_edit(
        model,
        object,
        selection,
        settings=body.settings(),
        number=body.number,
        actor=request.actor,
    )
    return _answered(bulk_facts(row), row.job_id)


def _answered(facts: dict[str, Any], job_id: int | None) -> HttpResponse:
    job = Job.objects.filter(pk=job_id or 0).first()
    if job is None or not job.is_live:
        return answer(facts)
    response = answer({**facts, "job": job_facts(job)}, 202)
    response.headers["Location"] = f"/api/v1/jobs/{job.pk}"
    return response


@router.get("/records/{object_name}/bulk-edit/{int:id}")
def bulk_edit_read(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """What became of a bulk edit: numbers and the first 1,000 refusals."""
    object = data_model().object(object_name)
    return answer(bulk_facts(bulk_edit_of(object, id, request.actor)))


@router.post("/records/{object_name}/bulk-edit/{int:id}/undo")
def bulk_edit_undo(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Take a bulk edit back; with `dry_run=true` only say what that would do."""
    object = data_model().object(object_name)
    given = parameters_of(request, ("dry_run",))
    begin = check_undo if given.get("dry_run") == "true" else undo
    what = undoable_of(bulk_edit_of(object, id, request.actor), object)
    row = begin(what, actor=request.actor)
    return _answered(undo_facts(row, request.actor), row.job_id)


def undo_facts(row: Undo, actor: Actor) -> dict[str, Any]:
    """An undo with its numbers and the items that stay."""
    return {"state": row.state, "change_set": row.own_change_set_id, **report_of(row, actor=actor)}
