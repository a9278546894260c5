"""What a run has counted: rows by what became of them (S73), and warnings by code."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tresse.sources.models import COUNTERS

MOST_EXAMPLES = 5
EMPTIED = "column_emptied"
"Of a column that holds nothing now because none of its cells could be read."
FEWEST_EMPTIED = 20
"Cells from which on that is no chance."


@dataclass(slots=True)
class Counts:
    """Rows of a run; always `read = new + changed + unchanged + rejected + superseded`."""

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    superseded: int = 0
    deleted: int = 0

    def stored(self) -> dict[str, int]:
        """As columns of a run."""
        return asdict(self)

    def check(self) -> None:
        """Every row read is counted once; anything else is a fault of ours, and nothing is kept."""
        parts = self.new + self.changed + self.unchanged + self.rejected + self.superseded
        if parts != self.read or min(asdict(self).values()) < 0:
            message = f"{self.read} rows were read, {parts} are counted: {asdict(self)}."
            raise AssertionError(message)

    @property
    def changes_anything(self) -> bool:
        """Whether the next version differs from the last."""
        return bool(self.new or self.changed or self.deleted)


@dataclass(slots=True)
class Warnings:
    """Warnings of a run, as `SourceRun.warnings` keeps them."""

    found: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(
        self,
        code: str,
        count: int = 1,
        *,
        column: str = "",
        examples: Iterable[Any] = (),
        **details: Any,
    ) -> None:
        """Count something; nothing counted is no warning."""
        if not count:
            return
        entry = self.found.setdefault(code, {"count": 0})
        entry["count"] += count
        if column:
            columns = entry.setdefault("columns", {})
            columns[column] = columns.get(column, 0) + count
        shown = [*entry.get("examples", []), *examples][:MOST_EXAMPLES]
        if shown:
            entry["examples"] = shown
        if details:
            entry["details"] = {**entry.get("details", {}), **details}

    def merge(self, other: "Warnings") -> None:
        """Take over the warnings of a part of the run."""
        for code, entry in other.found.items():
            self.found.setdefault(code, entry)

    def of_column(self, code: str, column: str) -> int:
        """How often a warning was counted of one column."""
        return int(self.found.get(code, {}).get("columns", {}).get(column, 0))


def counts_of(row: Any) -> Mapping[str, int]:
    """The counters of a `SourceRun`."""
    return {name: getattr(row, name) for name in COUNTERS}
