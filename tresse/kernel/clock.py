"""The clock: the one place that says what time it is; a test or a simulation may say otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("fixed", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Within the block it is `instant` (aware)."""
    token = _fixed.set(instant)
    try:
        yield
    finally:
        _fixed.reset(token)
