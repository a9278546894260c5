"""Local times and instants, by the same table of zones on every engine (S56).

A local time that does not exist (clocks forward) moves to the next existing instant; one that
occurs twice takes the first.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from tresse.engine.functions import Function
from tresse.engine.types import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Zones are looked at day by day as long as laws change them, then week by week.
_FIRST = datetime(1800, 1, 1, tzinfo=UTC)
_BY_WEEKS = datetime(2040, 1, 1, tzinfo=UTC)
_LAST = datetime(2500, 1, 1, tzinfo=UTC)
_CYCLE = 146_097 * 86_400 * 1_000_000
"400 years in microseconds, after which days, weekdays and so the rules of zones come round again."

FINE, MOVED, TWICE = 0, 1, 2
"What `LOCAL_FAULT` says of a local time: it is one instant, does not exist, occurs twice."


@dataclass(frozen=True, slots=True)
class Periods:
    """The times between two changes of the clocks of a zone, in microseconds; numpy int64."""

    starts: Any
    "The instant that each begins at."
    offsets: Any
    "Local time minus UTC in it."
    ends: Any
    "The local time at the end of each but the last."


@lru_cache(maxsize=64)
def periods(zone: str) -> Periods:
    """Those of a zone from 1800 to 2500; takes 0.1 s once."""
    clock = ZoneInfo(zone)
    known = _offset(clock, _FIRST)
    found = [(_micros(_FIRST), known)]
    for begin, end in _steps():
        offset = _offset(clock, end)
        if offset != known:
            after = bisect_left(
                range((end - begin) // timedelta(seconds=1)),
                True,
                key=lambda s: _offset(clock, begin + timedelta(seconds=s)) != known,
            )
            found.append((_micros(begin + timedelta(seconds=after)), offset))
            known = offset
    starts, offsets = (np.array(each, "int64") for each in zip(*found, strict=True))
    return Periods(starts, offsets, starts[1:] + offsets[:-1])


def _steps() -> Iterator[tuple[datetime, datetime]]:
    at = _FIRST
    while at < _LAST:
        after = at + timedelta(days=1 if at < _BY_WEEKS else 7)
        yield at, after
        at = after


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _offset(clock: ZoneInfo, at: datetime) -> int:
    return (at.astimezone(clock).utcoffset() or timedelta()) // _MICROSECOND


_BEFORE_ALL = -(2**62)
_END = _micros(_LAST) - 86_400_000_000


def _read(times: pa.Array) -> tuple[Any, Any]:
    """Microseconds taken into the years of `periods`, and by how much they were."""
    micros = pc.fill_null(times.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    later = np.maximum(0, -((_END - micros) // _CYCLE)) * _CYCLE
    return micros - later, later


def _given(micros: Any, times: pa.Array, type_: pa.DataType) -> pa.Array:
    nulls = times.is_null().to_numpy(zero_copy_only=False)
    return pa.array(micros, pa.int64(), mask=nulls).cast(type_)


def _instants(local: pa.Array, *, zone: str) -> pa.Array:
    known = periods(zone)
    micros, later = _read(local)
    at = np.searchsorted(known.ends, micros, "right")
    # Before the start of the first period that ends later: the local time was skipped.
    begun = np.where(at > 0, known.starts[at], _BEFORE_ALL)
    found = np.maximum(micros - known.offsets[at], begun)
    return _given(found + later, local, pa.timestamp("us", "UTC"))


def _faults(local: pa.Array, *, zone: str) -> pa.Array:
    known = periods(zone)
    micros, _ = _read(local)
    at = np.searchsorted(known.ends, micros, "right")
    after = np.minimum(at + 1, len(known.starts) - 1)
    moved = (at > 0) & (micros - known.offsets[at] < known.starts[at])
    twice = (after > at) & (micros - known.offsets[after] >= known.starts[after])
    return _given(np.where(moved, MOVED, np.where(twice, TWICE, FINE)), local, pa.int64())


def _locals(instants: pa.Array, *, zone: str) -> pa.Array:
    known = periods(zone)
    micros, later = _read(instants)
    at = np.maximum(np.searchsorted(known.starts, micros, "right") - 1, 0)
    return _given(micros + known.offsets[at] + later, instants, pa.timestamp("us"))


INSTANT_AT = Function("instant_at", _instants, Instant(), (sa.DateTime(),), is_bulk=True)
'`INSTANT_AT(local, zone="Europe/Paris")`: the instant of a local time.'
LOCAL_FAULT = Function("local_fault", _faults, sa.BigInteger(), (sa.DateTime(),), is_bulk=True)
"`LOCAL_FAULT(local, zone=…)`: `FINE`, `MOVED` or `TWICE`."
LOCAL_AT = Function("local_at", _locals, sa.DateTime(), (Instant(),), is_bulk=True)
"`LOCAL_AT(instant, zone=…)`: the local time of an instant, without a zone."
