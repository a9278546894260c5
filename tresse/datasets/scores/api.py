"""Scores of datasets over REST (SC73)."""

from datetime import date
from typing import Any

from ninja import Router, Status

from tresse.accounts.requests import SignedIn, parameters_of
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.changes.scores import key_said, stop_score, use_score
from tresse.datasets.queries import dataset_named, published
from tresse.datasets.scores import schemas as shape
from tresse.datasets.scores.distribution import changes_of, movement
from tresse.datasets.scores.doors import described, scores_told, told_of
from tresse.datasets.scores.explaining import explained, record_id, why_changed
from tresse.datasets.scores.library import use_named
from tresse.datasets.scores.told import change_told, explained_told, move_told, steps_told
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.sources.versions import engine

router = Router(tags=["Datasets"])
SINCE = N_("a day such as 2026-03-10, or the number of a version")
AN_ID = N_("an id, source/key or identity value")


@router.get("/datasets/{name}/scores", response=shape.ScoresOut, summary="Scores of a dataset")
def score_list(request: SignedIn, name: str) -> Any:
    """Scores that the published version has, and all of the library."""
    parameters_of(request, ())
    return scores_told(dataset_named(name, request.actor))


@router.post("/datasets/{name}/scores", response={201: Any}, summary="Use a score")
def score_use(request: SignedIn, name: str, body: shape.ScoreIn) -> Status[Any]:
    """Add a use of a score, or change the one of the same score and prefix; the next build has it.

    Answers the use as the definition has it.
    """
    row, given = dataset_named(name, request.actor), body.given()
    revision = given.pop("revision", None)
    use_score(row, given, actor=request.actor, revision=revision)
    return Status(201, told_of(dataset_named(name, request.actor), key_said(given)))


@router.get("/datasets/{name}/scores/{score}", response=shape.ScoreOut, summary="One score")
def score_show(request: SignedIn, name: str, score: str) -> Any:
    """A score with its run facts; `since` (a day, or a version): how people moved since."""
    given = parameters_of(request, ("since",))
    version = published(dataset_named(name, request.actor))
    with engine() as session:
        found = described(session, version, score)
        if given.get("since"):
            moves = movement(session, version, score, _since(given["since"]))
            found["movement"] = [move_told(each) for each in moves]
    return found


@router.delete("/datasets/{name}/scores/{score}", response={204: None}, summary="Stop a score")
def score_stop(request: SignedIn, name: str, score: str) -> Status[None]:
    """Take a use of a score away; the next build has its columns no more."""
    parameters_of(request, ())
    stop_score(dataset_named(name, request.actor), score, actor=request.actor)
    return Status(204, None)


@router.get(
    "/datasets/{name}/scores/{score}/history", response=shape.HistoryOut, summary="How it changed"
)
def score_history(request: SignedIn, name: str, score: str) -> Any:
    """Changes of the record of an `id`, with reasons; `since` (a version): every step from it."""
    given = parameters_of(request, ("id", "since"))
    row = dataset_named(name, request.actor)
    version, key = published(row), _id(given)
    found = use_named(version, score)
    names = [column.name for column, _ in found.columns if score in (found.key, column.name)]
    with engine() as session:
        tables = tables_of(session, version)
        id_ = record_id(tables, version, key)
        changes = [change_told(each) for each in changes_of(tables, id_, names)]
        steps = None
        if given.get("since"):
            asked = why_changed(session, row, score, id_, _number(given["since"]))
            steps = [steps_told(each) for each in asked]
    return {"id": id_, "changes": changes, "steps": steps}


@router.get(
    "/datasets/{name}/scores/{score}/explain", response=shape.ExplainedOut, summary="Why it is so"
)
def score_explain(request: SignedIn, name: str, score: str) -> Any:
    """The sum of a score for the record of an `id`, with what counted and what did not."""
    given = parameters_of(request, ("id",))
    row = dataset_named(name, request.actor)
    with engine() as session:
        return explained_told(explained(session, row, score, _id(given)), score)


def _id(given: dict[str, str]) -> str:
    if not given.get("id"):
        raise WRONG_VALUE(name="id", wanted=AN_ID, value='""')
    return given["id"]


def _since(text: str) -> date | int:
    if text.isascii() and text.isdecimal():
        return int(text[:9])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WRONG_VALUE(name="since", wanted=SINCE, value=f'"{text[:40]}"') from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        wanted = N_("the number of a version")
        raise WRONG_VALUE(name="since", wanted=wanted, value=f'"{text[:40]}"')
    return int(text[:9])
