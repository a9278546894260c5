"""Imports over REST (T3)."""

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
from tresse.transfers.activities import import_model
from tresse.transfers.downloads import error_file, findings_file, sample_file
from tresse.transfers.models import Import
from tresse.transfers.report import facts_of, report
from tresse.transfers.template_contents import of_template

router = Router(tags=["Imports and exports"])
ASKED = ("settings", "mapping", "match", "reading")
FINDINGS = ("code", "level", "line", "column", "cursor", "limit", "format")
MOST = 200


def import_of(request: SignedIn, import_id: int) -> Import:
    """The import of an address, if the person may see it."""
    return queries.import_with_id(import_id, actor=request.actor)


@router.post("/imports")
def imports_add(request: SignedIn) -> HttpResponse:
    """Take a file in: multipart with `file` and `object`; `settings` and the like as JSON.

    `template` names a kept one; what is said beside it wins.
    """
    given = request.FILES.get("file")
    if given is None or given.file is None:
        raise WRONG_VALUE(name="file", wanted=N_("a file"), value=None)
    object_name = request.POST.get("object", "")
    asked = _asked({name: request.POST[name] for name in ASKED if name in request.POST})
    more: dict[str, Any] = {}
    if template := request.POST.get("template"):
        kept = of_template(
            queries.template_named(template, actor=request.actor),
            object=import_model(object_name).object(object_name),
            actor=request.actor,
        )
        asked, more = kept.asked(asked), {"left_undecided": kept.left}
    row = changes.add_import(
        object_name,
        file=cast(BinaryIO, given.file),
        file_name=str(given.name),
        actor=request.actor,
        **asked,
    )
    return answer({**report(row), **more}, HTTPStatus.CREATED)


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
    if not (text.isdecimal() and 1 <= int(text) <= MOST):
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
def imports_findings(request: SignedIn, import_id: int) -> HttpResponse | FileResponse:
    """Findings by `code`, `level`, `line`, `column`; `format=csv` gives all as a file."""
    given = parameters_of(request, FINDINGS)
    row = import_of(request, import_id)
    if given.get("format") == "csv":
        return findings_file(row)
    line = given.get("line")
    found = queries.findings_of(
        row,
        code=given.get("code", ""),
        level=given.get("level", ""),
        line=int(line) if line and line.isdecimal() else None,
        column=given.get("column", ""),
    )
    start = int(given.get("cursor", "0")) if given.get("cursor", "0").isdecimal() else 0
    limit = _limit(given)
    rows = list(found[start : start + limit + 1])
    body = {
        "findings": [queries.facts_of_finding(each) for each in rows[:limit]],
        "codes": queries.codes_of(row),
        "cursor": str(start + limit) if len(rows) > limit else None,
    }
    return answer(body)


@router.get("/imports/{int:import_id}/error-file")
def imports_error_file(request: SignedIn, import_id: int) -> FileResponse:
    """Every row with a finding, once, as in the file (T77)."""
    return error_file(import_of(request, import_id))


@router.get("/samples/{object_name}")
def samples_show(request: SignedIn, object_name: str, format: str = "csv") -> FileResponse:
    """The sample file of an object type, as csv or xlsx: every column an import knows (T90)."""
    return sample_file(object_name, format, actor=request.actor)
