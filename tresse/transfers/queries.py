"""Reads of imports, their findings and exports: what the asking person may see."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.answers import said
from tresse.kernel.errors import UNKNOWN_NAME, WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.transfers.models import STATES, Export, Import, ImportFinding

PLACE = N_('{file}, line {line}, column "{column}": {message}')
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
    found = Export.objects.select_related("author").order_by("-id")
    return found if actor.rights.is_administrator else found.filter(author_id=actor.user_id)


def export_with_id(export_id: int, *, actor: Actor) -> Export:
    """One export.

    Raises:
        TresseError: `unknown_name`; there is none, or it is of another person.
    """
    found = exports_of(actor).filter(pk=export_id).first()
    if found is None:
        raise UNKNOWN_NAME(sort=N_("export"), name=export_id, nearest=None)
    return found
