"""How often a scheduled export runs, as people choose it, and the five fields that say the same."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

EVERY = (
    ("hour", _("Every hour")),
    ("day", _("Every day")),
    ("weekday", _("Monday to Friday")),
    ("week", _("Every week")),
    ("month", _("Every month")),
    ("own", _("Own times")),
)
WEEKDAYS = (
    ("1", _("Monday")),
    ("2", _("Tuesday")),
    ("3", _("Wednesday")),
    ("4", _("Thursday")),
    ("5", _("Friday")),
    ("6", _("Saturday")),
    ("0", _("Sunday")),
)
_TIME = r"(?P<minute>[0-5]?[0-9]) (?P<hour>[01]?[0-9]|2[0-3])"
_FORMS = (
    ("hour", re.compile(r"0 \* \* \* \*")),
    ("day", re.compile(rf"{_TIME} \* \* \*")),
    ("weekday", re.compile(rf"{_TIME} \* \* 1-5")),
    ("week", re.compile(rf"{_TIME} \* \* (?P<weekday>[0-6])")),
    ("month", re.compile(rf"{_TIME} (?P<day>[12]?[0-9]|3[01]) \* \*")),
)


def chosen(cron: str) -> dict[str, str]:
    """The fields of the form for five fields of cron: `every`, `time`, `weekday`, `day`, `cron`."""
    found = {"every": "own", "time": "06:00", "weekday": "1", "day": "1", "cron": cron}
    for every, form in _FORMS:
        if read := form.fullmatch(cron):
            parts = read.groupdict()
            found["every"] = every
            if "hour" in parts:
                found["time"] = f"{int(parts['hour']):02}:{int(parts['minute']):02}"
            found |= {name: parts[name] for name in ("weekday", "day") if name in parts}
    return found


def cron_of(given: Mapping[str, Any]) -> str:
    """Five fields from the fields of the form; what cannot be read stays to be refused."""
    every = given.get("every", "own")
    if every == "own":
        return str(given.get("cron", ""))
    if every == "hour":
        return "0 * * * *"
    hour, _colon, minute = str(given.get("time", "")).partition(":")
    time = f"{minute.lstrip('0') or '0'} {hour.lstrip('0') or '0'}" if hour else "? ?"
    if every == "week":
        return f"{time} * * {given.get('weekday', '1')}"
    if every == "month":
        return f"{time} {given.get('day', '1')} * *"
    return f"{time} * * {'1-5' if every == 'weekday' else '*'}"
