"""Lists of text, and JSON."""

import json

import orjson
import sqlalchemy as sa

from tresse.engine import columns
from tresse.engine.functions import Function
from tresse.engine.relations import TextList
from tresse.kernel.marks import N_
from tresse.sources.types.base import Cell, ColumnType, Parts, Value


class _Number(str):
    """A number of JSON as it was written."""

    __slots__ = ()


def listed(text: str, separator: str) -> list[str] | None:
    """The items of a JSON array of scalars, or the parts between separators; None if it is none.

    Nulls and empty parts are left out; the order stays.
    """
    bare = text.strip()
    if not bare:
        return None
    if separator:
        return [part for each in bare.split(separator) if (part := each.strip())]
    try:
        orjson.loads(bare)  # the stricter reader of the two
        items = json.loads(bare, parse_float=_Number, parse_int=_Number)
    except (ValueError, RecursionError):
        return None
    if not isinstance(items, list) or any(isinstance(item, dict | list) for item in items):
        return None
    return [_text(item) for item in items if item is not None]


def _text(item: bool | str) -> str:
    return ("true" if item else "false") if isinstance(item, bool) else str(item)


LISTED = Function("cell_list", listed, TextList())


class ListOfText(ColumnType):
    """Lists."""

    name = "list"
    label = N_("List")
    column = TextList()
    code = "could_not_parse_json"
    stored = N_("a list of text")
    reads = N_("a JSON array, or text with the column's separator")

    def value(self, cell: Cell, parts: Parts) -> Value:  # noqa: ARG002
        """One by one."""
        if cell.sort == "list":
            return cell.raw
        return LISTED(cell.text, separator=cell.column.separator)


class Json(ColumnType):
    """JSON."""

    name = "json"
    label = N_("JSON")
    column = sa.Text()
    code = "could_not_parse_json"
    stored = N_("text, as it came")
    reads = N_("valid JSON (RFC 8259)")

    def value(self, cell: Cell, parts: Parts) -> Value:  # noqa: ARG002
        """As it came, where it is JSON."""
        if cell.sort == "list":
            return columns.text_of(cell.raw)
        return sa.case((columns.is_json(cell.text), cell.text))
