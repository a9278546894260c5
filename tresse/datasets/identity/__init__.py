"""Which records are one: clusters under constraints, their ids, and the paths between records."""

from tresse.datasets.identity.outcome import Before, Resolved, Review
from tresse.datasets.identity.resolving import resolve

__all__ = ["Before", "Resolved", "Review", "resolve"]
