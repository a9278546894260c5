"""A certificate as all doors tell it (D93): nothing in it says who it was."""

from typing import Any

from tresse.datasets.models import Erasure


def certificate_of(row: Erasure) -> dict[str, Any]:
    """What was found and removed where, what destinations answered, when, and by whom."""
    author = row.author
    return {
        "id": row.pk,
        "state": row.state,
        "dataset": row.dataset.name if row.dataset else "",
        "found": row.found,
        "removed": row.removed,
        "destinations": row.destinations,
        "tombstones": row.tombstones.count(),
        "author": (author.name or author.email) if author else "",
        "asked_at": row.created_at,
        "ended_at": row.ended_at,
        "lifted_at": row.lifted_at,
    }
