"""Pages of refused rows: why, what stood there, as a file, and reading them again (S100, S105)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.answers import said
from tresse.accounts.requests import SignedIn
from tresse.kernel.marks import N_
from tresse.sources.changes.runs import read_rejections_again
from tresse.sources.models import Rejection, Source, SourceRun
from tresse.sources.queries import rejections_of, run_numbered
from tresse.sources.refused_order import LONGEST_NUMBER, page_and_back
from tresse.sources.rejection_file import columns_of, lines
from tresse.sources.uploads import received
from tresse.sources.views.frame import frame, page, source_of
from tresse.web.templatetags.numbers import moment, number

A_PAGE = 50
MOST_RUNS = 50
STATES = {
    Rejection.ENTERED: (N_("read again, and entered"), "ok"),
    Rejection.AGAIN: (N_("read again, and refused again"), "warn"),
    Rejection.PASSED: (N_("a newer row came since"), "grey"),
}
REASONS = {
    "key_null": N_("The key is empty"),
    "required_null": N_("A required column is empty"),
    "could_not_parse_number": N_("Not a number"),
    "could_not_parse_boolean": N_("Neither yes nor no"),
    "could_not_parse_date": N_("Not a date"),
    "could_not_parse_json": N_("Not a list or JSON"),
    "could_not_parse_row": N_("The line cannot be read"),
    "incorrect_number_of_columns": N_("Too few or too many cells"),
    "undecodable_text": N_("Letters that cannot be read"),
    "cell_too_large": N_("A cell over 1 MB"),
    "erased": N_("A person who was erased"),
}


@require_safe
def rejection_list(request: SignedIn, name: str) -> HttpResponse:
    """Refused rows, filtered by run, reason and column."""
    source = source_of(request, name)
    chosen, run = _chosen(request, source)
    found = rejections_of(source, run=run, code=chosen["code"], column=chosen["column"])
    rows, previous, following = page_and_back(found, cursor=request.GET.get("cursor"), limit=A_PAGE)
    every = rejections_of(source).order_by()
    context = {
        **frame(request, source, "rejected"),
        "rejections": [_shown(row) for row in rows],
        "previous": previous,
        "next": following,
        "chosen": chosen,
        "query": urlencode({key: value for key, value in chosen.items() if value}),
        "has_any": every.exists(),
        "runs": _runs(source),
        "codes": [(code, reason(code)) for code in _distinct(every, "code")],
        "names": _distinct(every.exclude(column=""), "column"),
        **_again(source, run),
    }
    return page(request, "rejected.html", context)


def _distinct(rows: QuerySet[Rejection], field: str) -> list[str]:
    return sorted(rows.values_list(field, flat=True).distinct())


def _chosen(request: SignedIn, source: Source) -> tuple[dict[str, Any], SourceRun | None]:
    given = request.GET
    text = given.get("run", "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    run = run_numbered(source, int(text)) if is_number else None
    number_ = run.pk if run else ""
    return {"run": number_, "code": given.get("code", ""), "column": given.get("column", "")}, run


def reason(code: str) -> str:
    """Why rows are refused, in a few words."""
    return gettext(REASONS[code]) if code in REASONS else code


def _runs(source: Source) -> list[tuple[int, str]]:
    """Runs that refused rows, latest first."""
    found = source.runs.filter(rejected__gt=0).order_by("-id")[:MOST_RUNS]
    return [(run.pk, f"{run.pk} · {moment(run.requested_at)}") for run in found]


def _shown(row: Rejection) -> dict[str, Any]:
    label, tone = STATES.get(row.state, ("", ""))
    return {
        "row": row,
        "why": said(row.message, row.details) if row.message else reason(row.code),
        "state": gettext(label) if label else "",
        "tone": tone,
    }


def _again(source: Source, run: SourceRun | None) -> dict[str, Any]:
    """The run whose refused rows may be read again: the one chosen, else the latest with any."""
    left = Rejection.objects.filter(source=source, state=Rejection.OPEN)
    if run is None:
        last = left.order_by("-run_id").select_related("run").first()
        run = last.run if last else None
    count = left.filter(run=run).count() if run else 0
    if run is None or not count:
        return {}
    text = ngettext("{n} row of run {run}", "{n} rows of run {run}", count)
    return {"run_again": run, "again_words": text.format(n=number(count), run=run.pk)}


@require_safe
def rejection_file(request: SignedIn, name: str) -> StreamingHttpResponse:
    """Refused rows as a CSV to correct, filtered as the page is."""
    source = source_of(request, name)
    chosen, run = _chosen(request, source)
    found = rejections_of(source, run=run, code=chosen["code"], column=chosen["column"])
    columns = columns_of(source, found[:A_PAGE])
    rows = found.iterator(chunk_size=1000)
    answer = StreamingHttpResponse(
        (line.encode() for line in lines(rows, columns)), content_type="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{source.name}_rejected.csv"'
    return answer


@require_POST
def rejections_again(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Read refused rows again, by today's rules or from the corrected file (S105)."""
    run = run_numbered(source_of(request, name), number)
    with received(request.FILES.get("file")) as file:
        again, _job = read_rejections_again(run, file=file, actor=request.actor)
    return redirect("sources:run", run.source.name, again.pk)
