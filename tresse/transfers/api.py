"""Imports and exports over REST (T3, T80)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, BinaryIO, cast

from django.http import FileResponse, HttpResponse
from ninja import Router

from tresse.accounts.answers import answer
from tresse.accounts.paging import page_of
from tresse.accounts.requests import SignedIn, body_of, parameters_of
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.transfers import changes, queries
from tresse.transfers.downloads import export_file, report_file
from tresse.transfers.models import Export, Import
from tresse.transfers.report import facts_of, report, write_error_file, write_findings
from tresse.transfers.schemas import ExportIn

router = Router(tags=["Imports and exports"])
ASKED = ("settings", "mapping", "match", "reading")
FINDINGS = ("code", "level", "line", "column", "cursor", "limit", "format")
MOST = 200


def import_of(request: SignedIn, import_id: int) -> Import:
    """The import of an address, if the person may see it."""
    return queries.import_with_id(import_id, actor=request.actor)


@router.post("/imports")
def imports_add(request: SignedIn) -> HttpResponse:
    """Take a file in: multipart with `file` and `object`; `settings` and the like as JSON."""
    given = request.FILES.get("file")
    if given is None or given.file is None:
        raise WRONG_VALUE(name="file", wanted=N_("a file"), value=None)
    row = changes.add_import(
        request.POST.get("object", ""),
        file=cast(BinaryIO, given.file),
        file_name=str(given.name),
        actor=request.actor,
        **_asked({name: request.POST[name] for name in ASKED if name in request.POST}),
    )
    return answer(report(row), HTTPStatus.CREATED)


def _asked(texts: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for name, text in texts.items():
        try:
            found[name] = json.loads(text)
        except json.JSONDecodeError:
            raise WRONG_VALUE(name=name, wanted="JSON", value=text) from None
    return found


@router.get("/imports")
def imports_list(request: SignedIn) -> HttpResponse:
    """Imports one may see, newest first: `state`, `object`, `cursor`, `limit`."""
    given = parameters_of(request, ("state", "object", "cursor", "limit"))
    found = queries.imports_of(
        request.actor, state=given.get("state", ""), object_name=given.get("object", "")
    )
    rows, following = page_of(found, cursor=given.get("cursor"), limit=_limit(given))
    return answer({"imports": [facts_of(row) for row in rows], "cursor": following})


def _limit(given: Mapping[str, str]) -> int:
    text = given.get("limit", "50")
    if not (text.isdigit() and 1 <= int(text) <= MOST):
        raise WRONG_VALUE(name="limit", wanted=f"1 to {MOST}", value=text)
    return int(text)


@router.get("/imports/{int:import_id}")
def imports_one(request: SignedIn, import_id: int) -> HttpResponse:
    """One import with its report."""
    return answer(report(import_of(request, import_id)))


@router.patch("/imports/{int:import_id}")
def imports_change(request: SignedIn, import_id: int) -> HttpResponse:
    """Change settings, mapping, match or reading before the run."""
    asked = body_of(request, ASKED, "an import")
    row = changes.change_import(import_of(request, import_id), actor=request.actor, **asked)
    return answer(report(row))


@router.post("/imports/{int:import_id}/check")
def imports_check(request: SignedIn, import_id: int) -> HttpResponse:
    """Have it checked; what cannot start is refused at once."""
    row, job = changes.check_import(import_of(request, import_id), actor=request.actor)
    return _accepted(row, job.pk)


@router.post("/imports/{int:import_id}/run")
def imports_run(request: SignedIn, import_id: int) -> HttpResponse:
    """Have it run, checked first if it was not."""
    row, job = changes.run_import(import_of(request, import_id), actor=request.actor)
    return _accepted(row, job.pk)


@router.post("/imports/{int:import_id}/cancel")
def imports_cancel(request: SignedIn, import_id: int) -> HttpResponse:
    """Stop after the chunk in hand."""
    row = changes.cancel_import(import_of(request, import_id), actor=request.actor)
    return answer(report(row))


@router.post("/imports/{int:import_id}/resume")
def imports_resume(request: SignedIn, import_id: int) -> HttpResponse:
    """Go on with a cancelled, failed or killed one."""
    row, job = changes.resume_import(import_of(request, import_id), actor=request.actor)
    return _accepted(row, job.pk)


def _accepted(row: Import, job_id: int) -> HttpResponse:
    """Work of over a second: the job's address (C126)."""
    response = answer({**facts_of(row), "job_id": job_id}, HTTPStatus.ACCEPTED)
    response["Location"] = f"/api/v1/jobs/{job_id}"
    return response


@router.get("/imports/{int:import_id}/findings")
def imports_findings(request: SignedIn, import_id: int) -> HttpResponse:
    """Findings by `code`, `level`, `line`, `column`; `format=csv` gives all as a file."""
    given = parameters_of(request, FINDINGS)
    row = import_of(request, import_id)
    if given.get("format") == "csv":
        return report_file(row, "findings", write_findings)
    line = given.get("line")
    found = queries.findings_of(
        row,
        code=given.get("code", ""),
        level=given.get("level", ""),
        line=int(line) if line and line.isdigit() else None,
        column=given.get("column", ""),
    )
    start = int(given.get("cursor", "0")) if given.get("cursor", "0").isdigit() else 0
    limit = _limit(given)
    rows = list(found[start : start + limit + 1])
    body = {
        "findings": [queries.facts_of_finding(each) for each in rows[:limit]],
        "codes": queries.codes_of(row),
        "cursor": str(start + limit) if len(rows) > limit else None,
    }
    return answer(body)


@router.get("/imports/{int:import_id}/error-file")
def imports_error_file(request: SignedIn, import_id: int) -> HttpResponse:
    """Every row with a finding, once, as in the file (T77)."""
    return report_file(import_of(request, import_id), "errors", write_error_file)


@router.post("/exports")
def exports_add(request: SignedIn, body: ExportIn) -> HttpResponse:
    """Have records written: `object`, `columns`, `filter`, `with_links`, `form`, `keys`."""
    asked = body.given()
    object_name = asked.pop("object")
    file_name = asked.pop("file", "") or f"{object_name}.csv"
    row, job = changes.add_export(
        object_name, file_name=file_name, asked=asked, actor=request.actor
    )
    response = answer({**_export_facts(row), "job_id": job.pk}, HTTPStatus.ACCEPTED)
    response["Location"] = f"/api/v1/jobs/{job.pk}"
    return response


@router.get("/exports/{int:export_id}")
def exports_one(request: SignedIn, export_id: int) -> HttpResponse:
    """One export."""
    return answer(_export_facts(queries.export_with_id(export_id, actor=request.actor)))


@router.get("/exports/{int:export_id}/file")
def exports_file(request: SignedIn, export_id: int) -> FileResponse:
    """The file, once it is written."""
    return export_file(queries.export_with_id(export_id, actor=request.actor))


def _export_facts(row: Export) -> dict[str, Any]:
    return {
        "export_id": row.pk,
        "object": row.object_name,
        "file": row.file_name,
        "state": row.state,
        "rows": row.rows,
        "columns": row.columns,
        "bytes": row.size_bytes,
        "seconds": round(row.seconds, 3),
    }
