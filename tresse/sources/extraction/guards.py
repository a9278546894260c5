"""What keeps a suspicious run from being published (S80, S104)."""

from dataclasses import dataclass

from tresse.kernel.errors import TresseError
from tresse.sources.extraction.counting import Counts
from tresse.sources.extraction.refusals import NOTHING_READ, TOO_MANY_DELETED, TOO_MANY_REJECTED


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is suspicious; shares 0 to 1. Both of a pair must be exceeded."""

    deleted_share: float = 0.2
    deleted_rows: int = 20
    rejected_share: float = 0.1
    rejected_rows: int = 100


@dataclass(frozen=True, slots=True)
class Before:
    """The last version: its rows that are not deleted. `is_whole`: everything was read now."""

    rows: int
    is_whole: bool


def suspicion(counts: Counts, before: Before, limits: Limits, *, source: str) -> TresseError | None:
    """Why a run shall wait for a person; None: it need not.

    A reading of everything that gives no row after a version with rows is always suspicious.
    """
    if before.is_whole and not counts.read and before.rows:
        return NOTHING_READ(source=source, rows=before.rows)
    if exceeds(counts.deleted, before.rows, limits.deleted_share, limits.deleted_rows):
        return TOO_MANY_DELETED(
            source=source,
            number=counts.deleted,
            rows=before.rows,
            percent=percent(counts.deleted, before.rows),
        )
    if exceeds(counts.rejected, counts.read, limits.rejected_share, limits.rejected_rows):
        return TOO_MANY_REJECTED(
            source=source,
            number=counts.rejected,
            rows=counts.read,
            percent=percent(counts.rejected, counts.read),
        )
    return None


def exceeds(number: int, rows: int, share: float, most: int) -> bool:
    """Whether a number of rows is both above a number and above a share of all."""
    return number > most and rows > 0 and number > share * rows


def percent(number: int, rows: int) -> int:
    """A share in whole percent, at least 1 where there is anything."""
    return max(round(100 * number / rows), 1)
