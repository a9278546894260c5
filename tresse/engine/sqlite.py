"""Functions of ours on a SQLite connection, and how one is set up."""

import sqlite3
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import re2

from tresse.engine.fulltext import digits, searched
from tresse.engine.sqlite_formulas import FUNCTIONS
from tresse.kernel import text

# WAL lets people read while one writes; a page cache of 64 MB. The file is not mapped into
# memory: a bulk job would seem to hold hundreds of megabytes. Temporary tables stay in files, so
# that the memory of an import does not grow with its file.
SETTINGS = (
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"
    "PRAGMA cache_size=-65536;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA wal_autocheckpoint=4000;"
)


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that constructs render for SQLite."""
    texts = {
        "tresse_normal": _normal,
        "tresse_folded": _folded,
        "tresse_plain": _plain,
        "tresse_instant": _instant,
    }
    for name, function in texts.items():
        connection.create_function(name, 1, function, deterministic=True)
    connection.create_function("tresse_search", 1, searched, deterministic=True)
    connection.create_function("tresse_digits", 1, digits, deterministic=True)
    connection.create_function("tresse_matches", 2, _matches, deterministic=True)
    connection.create_function("tresse_local_day", 2, _local_day, deterministic=True)
    for name, function in FUNCTIONS.items():
        connection.create_function(f"tresse_{name}", -1, function, deterministic=True)


def _normal(value: Any) -> str | None:
    return None if value is None else text.normal(str(value))


def _folded(value: Any) -> str | None:
    return None if value is None else text.folded(str(value))


def _plain(value: Any) -> str | None:
    return None if value is None else text.plain(str(value))


def _instant(value: str | None) -> str | None:
    if value is None:
        return None
    # As instants are stored: naive UTC of fixed width.
    instant = datetime.fromisoformat(value).astimezone(UTC)
    return instant.replace(tzinfo=None).isoformat(" ", "microseconds")


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Any:
    return re2.compile(pattern)


def _matches(value: Any, pattern: str) -> bool | None:
    # Patterns are those of `objects.kinds.patterns.portable`.
    return None if value is None else _pattern(pattern).search(str(value)) is not None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local_day(value: str | None, zone: str) -> str | None:
    if value is None:
        return None
    # Instants are stored as naive UTC of fixed width (`engine.types.Instant`).
    instant = datetime.fromisoformat(value).replace(tzinfo=UTC)
    try:
        return instant.astimezone(_zone(zone)).date().isoformat()
    except OverflowError:
        return value[:10]
