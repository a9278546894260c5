"""Datasets over REST (D130): definitions, mapping, previews; builds and identity: beside it."""

from typing import Any

from ninja import Router, Status

from tresse.accounts.requests import SignedIn, parameters_of
from tresse.datasets import schemas as shape
from tresse.datasets.changes.datasets import add_dataset, change_dataset, merged, remove_dataset
from tresse.datasets.mapping.looking import looked_at, tried_on
from tresse.datasets.queries import dataset_named, datasets
from tresse.datasets.told import dataset_told, mapping_told, tried_told

router = Router(tags=["Datasets"])


@router.get("/datasets", response=list[shape.DatasetOut], summary="All datasets")
def dataset_list(request: SignedIn) -> Any:
    """All datasets by name."""
    parameters_of(request, ())
    return [dataset_told(row) for row in datasets(request.actor)]


@router.post("/datasets", response={201: shape.DatasetOut}, summary="Make a dataset")
def dataset_add(request: SignedIn, body: shape.DatasetIn) -> Status[Any]:
    """Make a dataset from its definition; nothing is built yet."""
    row = add_dataset(body.given(), actor=request.actor)
    return Status(201, _shown(request, row.name))


@router.get("/datasets/{name}", response=shape.DatasetOut, summary="One dataset")
def dataset_show(request: SignedIn, name: str) -> Any:
    """A dataset with its definition, rules included."""
    return _shown(request, name)


@router.patch("/datasets/{name}", response=shape.DatasetOut, summary="Change a dataset")
def dataset_change(request: SignedIn, name: str, body: shape.DatasetChange) -> Any:
    """Change the keys that are named; the next build works by them."""
    row, given = dataset_named(name, request.actor), body.given()
    revision = given.pop("revision", None)
    change_dataset(row, merged(row, given), actor=request.actor, revision=revision)
    return _shown(request, name)


@router.delete("/datasets/{name}", response={204: None}, summary="Remove a dataset")
def dataset_remove(request: SignedIn, name: str) -> Status[None]:
    """Remove a dataset that nothing uses, with its versions, builds, rules and decisions."""
    remove_dataset(dataset_named(name, request.actor), actor=request.actor)
    return Status(204, None)


@router.get("/datasets/{name}/columns", response=shape.MappingOut, summary="Its mapping")
def dataset_columns(request: SignedIn, name: str) -> Any:
    """Which column is taken from where; of each column of its sources what it feeds or could."""
    row = dataset_named(name, request.actor)
    return mapping_told(*looked_at(row, actor=request.actor))


@router.post("/datasets/{name}/preview", summary="Preview of the rules of a column")
def dataset_preview(request: SignedIn, name: str, body: shape.PreviewIn) -> Any:
    """What rules make of a column, on some values and counted over all; nothing is saved."""
    row, given = dataset_named(name, request.actor), body.given()
    column, limit = given.pop("column"), given.pop("limit", 100)
    item = merged(row, given)
    return tried_told(tried_on(row, item, column, actor=request.actor, limit=limit))


def _shown(request: SignedIn, name: str) -> dict[str, Any]:
    return dataset_told(dataset_named(name, request.actor))
