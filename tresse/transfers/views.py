"""Pages about imports: the list, the check, the run and the report of each (T60 to T78)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.actor import Actor
from tresse.accounts.paging import page_and_back
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.jobs.facts import share_of
from tresse.jobs.models import Job
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.queries import titles
from tresse.records.wording import inside
from tresse.transfers import changes, queries, reported
from tresse.transfers.activities import importable, is_activity, with_kinds
from tresse.transfers.code_labels import code_label
from tresse.transfers.downloads import error_file, export_file, findings_file
from tresse.transfers.keeping import is_file_there
from tresse.transfers.models import Import
from tresse.transfers.report import counters_of
from tresse.transfers.setting_words import settings_in_words
from tresse.transfers.template_contents import near_templates
from tresse.transfers.told import MOST_KEPT
from tresse.transfers.undoing import undo_of, why_not

PAGE = 50
FINDINGS = 50
LONGEST_NUMBER = 9


@require_safe
def import_list(request: SignedIn) -> HttpResponse:
    """All imports the person may see, by state and object."""
    state, object_name = request.GET.get("state", ""), request.GET.get("object", "")
    found = queries.imports_of(request.actor, state=state, object_name=object_name)
    rows, previous, following = page_and_back(found, cursor=request.GET.get("cursor"), limit=PAGE)
    model = with_kinds(model_of(request))
    context = {
        "imports": [_listed(request, row, model) for row in rows],
        "previous": previous,
        "next": following,
        "states": [(name, label) for name, (label, _tone) in reported.STATES.items()],
        "state": state,
        "objects": [
            (each.name, shown_plural(each)) for each in importable(model_of(request), request.actor)
        ],
        "object_name": object_name,
        "is_filtered": bool(state or object_name),
        "is_live": any(row.state in reported.LIVE for row in rows),
    }
    return render(request, _part(request, "_imports.html", "imports.html"), context)


@require_safe
def import_page(request: SignedIn, import_id: int) -> HttpResponse:
    """Check, run and report; while the import is at work, it asks for its fragment again."""
    row = queries.import_with_id(import_id, actor=request.actor)
    if row.state == "draft":
        return redirect(f"/imports/{row.pk}/map/")
    return _page(request, row)


@require_POST
def import_run(request: SignedIn, import_id: int) -> HttpResponse:
    """Run a checked import; one that another tab has run already is shown as it is."""
    row = queries.import_with_id(import_id, actor=request.actor)
    if row.change_set_id is None and row.state not in reported.LIVE:
        row = changes.run_import(row, actor=request.actor)[0]
    return _changed(request, row)


@require_POST
def import_cancel(request: SignedIn, import_id: int) -> HttpResponse:
    """Stop after the chunk in hand; one that ended meanwhile is shown as it is."""
    row = queries.import_with_id(import_id, actor=request.actor)
    if row.state in reported.LIVE:
        row = changes.cancel_import(row, actor=request.actor)
    return _changed(request, row)


@require_POST
def import_resume(request: SignedIn, import_id: int) -> HttpResponse:
    """Go on with an import that stopped."""
    row = queries.import_with_id(import_id, actor=request.actor)
    return _changed(request, changes.resume_import(row, actor=request.actor)[0])


@require_POST
def import_options(request: SignedIn, import_id: int) -> HttpResponse:
    """Answer what becomes of unknown options, and check again (T37)."""
    row = queries.import_with_id(import_id, actor=request.actor)
    given = request.POST
    lines = zip(
        given.getlist("property"), given.getlist("text"), given.getlist("option"), strict=False
    )
    chosen: dict[str, dict[str, str]] = {}
    for name, text, option in lines:
        if option:
            chosen.setdefault(name, {})[text] = option
    answer = given.get("answer", "leave")
    if answer == "leave" and chosen:
        answer = "map"
    asked = {"unknown_options": answer, "option_map": chosen}
    row = changes.change_import(row, settings=asked, actor=request.actor)
    return _changed(request, changes.check_import(row, actor=request.actor)[0])


@require_safe
def import_errors(request: SignedIn, import_id: int) -> FileResponse:
    """The error file."""
    row = queries.import_with_id(import_id, actor=request.actor)
    return error_file(row)


@require_safe
def import_findings(request: SignedIn, import_id: int) -> FileResponse:
    """All findings as CSV."""
    row = queries.import_with_id(import_id, actor=request.actor)
    return findings_file(row)


@require_safe
def export_download(request: SignedIn, export_id: int) -> FileResponse:
    """The file of an export."""
    return export_file(queries.export_with_id(export_id, actor=request.actor))


def _page(request: SignedIn, row: Import) -> HttpResponse:
    model = with_kinds(model_of(request))
    context = _shown(row, model)
    if row.state in ("checking", "checked", "failed") and row.change_set_id is None:
        context |= _checked(request, row, model)
    else:
        context |= _run(request, row, model)
    context["is_update"] = is_fragment(request)
    return render(request, _part(request, "_import.html", "import.html"), context)


def _listed(request: SignedIn, row: Import, model: DataModel) -> dict[str, Any]:
    """An import as a line of the list."""
    object = model.object(row.object_name)
    label, tone = reported.STATES[row.state]
    return {
        "row": row,
        "object": object,
        "object_plural": shown_plural(object),
        "state_label": label,
        "state_tone": tone,
        "counters": counters_of(row),
        "is_planned": row.state in ("checking", "checked", "draft", "queued"),
        "may_undo": row.change_set_id is not None
        and row.state in ("done", "cancelled", "failed")
        and why_not(row, request.actor) == "",
    }


def _shown(row: Import, model: DataModel) -> dict[str, Any]:
    """What the page shows in every state."""
    object = model.object(row.object_name)
    counters = counters_of(row)
    job = Job.objects.filter(pk=row.job_id or 0).first()
    share = share_of(job) if job else None
    plural = shown_plural(object)
    label, tone = reported.STATES[row.state]
    is_live = row.state in reported.LIVE
    total = job.total or 0 if job and row.state == "running" else 0
    outcomes = reported.outcomes_of(counters, total=total)
    return {
        "row": row,
        "object": object,
        "plural": plural,
        "plural_inside": inside(plural),
        "index_address": "" if is_activity(object) else index_address(object),
        "state_label": label,
        "state_tone": tone,
        "is_live": is_live,
        "is_reading": row.state == "running" and row.change_set_id is None,
        "counters": counters,
        "outcomes": outcomes,
        "outcome_words": [each.words for each in outcomes if each.number],
        **reported.pairs_of(counters, model),
        "through": reported.through_of(counters, model),
        "email_companies": row.plan_facts.get("email_companies"),
        "job": job,
        "percent": round(share * 100) if share is not None else None,
        "pace": reported.pace_of(row, job),
        "may_cancel": row.state in ("checking", "queued", "running"),
        "asked": settings_in_words(row),
        "has_faults": row.findings.filter(level__in=reported.FAULTS).exists(),
        "has_file": is_file_there(row),
        "codes": [
            (code, code_label(code), number)
            for code, number in sorted(queries.codes_of(row).items())
        ],
        "most_kept": MOST_KEPT,
    }


def _titled(
    facts: Sequence[Mapping[str, Any]], object: ObjectDef, actor: Actor
) -> list[dict[str, Any]]:
    """The first changes with the titles of their records; ids alone for an activity."""
    named = (
        {} if is_activity(object) else titles(object, (each["record_id"] for each in facts), actor)
    )
    return [{**each, "title": named.get(each["record_id"], "")} for each in facts]


def _checked(request: SignedIn, row: Import, model: DataModel) -> dict[str, Any]:
    """What the check found (T62)."""
    object, counters = model.object(row.object_name), counters_of(row)
    earlier = queries.same_file_before(row, actor=request.actor)
    return {
        "step": "check",
        "is_check": True,
        "writes": reported.writes_of(counters),
        "writing": reported.writing_in_words(counters),
        "faults": reported.faults_in_words(counters, row),
        "is_blocked": reported.is_blocked(row),
        "groups": reported.code_groups(row, object),
        "changes": _titled(row.plan_facts.get("changes", []), object, request.actor),
        "duplicates": reported.duplicates_of(row, object),
        "pairs_without_type": row.plan_facts.get("pairs_without_type", 0),
        "near": near_templates(row, actor=request.actor) if row.state == "checked" else [],
        "earlier": earlier,
        "may_undo_earlier": earlier is not None and why_not(earlier, request.actor) == "",
        "may_add_options": request.actor.has("model.edit") and not is_activity(object),
        **reported.unknown_options(row, object),
    }


def _run(request: SignedIn, row: Import, model: DataModel) -> dict[str, Any]:
    """How far the run is, and its report (T75)."""
    object, counters = model.object(row.object_name), counters_of(row)
    context = {
        "step": "check" if row.state in ("queued", "running") else "done",
        "title": _title(row),
        "ahead": queries.ahead_of(row) if row.state == "queued" else 0,
    }
    if row.state in ("checking", "queued", "running"):
        # It is asked for every second, and the report comes at the end.
        return context
    return context | {
        **_findings(request, row, object),
        "drift": reported.drift_of(row),
        "created_address": reported.created_address(row, object),
        "writing": reported.writing_in_words(counters),
        "faults": reported.faults_in_words(counters, row),
        "may_resume": row.state in ("cancelled", "failed") and row.change_set_id is not None,
        "may_undo": row.state not in reported.LIVE and why_not(row, request.actor) == "",
        "undo": undo_of(row) if row.state in ("undoing", "undone") else None,
    }


def _findings(request: SignedIn, row: Import, object: ObjectDef) -> dict[str, Any]:
    """A page of findings, filtered as the address says."""
    chosen = {name: request.GET.get(name, "") for name in ("code", "level", "column", "line")}
    line = _whole(chosen["line"])
    first = _whole(request.GET.get("start", "")) or 0
    found = queries.findings_of(
        row, code=chosen["code"], level=chosen["level"], column=chosen["column"], line=line
    )
    shown = list(found[first : first + FINDINGS + 1])
    return {
        "chosen": chosen,
        "columns": queries.columns_of(row),
        "levels": [(name, reported.LEVELS[name][0]) for name in reported.ORDER[2:]],
        "findings": [reported.shown_finding(each, object) for each in shown[:FINDINGS]],
        "finding_number": found.count(),
        "first": first + 1,
        "last": first + min(len(shown), FINDINGS),
        "next_start": first + FINDINGS if len(shown) > FINDINGS else None,
        "previous_start": max(first - FINDINGS, 0) if first else None,
        "has_findings": row.findings.exists(),
    }


def _whole(text: str) -> int | None:
    """A number of an address; None for what is none, or longer than any line number."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def _title(row: Import) -> str:
    return {
        "queued": gettext("Waiting for its turn"),
        "running": gettext("Importing"),
        "done": gettext("The import is done"),
        "failed": gettext("The import stopped"),
        "cancelled": gettext("The import was cancelled"),
        "undoing": gettext("The import is being undone"),
        "undone": gettext("The import was undone"),
    }.get(row.state, "")


def _changed(request: SignedIn, row: Import) -> HttpResponse:
    return _page(request, row) if is_fragment(request) else redirect("transfers:import", row.pk)


def _part(request: HttpRequest, fragment: str, page: str) -> str:
    return f"transfers/{fragment if is_fragment(request) else page}"
