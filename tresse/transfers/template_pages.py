"""Pages about templates of imports, and the page "Import and export" of the settings (T88, T90)."""

from typing import Any

import yaml
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from tresse.accounts import queries as accounts
from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import TresseError
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.transfers import changes, queries
from tresse.transfers.activities import importable, with_kinds
from tresse.transfers.keeping import FILE_DAYS, REPORT_MONTHS
from tresse.transfers.limits import most_megabytes
from tresse.transfers.models import ImportTemplate
from tresse.transfers.template_definitions import facts_of

WRONG_FORMS = (403, 409, 422)
HERE = "transfers:settings"
FEW = 20
"Scheduled exports shown; all have a page of their own."


def keep(request: SignedIn, import_id: int) -> HttpResponse:
    """Keep what an import was asked as a template; a dialog, or a page without scripts."""
    row = queries.import_with_id(import_id, actor=request.actor)
    sentence = ""
    given = request.POST
    if request.method == "POST":
        try:
            kept = changes.keep_template(
                row,
                name=given.get("name", ""),
                is_shared=given.get("sharing") == "shared",
                actor=request.actor,
            )
        except TresseError as error:
            if error.status not in WRONG_FORMS:
                raise
            sentence = message(error)
        else:
            said = gettext('The template "{name}" is kept.').format(name=kept.name)
            messages.success(request, said)
            return _led(request, f"/imports/{row.pk}/")
    context = {
        "row": row,
        "sentence": sentence,
        "name": given.get("name", row.file_name.rpartition(".")[0] or row.file_name),
        "sharing": given.get("sharing", "private"),
    }
    template = "_keep.html" if is_fragment(request) else "keep.html"
    status = 422 if sentence else 200
    return render(request, f"transfers/settings/{template}", context, status=status)


def _led(request: SignedIn, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if is_fragment(request) else redirect(address)


@require_safe
def settings_page(request: SignedIn) -> HttpResponse:
    """Templates, sample files, and how long files and reports are kept."""
    actor, model = request.actor, model_of(request)
    scheduled = list(queries.scheduled_exports_of(actor)[:FEW])
    due = queries.due_times(scheduled)
    context = {
        "here": HERE,
        "templates": [_line(request, row) for row in queries.templates_of(actor)],
        "objects": [
            {"object": each, "plural": shown_plural(each)} for each in importable(model, actor)
        ],
        "schedules": [{"row": row, "due": due[row.pk]} for row in scheduled],
        "file_days": FILE_DAYS,
        "report_months": REPORT_MONTHS,
        "undo_days": accounts.account().undo_days,
        "most_megabytes": most_megabytes(),
        "may_set": actor.has("settings.manage"),
    }
    return render(request, "transfers/settings/page.html", context)


def _line(request: SignedIn, row: ImportTemplate) -> dict[str, Any]:
    model, actor = with_kinds(model_of(request)), request.actor
    known = next((each for each in model.objects if each.name == row.object_name), None)
    return {
        "row": row,
        "object": known,
        "plural": shown_plural(known) if known else "",
        "columns": len(row.content.get("columns") or {}),
        "is_mine": row.author_id == actor.user_id or actor.rights.is_administrator,
    }


def template_page(request: SignedIn, template_id: int) -> HttpResponse:
    """One template: what it maps and sets; its name and who sees it may be changed."""
    row = queries.template_with_id(template_id, actor=request.actor)
    sentence = ""
    if request.method == "POST":
        try:
            row = changes.change_template(
                row,
                name=request.POST.get("name", ""),
                is_shared=request.POST.get("sharing") == "shared",
                actor=request.actor,
            )
        except TresseError as error:
            if error.status not in WRONG_FORMS:
                raise
            sentence = message(error)
            row.refresh_from_db()
        else:
            said = gettext('The template "{name}" is saved.').format(name=row.name)
            messages.success(request, said)
            return redirect("transfers:template", row.pk)
    content = row.content
    more = {key: each for key, each in content.items() if key not in ("columns", "object")}
    context = {
        **_line(request, row),
        "here": HERE,
        "sentence": sentence,
        "answers": [
            (header, _in_words(answer)) for header, answer in (content.get("columns") or {}).items()
        ],
        "more": _yaml(more) if more else "",
    }
    status = 422 if sentence else 200
    return render(request, "transfers/settings/template.html", context, status=status)


def _in_words(answer: Any) -> str:
    """An answer as the mapping file has it, in one line."""
    if isinstance(answer, str):
        return gettext("do not import") if answer == "ignore" else answer
    return ", ".join(f"{key}: {value}" for key, value in answer.items())


@require_safe
def template_file(request: SignedIn, template_id: int) -> HttpResponse:
    """A template as the mapping file of `tresse import --map` (T88a)."""
    row = queries.template_with_id(template_id, actor=request.actor)
    response = HttpResponse(_yaml(facts_of(row)), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-template-{row.pk}.yaml"'
    return response


@require_POST
def template_delete(request: SignedIn, template_id: int) -> HttpResponse:
    """Drop a template."""
    row = queries.template_with_id(template_id, actor=request.actor)
    changes.delete_template(row, actor=request.actor)
    messages.success(request, gettext('The template "{name}" is deleted.').format(name=row.name))
    return redirect("transfers:settings")


def _yaml(content: Any) -> str:
    return str(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
