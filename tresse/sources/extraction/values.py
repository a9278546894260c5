"""Values of cursors and keys of a database as JSON, and back, exactly (S74, S75)."""

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from tresse.connections.kinds.base import Value


def stored(value: Value) -> list[Any]:
    """A value as `[kind, text]`; a naive date-time stays naive."""
    if isinstance(value, datetime):
        return ["datetime", value.isoformat()]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    if isinstance(value, str):
        return ["text", value]
    return ["float" if isinstance(value, float) else "int", value]


def read(kept: list[Any]) -> Value:
    """The value that `stored` wrote."""
    kind, value = kept
    if kind == "datetime":
        return datetime.fromisoformat(value)
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "decimal":
        return Decimal(value)
    return value  # type: ignore[no-any-return]


def before(value: Value, overlap: timedelta | int | None, default: timedelta) -> Value:
    """Where reading begins: the cursor less its overlap; a text cannot be counted back (S76)."""
    if isinstance(value, datetime | date):
        return value - (default if overlap is None else _time(overlap))
    number = 0 if overlap is None or isinstance(overlap, timedelta) else overlap
    if isinstance(value, str):
        return str(Decimal(value) - number) if number else value
    return value - number


def _time(overlap: timedelta | int) -> timedelta:
    return overlap if isinstance(overlap, timedelta) else timedelta(seconds=overlap)


def committed(newest: list[Any] | None) -> dict[str, Any] | None:
    """A cursor as `Source.cursor` keeps it."""
    return None if newest is None else {"kind": newest[0], "value": newest[1]}


def read_committed(cursor: dict[str, Any] | None) -> Value | None:
    """The value of a kept cursor."""
    return None if cursor is None else read([cursor["kind"], cursor["value"]])


def is_before(newest: list[Any] | None, value: Value | None) -> bool:
    """Whether the highest cursor that was read lies before a value; one of no row does."""
    if value is None:
        return False
    if newest is None:
        return True
    found = read(newest)
    if isinstance(found, str) and isinstance(value, str):
        return _number(found) < _number(value)
    return type(found) is type(value) and found < value  # type: ignore[operator]


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)
