"""Pages of people, jobs and the like: by falling id, with a cursor (C125)."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from tresse.accounts.refusals import BAD_CURSOR

T = TypeVar("T", bound=Model)
FIRST = "first"
"The cursor of the first page."


def page_of(found: QuerySet[T], *, cursor: str | None, limit: int) -> tuple[list[T], str | None]:
    """Some rows, and the cursor of the next ones or None.

    Raises:
        TresseError: `bad_cursor`.
    """
    if cursor and cursor != FIRST:
        if not cursor.isascii() or not cursor.isdecimal():
            raise BAD_CURSOR()
        found = found.filter(pk__lt=int(cursor))
    rows = list(found.order_by("-pk")[: limit + 1])
    return rows[:limit], str(rows[limit - 1].pk) if len(rows) > limit else None


def page_and_back(
    found: QuerySet[T], *, cursor: str | None, limit: int
) -> tuple[list[T], str | None, str | None]:
    """Some rows, the cursor of the page before (`FIRST` for the first), and that of the next.

    Raises:
        TresseError: `bad_cursor`.
    """
    rows, following = page_of(found, cursor=cursor, limit=limit)
    if not cursor or cursor == FIRST:
        return rows, None, following
    # The page before ends above the cursor: its rows, oldest first, and the one above them.
    above = list(
        found.filter(pk__gte=int(cursor)).order_by("pk").values_list("pk", flat=True)[: limit + 1]
    )
    return rows, str(above[limit]) if len(above) > limit else FIRST, following
