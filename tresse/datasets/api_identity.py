"""Explaining, deciding, unmerging and reviewing over REST (D130)."""

from typing import Any

from ninja import Router, Status

from tresse.accounts import paging
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.datasets import schemas_identity as shape
from tresse.datasets.changes.decisions import decide, withdraw
from tresse.datasets.changes.reviews import decide_reviews, reopen_review
from tresse.datasets.changes.unmerging import preview, unmerge, unmerging
from tresse.datasets.deciding import decision_numbered, decisions_of
from tresse.datasets.explaining import explain, explain_two
from tresse.datasets.explaining.told import decision_told, explanation_told, two_told
from tresse.datasets.models import ReviewItem
from tresse.datasets.outlook import Outlook
from tresse.datasets.queries import MANAGE, dataset_named, published
from tresse.datasets.records_named import records_named
from tresse.datasets.reviewing import review_numbered, reviews, several
from tresse.datasets.scores.doors import computed_told
from tresse.datasets.told_identity import review_told
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.sources.versions import engine

router = Router(tags=["Datasets"])
A_PAGE = 50


@router.get("/datasets/{name}/explain", summary="Why a golden record is what it is")
def dataset_explain(request: SignedIn, name: str) -> Any:
    """Explain the golden record of a `key`; with `other`, why two are one or apart."""
    given = parameters_of(request, ("key", "other"))
    if not given.get("key"):
        raise WRONG_VALUE(name="key", wanted=N_("an id, source/key or identity value"), value='""')
    version = published(dataset_named(name, request.actor))
    with engine() as session:
        if given.get("other"):
            return two_told(explain_two(session, version, given["key"], given["other"]))
        found = explain(session, version, given["key"])
        computed = computed_told(session, version, found.cluster.golden)
        return {**explanation_told(found), "computed": computed}


@router.get("/datasets/{name}/decisions", summary="Decisions on records")
def decision_list(request: SignedIn, name: str) -> Any:
    """Decisions, latest first: `record` (`source/key`), `withdrawn` (`yes`: those too)."""
    given = parameters_of(request, ("record", "withdrawn", "cursor"))
    found = decisions_of(
        dataset_named(name, request.actor),
        record=given.get("record", ""),
        withdrawn=given.get("withdrawn") in ("yes", "true", "1"),
    )
    rows, following = paging.page_of(found, cursor=given.get("cursor"), limit=A_PAGE)
    return {"items": [decision_told(row) for row in rows], "next": following}


@router.post("/datasets/{name}/decisions", response={201: Any}, summary="Decide on two records")
def decision_add(request: SignedIn, name: str, body: shape.DecisionIn) -> Status[Any]:
    """Say that two records are one, or are not; the dataset is built anew by a job."""
    dataset = dataset_named(name, request.actor)
    require_right(request.actor, MANAGE)
    keys = records_named(dataset, [key for key in (body.a, body.b) if key])
    row = decide(dataset, body.kind, *keys, actor=request.actor, reason=body.reason)
    return Status(201, decision_told(row))


@router.delete("/datasets/{name}/decisions/{number}", summary="Withdraw a decision")
def decision_withdraw(request: SignedIn, name: str, number: int) -> Any:
    """Take a decision back, with all that one unmerge decided."""
    row = decision_numbered(dataset_named(name, request.actor), number)
    return {"items": [decision_told(each) for each in withdraw(row, actor=request.actor)]}


@router.post("/datasets/{name}/unmerge", summary="Take a golden record apart")
def dataset_unmerge(request: SignedIn, name: str, body: shape.UnmergeIn) -> Any:
    """Set records of a golden record apart; `dry_run` only says what would come of it."""
    dataset = dataset_named(name, request.actor)
    with engine() as session:
        wanted = unmerging(session, dataset, body.key, body.records, actor=request.actor)
        seen = preview(session, wanted)
    made = [] if body.dry_run else unmerge(wanted, actor=request.actor, reason=body.reason)
    return {
        **outlook_told(seen),
        "kept_with_survivor": list(wanted.kept),
        "decisions": [decision_told(each) for each in made],
    }


def outlook_told(seen: Outlook) -> dict[str, Any]:
    """Parts that there would be, with their golden records."""
    return {
        "records": [
            {
                "id": each.id,
                "new": each.is_new,
                "members": list(each.records),
                "golden": each.golden,
            }
            for each in seen.parts
        ],
        "whole": seen.is_whole,
    }


@router.get("/datasets/{name}/review", summary="What waits for a decision")
def review_list(request: SignedIn, name: str) -> Any:
    """Items, latest first: `state` (`open`, or `all`), `kind`, `cursor`."""
    given = parameters_of(request, ("state", "kind", "cursor"))
    found = reviews(
        dataset_named(name, request.actor),
        state=given.get("state", "open"),
        kind=given.get("kind", ""),
    )
    rows, following = paging.page_of(found, cursor=given.get("cursor"), limit=A_PAGE)
    return {"items": [review_told(row) for row in rows], "next": following}


@router.post("/datasets/{name}/review", summary="Answer several items")
def review_answer_all(request: SignedIn, name: str, body: shape.AnswersIn) -> Any:
    """Give several items one answer: `same`, `different`, `later`; all of them or none."""
    dataset = dataset_named(name, request.actor)
    rows = decide_reviews(
        dataset,
        several(dataset, body.ids),
        body.answer,
        actor=request.actor,
        reason=body.reason,
    )
    return {"items": [review_told(row) for row in rows]}


@router.post("/datasets/{name}/review/{number}", summary="Answer an item")
def review_answer(request: SignedIn, name: str, number: int, body: shape.AnswerIn) -> Any:
    """Answer one item; `open` opens it again if it was put aside."""
    item = review_numbered(dataset_named(name, request.actor), number)
    row: ReviewItem
    if body.answer == "open":
        row = reopen_review(item, actor=request.actor)
    else:
        [row] = decide_reviews(
            item.dataset, [item], body.answer, actor=request.actor, reason=body.reason
        )
    return review_told(row)
