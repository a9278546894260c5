"""True or false."""

import sqlalchemy as sa

from tresse.engine.functions import Function
from tresse.kernel.marks import N_
from tresse.sources.types.base import Cell, ColumnType, Parts, Value

YES = ["true", "1", "yes", "y", "t", "on", "oui", "vrai", "tak"]
NO = ["false", "0", "no", "n", "f", "off", "non", "faux", "nie"]
_WORDS = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}


def truth(text: str) -> bool | None:
    """What a word says, in any case; None if it says neither."""
    return _WORDS.get(text.strip().lower())


TRUTH = Function("cell_boolean", truth, sa.Boolean())


class Boolean(ColumnType):
    """Words and numbers."""

    name = "boolean"
    label = N_("Yes or no")
    column = sa.Boolean()
    code = "could_not_parse_boolean"
    stored = N_("true or false")
    reads = N_("true false 1 0 yes no y n t f oui non vrai faux tak nie on off, in any case")

    def value(self, cell: Cell, parts: Parts) -> Value:  # noqa: ARG002
        """By the words of three languages; of numbers 1 and 0."""
        if cell.sort == "boolean":
            return cell.raw
        if cell.sort in {"integer", "decimal", "double"}:
            return sa.case((cell.raw == 1, sa.true()), (cell.raw == 0, sa.false()))
        return sa.case(
            (cell.text.in_(YES), sa.true()), (cell.text.in_(NO), sa.false()), else_=TRUTH(cell.text)
        )
