"""Erasing a person over REST, and certificates (D90, D93)."""

from typing import Any, ClassVar

from ninja import Router, Status

from tresse.accounts import paging
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.datasets.changes.erasures import erase, erasure_numbered, erasures, find, lift
from tresse.datasets.erasing.told import certificate_of
from tresse.datasets.queries import dataset_named
from tresse.kernel.marks import N_
from tresse.objects.schemas import Body

router = Router(tags=["Datasets"])
A_PAGE = 50


class EraseIn(Body):
    """Who is to be erased: a key as `explain` takes it. Without `confirm` it is only shown."""

    sort: ClassVar[str] = N_("who to erase")
    key: str
    confirm: bool = False
    dry_run: bool = False


@router.post(
    "/datasets/{name}/erase", response={200: Any, 202: Any}, summary="Erase a person everywhere"
)
def dataset_erase(request: SignedIn, name: str, body: EraseIn) -> Any:
    """Show what is found of a person; with `confirm`, erase it by a job. No way leads back."""
    seen = find(dataset_named(name, request.actor), body.key, actor=request.actor)
    told = {"found": dict(seen.counts), "destinations": list(seen.destinations)}
    if body.dry_run or not body.confirm:
        return Status(200, {**told, "removed": {}, "certificate": None})
    row = erase(seen, actor=request.actor)
    return Status(202, {**told, "removed": row.removed, "certificate": certificate_of(row)})


@router.get("/erasures", summary="Erasures and their certificates")
def erasure_list(request: SignedIn) -> Any:
    """Erasures, latest first. Nothing in them says who it was."""
    given = parameters_of(request, ("cursor",))
    found = erasures(request.actor)
    rows, following = paging.page_of(found, cursor=given.get("cursor"), limit=A_PAGE)
    return {"items": [certificate_of(row) for row in rows], "next": following}


@router.get("/erasures/{number}", summary="One certificate")
def erasure_read(request: SignedIn, number: int) -> Any:
    """What was removed where, what destinations answered, when, and by whom."""
    return certificate_of(erasure_numbered(number, request.actor))


@router.post("/erasures/{number}/lift", summary="Let somebody come back")
def erasure_lift(request: SignedIn, number: int) -> Any:
    """From now on rows of the person enter again."""
    return certificate_of(lift(erasure_numbered(number, request.actor), actor=request.actor))
