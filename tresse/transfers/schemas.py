"""What the API of exports and undo takes."""

from typing import Any, ClassVar

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body


class UndoIn(Body):
    """Whether an undo is only to say what it would do."""

    sort: ClassVar[str] = N_("an undo")
    dry_run: bool = False


Names = list[str]


class WhatIn(Body):
    """What is written to a file; the fields are those of `exporting.Asked`."""

    sort: ClassVar[str] = N_("an export")
    columns: Names | None = None
    filter: Any = None
    view: str = ""
    segment: str = ""
    list: str = ""
    words: str = ""
    with_links: bool = True
    associations: Names | None = None
    with_names: bool = False
    form: str = ""
    keys: str = "id"
    format: str = "csv"
    delimiter: str = ","
    decimal: str = "."
    guard: bool = True


class ExportIn(WhatIn):
    """An export to be written now."""

    object: str
    file: str = ""


class ScheduleIn(Body):
    """When a scheduled export is due: five fields, read in a zone."""

    sort: ClassVar[str] = N_("a schedule")
    cron: str
    zone: str = ""


class ScheduledExportChange(WhatIn):
    """What can be said about a scheduled export at any time."""

    sort: ClassVar[str] = N_("a scheduled export")
    name: str = ""
    only_changed: bool = False
    schedule: ScheduleIn | None = None
    to: dict[str, Any] | None = None
    paused: bool = False


class ScheduledExportIn(ScheduledExportChange):
    """An export to be written again and again."""

    object: str
