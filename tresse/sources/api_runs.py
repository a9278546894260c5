"""Runs of sources and their refused rows over REST (S100, S105, S110, S111)."""

from typing import Any

from django.http import StreamingHttpResponse
from ninja import Router, Status, UploadedFile
from ninja.params.functions import File

from tresse.accounts import paging
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.sources import schemas as shape
from tresse.sources.changes.runs import cancel_run, extract, publish_held, read_rejections_again
from tresse.sources.models import Source, SourceRun
from tresse.sources.queries import (
    files_of,
    rejections_of,
    run_numbered,
    runs_of,
    source_named,
)
from tresse.sources.refused_order import page_of
from tresse.sources.rejection_file import columns_of, lines
from tresse.sources.told import file_told, rejection_told, run_told
from tresse.sources.uploads import received

router = Router(tags=["Sources"])
A_PAGE = 50
NO_FILE: Any = File(None)
OF_REJECTIONS = ("run", "code", "column", "file", "cursor")
CSV = "text/csv; charset=utf-8"


@router.post("/sources/{name}/extract", response={202: shape.RunOut}, summary="Read a source")
def source_extract(request: SignedIn, name: str, body: shape.ExtractIn) -> Status[Any]:
    """Have a source read by a job, or join the run that waits or goes on."""
    row = source_named(name, request.actor)
    run, _ = extract(
        row,
        actor=request.actor,
        full=body.full,
        refused=body.refused,
        publish_held=body.publish_held,
    )
    return Status(202, run_told(run))


@router.get("/sources/{name}/runs", response=shape.RunPage, summary="Runs of a source")
def run_list(request: SignedIn, name: str) -> Any:
    """Runs, latest first: `state`, `cursor`."""
    given = parameters_of(request, ("state", "cursor"))
    found = runs_of(source_named(name, request.actor), state=given.get("state", ""))
    rows, following = paging.page_of(found, cursor=given.get("cursor"), limit=A_PAGE)
    return {"items": [run_told(run) for run in rows], "next": following}


@router.get("/sources/{name}/runs/{number}", response=shape.RunOut, summary="One run")
def run_show(request: SignedIn, name: str, number: int) -> Any:
    """A run with its counts, warnings and log."""
    return run_told(_run(request, name, number), log=True)


@router.get("/sources/{name}/runs/{number}/files", summary="Files of a run")
def run_files(request: SignedIn, name: str, number: int) -> Any:
    """The files it took, in order, and what became of each."""
    run = _run(request, name, number)
    return {"items": [file_told(row) for row in files_of(run.source, run=run)]}


@router.post(
    "/sources/{name}/runs/{number}/publish",
    response={202: shape.RunOut},
    summary="Publish a held run",
)
def run_publish(request: SignedIn, name: str, number: int) -> Status[Any]:
    """Let a run that is held through its guards."""
    run, _ = publish_held(_run(request, name, number), actor=request.actor)
    return Status(202, run_told(run))


@router.post("/sources/{name}/runs/{number}/cancel", response=shape.RunOut, summary="Cancel a run")
def run_cancel(request: SignedIn, name: str, number: int) -> Any:
    """Stop a run, or throw one that is held away."""
    return run_told(cancel_run(_run(request, name, number), actor=request.actor))


@router.post(
    "/sources/{name}/runs/{number}/read_again",
    response={202: shape.RunOut},
    summary="Read its refused rows again",
)
def run_again(
    request: SignedIn, name: str, number: int, file: UploadedFile | None = NO_FILE
) -> Status[Any]:
    """Read the refused rows of a run again by today's rules, or a corrected file of them."""
    with received(file) as path:
        run, _ = read_rejections_again(_run(request, name, number), actor=request.actor, file=path)
    return Status(202, run_told(run))


@router.get(
    "/sources/{name}/rejections", response=shape.RejectionPage, summary="Refused rows of a source"
)
def rejection_list(request: SignedIn, name: str) -> Any:
    """Refused rows by newest run, file and line: `run`, `code`, `column`, `file`, `cursor`."""
    given = parameters_of(request, OF_REJECTIONS)
    row = source_named(name, request.actor)
    found = rejections_of(row, **_filters(row, given))
    rows, following = page_of(found, cursor=given.get("cursor"), limit=A_PAGE)
    return {"items": [rejection_told(each, name) for each in rows], "next": following}


@router.get("/sources/{name}/rejections.csv", summary="Refused rows as a file")
def rejection_file(request: SignedIn, name: str) -> StreamingHttpResponse:
    """Refused rows with why, to be corrected and read again: `run`, `code`, `column`, `file`."""
    given = parameters_of(request, OF_REJECTIONS[:-1])
    row = source_named(name, request.actor)
    found = rejections_of(row, **_filters(row, given))
    columns = columns_of(row, found[:100])
    answer = StreamingHttpResponse(lines(found.iterator(2_000), columns), content_type=CSV)
    answer["Content-Disposition"] = f'attachment; filename="{name}_rejected.csv"'
    return answer


def _run(request: SignedIn, name: str, number: int) -> SourceRun:
    return run_numbered(source_named(name, request.actor), number)


def _filters(row: Source, given: dict[str, str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {key: given.get(key, "") for key in ("code", "column", "file")}
    if "run" in given:
        if not given["run"].isascii() or not given["run"].isdecimal():
            raise WRONG_VALUE(name="run", wanted=N_("the number of a run"), value=given["run"])
        wanted["run"] = run_numbered(row, int(given["run"][:18]))
    return wanted
