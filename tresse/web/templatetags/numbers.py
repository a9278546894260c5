"""Numbers, dates and times as the person's language and time zone write them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from tresse.kernel import clock

register = template.Library()

CAP = 10_000
HOUR = "H:i"


class Forms(NamedTuple):
    """How a language writes days; all three put the day first and count 24 hours."""

    day: str
    day_of_this_year: str
    full_day: str


FORMS = {
    "en": Forms("j M Y", "j M", "j F Y"),
    "fr": Forms("j N Y", "j N", "j F Y"),  # 18 nov. 2026
    "pl": Forms("j b Y", "j b", "j E Y"),  # 18 lis 2026, 18 listopada 2026
}
MINUTE_SECONDS, HOUR_SECONDS = 60, 3600
NEAR_SECONDS = 6 * HOUR_SECONDS


@register.filter
def number(value: int | float | Decimal | None, digits: int | None = None) -> str:
    """A number with the language's separators; `digits` fixes the decimal places."""
    if value is None:
        return ""
    return number_format(value, decimal_pos=digits, use_l10n=True, force_grouping=True)


@register.filter
def capped(count: int | None, cap: int = CAP) -> str:
    """A count that was not counted beyond `cap`: "10,000+"."""
    if count is None:
        return ""
    return f"{number(cap)}+" if count > cap else number(count)


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    """A share from 0 to 1 in percent."""
    return "" if share is None else in_percent(round(share * 100, digits), digits)


@register.filter
def in_percent(value: float, digits: int = 0) -> str:
    """A number of percent from 0 to 100."""
    # Translators: a percentage; French puts a no-break space before the sign.
    return gettext("{number}%").format(number=number(value, digits))


def _forms() -> Forms:
    return FORMS.get((get_language() or "en")[:2], FORMS["en"])


def _local(value: datetime) -> datetime:
    aware = value if timezone.is_aware(value) else timezone.make_aware(value)
    return timezone.localtime(aware)


@register.filter
def day(value: date | datetime | None) -> str:
    """A date: "18 Nov 2026"."""
    if value is None:
        return ""
    local = _local(value).date() if isinstance(value, datetime) else value
    return _day(local, _forms().day, get_language() or "en")


# A table shows the same few days again and again, and to write one takes long.
@lru_cache(maxsize=2_000)
def _day(value: date, form: str, _language: str) -> str:
    return date_format(value, form)


@register.filter
def moment(value: datetime | None) -> str:
    """A date and a time of day in the person's zone: "18 Nov 2026, 14:05"."""
    if value is None:
        return ""
    local = _local(value)
    return f"{date_format(local, _forms().day)}, {date_format(local, HOUR)}"


def ago(value: datetime) -> str:
    """How a person would say when it was, seen from now."""
    local, now = _local(value), timezone.localtime(clock.now())
    seconds = (now - local).total_seconds()
    if 0 <= seconds < MINUTE_SECONDS:
        return gettext("just now")
    if 0 <= seconds < HOUR_SECONDS:
        count = int(seconds // MINUTE_SECONDS)
        return ngettext("{n} minute ago", "{n} minutes ago", count).format(n=count)
    if 0 <= seconds < NEAR_SECONDS:
        count = int(seconds // HOUR_SECONDS)
        return ngettext("{n} hour ago", "{n} hours ago", count).format(n=count)
    return _named_day(local, now)


def _named_day(local: datetime, now: datetime) -> str:
    time = date_format(local, HOUR)
    named = {
        timedelta(0): gettext("Today, {time}"),
        timedelta(days=1): gettext("Yesterday, {time}"),
        timedelta(days=-1): gettext("Tomorrow, {time}"),
    }
    if text := named.get(now.date() - local.date()):
        return text.format(time=time)
    if local.year == now.year:
        return f"{date_format(local, _forms().day_of_this_year)}, {time}"
    return date_format(local, _forms().day)


@register.simple_tag
def when(value: datetime | None, empty: str = "") -> SafeString | str:
    """A `<time>`: near moments in words, the exact one on hover."""
    if value is None:
        return empty
    local = _local(value)
    day_, time = date_format(local, _forms().full_day), date_format(local, HOUR)
    full = f"{day_}, {time} {local.tzname() or ''}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        full.strip(),
        ago(value),
    )
