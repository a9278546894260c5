"""Sources over REST (S120); their runs and refused rows: `api_runs.py`."""

from typing import Any

from ninja import Router, Status

from tresse.accounts.requests import SignedIn, parameters_of
from tresse.connections.facts import tables_as_data
from tresse.connections.queries import connection_named
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.sources import schemas as shape
from tresse.sources.changes.sources import (
    add_source,
    change_source,
    effect_of,
    merged,
    pass_over_columns,
    remove_source,
    take_columns,
)
from tresse.sources.definition import SourceDefinition
from tresse.sources.detection import detect, files_seen, resolved_now, tables_of
from tresse.sources.models import Source
from tresse.sources.parsing import parsed, parsed_read
from tresse.sources.preview import keys_counted, preview, relations_counted
from tresse.sources.queries import catalogue, entry_of, source_named, versions_of
from tresse.sources.stored import detected_of
from tresse.sources.told import (
    detected_told,
    effect_told,
    entry_told,
    keys_told,
    preview_told,
    relation_told,
    source_told,
    version_told,
)

router = Router(tags=["Sources"])
FILTERS = ("sort", "state", "entity", "connection", "text")
UNSAVED = "unsaved"
"Name of a definition that a preview is asked of without one."


@router.get("/sources", response=list[shape.SourceOut], summary="The catalogue of sources")
def source_list(request: SignedIn) -> Any:
    """All sources: `sort`, `state`, `entity`, `connection`, `text` (part of the name)."""
    given = parameters_of(request, FILTERS)
    return [entry_told(entry) for entry in catalogue(request.actor, **given)]


@router.post("/sources", response={201: shape.SourceOut}, summary="Make a source")
def source_add(request: SignedIn, body: shape.SourceIn) -> Status[Any]:
    """Make a source from its definition; nothing is read yet."""
    row = add_source(body.given(), actor=request.actor)
    return Status(201, _shown(request, row.name))


@router.post("/sources/detect", summary="Look at what would be read")
def source_detect(request: SignedIn, body: shape.DetectIn) -> Any:
    """Read for up to 30 seconds, and propose columns with types, key, dates and cursor."""
    connection = connection_named(body.connection, request.actor)
    read = parsed_read(body.read)
    return detected_told(detect(connection, read, actor=request.actor, fresh=body.fresh))


@router.post("/sources/preview", summary="Preview of a definition")
def definition_preview(request: SignedIn, body: shape.PreviewIn) -> Any:
    """Rows before and after a definition that need not be saved, with counts."""
    given = _definition_in(body)
    definition = parsed({"name": UNSAVED, **given})
    return _previewed(request, resolved_now(definition, (), actor=request.actor), None, body)


@router.get("/sources/tables", summary="What a connection has to be read")
def source_tables(request: SignedIn, connection: str) -> Any:
    """Tables, views and entities of a connection with their columns, or its files."""
    row = connection_named(connection, request.actor)
    files = [
        {"path": each.path, "size": each.size, "modified_at": each.modified_at}
        for each in files_seen(row, actor=request.actor)
    ]
    return {"tables": tables_as_data(tables_of(row, actor=request.actor)), "files": files}


@router.get("/sources/{name}", response=shape.SourceOut, summary="One source")
def source_show(request: SignedIn, name: str) -> Any:
    """A source with its definition, its last run and its columns that are new."""
    return _shown(request, name)


@router.patch(
    "/sources/{name}",
    response={200: shape.SourceOut | shape.EffectOut},
    summary="Change a source",
)
def source_change(request: SignedIn, name: str, body: shape.SourceChange) -> Any:
    """Change the keys that are named; with `dry_run` only say what that would do."""
    row, given = source_named(name, request.actor), body.given()
    revision, dry_run = given.pop("revision", None), given.pop("dry_run", False)
    item = merged(row, given)
    if dry_run:
        return effect_told(effect_of(row, item, actor=request.actor))
    change_source(row, item, actor=request.actor, revision=revision)
    return _shown(request, name)


@router.delete("/sources/{name}", response={204: None}, summary="Remove a source")
def source_remove(request: SignedIn, name: str) -> Status[None]:
    """Remove a source that nothing leads to, with its versions, runs and refused rows."""
    remove_source(source_named(name, request.actor), actor=request.actor)
    return Status(204, None)


@router.post("/sources/{name}/columns", response=shape.SourceOut, summary="New columns")
def source_columns(request: SignedIn, name: str, body: shape.ColumnsIn) -> Any:
    """Read columns that appeared at the source later, or have them offered no more."""
    row = source_named(name, request.actor)
    if body.take:
        row = take_columns(row, body.take, actor=request.actor)
    if body.pass_over:
        pass_over_columns(row, body.pass_over, actor=request.actor)
    return _shown(request, name)


@router.get("/sources/{name}/preview", summary="Preview of a source")
def source_preview(request: SignedIn, name: str) -> Any:
    """Rows before and after its rules, with counts over all: `limit`, `only` (columns)."""
    given = parameters_of(request, ("limit", "only"))
    row = source_named(name, request.actor)
    body = shape.PreviewIn(
        limit=_number(given.get("limit", "100")),
        only=[each for each in given.get("only", "").split(",") if each],
    )
    return _previewed(request, _resolved(request, row, {}), row, body)


@router.post("/sources/{name}/preview", summary="Preview of a changed source")
def changed_preview(request: SignedIn, name: str, body: shape.PreviewIn) -> Any:
    """As the source would be with some keys changed; nothing is saved."""
    row = source_named(name, request.actor)
    return _previewed(request, _resolved(request, row, _definition_in(body)), row, body)


@router.get("/sources/{name}/keys", summary="Counts of its keys")
def source_keys(request: SignedIn, name: str) -> Any:
    """Rows, different keys, rows without a key, and examples of clashes (S41)."""
    row = source_named(name, request.actor)
    counts = keys_counted(_resolved(request, row, {}), actor=request.actor, source=row)
    return {"keys": [keys_told(each) for each in counts]}


@router.get("/sources/{name}/relations", summary="Counts of its relations")
def source_relations(request: SignedIn, name: str) -> Any:
    """Matched, unmatched and empty, with examples; null where the other side was not read."""
    row = source_named(name, request.actor)
    counts = relations_counted(_resolved(request, row, {}), actor=request.actor, source=row)
    return {"relations": [relation_told(each) for each in counts]}


@router.get("/sources/{name}/versions", response=list[shape.VersionOut], summary="Its versions")
def source_versions(request: SignedIn, name: str) -> Any:
    """Versions that are kept, latest first."""
    row = source_named(name, request.actor)
    return [version_told(each, row.version_id) for each in versions_of(row)]


def _shown(request: SignedIn, name: str) -> dict[str, Any]:
    return source_told(entry_of(source_named(name, request.actor)))


def _resolved(request: SignedIn, row: Source, changes: dict[str, Any]) -> SourceDefinition:
    return resolved_now(parsed(merged(row, changes)), detected_of(row), actor=request.actor)


def _definition_in(body: shape.PreviewIn) -> dict[str, Any]:
    return {key: value for key, value in body.given().items() if key not in ("only", "limit")}


def _previewed(
    request: SignedIn, definition: SourceDefinition, row: Source | None, body: shape.PreviewIn
) -> dict[str, Any]:
    found = preview(definition, actor=request.actor, source=row, only=body.only, limit=body.limit)
    return preview_told(found)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= 1_000:
        raise WRONG_VALUE(name="limit", wanted=N_("1 – 1,000"), value=text)
    return int(text)
