"""Syncs over REST (Y66)."""

from typing import Any

from ninja import Router, Status

from tresse.accounts import paging
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.syncs import schemas as shape
from tresse.syncs.changes.runs import asked, cancel, give_up, preview, retry
from tresse.syncs.changes.syncs import add_sync, change_sync, merged, remove_sync
from tresse.syncs.queries import faults_of, rows_of, run_numbered, runs_of, sync_named, syncs
from tresse.syncs.refusals import RUN_STATE
from tresse.syncs.told import fault_told, row_told, run_told, sync_told

router = Router(tags=["Syncs"])
A_PAGE = 50
OF_ROWS = ("run", "status", "class", "code", "which", "cursor")


@router.get("/syncs", response=list[shape.SyncOut], summary="All syncs")
def sync_list(request: SignedIn) -> Any:
    """Syncs by name, each with its state and last run."""
    parameters_of(request, ())
    return [sync_told(row) for row in syncs(request.actor)]


@router.post("/syncs", response={201: shape.SyncOut}, summary="Make a sync")
def sync_add(request: SignedIn, body: shape.SyncIn) -> Status[Any]:
    """Make a sync from its definition; with `active` it is switched on."""
    row = add_sync(body.given(), actor=request.actor)
    return Status(201, _shown(request, row.name))


@router.get("/syncs/{name}", response=shape.SyncOut, summary="One sync")
def sync_show(request: SignedIn, name: str) -> Any:
    """A sync with its definition, state and last run."""
    return _shown(request, name)


@router.patch("/syncs/{name}", response=shape.SyncOut, summary="Change a sync")
def sync_change(request: SignedIn, name: str, body: shape.SyncChange) -> Any:
    """Change keys of the definition; `active` switches it on, or pauses it."""
    given = body.given()
    revision = given.pop("revision", None)
    row = sync_named(name, request.actor)
    change_sync(row, merged(row, given), actor=request.actor, revision=revision)
    return _shown(request, name)


@router.delete("/syncs/{name}", response={204: None}, summary="Remove a sync")
def sync_remove(request: SignedIn, name: str) -> Status[None]:
    """Remove a sync with its runs; what it wrote stays."""
    remove_sync(sync_named(name, request.actor), actor=request.actor)
    return Status(204, None)


@router.post(
    "/syncs/{name}/preview",
    response={200: shape.RunOut, 202: shape.RunOut},
    summary="What a run would do",
)
def sync_preview(request: SignedIn, name: str) -> Status[Any]:
    """Counts of a run and up to 100 rows by class; nothing is written. Of large ones by a job."""
    run = preview(sync_named(name, request.actor), actor=request.actor)
    return Status(202 if run.is_live else 200, run_told(run, log=True))


@router.post("/syncs/{name}/run", response={202: shape.RunOut}, summary="Send a sync")
def sync_run(request: SignedIn, name: str, body: shape.RunIn) -> Status[Any]:
    """Have what differs sent by a job, or join the run that waits."""
    row = sync_named(name, request.actor)
    run, _ = asked(
        row,
        actor=request.actor,
        goes_on=body.resume,
        confirmed=body.confirm,
        take_over=body.take_over,
    )
    return Status(202, run_told(run))


@router.post("/syncs/{name}/cancel", response=shape.RunOut, summary="Stop or drop a run")
def sync_cancel(request: SignedIn, name: str) -> Any:
    """Stop the run that goes on, within one batch, or drop the one that is held."""
    row = sync_named(name, request.actor)
    last = runs_of(row).first()
    if last is None:
        raise RUN_STATE(run="–", sync=name, state="–", wanted=("queued", "running", "held"))
    return run_told(cancel(last, actor=request.actor))


@router.get("/syncs/{name}/runs", response=shape.RunPage, summary="Runs of a sync")
def sync_runs(request: SignedIn, name: str) -> Any:
    """Runs, latest first: `state`, `cursor`."""
    given = parameters_of(request, ("state", "cursor"))
    found = runs_of(sync_named(name, request.actor), state=given.get("state", ""))
    rows, following = paging.page_of(found, cursor=given.get("cursor"), limit=A_PAGE)
    return {"items": [run_told(run) for run in rows], "next": following}


@router.get("/syncs/{name}/runs/{number}", response=shape.RunOut, summary="One run")
def sync_run_show(request: SignedIn, name: str, number: int) -> Any:
    """A run, or a preview, with its counts, log and examples."""
    return run_told(run_numbered(sync_named(name, request.actor), number), log=True)


@router.get("/syncs/{name}/rows", summary="Rows of a sync")
def sync_rows(request: SignedIn, name: str) -> Any:
    """Rows that could not be sent: `which` (open, stuck, given_up), `code`, `cursor`.

    With `run` the rows of that run: `status`, `class`, `code`.
    """
    given = parameters_of(request, OF_ROWS)
    row = sync_named(name, request.actor)
    codes = [given["code"]] if given.get("code") else []
    if "run" in given:
        run = run_numbered(row, _number(given["run"]))
        found = rows_of(
            run, status=given.get("status", ""), sort=given.get("class", ""), codes=codes
        )
        few, following = paging.page_of(found, cursor=given.get("cursor"), limit=A_PAGE)
        return {"items": [row_told(each, name) for each in few], "next": following}
    faults = faults_of(row, which=given.get("which", "open")).order_by("-id")
    if codes:
        faults = faults.filter(code__in=codes)
    some, after = paging.page_of(faults, cursor=given.get("cursor"), limit=A_PAGE)
    return {"items": [fault_told(each, name) for each in some], "next": after}


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise WRONG_VALUE(name="run", wanted=N_("the number of a run"), value=text[:80])
    return int(text)


@router.post("/syncs/{name}/retry", response={202: shape.RunOut}, summary="Try failed rows now")
def sync_retry(request: SignedIn, name: str, body: shape.RetryIn) -> Status[Any]:
    """Try rows now that could not be sent; given keys also if they were given up."""
    row = sync_named(name, request.actor)
    run, _ = retry(row, actor=request.actor, keys=body.keys, code=body.code)
    return Status(202, run_told(run))


@router.post("/syncs/{name}/give_up", summary="Give up failed rows")
def sync_give_up(request: SignedIn, name: str, body: shape.GiveUpIn) -> Any:
    """Try rows no more until somebody says so."""
    row = sync_named(name, request.actor)
    number = give_up(row, body.keys, reason=body.reason, actor=request.actor)
    return {"given_up": number}


def _shown(request: SignedIn, name: str) -> dict[str, Any]:
    return sync_told(sync_named(name, request.actor))
