"""Reviews, rule versions, lifts and pins as programs get them."""

from typing import Any

from tresse.datasets.explaining.told import decision_told
from tresse.datasets.models import Lift, Pin, ReviewItem, RuleVersion


def review_told(item: ReviewItem) -> dict[str, Any]:
    """Something to be looked at (D60)."""
    return {
        "id": item.pk,
        "kind": item.kind,
        "a": item.a or None,
        "b": item.b or None,
        "golden_id": item.golden_id or None,
        "score": item.score,
        "facts": item.facts,
        "state": item.state,
        "decision": decision_told(item.decision) if item.decision else None,
        "first_version": item.first_number,
        "last_version": item.last_number,
        "at": item.created_at,
        "decided_at": item.decided_at,
    }


def rules_told(row: RuleVersion, applied: int | None) -> dict[str, Any]:
    """A rule version (D66); `applied`: id of the one that holds."""
    return {
        "number": row.number,
        "rules": row.content,
        "author": row.author.email if row.author else None,
        "draft": row.applied_at is None,
        "holds": row.pk == applied,
        "applied_at": row.applied_at,
        "at": row.created_at,
        "preview": row.preview,
        "job": row.job_id,
    }


def lift_told(row: Lift) -> dict[str, Any]:
    """A guard lifted for a value (D50)."""
    return {
        "column": row.column,
        "value": row.value,
        "reason": row.reason,
        "author": row.author.email if row.author else None,
        "at": row.created_at,
    }


def pin_told(row: Pin) -> dict[str, Any]:
    """A pinned value (D74)."""
    return {
        "record": row.record,
        "column": row.column,
        "value": row.value,
        "author": row.author.email if row.author else None,
        "at": row.created_at,
    }
