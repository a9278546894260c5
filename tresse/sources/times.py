"""When a source is read, as people choose it on a page, and the schedule that says the same."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from tresse.sources.definition import When

EVERY = (
    ("never", _("Only when asked")),
    ("quarter", _("Every 15 minutes")),
    ("hour", _("Every hour")),
    ("day", _("Every day")),
    ("weekday", _("Monday to Friday")),
    ("week", _("Every Monday")),
    ("after", _("After another source")),
    ("own", _("Own times")),
)
AT = "06:00"
TIME = r"(?P<minute>[0-5]?[0-9]) (?P<hour>[01]?[0-9]|2[0-3])"
FIXED = {"quarter": "*/15 * * * *", "hour": "0 * * * *"}
DAYS = {"day": "*", "weekday": "1-5", "week": "1"}


def chosen(when: When, *, zone: str) -> dict[str, str]:
    """The fields of the form: `every`, `time`, `cron`, `zone`, `after`.

    Args:
        when: Of the source.
        zone: Of the account, where the source says none.
    """
    found = {"time": AT, "cron": when.cron, "zone": when.zone or zone, "after": when.after}
    return {"every": _every(when), **found, **_time(when.cron)}


def _every(when: When) -> str:
    if when.after:
        return "after"
    if not when.cron:
        return "never"
    for name, cron in FIXED.items():
        if when.cron == cron:
            return name
    for name, days in DAYS.items():
        if re.fullmatch(rf"{TIME} \* \* {re.escape(days)}", when.cron):
            return name
    return "own"


def _time(cron: str) -> dict[str, str]:
    read = re.match(rf"{TIME} \* \* ", cron)
    return {"time": f"{int(read['hour']):02}:{int(read['minute']):02}"} if read else {}


def schedule_of(given: Mapping[str, Any]) -> dict[str, str] | None:
    """The schedule of a definition from the fields of the form; None: only when asked.

    What cannot be read stays, to be refused.
    """
    every, zone = given.get("every", "never"), str(given.get("zone", ""))
    if every == "after":
        return {"after": str(given.get("after", ""))}
    if every == "never":
        return None
    if every in FIXED:
        cron = FIXED[every]
    elif every in DAYS:
        hour, _colon, minute = (str(given.get("time", "")) or AT).partition(":")
        cron = f"{minute.lstrip('0') or '0'} {hour.lstrip('0') or '0'} * * {DAYS[every]}"
    else:
        cron = str(given.get("cron", ""))
    return {"cron": cron, "zone": zone} if zone else {"cron": cron}
