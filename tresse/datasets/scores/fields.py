"""Columns of a dataset by semantic field, of the types that scores take (SC2)."""

from typing import Any

import sqlalchemy as sa

from tresse.datasets.computed.world import Side
from tresse.datasets.scores.arithmetic import DOUBLE, MONEY, WHOLE, exact
from tresse.engine import columns as do
from tresse.engine.types import Instant

Value = sa.ColumnElement[Any]
BLANK = " \t\r\n"


class Fields:
    """Columns of a side by semantic field; NULL where no column holds it, or of another sort."""

    def __init__(self, side: Side, rows: sa.FromClause, zone: str) -> None:
        """See the class.

        Args:
            side: The dataset.
            rows: `side.rows`, or what has the same columns.
            zone: Of the account: in it days begin.
        """
        self.side, self.rows, self.zone = side, rows, zone

    def has(self, semantic: str) -> bool:
        """Whether a column holds it."""
        return self.side.with_field(semantic) is not None

    def text(self, semantic: str) -> Value:
        """As text; an empty one is NULL."""
        value, type_ = self._cell(semantic)
        if not type_:
            return sa.cast(sa.null(), sa.Text())
        text = value if type_ == "text" else do.text_of(value)
        return sa.type_coerce(sa.func.nullif(do.stripped(text, BLANK), ""), sa.Text())

    def money(self, semantic: str) -> Value:
        """As a decimal; doubles are rounded to its six places (D83)."""
        value, type_ = self._cell(semantic)
        match type_:
            case "decimal":
                return value
            case "integer" | "number":
                return exact(value)
            case "text":
                return do.to_decimal(value)
        return sa.cast(sa.null(), MONEY)

    def number(self, semantic: str) -> Value:
        """As a double."""
        value, type_ = self._cell(semantic)
        match type_:
            case "number":
                return do.finite(value)
            case "integer" | "decimal":
                return do.try_cast(value, DOUBLE)
            case "text":
                return do.to_double(value)
        return sa.cast(sa.null(), DOUBLE)

    def instant(self, semantic: str) -> Value:
        """As an instant; a day begins in the zone of the account."""
        value, type_ = self._cell(semantic)
        match type_:
            case "datetime":
                return value
            case "date":
                return do.instant_at(do.local_of(value), self.zone)
            case "text":
                local = do.instant_at(do.iso_local(value), self.zone)
                return sa.func.coalesce(do.iso_instant(value), local)
        return sa.cast(sa.null(), Instant())

    def day(self, semantic: str) -> Value:
        """As a day in the zone of the account."""
        value, type_ = self._cell(semantic)
        return value if type_ == "date" else do.day_at(self.instant(semantic), self.zone)

    def yes(self, semantic: str) -> Value:
        """As true or false."""
        value, type_ = self._cell(semantic)
        match type_:
            case "boolean":
                return value
            case "integer" | "number" | "decimal":
                return value != sa.cast(0, WHOLE)
            case "text":
                return do.lowered(do.stripped(value, BLANK)).in_(("true", "yes", "1"))
        return sa.cast(sa.null(), sa.Boolean())

    def _cell(self, semantic: str) -> tuple[Value, str]:
        cell = self.side.with_field(semantic)
        if cell is None:
            return sa.null(), ""
        return sa.type_coerce(self.rows.c[cell.column], cell.core), cell.type
