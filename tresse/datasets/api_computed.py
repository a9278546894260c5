"""Previews of computed columns over REST (D106)."""

from dataclasses import asdict
from typing import Any, ClassVar

from ninja import Router

from tresse.accounts.requests import SignedIn
from tresse.datasets.computed.preview import SORTS, preview
from tresse.datasets.computed.refusals import PREVIEW_ONE
from tresse.datasets.queries import dataset_named
from tresse.kernel.marks import N_
from tresse.objects.schemas import Body

router = Router(tags=["Datasets"])


class ColumnPreviewIn(Body):
    """One computed column as a definition has it: a formula, an aggregate or a use of a score."""

    sort: ClassVar[str] = N_("a preview")
    formula: dict[str, Any] | None = None
    aggregate: dict[str, Any] | None = None
    score: dict[str, Any] | None = None


@router.post("/datasets/{name}/columns/preview", summary="Preview of a computed column")
def column_preview(request: SignedIn, name: str, body: ColumnPreviewIn) -> Any:
    """What a computed column would give over the published versions; nothing is saved.

    Its type, 100 rows, how many records have no value, and how many would have another one than in
    the column that it replaces.
    """
    dataset = dataset_named(name, request.actor)
    given = {key: value for key, value in body.given().items() if value is not None}
    if len(given) != 1:
        raise PREVIEW_ONE(known=list(SORTS), number=len(given))
    [(sort, item)] = given.items()
    return asdict(preview(dataset, item, sort, actor=request.actor))
