"""Text."""

import sqlalchemy as sa

from tresse.engine import columns
from tresse.kernel.marks import N_
from tresse.sources.types.base import Cell, ColumnType, Condition, Parts, Value

PLAIN = r"^[\x01-\x7f]*$"
"Texts that are their own normal form and hold no U+0000."


class Text(ColumnType):
    """Anything."""

    name = "text"
    label = N_("Text")
    column = sa.Text()
    stored = N_("text in normal form C")
    reads = N_("anything; U+0000 is removed and counted")

    def value(self, cell: Cell, parts: Parts) -> Value:  # noqa: ARG002
        """In normal form C; NULL where nothing is left."""
        if cell.sort != "text":
            return cell.text
        composed = columns.nfc(columns.without_nul(cell.text))
        return sa.func.nullif(
            sa.case((columns.matches(cell.text, PLAIN), cell.text), else_=composed), ""
        )

    def counted(self, cell: Cell, parts: Parts, value: Value) -> dict[str, Condition]:  # noqa: ARG002
        """Texts that held U+0000."""
        return {"nul_removed": columns.has_nul(cell.text)} if cell.sort == "text" else {}
