"""Days and date-times."""

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from tresse.engine import columns
from tresse.engine.dates import form_of
from tresse.engine.functions import Function
from tresse.engine.types import Instant
from tresse.engine.zones import MOVED, TWICE
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.sources.types.base import Cell, ColumnType, Condition, Parts, Value
from tresse.sources.types.formats import UNIX, UNIX_MS
from tresse.sources.types.moments import day, has_time, instant, local

DAY = Function("cell_day", day, sa.Date())
HAS_TIME = Function("cell_has_time", has_time, sa.Boolean())
LOCAL = Function("cell_local", local, sa.DateTime())
INSTANT = Function("cell_instant", instant, Instant())
TIMED = r"[0-9][Tt ]+[0-9]"
FINE_PLACES = r"[.,][0-9]{6}[0-9]*[1-9]"
"Fractions of a microsecond."
WITH_OFFSET = (
    r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9:.,]+ ?"
    r"(?:[zZ]|[+\-][0-9]{2}(?::?[0-9]{2})?)\s*$"
)
"Date-times of ISO 8601 that say their offset."
UNITS = {UNIX: 1_000_000, UNIX_MS: 1_000}
"Microseconds of one."
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799


def within_years(times: pa.Array) -> pa.Array:
    """Instants of the years 1 to 9999; None for others, which a cell with an offset may say."""
    micros = times.cast(pa.int64())
    known = pc.and_(
        pc.greater_equal(micros, FIRST_SECOND * 1_000_000),
        pc.less(micros, (LAST_SECOND + 1) * 1_000_000),
    )
    return pc.if_else(known, times, pa.scalar(None, times.type))


WITHIN_YEARS = Function("within_years", within_years, Instant(), (Instant(),), is_bulk=True)


def formats_of(written: str) -> tuple[str, ...]:
    """As functions of `moments` take them."""
    return (written,) if written else ()


def known_to_engines(written: str) -> bool:
    """Whether the engines read a format themselves, as a day or a local time."""
    if not written or written in UNITS:
        return False
    try:
        return not form_of(written).has_offset
    except TresseError:
        return False


def day_value(text: Value, written: tuple[str, ...], zone: str) -> Value:
    """The day that a text says by the first of some formats, by ISO 8601 where there is none."""
    found: list[Value] = [] if written else [columns.iso_day(text)]
    if len(written) == 1 and known_to_engines(written[0]):
        found = [columns.day_by(text, written[0])]
    return sa.func.coalesce(*found, DAY(text, zone=zone, formats=written))


def local_value(text: Value, written: tuple[str, ...]) -> Value:
    """The local time that a text without offset says; NULL for one with an offset."""
    found: list[Value] = [] if written else [columns.iso_local(text)]
    if len(written) == 1 and known_to_engines(written[0]):
        found = [columns.time_by(text, written[0])]
    rest: Value = LOCAL(text, formats=written)
    if not written:
        # One with an offset is no local time: no cell of such a column needs a look of its own.
        rest = sa.case((columns.matches(text, WITH_OFFSET), None), else_=rest)
    return sa.func.coalesce(*found, rest)


def instant_value(text: Value, written: tuple[str, ...]) -> Value:
    """The instant that a text with an offset says, or of seconds since 1970; else NULL."""
    found = [] if written else [columns.iso_instant(text)]
    return sa.func.coalesce(*found, INSTANT(text, formats=written))


class Date(ColumnType):
    """Days."""

    name = "date"
    label = N_("Date")
    column = sa.Date()
    code = "could_not_parse_date"
    stored = N_("a day")
    reads = N_("the column's format, or ISO 8601; a time of day is dropped and counted")

    def value(self, cell: Cell, parts: Parts) -> Value:  # noqa: ARG002
        """Plain ones by the engine, all others one by one."""
        if cell.sort == "date":
            return cell.raw
        if cell.sort == "local":
            return columns.day_of(cell.raw)
        if cell.sort == "instant":
            return columns.day_at(cell.raw, cell.zone)
        return day_value(cell.text, formats_of(cell.column.format), cell.zone)

    def counted(self, cell: Cell, parts: Parts, value: Value) -> dict[str, Condition]:  # noqa: ARG002
        """Those whose time of day was dropped."""
        if cell.sort == "local":
            return {"time_dropped": columns.local_of(value) != cell.raw}
        if cell.sort == "instant":
            local_time = columns.local_at(cell.raw, cell.zone)
            return {"time_dropped": columns.local_of(value) != local_time}
        written = cell.column.format
        if cell.sort != "text" or (written and "%H" not in written and "%I" not in written):
            return {}
        timed = sa.and_(value.is_not(None), columns.matches(cell.text, TIMED))
        said = HAS_TIME(cell.text, formats=formats_of(written))
        return {"time_dropped": sa.case((timed, said), else_=sa.false())}


class DateTime(ColumnType):
    """Instants."""

    name = "datetime"
    label = N_("Date and time")
    column = Instant()
    code = "could_not_parse_date"
    stored = N_("UTC, to the microsecond")
    reads = N_(
        "ISO 8601 with an offset; without one, or by the column's format, in its time zone; "
        "seconds or milliseconds since 1970 with the format unix or unix_ms"
    )

    def parts(self, cell: Cell) -> dict[str, Value]:
        """The local time of cells without an offset."""
        if cell.sort == "local":
            return {"local": cell.raw}
        if cell.sort == "date":
            return {"local": columns.local_of(cell.raw)}
        if cell.sort == "text" and cell.column.format not in UNITS:
            return {"local": local_value(cell.text, formats_of(cell.column.format))}
        return {}

    def value(self, cell: Cell, parts: Parts) -> Value:
        """Local times by the zone, others as they say."""
        if cell.sort == "instant":
            return cell.raw
        if cell.sort == "integer" and cell.column.format in UNITS:
            return _since_1970(cell.raw, UNITS[cell.column.format])
        found = [_instant_of(parts["local"], cell.zone)] if parts else []
        if cell.sort not in {"local", "date"}:
            found.append(instant_value(cell.text, formats_of(cell.column.format)))
        return WITHIN_YEARS(sa.func.coalesce(*found) if len(found) > 1 else found[0])

    def counted(self, cell: Cell, parts: Parts, value: Value) -> dict[str, Condition]:
        """Local times that a change of the clocks skipped or brought twice; places cut off."""
        counted: dict[str, Condition] = {}
        if parts and cell.zone != "UTC":
            fault = columns.local_fault(parts["local"], cell.zone)
            counted = {"time_gap": fault == MOVED, "time_overlap": fault == TWICE}
        if cell.sort == "text":
            cut = sa.and_(value.is_not(None), columns.matches(cell.text, FINE_PLACES))
            counted["places_cut"] = cut
        return counted


def _instant_of(local_time: Value, zone: str) -> Value:
    """The instant of a local time; a column without any asks no zone."""
    asked: Value = sa.case((local_time.is_not(None), columns.instant_at(local_time, zone)))
    return asked


def _since_1970(number: Value, micros: int) -> Value:
    per_second = 1_000_000 // micros
    known = number.between(FIRST_SECOND * per_second, (LAST_SECOND + 1) * per_second - 1)
    return sa.case((known, columns.from_micros(number * micros)))
