"""What is chosen as one in a dataset, and by which method: columns, groups, consents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.datasets.definition import Merge
from tresse.datasets.layout import Plan, Planned
from tresse.datasets.merging.methods import METHODS, Combine, Pick
from tresse.datasets.merging.methods.base import Asked, Row, Value
from tresse.datasets.merging.methods.consent import parts_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A question and the method that answers it. `number` tells the choices of a dataset apart."""

    asked: Asked
    pick: Pick
    number: int

    @property
    def order(self) -> str:
        """The column with the place of a record: `rank`, or NULL for those that are none."""
        return f"o{self.number}" if self.pick.levels(self.asked) else "rank"

    def place(self, row: Any) -> Value:
        """The place of a candidate; NULL for other records."""
        if self.order != "rank":
            return _column(row, self.order)
        candidate = self.candidate(row)
        rank = _column(row, "rank")
        return rank if candidate is None else sa.case((candidate, rank))

    def candidate(self, row: Any) -> Value | None:
        """Whether a record can be picked; None: each can."""
        return self.pick.candidate(self.asked, row_of(row))


@dataclass(frozen=True, slots=True)
class Line:
    """A column of the merged rows: picked by a choice, or combined."""

    name: str
    core: sa.types.TypeEngine[Any]
    "Of the result."
    planned: Planned
    choice: Choice | None
    combine: Combine | None = None
    "Where there is no choice."


def row_of(table: Any) -> Row:
    """The columns of a table by name."""
    return table if isinstance(table, dict) else {each.name: each for each in table.c}


def lines_of(plan: Plan, as_of: datetime) -> list[Line]:
    """All columns of the plan, in their order."""
    choices: dict[str, Choice] = {}

    def chosen(merge: Merge, planned: Sequence[Planned], **more: Any) -> None:
        pick = METHODS[merge.method]
        asked = Asked(merge, tuple(planned), plan, as_of, **more)
        assert isinstance(pick, Pick)  # noqa: S101  fits_group, and the cases below
        choice = Choice(asked, pick, len(choices))
        choices.update((each.name, choice) for each in planned)

    for group in plan.definition.groups:
        requires = tuple(map(plan.of, group.requires))
        columns = [plan.of(name) for name in group.columns]
        chosen(group.merge, columns, requires=requires, is_group=True)
    for each in plan.columns:
        if each.column.merge.method == "consent" and each.name not in choices:
            parts = [part for part in parts_of(plan, each) if part.name not in choices]
            chosen(each.column.merge, parts)
    lines: list[Line] = []
    for each in plan.columns:
        method = METHODS[each.column.merge.method]
        if each.name not in choices and isinstance(method, Combine):
            lines.append(Line(each.name, each.merged_core, each, None, method))
            continue
        if each.name not in choices:
            chosen(each.column.merge, [each])
        lines.append(Line(each.name, each.core, each, choices[each.name]))
    return lines


def _column(row: Any, name: str) -> Value:
    return row_of(row)[name]
