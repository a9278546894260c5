"""Rule versions, suggestions, lifted guards, pinned values over REST (D50, D64, D66, D74)."""

from typing import Any

from ninja import Router, Status

from tresse.accounts.requests import SignedIn, parameters_of
from tresse.datasets import schemas_identity as shape
from tresse.datasets.changes.lifts import lift, withdraw_lift
from tresse.datasets.changes.pins import pin, unpin
from tresse.datasets.changes.rules import (
    apply_draft,
    drop_draft,
    preview_rules,
    revert_rules,
    save_draft,
)
from tresse.datasets.changes.suggestions import ask_for_suggestions
from tresse.datasets.deciding import lifts_of, pins_of
from tresse.datasets.queries import dataset_named
from tresse.datasets.rule_versions import rule_versions, rules_numbered
from tresse.datasets.told_identity import lift_told, pin_told, rules_told
from tresse.sources.versions import engine

router = Router(tags=["Datasets"])


@router.get("/datasets/{name}/rules", summary="Rule versions")
def rules_list(request: SignedIn, name: str) -> Any:
    """Rule versions, latest first; a draft is one of them."""
    dataset = dataset_named(name, request.actor)
    return {"items": [rules_told(row, dataset.rules_id) for row in rule_versions(dataset)]}


@router.put("/datasets/{name}/rules/draft", summary="Draft other rules")
def rules_draft(request: SignedIn, name: str, body: shape.RulesIn) -> Any:
    """Write other rules down; nothing changes until they are applied."""
    dataset = dataset_named(name, request.actor)
    return rules_told(save_draft(dataset, body.content, actor=request.actor), dataset.rules_id)


@router.delete("/datasets/{name}/rules/draft", response={204: None}, summary="Drop the draft")
def rules_drop(request: SignedIn, name: str) -> Status[None]:
    """Throw the draft away."""
    drop_draft(dataset_named(name, request.actor), actor=request.actor)
    return Status(204, None)


@router.post(
    "/datasets/{name}/rules/{number}/preview",
    response={202: Any},
    summary="What other rules would change",
)
def rules_preview(request: SignedIn, name: str, number: int) -> Status[Any]:
    """Have rules tried out over all records by a job; the rule version then has the `preview`."""
    dataset = dataset_named(name, request.actor)
    row = rules_numbered(dataset, number)
    preview_rules(row, actor=request.actor)
    return Status(202, rules_told(row, dataset.rules_id))


@router.post("/datasets/{name}/rules/apply", summary="Apply the draft")
def rules_apply(request: SignedIn, name: str) -> Any:
    """Make the draft the rules that hold; a job works all history out by it."""
    row = apply_draft(dataset_named(name, request.actor), actor=request.actor)
    return rules_told(row, row.pk)


@router.post("/datasets/{name}/rules/{number}/revert", summary="Apply older rules")
def rules_revert(request: SignedIn, name: str, number: int) -> Any:
    """Make rules hold again that held before; a job works all history out by them."""
    dataset = dataset_named(name, request.actor)
    row = revert_rules(dataset, number, actor=request.actor)
    return rules_told(row, row.pk)


@router.get("/datasets/{name}/rules/{number}", summary="One rule version")
def rules_show(request: SignedIn, name: str, number: int) -> Any:
    """A rule version, with what it would change if that was worked out."""
    dataset = dataset_named(name, request.actor)
    return rules_told(rules_numbered(dataset, number), dataset.rules_id)


@router.post("/datasets/{name}/suggestions", response={202: Any}, summary="Look for suggestions")
def suggestions_ask(request: SignedIn, name: str, body: shape.SuggestIn) -> Status[Any]:
    """Have a job look for golden records that are likely one; they enter the review."""
    dataset = dataset_named(name, request.actor)
    job = ask_for_suggestions(dataset, actor=request.actor, threshold=body.threshold)
    return Status(202, {"job": job.pk, "threshold": body.threshold})


@router.get("/datasets/{name}/lifts", summary="Lifted guards")
def lift_list(request: SignedIn, name: str) -> Any:
    """Values that tie records though a guard would block them."""
    return {"items": [lift_told(row) for row in lifts_of(dataset_named(name, request.actor))]}


@router.post("/datasets/{name}/lifts", response={201: Any}, summary="Lift a guard")
def lift_add(request: SignedIn, name: str, body: shape.LiftIn) -> Status[Any]:
    """Let a value tie records again, from the next build on."""
    dataset = dataset_named(name, request.actor)
    row = lift(dataset, body.column, body.value, actor=request.actor, reason=body.reason)
    return Status(201, lift_told(row))


@router.delete("/datasets/{name}/lifts", response={204: None}, summary="Let a guard act again")
def lift_remove(request: SignedIn, name: str) -> Status[None]:
    """Let the guard act on a value again: `column`, `value`."""
    given = parameters_of(request, ("column", "value"))
    dataset = dataset_named(name, request.actor)
    column, value = given.get("column", ""), given.get("value", "")
    withdraw_lift(dataset, column, value, actor=request.actor)
    return Status(204, None)


@router.get("/datasets/{name}/pins", summary="Pinned values")
def pin_list(request: SignedIn, name: str) -> Any:
    """Values that people set, latest first."""
    return {"items": [pin_told(row) for row in pins_of(dataset_named(name, request.actor))]}


@router.post("/datasets/{name}/pins", response={201: Any}, summary="Pin a value")
def pin_add(request: SignedIn, name: str, body: shape.PinIn) -> Status[Any]:
    """Set a value of a golden record, from the next build on."""
    dataset = dataset_named(name, request.actor)
    with engine() as session:
        row = pin(session, dataset, body.key, body.column, body.value, actor=request.actor)
    return Status(201, pin_told(row))


@router.delete("/datasets/{name}/pins", response={204: None}, summary="Remove a pin")
def pin_remove(request: SignedIn, name: str) -> Status[None]:
    """Let the merge method choose the value again: `key`, `column`."""
    given = parameters_of(request, ("key", "column"))
    dataset = dataset_named(name, request.actor)
    key, column = given.get("key", ""), given.get("column", "")
    with engine() as session:
        unpin(session, dataset, key, column, actor=request.actor)
    return Status(204, None)
