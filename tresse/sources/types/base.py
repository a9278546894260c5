"""What a type of column states, and what reading a column as it gives."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sqlalchemy as sa

from tresse.engine import columns
from tresse.engine.functions import Function
from tresse.engine.relations import TextList
from tresse.engine.types import Instant
from tresse.sources.columns import Column, Defaults
from tresse.sources.types.amounts import text_of_double

Value = sa.ColumnElement[Any]
Condition = sa.ColumnElement[bool]
Parts = Mapping[str, Value]

DOUBLE_TEXT = Function("double_text", text_of_double, sa.Text(), takes=(sa.Double(),))
SOMETHING = (
    r"[^\s\x0b\x1c-\x1f\x{85}\x{a0}\x{1680}\x{180e}\x{2000}-\x{200d}\x{2028}\x{2029}\x{202f}\x{205f}\x{2060}"
    r"\x{3000}\x{feff}]"
)
"What makes a text more than blank."


@dataclass(frozen=True, slots=True)
class Typed:
    """A column read as its type: expressions over the same rows."""

    value: Value
    "Of the type's Core type; NULL where the cell is empty, or cannot be read."
    failed: Condition | None = None
    "True where the cell holds something that cannot be read; never NULL. None: never."
    code: str = ""
    "The refusal code of `failed`, such as `could_not_parse_number`."
    counted: Mapping[str, Condition] = field(default_factory=dict)
    "What happened to cells that could be read, by warning code; never NULL."


@dataclass(frozen=True, slots=True)
class Cell:
    """The raw column of a type, with what its reading needs to be told."""

    raw: Value
    column: Column
    defaults: Defaults

    @property
    def sort(self) -> str:
        """What was read: `text integer decimal double boolean date local instant list`."""
        return sort_of(self.raw.type)

    @property
    def zone(self) -> str:
        """Of date-times without an offset."""
        return self.column.zone or self.defaults.zone

    @property
    def point(self) -> str:
        """Decimal sign."""
        return self.column.point or "."

    @property
    def sign(self) -> str:
        """Decimal sign, as `amounts.plain` takes it: empty where none is set."""
        return "" if self.point == "." and not self.defaults.is_strict else self.point

    @property
    def text(self) -> Value:
        """The cell as text; NULL for NULL, and for NaN."""
        if self.sort == "text":
            return sa.type_coerce(self.raw, sa.Text())
        if self.sort == "double":
            return DOUBLE_TEXT(self.raw)
        return columns.text_of(self.raw)


class ColumnType(ABC):
    """A member of `TYPES`. Holds no state.

    `parts` are worked out first, a step of their own; `value` and `counted` may name them.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    column: ClassVar[sa.types.TypeEngine[Any]]
    "Core type of the values."
    code: ClassVar[str] = ""
    "Refusal of a cell that cannot be read; empty: every cell can."
    stored: ClassVar[str]
    "How it is kept, for people."
    reads: ClassVar[str]
    "What it reads, for people."

    def parts(self, cell: Cell) -> dict[str, Value]:  # noqa: ARG002
        """What value and counts have in common."""
        return {}

    @abstractmethod
    def value(self, cell: Cell, parts: Parts) -> Value:
        """The column read as this type."""

    def counted(self, cell: Cell, parts: Parts, value: Value) -> dict[str, Condition]:  # noqa: ARG002
        """What happened to readable cells; may be NULL."""
        return {}

    def excused(self, counted: Mapping[str, Condition]) -> Condition | None:  # noqa: ARG002
        """Of `counted`, what makes a filled cell NULL without being a fault."""
        return None

    def failed(
        self, cell: Cell, value: Value, counted: Mapping[str, Condition]
    ) -> Condition | None:
        """Whether the cell holds something that cannot be read; never NULL."""
        if not self.code:
            return None
        faulty: list[Condition] = []
        if cell.sort == "text":
            faulty.append(columns.matches(cell.text, SOMETHING))
        excused = self.excused(counted)
        if excused is not None:
            faulty.append(sa.not_(excused))
        # A choice, so that a cell that was read is not looked at again.
        is_null = sa.and_(cell.raw.is_not(None), value.is_(None))
        return sa.case((is_null, sa.and_(sa.true(), *faulty)), else_=sa.false())

    def typed(self, cell: Cell) -> Typed:
        """All at once, in place."""
        parts = self.parts(cell)
        value = sa.type_coerce(self.value(cell, parts), self.column)
        counted = {
            code: never_null(condition)
            for code, condition in self.counted(cell, parts, value).items()
        }
        return Typed(value, self.failed(cell, value, counted), self.code, counted)


def never_null(condition: Condition) -> Condition:
    """False instead of NULL."""
    return sa.func.coalesce(condition, sa.false())


def sort_of(type_: sa.types.TypeEngine[Any]) -> str:
    """What a Core type is to types of columns."""
    sorts: tuple[tuple[type[Any] | tuple[type[Any], ...], str], ...] = (
        (TextList, "list"),
        (sa.Boolean, "boolean"),
        (Instant, "instant"),
        (sa.Integer, "integer"),
        (sa.Float, "double"),
        (sa.Numeric, "decimal"),
        (sa.Date, "date"),
    )
    for core, sort in sorts:
        if isinstance(type_, core):
            return sort
    if isinstance(type_, sa.DateTime):
        return "instant" if type_.timezone else "local"
    return "text"
