"""What is asked of a timeline, as an address says it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel
from tresse.records.timeline.entries import Wanted

ASKED = ("kinds", "author", "since", "until", "origin", "object", "q")
ORIGINS = ("own", "linked")
A_DAY = N_("a day like 2026-03-01")
MOST_DIGITS = 18


def wanted_of(given: Mapping[str, str], model: DataModel) -> Wanted:
    """The entries that parameters ask for; days are those of the active time zone.

    Raises:
        TresseError: `wrong_value`, `unknown_object`.
    """
    origin, author, object = (given.get(name, "") for name in ("origin", "author", "object"))
    if origin and origin not in ORIGINS:
        raise WRONG_VALUE(name="origin", wanted=" | ".join(ORIGINS), value=origin)
    if author and not (author.isdecimal() and len(author) <= MOST_DIGITS):
        raise WRONG_VALUE(name="author", wanted=N_("the id of a user"), value=author)
    last = _day("until", given.get("until", ""))
    return Wanted(
        kinds=tuple(each for each in given.get("kinds", "").split(",") if each),
        author=int(author) if author else None,
        since=_begin(_day("since", given.get("since", ""))),
        until=_begin(last + timedelta(days=1)) if last else None,
        origin=origin,
        object=model.object(object).name if object else "",
        words=given.get("q", "").strip(),
    )


def said(wanted: Wanted) -> Iterator[tuple[str, str]]:
    """The parameters that ask for these entries: the reverse of `wanted_of`."""
    if wanted.kinds:
        yield "kinds", ",".join(wanted.kinds)
    if wanted.author:
        yield "author", str(wanted.author)
    if wanted.since:
        yield "since", timezone.localtime(wanted.since).date().isoformat()
    if wanted.until:
        last = timezone.localtime(wanted.until).date() - timedelta(days=1)
        yield "until", last.isoformat()
    for name, value in (("origin", wanted.origin), ("object", wanted.object), ("q", wanted.words)):
        if value:
            yield name, value


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if day.year in {date.min.year, date.max.year}:
        raise WRONG_VALUE(name=name, wanted=A_DAY, value=text)
    return day


def _begin(day: date | None) -> datetime | None:
    """The first instant of a day."""
    if day is None:
        return None
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
