"""Refused rows in the order people read them: newest run, then file, then line (S100)."""

from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from tresse.accounts.paging import FIRST
from tresse.accounts.refusals import BAD_CURSOR
from tresse.sources.models import Rejection

FILE = Coalesce(F("file_id"), Value(0))
"Files are numbered as they are read; rows of a database have none and come first."
LINE = Coalesce(F("line"), Value(0))
ORDER = (F("run_id").desc(), FILE.asc(), LINE.asc(), F("pk").asc())
BACK = (F("run_id").asc(), FILE.desc(), LINE.desc(), F("pk").desc())
LONGEST_NUMBER = 18
Place = tuple[int, int, int, int]
"Run, file, line and key of a row."
PARTS = 4


def page_of(
    found: QuerySet[Rejection], *, cursor: str | None, limit: int
) -> tuple[list[Rejection], str | None]:
    """Some rows in `ORDER`, and the cursor of the next ones or None.

    A cursor is the place of the last row that was shown, so rows that came or went meanwhile
    neither repeat nor hide another.

    Raises:
        TresseError: `bad_cursor`.
    """
    placed = _placed(found)
    if cursor and cursor != FIRST:
        placed = placed.filter(_after(_place(cursor)))
    rows = list(placed.order_by(*ORDER)[: limit + 1])
    return rows[:limit], _cursor(rows[limit - 1]) if len(rows) > limit else None


def page_and_back(
    found: QuerySet[Rejection], *, cursor: str | None, limit: int
) -> tuple[list[Rejection], str | None, str | None]:
    """Some rows, the cursor of the page before (`FIRST` for the first), and that of the next.

    Raises:
        TresseError: `bad_cursor`.
    """
    rows, following = page_of(found, cursor=cursor, limit=limit)
    if not cursor or cursor == FIRST:
        return rows, None, following
    # The page before ends at the cursor: its rows, last first, and the one above them.
    above = list(_placed(found).exclude(_after(_place(cursor))).order_by(*BACK)[: limit + 1])
    return rows, _cursor(above[limit]) if len(above) > limit else FIRST, following


def _placed(found: QuerySet[Rejection]) -> QuerySet[Rejection]:
    numbers: dict[str, Any] = {"at_file": FILE, "at_line": LINE}
    return found.annotate(**numbers)


def _cursor(row: Rejection) -> str:
    return f"{row.run_id}-{row.file_id or 0}-{row.line or 0}-{row.pk}"


def _place(cursor: str) -> Place:
    parts = cursor.split("-")
    fits = all(p.isascii() and p.isdecimal() and len(p) <= LONGEST_NUMBER for p in parts)
    if len(parts) != PARTS or not fits:
        raise BAD_CURSOR()
    run, file, line, pk = map(int, parts)
    return run, file, line, pk


def _after(place: Place) -> Q:
    run, file, line, pk = place
    in_line = Q(at_line__gt=line) | Q(at_line=line, pk__gt=pk)
    in_file = Q(at_file__gt=file) | (Q(at_file=file) & in_line)
    return Q(run_id__lt=run) | (Q(run_id=run) & in_file)
