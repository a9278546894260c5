"""Reads of imports, their findings and exports: what the asking person may see."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.answers import said
from tresse.jobs.changes.leasing import place_of
from tresse.jobs.models import Job, Schedule
from tresse.kernel.errors import UNKNOWN_NAME, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.transfers.models import (
    STATES,
    Export,
    Import,
    ImportFinding,
    ImportTemplate,
    ScheduledExport,
)

PLACE = N_('{file}, line {line}, column "{column}": {message}')
FEW_FINDINGS, MOST_COLUMNS = 20_000, 200
ON_LINE = N_("{file}, line {line}: {message}")


def imports_of(actor: Actor, *, state: str = "", object_name: str = "") -> QuerySet[Import]:
    """Imports of object types that the person may import, newest first.

    Raises:
        TresseError: `wrong_value`; there is no such state.
    """
    found = Import.objects.select_related("author").order_by("-id")
    if state:
        if state not in STATES:
            raise WRONG_VALUE(name="state", wanted=" | ".join(STATES), value=state)
        found = found.filter(state=state)
    if object_name:
        found = found.filter(object_name=object_name)
    if actor.rights.is_administrator:
        return found
    names = set(Import.objects.values_list("object_name", flat=True).distinct())
    allowed = [name for name in names if actor.scope(name, "import") != "none"]
    mine = found.filter(object_name__in=allowed)
    return mine if actor.has("imports.undo_others") else mine.filter(author_id=actor.user_id)


def import_with_id(import_id: int, *, actor: Actor) -> Import:
    """One import.

    Raises:
        TresseError: `unknown_name`; there is none, or the person may not see it.
    """
    found = imports_of(actor).filter(pk=import_id).first()
    if found is None:
        raise UNKNOWN_NAME(sort=N_("import"), name=import_id, nearest=None)
    return found


def same_file_before(row: Import, *, actor: Actor) -> Import | None:
    """The last import of a file with the same content into the same object type (T57)."""
    same = imports_of(actor, object_name=row.object_name).filter(sha256=row.sha256, state="done")
    return same.exclude(pk=row.pk).first()


def ahead_of(row: Import) -> int:
    """How many imports run or wait before one that waits (T68)."""
    job = Job.objects.filter(pk=row.job_id or 0, kind="import_run", state="queued").first()
    if job is None:
        return 0
    running = Job.objects.filter(kind="import_run", state="running").count()
    return running + place_of(job) - 1


def findings_of(
    row: Import, *, code: str = "", level: str = "", line: int | None = None, column: str = ""
) -> QuerySet[ImportFinding]:
    """Findings in the order of the file."""
    found = row.findings.order_by("line", "id")
    if code:
        found = found.filter(code=code)
    if level:
        found = found.filter(level=level)
    if line is not None:
        found = found.filter(line=line)
    if column:
        found = found.filter(column=column)
    return found


def codes_of(row: Import) -> dict[str, int]:
    """Findings by code; exact, also where not all of them are kept (T78)."""
    counts: dict[str, int] = dict(row.plan_facts.get("codes", {}))
    late = row.findings.filter(phase="run").values_list("code").annotate(number=Count("id"))
    for code, number in late:
        counts[code] = counts.get(code, 0) + number
    return counts


def columns_of(row: Import) -> list[str]:
    """Headers that findings speak of; those of the file where there are very many findings."""
    if sum(codes_of(row).values()) > FEW_FINDINGS:
        return list(row.form.get("headers", ()))[:MOST_COLUMNS]
    found = row.findings.exclude(column="").order_by("column")
    return list(found.values_list("column", flat=True).distinct()[:MOST_COLUMNS])


def message_of(finding: ImportFinding) -> str:
    """The sentence in the language of the reader."""
    return said(finding.template, finding.details)


def placed(finding: ImportFinding, file_name: str) -> str:
    """The sentence with its place: `contacts.csv, line 12, column "Birthday": …`."""
    message = message_of(finding)
    if not finding.line:
        return f"{file_name}: {message}"
    place = PLACE if finding.column else ON_LINE
    return gettext(place).format(
        file=file_name, line=finding.line, column=finding.column, message=message
    )


def facts_of_finding(finding: ImportFinding) -> dict[str, Any]:
    """A finding as programs get it."""
    return {
        "level": finding.level,
        "line": finding.line,
        "sheet": finding.sheet or None,
        "column": finding.column or None,
        "column_number": finding.column_number,
        "value": finding.value,
        "code": finding.code,
        "message": message_of(finding),
        "hint": gettext(finding.hint) if finding.hint else "",
        "record_id": finding.record_id,
    }


def streamed(findings: QuerySet[ImportFinding]) -> Iterator[ImportFinding]:
    """Findings one by one, however many."""
    yield from findings.iterator(chunk_size=2_000)


def exports_of(actor: Actor) -> QuerySet[Export]:
    """Exports of the person, newest first; all for an administrator."""
    found = Export.objects.select_related("author", "schedule").order_by("-id")
    return found if actor.rights.is_administrator else found.filter(author_id=actor.user_id)


def export_with_id(export_id: int, *, actor: Actor) -> Export:
    """One export.

    Raises:
        TresseError: `unknown_name`; there is none, or it is of another person.
    """
    found = Export.objects.select_related("author", "schedule").filter(pk=export_id).first()
    if found is None or not may_download(found, actor):
        raise UNKNOWN_NAME(sort=N_("export"), name=export_id, nearest=None)
    return found


def may_download(row: Export, actor: Actor) -> bool:
    """Whether a person may have its file: its author, administrators, whom its link was sent to."""
    sent_to = row.schedule.goes_to.get("email", []) if row.schedule else []
    is_own = actor.rights.is_administrator or row.author_id == actor.user_id
    return is_own or bool(actor.email and actor.email in sent_to)


def scheduled_exports_of(actor: Actor) -> QuerySet[ScheduledExport]:
    """Scheduled exports of the person, by name; all for an administrator."""
    found = ScheduledExport.objects.select_related("owner").order_by("name")
    return found if actor.rights.is_administrator else found.filter(owner_id=actor.user_id)


def scheduled_export_with_id(schedule_id: int, actor: Actor) -> ScheduledExport:
    """One scheduled export.

    Raises:
        TresseError: `unknown_name`; there is none, or it is of another person.
    """
    found = scheduled_exports_of(actor).filter(pk=schedule_id).first()
    if found is None:
        raise UNKNOWN_NAME(sort=N_("scheduled export"), name=schedule_id, nearest=None)
    return found


def due_at(row: ScheduledExport) -> datetime | None:
    """When a scheduled export is due next; None: it is paused."""
    return due_times([row]).get(row.pk)


def due_times(rows: Iterable[ScheduledExport]) -> dict[int, datetime | None]:
    """When scheduled exports are due next, by their ids, in one query; None: paused."""
    ids = {f"export:{row.pk}": row.pk for row in rows}
    found = dict.fromkeys(ids.values())
    due = Schedule.objects.filter(name__in=ids).values_list("name", "next_at")
    return {**found, **{ids[name]: at for name, at in due}}


def templates_of(actor: Actor, *, object_name: str = "") -> QuerySet[ImportTemplate]:
    """Templates of the person and shared ones of objects they may import, by name (T88)."""
    found = ImportTemplate.objects.select_related("author").order_by("name")
    if object_name:
        found = found.filter(object_name__in=("", object_name))
    if actor.rights.is_administrator:
        return found
    names = set(ImportTemplate.objects.values_list("object_name", flat=True).distinct())
    allowed = [name for name in names if not name or actor.scope(name, "import") != "none"]
    return found.filter(Q(author_id=actor.user_id) | Q(is_shared=True), object_name__in=allowed)


def template_named(name: str, *, actor: Actor) -> ImportTemplate:
    """The template of that name, if the person may use it.

    Raises:
        TresseError: `unknown_name`, with the nearest one.
    """
    mine = templates_of(actor)
    found = mine.filter(name=name).first()
    if found is None:
        near = nearest(name, mine.values_list("name", flat=True))
        raise UNKNOWN_NAME(sort=N_("template"), name=name, nearest=near)
    return found


def template_with_id(template_id: int, *, actor: Actor) -> ImportTemplate:
    """One template, if the person may use it.

    Raises:
        TresseError: `unknown_name`.
    """
    found = templates_of(actor).filter(pk=template_id).first()
    if found is None:
        raise UNKNOWN_NAME(sort=N_("template"), name=template_id, nearest=None)
    return found
