"""Builds, versions and rows of datasets over REST (D130)."""

import json
from typing import Any

from ninja import Router, Status

from tresse.accounts import paging
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.datasets import schemas_builds as shape
from tresse.datasets.builds.comparison import difference
from tresse.datasets.changes.builds import build, cancel_build, publish_held, rollback
from tresse.datasets.models import DatasetBuild
from tresse.datasets.queries import (
    build_numbered,
    builds_of,
    dataset_named,
    datasets_named,
    published,
    version_numbered,
    versions_of,
)
from tresse.datasets.rows import Asked, rows_of
from tresse.datasets.told_builds import build_told, version_told
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.sources.versions import engine

router = Router(tags=["Datasets"])
A_PAGE, MOST = 50, 500
OF_ROWS = ("columns", "filter", "sort", "limit", "cursor", "version")


@router.post("/datasets/{name}/build", response={202: shape.BuildOut}, summary="Build a dataset")
def dataset_build(request: SignedIn, name: str, body: shape.BuildIn) -> Status[Any]:
    """Have datasets built by a job, or join the build that waits or goes on."""
    found = datasets_named([name, *body.together_with], request.actor)
    rows, _ = build(
        found,
        actor=request.actor,
        full=body.full,
        engine=body.engine,
        publish_held=body.publish_held,
    )
    return Status(202, build_told(rows[0]))


@router.get("/datasets/{name}/builds", response=shape.BuildPage, summary="Builds of a dataset")
def build_list(request: SignedIn, name: str) -> Any:
    """Builds, latest first: `state`, `cursor`."""
    given = parameters_of(request, ("state", "cursor"))
    found = builds_of(dataset_named(name, request.actor), state=given.get("state", ""))
    rows, following = paging.page_of(found, cursor=given.get("cursor"), limit=A_PAGE)
    return {"items": [build_told(row) for row in rows], "next": following}


@router.get("/datasets/{name}/builds/{number}", response=shape.BuildOut, summary="One build")
def build_show(request: SignedIn, name: str, number: int) -> Any:
    """A build with its counts, health, warnings and log."""
    return build_told(_build(request, name, number), log=True)


@router.post(
    "/datasets/{name}/builds/{number}/publish",
    response={202: shape.BuildOut},
    summary="Publish a held build",
)
def build_publish(request: SignedIn, name: str, number: int) -> Status[Any]:
    """Let a build that is held through its health checks, with all that was built with it."""
    row = _build(request, name, number)
    publish_held(row, actor=request.actor)
    return Status(202, build_told(_build(request, name, number)))


@router.post(
    "/datasets/{name}/builds/{number}/cancel", response=shape.BuildOut, summary="Cancel a build"
)
def build_cancel(request: SignedIn, name: str, number: int) -> Any:
    """Stop a build, or throw one that is held away."""
    return build_told(cancel_build(_build(request, name, number), actor=request.actor))


@router.get("/datasets/{name}/versions", response=shape.VersionsOut, summary="Kept versions")
def version_list(request: SignedIn, name: str) -> Any:
    """The versions that are kept, latest first."""
    row = dataset_named(name, request.actor)
    return {"versions": [version_told(each, row.version_id) for each in versions_of(row)]}


@router.get("/datasets/{name}/versions/{one}/{other}", summary="Difference of two versions")
def version_difference(request: SignedIn, name: str, one: int, other: int) -> Any:
    """Golden records added, removed and changed from one version to the other (D85)."""
    row = dataset_named(name, request.actor)
    return difference(version_numbered(row, one), version_numbered(row, other))


@router.post("/datasets/{name}/rollback", response=shape.RolledBackOut, summary="Roll back")
def dataset_rollback(request: SignedIn, name: str, body: shape.RollbackIn) -> Any:
    """Publish an older version again; the schedule and syncs of the dataset are paused."""
    row = dataset_named(name, request.actor)
    done = rollback(version_numbered(row, body.version), actor=request.actor)
    return {"version": done.version, "was": done.was, "paused": list(done.paused)}


@router.get("/datasets/{name}/rows", response=shape.RowsOut, summary="Rows of a dataset")
def row_list(request: SignedIn, name: str) -> Any:
    """Golden records: `columns`, `filter` (JSON), `sort`, `limit`, `cursor`, `version`."""
    given = parameters_of(request, OF_ROWS)
    row = dataset_named(name, request.actor)
    number = _whole(given, "version", 0)
    version = version_numbered(row, number) if number else published(row)
    limit = min(_whole(given, "limit", A_PAGE) or A_PAGE, MOST)
    asked = Asked(
        filter=_json(given.get("filter")),
        sort=_names(given.get("sort")) or (),
        columns=_with_id(_names(given.get("columns"))),
        limit=limit,
        actor=request.actor,
    )
    with engine() as session:
        found = rows_of(session, version, asked, after=given.get("cursor", ""))
    more = found[-1]["_id"] if len(found) == limit else None
    return {"version": version.number, "items": found, "next": more}


def _build(request: SignedIn, name: str, number: int) -> DatasetBuild:
    return build_numbered(dataset_named(name, request.actor), number)


def _names(text: str | None) -> tuple[str, ...] | None:
    return tuple(each for each in text.split(",") if each) if text else None


def _with_id(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The columns asked for, and always the id, which a cursor is."""
    return names if names is None or "_id" in names else ("_id", *names)


def _whole(given: dict[str, str], name: str, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdecimal():
        raise WRONG_VALUE(name=name, wanted=N_("a whole number"), value=f'"{text[:40]}"')
    return int(text[:9])


def _json(text: str | None) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise WRONG_VALUE(name="filter", wanted=N_("JSON"), value=text[:80]) from None
