"""Counters of a report and the identities they keep (T76)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

ROWS = ("created", "updated", "unchanged", "repeated", "skipped", "failed")
PAIRS = ("created", "existing", "removed", "missing", "failed", "not_tried")


class CountersDisagree(AssertionError):  # noqa: N818  reads as a sentence
    """A counter identity is broken: a bug of ours, never something a person did."""


@dataclass
class Counters:
    """What became of rows and pairs.

    `pairs`: kind (`company-deal`, own object first) → counts of `PAIRS` and `asked`. `through`:
    object name → records created and updated through links.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    skipped: int = 0
    failed: int = 0
    blank: int = 0
    cells_left_out: int = 0
    primary_links: int = 0
    replaced_links: int = 0
    companies_by_domain: int = 0
    pairs: dict[str, dict[str, int]] = field(default_factory=dict)
    through: dict[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Counters":
        """From what a table keeps."""
        return cls(**stored)

    def stored(self) -> dict[str, Any]:
        """As a table keeps it."""
        return asdict(self)

    def add_pairs(self, kind: str, **counts: int) -> None:
        """Count pairs of a kind; each is asked for once."""
        found = self.pairs.setdefault(kind, dict.fromkeys(("asked", *PAIRS), 0))
        for name, number in counts.items():
            found[name] += number
            found["asked"] += number

    def add_through(self, object_name: str, *, created: int = 0, updated: int = 0) -> None:
        """Count records made or changed through links."""
        if created or updated:
            found = self.through.setdefault(object_name, {"created": 0, "updated": 0})
            found["created"] += created
            found["updated"] += updated

    @property
    def links(self) -> dict[str, int]:
        """Pairs of all kinds together."""
        return {name: sum(each[name] for each in self.pairs.values()) for name in ("asked", *PAIRS)}

    def check(self) -> None:
        """Hold the counters against the identities.

        Raises:
            CountersDisagree: One is broken.
        """
        total = sum(getattr(self, name) for name in ROWS)
        if self.rows != total:
            message = f"{self.rows} rows, but outcomes of {total}: {self.stored()}"
            raise CountersDisagree(message)
        for kind, counts in self.pairs.items():
            if counts["asked"] != sum(counts[name] for name in PAIRS):
                message = f"Pairs {kind} disagree: {counts}"
                raise CountersDisagree(message)
        if any(value < 0 for value in (*self.links.values(), *(getattr(self, n) for n in ROWS))):
            message = f"A counter is below zero: {self.stored()}"
            raise CountersDisagree(message)
