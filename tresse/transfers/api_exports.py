"""Exports over REST (T80)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import FileResponse, HttpResponse
from ninja import Router

from tresse.accounts.answers import answer
from tresse.accounts.paging import page_of
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.kernel.errors import WRONG_VALUE
from tresse.transfers import changes, queries
from tresse.transfers.changes.schedules import scheduled_facts
from tresse.transfers.downloads import export_file
from tresse.transfers.export_definitions import given_facts
from tresse.transfers.models import Export, ScheduledExport
from tresse.transfers.schemas import ExportIn, ScheduledExportChange, ScheduledExportIn

router = Router(tags=["Imports and exports"])
MOST = 200
OWN = ("name", "object", "paused")


@router.post("/exports")
def exports_add(request: SignedIn, body: ExportIn) -> HttpResponse:
    """Have records written: `object`, what of it, and the form of the file."""
    asked = body.given()
    object_name = asked.pop("object")
    file_name = asked.pop("file", "") or f"{object_name}.{asked.get('format', 'csv')}"
    row, job = changes.add_export(
        object_name, file_name=file_name, asked=asked, actor=request.actor
    )
    return accepted(row, job.pk)


def accepted(row: Export, job_id: int) -> HttpResponse:
    """Work of over a second: the job's address (C126)."""
    response = answer({**export_facts(row), "job_id": job_id}, HTTPStatus.ACCEPTED)
    response["Location"] = f"/api/v1/jobs/{job_id}"
    return response


@router.get("/exports")
def exports_list(request: SignedIn) -> HttpResponse:
    """Exports one may see, newest first: `cursor`, `limit`."""
    given = parameters_of(request, ("cursor", "limit"))
    text = given.get("limit", "50")
    if not (text.isdecimal() and 1 <= int(text) <= MOST):
        raise WRONG_VALUE(name="limit", wanted=f"1 to {MOST}", value=text)
    found = queries.exports_of(request.actor)
    rows, following = page_of(found, cursor=given.get("cursor"), limit=int(text))
    return answer({"exports": [export_facts(row) for row in rows], "cursor": following})


@router.get("/exports/{int:export_id}")
def exports_one(request: SignedIn, export_id: int) -> HttpResponse:
    """One export."""
    return answer(export_facts(queries.export_with_id(export_id, actor=request.actor)))


@router.get("/exports/{int:export_id}/file")
def exports_file(request: SignedIn, export_id: int) -> FileResponse:
    """The file, once it is written."""
    return export_file(queries.export_with_id(export_id, actor=request.actor))


@router.get("/exports/schedules")
def schedules_list(request: SignedIn) -> HttpResponse:
    """Scheduled exports of the person, by name; all for an administrator."""
    found = queries.scheduled_exports_of(request.actor)
    return answer({"schedules": [schedule_facts(row) for row in found]})


@router.post("/exports/schedules")
def schedules_add(request: SignedIn, body: ScheduledExportIn) -> HttpResponse:
    """Have an export written again and again: `name`, `object`, what of it, `schedule`, `to`."""
    given = body.given()
    row = changes.add_scheduled_export(
        given.pop("name", ""),
        object_name=given.pop("object"),
        actor=request.actor,
        **_facts(given),
    )
    if given.get("paused"):
        row = changes.pause_scheduled_export(row, actor=request.actor)
    return answer(schedule_facts(row), HTTPStatus.CREATED)


@router.get("/exports/schedules/{int:schedule_id}")
def schedules_one(request: SignedIn, schedule_id: int) -> HttpResponse:
    """One scheduled export."""
    return answer(schedule_facts(queries.scheduled_export_with_id(schedule_id, request.actor)))


@router.patch("/exports/schedules/{int:schedule_id}")
def schedules_change(
    request: SignedIn, schedule_id: int, body: ScheduledExportChange
) -> HttpResponse:
    """Change what is said about one; `paused` pauses or resumes it."""
    given, actor = body.given(), request.actor
    row = queries.scheduled_export_with_id(schedule_id, actor)
    name = {"name": given["name"]} if "name" in given else {}
    row = changes.change_scheduled_export(
        row, actor=actor, **name, **_facts(given, before=row.settings)
    )
    if given.get("paused") is True:
        row = changes.pause_scheduled_export(row, actor=actor)
    elif given.get("paused") is False:
        row = changes.resume_scheduled_export(row, actor=actor)
    return answer(schedule_facts(row))


@router.post("/exports/schedules/{int:schedule_id}/run")
def schedules_run(request: SignedIn, schedule_id: int) -> HttpResponse:
    """Run one now."""
    row = queries.scheduled_export_with_id(schedule_id, request.actor)
    job = changes.run_scheduled_export(row, actor=request.actor)
    response = answer({**schedule_facts(row), "job_id": job.pk}, HTTPStatus.ACCEPTED)
    response["Location"] = f"/api/v1/jobs/{job.pk}"
    return response


@router.delete("/exports/schedules/{int:schedule_id}")
def schedules_remove(request: SignedIn, schedule_id: int) -> HttpResponse:
    """Have one run no more; what it wrote stays."""
    row = queries.scheduled_export_with_id(schedule_id, request.actor)
    changes.remove_scheduled_export(row, actor=request.actor)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _facts(given: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Arguments of the changes; of a change, what is not said about its columns stays."""
    facts = given_facts({key: value for key, value in given.items() if key not in OWN})
    if "asked" in facts and before is not None:
        facts["asked"] = {**before, **facts["asked"]}
    return facts


def schedule_facts(row: ScheduledExport) -> dict[str, Any]:
    """A scheduled export as programs get it."""
    return {
        "schedule_id": row.pk,
        **scheduled_facts(row),
        "owner": row.owner.email,
        "paused": row.is_paused,
        "next_at": queries.due_at(row),
        "succeeded_at": row.succeeded_at,
        "failures": row.failures,
        "error": row.error or None,
    }


def export_facts(row: Export) -> dict[str, Any]:
    """An export as programs get it."""
    return {
        "export_id": row.pk,
        "object": row.object_name,
        "file": row.file_name,
        "format": row.settings.get("format", "csv"),
        "state": row.state,
        "rows": row.rows,
        "columns": row.columns,
        "bytes": row.size_bytes,
        "seconds": round(row.seconds, 3),
        "schedule": row.schedule.name if row.schedule else None,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
    }
