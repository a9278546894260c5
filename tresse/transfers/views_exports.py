"""Pages about exports: those written, those on a schedule (T80, T87)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.account import ZONES
from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.paging import page_and_back
from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.jobs.models import Job
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.views_saved import ALL, MINE, views_of
from tresse.segments.queries import lists, segments
from tresse.transfers import changes, queries, times
from tresse.transfers.changes.delivering import file_connections
from tresse.transfers.changes.schedules import scheduled_facts
from tresse.transfers.models import Export, ScheduledExport
from tresse.transfers.offered import asked_of, offered, preset

PAGE = 50
RUNS = 20
STATES: Mapping[str, tuple[Any, str]] = {
    "queued": (_("Waiting"), "grey"),
    "running": (_("Running"), "accent"),
    "done": (_("Done"), "ok"),
    "failed": (_("Failed"), "bad"),
    "cancelled": (_("Cancelled"), "warn"),
    "expired": (_("Expired"), "grey"),
}
LIVE = ("queued", "running")
OF = ("view", "segment", "list")


@require_safe
def export_list(request: SignedIn) -> HttpResponse:
    """Exports of the person with their files; all for an administrator."""
    found = queries.exports_of(request.actor)
    rows, previous, following = page_and_back(found, cursor=request.GET.get("cursor"), limit=PAGE)
    context = {
        "exports": _shown(request, rows),
        "previous": previous,
        "next": following,
        "is_live": any(row.state in LIVE for row in rows),
        "shows_author": request.actor.rights.is_administrator,
    }
    return render(request, _part(request, "_exports.html", "exports.html"), context)


def _shown(request: SignedIn, rows: list[Export]) -> list[dict[str, Any]]:
    model = model_of(request)
    job_ids = [row.job_id for row in rows if row.job_id]
    jobs = {job.pk: job for job in Job.objects.filter(pk__in=job_ids)}
    found = []
    for row in rows:
        object = model.object(row.object_name)
        is_over = row.expires_at is not None and row.expires_at < now()
        state = "expired" if row.state == "done" and is_over else row.state
        label, tone = STATES[state]
        found.append(
            {
                "row": row,
                "object": object,
                "plural": shown_plural(object),
                "label": label,
                "tone": tone,
                "may_download": state == "done",
                "job": jobs.get(row.job_id or 0),
            }
        )
    return found


@require_safe
def schedule_list(request: SignedIn) -> HttpResponse:
    """Scheduled exports of the person; all for an administrator."""
    model, actor = model_of(request), request.actor
    found = list(queries.scheduled_exports_of(actor))
    due = queries.due_times(found)
    rows = [
        {
            "row": row,
            "object": model.object(row.object_name),
            "plural": shown_plural(model.object(row.object_name)),
            "times": said_times(row),
            "due": due[row.pk],
        }
        for row in found
    ]
    context = {"schedules": rows, "objects": _exportable(request)}
    return render(request, "transfers/export_schedules.html", context)


def _exportable(request: SignedIn) -> list[tuple[ObjectDef, str]]:
    objects = [
        each
        for each in model_of(request).objects
        if not each.is_archived and request.actor.scope(each.name, "export") != "none"
    ]
    return [(each, shown_plural(each)) for each in objects]


def said_times(row: ScheduledExport) -> str:
    """`Every week, Monday 06:00 (Europe/Paris)`, or the five fields."""
    chosen = times.chosen(row.cron)
    every = chosen["every"]
    if every == "own":
        return f"{row.cron} ({row.zone})"
    words = [str(dict(times.EVERY)[every])]
    if every == "week":
        words.append(str(dict(times.WEEKDAYS)[chosen["weekday"]]))
    if every == "month":
        words.append(gettext("day {number}").format(number=chosen["day"]))
    if every != "hour":
        words.append(chosen["time"])
    return f"{', '.join(words)} ({row.zone})"


@require_safe
def schedule_page(request: SignedIn, schedule_id: int) -> HttpResponse:
    """One scheduled export: what, when, where to, and its runs."""
    row = queries.scheduled_export_with_id(schedule_id, request.actor)
    runs = list(
        Export.objects.filter(schedule=row).select_related("author", "schedule").order_by("-id")
    )[:RUNS]
    live = Job.objects.filter(key=f"schedule:export:{row.pk}", state__in=LIVE).first()
    object = model_of(request).object(row.object_name)
    context = {
        "row": row,
        "object": object,
        "plural": shown_plural(object),
        "times": said_times(row),
        "of": _said_records(row),
        "due": queries.due_at(row),
        "exports": _shown(request, runs),
        "is_live": live is not None,
        "is_history": True,
    }
    return render(request, _part(request, "_export_schedule.html", "export_schedule.html"), context)


def _said_records(row: ScheduledExport) -> str:
    asked = row.settings
    parts = [
        gettext('view "{name}"').format(name=asked["view"]) if asked.get("view") else "",
        gettext('segment "{name}"').format(name=asked["segment"]) if asked.get("segment") else "",
        gettext('list "{name}"').format(name=asked["list"]) if asked.get("list") else "",
        gettext("a filter of its own") if asked.get("filter") is not None else "",
    ]
    return ", ".join(filter(None, parts)) or pgettext("records", "All")


def schedule_new(request: SignedIn, object_name: str) -> HttpResponse:
    """A new scheduled export of an object type."""
    object = model_of(request).object(object_name)
    require(request.actor, "export", object.name, shown_plural(object))
    if request.method != "POST":
        return _form(request, object, None, {})
    try:
        row = changes.add_scheduled_export(
            request.POST.get("name", ""),
            object_name=object.name,
            actor=request.actor,
            **_facts(request.POST, None),
        )
    except TresseError as error:
        return _form(request, object, None, _refused(error))
    return redirect("transfers:schedule", row.pk)


def schedule_change(request: SignedIn, schedule_id: int) -> HttpResponse:
    """Change one."""
    row = queries.scheduled_export_with_id(schedule_id, request.actor)
    object = model_of(request).object(row.object_name)
    if request.method != "POST":
        return _form(request, object, row, {})
    try:
        changes.change_scheduled_export(
            row,
            actor=request.actor,
            name=request.POST.get("name", ""),
            **_facts(request.POST, row),
        )
    except TresseError as error:
        row.refresh_from_db()
        return _form(request, object, row, _refused(error))
    return redirect("transfers:schedule", row.pk)


def _refused(error: TresseError) -> dict[str, Any]:
    if error.status not in (404, 409, 422):
        raise error
    return {"sentence": message(error)}


def _facts(given: QueryDict, row: ScheduledExport | None) -> dict[str, Any]:
    asked = asked_of(given)
    sort, _colon, name = given.get("of", "").partition(":")
    if sort == "own" and row is not None:
        asked |= {key: row.settings[key] for key in ("filter", *OF) if key in row.settings}
    elif sort in OF:
        asked[sort] = name
    to: dict[str, Any] = {"file": given.get("file", "")}
    if given.get("to") == "email":
        to["email"] = given.get("addresses", "").replace(",", " ").replace(";", " ").split()
    elif given.get("to") == "connection":
        to["connection"] = given.get("connection", "")
    else:
        to["download"] = True
    return {
        "asked": asked,
        "only_changed": given.get("only_changed") == "1",
        "cron": times.cron_of(given),
        "zone": given.get("zone", ""),
        "to": to,
    }


def _form(
    request: SignedIn, object: ObjectDef, row: ScheduledExport | None, more: Mapping[str, Any]
) -> HttpResponse:
    """The form, with what was typed, else what is kept, else what is preset."""
    given, actor = request.POST, request.actor
    facts = scheduled_facts(row) if row else {}
    settings: Mapping[str, Any] = row.settings if row else {}
    chosen = given.getlist("column") if given else settings.get("columns")
    when = times.chosen(row.cron if row else "0 6 * * 1")
    to = facts.get("to", {})
    context = {
        **offered(
            model_of(request),
            object,
            actor,
            asked={} if not given else _without_wrong(given),
            chosen=preset(object, ()) if chosen is None else chosen,
        ),
        "object": object,
        "plural": shown_plural(object),
        "row": row,
        "name": given.get("name", row.name if row else ""),
        "records": _records(object, actor, settings, given.get("of")),
        "only_changed": given.get("only_changed") == "1"
        if given
        else bool(row and row.only_changed),
        "every": times.EVERY,
        "weekdays": times.WEEKDAYS,
        "when": {**when, **{name: given[name] for name in when if name in given}},
        "zone": given.get("zone") or (row.zone if row else actor.zone),
        "zones": ZONES,
        "to": given.get("to")
        or next((each for each in ("email", "connection") if each in to), "download"),
        "connections": [each.name for each in file_connections(actor)],
        "connection": given.get("connection", to.get("connection", "")),
        "addresses": given.get("addresses", "\n".join(to.get("email", []))),
        "file": given.get("file", row.file_name if row else ""),
        **more,
    }
    if row is not None and not given:
        context |= offered(
            model_of(request), object, actor, asked=settings, chosen=chosen or preset(object, ())
        )
    status = 422 if more.get("sentence") else 200
    return render(request, "transfers/export_schedule_form.html", context, status=status)


def _without_wrong(given: QueryDict) -> dict[str, Any]:
    asked = asked_of(given)
    return asked if asked["format"] in ("csv", "txt", "xlsx", "ods", "jsonl") else {}


def _records(
    object: ObjectDef, actor: Actor, settings: Mapping[str, Any], given: str | None
) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Groups of what may be exported: name of the field, its words, whether it is chosen."""
    now_is = next((f"{sort}:{settings[sort]}" for sort in OF if settings.get(sort)), "")
    if settings.get("filter") is not None:
        now_is = "own"
    chosen = given if given is not None else now_is
    view_names = [("", pgettext("view", "All")), (f"view:{MINE}", pgettext("view", "Mine"))]
    view_names += [(f"view:{each.name}", each.label) for each in views_of(object, actor)]
    if settings.get("filter") is not None:
        view_names.append(("own", gettext("A filter of its own, as it is")))
    groups = [(gettext("Views"), view_names)]
    of_segments = segments(actor).filter(base=object.name).order_by("label")
    of_lists = lists(actor).filter(base=object.name).order_by("label")
    groups.append((gettext("Segments"), [(f"segment:{e.name}", e.label) for e in of_segments]))
    groups.append((gettext("Lists"), [(f"list:{e.name}", e.label) for e in of_lists]))
    aliases = {f"view:{ALL}": ""}
    return [
        (label, [(value, text, value == aliases.get(chosen, chosen)) for value, text in names])
        for label, names in groups
        if names
    ]


@require_POST
def schedule_run(request: SignedIn, schedule_id: int) -> HttpResponse:
    """Run one now."""
    row = queries.scheduled_export_with_id(schedule_id, request.actor)
    changes.run_scheduled_export(row, actor=request.actor)
    return redirect("transfers:schedule", row.pk)


@require_POST
def schedule_pause(request: SignedIn, schedule_id: int) -> HttpResponse:
    """Pause one, or let it run again."""
    row = queries.scheduled_export_with_id(schedule_id, request.actor)
    act = changes.resume_scheduled_export if row.is_paused else changes.pause_scheduled_export
    act(row, actor=request.actor)
    return redirect("transfers:schedule", row.pk)


@require_POST
def schedule_remove(request: SignedIn, schedule_id: int) -> HttpResponse:
    """Have one run no more."""
    row = queries.scheduled_export_with_id(schedule_id, request.actor)
    changes.remove_scheduled_export(row, actor=request.actor)
    return redirect("transfers:schedules")


def _part(request: HttpRequest, fragment: str, page: str) -> str:
    return f"transfers/{fragment if is_fragment(request) else page}"
