"""Canonical texts (Y21) read as values: of pins (D74) and fills (D31)."""

import json
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tresse.datasets.merging.methods.base import Value
from tresse.engine import columns
from tresse.engine.relations import TextList
from tresse.engine.types import Instant


def read_as(text: Value, core: sa.types.TypeEngine[Any]) -> Value:
    """A canonical text as a value of a type; NULL for NULL and for what cannot be read."""
    match core:
        case TextList():
            return columns.list_of_json(text)
        case sa.Boolean():
            return sa.case((text == "true", sa.true()), (text == "false", sa.false()))
        case Instant():
            return columns.iso_instant(text)
        case sa.Date():
            return columns.iso_day(text)
        case sa.Integer():
            return columns.to_integer(text)
        case sa.Float():
            return columns.to_double(text)
        case sa.Numeric():
            return columns.to_decimal(text, core.precision or 21, core.scale or 0)
    return text


def canonical(value: Any) -> str:
    """A constant of a definition as canonical text."""
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple() | dict():
            return json.dumps(value, ensure_ascii=False)
        case datetime():
            return value.isoformat()
        case date():
            return value.isoformat()
    return str(value)
