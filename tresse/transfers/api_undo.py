"""Undo of imports over REST (T71 to T74)."""

from http import HTTPStatus
from typing import ClassVar

from django.http import HttpResponse, HttpResponseBase
from ninja import Router

from tresse.accounts.answers import answer
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.schemas import Body
from tresse.records.csv_answers import csv_answer
from tresse.transfers import changes, queries, undoing

router = Router(tags=["Imports and exports"])


class UndoIn(Body):
    """Whether an undo is only to say what it would do."""

    sort: ClassVar[str] = N_("an undo")
    dry_run: bool = False


@router.post("/imports/{int:import_id}/undo")
def imports_undo(request: SignedIn, import_id: int, body: UndoIn) -> HttpResponse:
    """Take an import back whole; with `dry_run` only say what that would do."""
    row = queries.import_with_id(import_id, actor=request.actor)
    dry_run = bool(body.given().get("dry_run"))
    undo = changes.undo_import(row, actor=request.actor, dry_run=dry_run)
    row.refresh_from_db()
    facts = undoing.facts_of(row, actor=request.actor)
    if not undoing.is_live(undo):
        return answer(facts)
    response = answer({**facts, "job_id": undo.job_id}, HTTPStatus.ACCEPTED)
    response["Location"] = f"/api/v1/jobs/{undo.job_id}"
    return response


@router.get("/imports/{int:import_id}/undo")
def imports_undo_read(request: SignedIn, import_id: int) -> HttpResponseBase:
    """How far it is, or what came of it; `list` (`reversed`, `kept`, `failed`) gives a CSV file."""
    given = parameters_of(request, ("list",))
    row = queries.import_with_id(import_id, actor=request.actor)
    group = given.get("list")
    if group is None:
        return answer(undoing.facts_of(row, actor=request.actor))
    if group not in undoing.GROUPS:
        raise WRONG_VALUE(name="list", wanted=" | ".join(undoing.GROUPS), value=group)
    lines = undoing.list_lines(row, group, actor=request.actor)
    return csv_answer(f"import-{row.pk}-undo-{group}.csv", undoing.HEAD, lines)
