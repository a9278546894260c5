"""Pages about imports: the list, and the report of each (T75)."""

from collections.abc import Mapping
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.paging import page_and_back
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.jobs.models import Job
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import record_address
from tresse.transfers import changes, queries
from tresse.transfers.counters import ROWS
from tresse.transfers.downloads import export_file, report_file
from tresse.transfers.models import Import
from tresse.transfers.report import counters_of, write_error_file, write_findings

PAGE = 50
FINDINGS = 100
STATES: Mapping[str, tuple[Any, str]] = {
    "draft": (_("Draft"), "grey"),
    "checking": (_("Checking"), "accent"),
    "checked": (_("Checked"), "accent"),
    "queued": (_("Waiting"), "grey"),
    "running": (_("Running"), "accent"),
    "done": (_("Done"), "ok"),
    "failed": (_("Failed"), "bad"),
    "cancelled": (_("Cancelled"), "warn"),
    "undoing": (_("Undoing"), "accent"),
    "undone": (_("Undone"), "grey"),
}
OUTCOMES = {
    "created": _("Created"),
    "updated": _("Updated"),
    "unchanged": _("Unchanged"),
    "repeated": _("Repeated"),
    "skipped": _("Skipped"),
    "failed": _("Failed"),
}
PAIRS = {
    "asked": _("Asked"),
    "created": _("Created"),
    "existing": _("Existing"),
    "removed": _("Removed"),
    "missing": _("Missing"),
    "failed": _("Failed"),
    "not_tried": _("Not tried"),
}
LEVELS = {
    "file": (_("File"), "bad"),
    "column": (_("Column"), "bad"),
    "row": (_("Row refused"), "bad"),
    "cell": (_("Cell left out"), "warn"),
    "link": (_("Link left out"), "warn"),
    "notice": (_("Notice"), "grey"),
}
LIVE = ("checking", "queued", "running", "undoing")


@require_safe
def import_list(request: SignedIn) -> HttpResponse:
    """All imports the person may see."""
    state = request.GET.get("state", "")
    found = queries.imports_of(request.actor, state=state)
    rows, previous, following = page_and_back(found, cursor=request.GET.get("cursor"), limit=PAGE)
    context = {
        "imports": [_shown(request, row) for row in rows],
        "previous": previous,
        "next": following,
        "states": [(name, label) for name, (label, _tone) in STATES.items()],
        "state": state,
        "is_live": any(row.state in LIVE for row in rows),
    }
    return render(request, _part(request, "_imports.html", "imports.html"), context)


@require_safe
def import_page(request: SignedIn, import_id: int) -> HttpResponse:
    """The report; while the import is at work, the page asks for its fragment again and again."""
    row = queries.import_with_id(import_id, actor=request.actor)
    return _page(request, row)


@require_POST
def import_run(request: SignedIn, import_id: int) -> HttpResponse:
    """Run a checked import."""
    row = queries.import_with_id(import_id, actor=request.actor)
    return _changed(request, changes.run_import(row, actor=request.actor)[0])


@require_POST
def import_cancel(request: SignedIn, import_id: int) -> HttpResponse:
    """Stop after the chunk in hand."""
    row = queries.import_with_id(import_id, actor=request.actor)
    return _changed(request, changes.cancel_import(row, actor=request.actor))


@require_POST
def import_resume(request: SignedIn, import_id: int) -> HttpResponse:
    """Go on with an import that stopped."""
    row = queries.import_with_id(import_id, actor=request.actor)
    return _changed(request, changes.resume_import(row, actor=request.actor)[0])


@require_safe
def import_errors(request: SignedIn, import_id: int) -> HttpResponse:
    """The error file."""
    row = queries.import_with_id(import_id, actor=request.actor)
    return report_file(row, "errors", write_error_file)


@require_safe
def import_findings(request: SignedIn, import_id: int) -> HttpResponse:
    """All findings as CSV."""
    row = queries.import_with_id(import_id, actor=request.actor)
    return report_file(row, "findings", write_findings)


@require_safe
def export_download(request: SignedIn, export_id: int) -> FileResponse:
    """The file of an export."""
    return export_file(queries.export_with_id(export_id, actor=request.actor))


def _page(request: SignedIn, row: Import) -> HttpResponse:
    chosen = {name: request.GET.get(name, "") for name in ("code", "level", "column", "line")}
    line = int(chosen["line"]) if chosen["line"].isdigit() else None
    start = request.GET.get("start", "0")
    first = int(start) if start.isdigit() else 0
    found = queries.findings_of(
        row, code=chosen["code"], level=chosen["level"], column=chosen["column"], line=line
    )
    rows = list(found[first : first + FINDINGS + 1])
    columns = row.findings.exclude(column="").values_list("column", flat=True).distinct()
    object = model_of(request).object(row.object_name)
    context = {
        **_shown(request, row),
        "codes": sorted(queries.codes_of(row).items()),
        "columns": sorted(columns[:200]),
        "chosen": chosen,
        "findings": [
            {
                "finding": each,
                "message": queries.message_of(each),
                "level": LEVELS[each.level],
                "record": record_address(object, each.record_id) if each.record_id else "",
            }
            for each in rows[:FINDINGS]
        ],
        "next_start": first + FINDINGS if len(rows) > FINDINGS else None,
        "previous_start": max(first - FINDINGS, 0) if first else None,
        "changes": row.plan_facts.get("changes", []) if row.state == "checked" else [],
        "has_faults": row.findings.filter(level__in=("row", "cell", "link")).exists(),
        "may_run": row.state == "checked",
        "may_cancel": row.state in ("checking", "queued", "running"),
        "may_resume": row.state in ("cancelled", "failed") and row.change_set_id is not None,
        "job": Job.objects.filter(pk=row.job_id or 0).first(),
    }
    return render(request, _part(request, "_import.html", "import.html"), context)


def _shown(request: SignedIn, row: Import) -> dict[str, Any]:
    """An import with what its templates show beside its columns."""
    object = model_of(request).object(row.object_name)
    counters = counters_of(row)
    names = model_of(request)
    return {
        "row": row,
        "object": object,
        "object_plural": shown_plural(object),
        "state_label": STATES[row.state][0],
        "state_tone": STATES[row.state][1],
        "is_live": row.state in LIVE,
        "is_planned": row.state in ("checking", "checked", "draft", "queued"),
        "counters": counters,
        "outcomes": [(OUTCOMES[name], getattr(counters, name)) for name in ROWS],
        "pair_heads": list(PAIRS.values()),
        "pairs": [
            (
                " – ".join(shown_label(names.object(end)) for end in kind.split("-")),
                [counts[name] for name in PAIRS],
            )
            for kind, counts in counters.pairs.items()
            if counts["asked"]
        ],
        "through": [
            (shown_label(names.object(name)), counts["created"], counts["updated"])
            for name, counts in counters.through.items()
        ],
    }


def _changed(request: SignedIn, row: Import) -> HttpResponse:
    return _page(request, row) if is_fragment(request) else redirect("transfers:import", row.pk)


def _part(request: HttpRequest, fragment: str, page: str) -> str:
    return f"transfers/{fragment if is_fragment(request) else page}"
