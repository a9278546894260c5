"""The page of tasks: mine, my team's, all; add, finish, move."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.answers import message
from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.clock import now
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address, record_address
from tresse.records.cells import Cells
from tresse.records.changes import add_task, finish_task, move_task
from tresse.records.composer import A_TIME
from tresse.records.tasks import OPEN_PERIODS, PERIODS, SCOPES, TASK, Task, midnight, numbers, tasks

ADDRESS = "/tasks/"
LABELS: Mapping[str, str] = {
    "mine": N_("Mine"),
    "team": N_("My team's"),
    "all": N_("All"),
    "overdue": N_("Overdue"),
    "today": N_("Today"),
    "upcoming": N_("Upcoming"),
    "undated": N_("Without a date"),
    "done": N_("Done"),
}
MORNING = 9
MOVES: Mapping[str, tuple[str, int | None]] = {
    "today": (N_("Today"), 0),
    "tomorrow": (N_("Tomorrow"), 1),
    "in_3_days": (N_("In 3 days"), 3),
    "next_week": (N_("In a week"), 7),
    "none": (N_("No date"), None),
}
"""Days ahead of the times offered; None: no time."""
CHANGED = '{"tresse:tasks": {"target": "body"}, "tresse:changed": {"target": "body"}}'


def task_page(request: SignedIn) -> HttpResponse:
    """The tasks in the periods asked for; POST adds one."""
    sentence = ""
    if request.method == "POST":
        try:
            return _added(request)
        except TresseError as error:
            if is_fragment(request):
                raise
            sentence = message(error)
    model, actor = model_of(request), request.actor
    task = model.object(TASK)
    require(actor, "view", TASK, shown_plural(task))
    scope, period = request.GET.get("of", ""), request.GET.get("when", "")
    scope = scope if scope in SCOPES else SCOPES[0]
    period = period if period in PERIODS else ""
    counted = numbers(model, actor, scope=scope)
    shown = [period] if period else [each for each in OPEN_PERIODS if counted[each]]
    cells = Cells(task, actor)
    context = {
        "scope": scope,
        "period": period,
        "scopes": [(each, gettext(LABELS[each]), _query(each, period)) for each in SCOPES],
        "periods": [
            (each, gettext(LABELS[each]), counted.get(each), _query(scope, each))
            for each in PERIODS
        ],
        "everything": _query(scope, ""),
        "query": _query(scope, period),
        "sections": [
            {
                "name": each,
                "label": gettext(LABELS[each]),
                "number": counted.get(each),
                "tasks": [
                    _shown(found, cells) for found in tasks(model, actor, scope=scope, period=each)
                ],
            }
            for each in shown
        ],
        "moves": [(name, gettext(label)) for name, (label, _) in MOVES.items()],
        "may_add": actor.scope(TASK, "create") != "none",
        "has_owners": scope != "mine",
        "table_address": index_address(task),
        "sentence": sentence,
        "typed": request.POST.get("title", ""),
    }
    template = "_tasks" if is_fragment(request) else "tasks"
    status = 422 if sentence else 200
    return render(request, f"records/{template}.html", context, status=status)


def _query(scope: str, period: str) -> str:
    pairs = [("of", scope)] if scope != SCOPES[0] else []
    return urlencode([*pairs, *([("when", period)] if period else [])])


def _shown(task: Task, cells: Cells) -> dict[str, Any]:
    """A task with what its line shows."""
    values = task.values

    def cell(name: str) -> Any:
        prop = cells.object.property(name)
        return cells.cell(prop, values[name]) if values.get(name) is not None else None

    due = values.get("due_at")
    return {
        "task": task,
        "address": record_address(cells.object, task.id),
        "due": due,
        "done_at": values.get("done_at"),
        "is_late": bool(due and due < now()),
        "reminder": values.get("reminder_at"),
        "type": cell("type"),
        "priority": cell("priority"),
        "owner": cell("owner"),
        "about": [(each, record_address(each.object, each.id)) for each in task.about],
    }


def _added(request: SignedIn) -> HttpResponse:
    due = _moment(request.POST.get("due", "none"))
    values = {"title": request.POST.get("title", "").strip()}
    if due:
        values["due_at"] = due.isoformat()
    add_task(model_of(request), [], values=values, actor=request.actor)
    return _answer(request, gettext("The task is added."))


@require_POST
def task_done(request: SignedIn, id: int) -> HttpResponse:
    """Mark a task as done (`done`), or as open again."""
    done = request.POST.get("done", "1") == "1"
    finish_task(model_of(request), id, done=done, actor=request.actor)
    return _answer(request, gettext("The task is done.") if done else gettext("The task is open."))


@require_POST
def task_due(request: SignedIn, id: int) -> HttpResponse:
    """Give a task another time: one of those offered, or `at`."""
    due = _moment(request.POST.get("at") or request.POST.get("due", "none"))
    move_task(model_of(request), id, due_at=due, actor=request.actor)
    return _answer(request, gettext("The task has another time."))


def _moment(text: str) -> datetime | None:
    """A time that is offered, or one that was typed."""
    if text in MOVES:
        _, days = MOVES[text]
        if days is None:
            return None
        hours = MORNING if days else timezone.localtime(now()).hour + 1
        return midnight(days=days) + timedelta(hours=min(hours, 23))
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise WRONG_VALUE(name="at", wanted=gettext(A_TIME), value=text) from None
    return read if read.tzinfo else read.replace(tzinfo=timezone.get_current_timezone())


def _answer(request: SignedIn, said: str) -> HttpResponse:
    """A word about it; parts of pages that show tasks then read themselves anew."""
    if is_fragment(request):
        answer = render(request, "records/_said_aloud.html", {"said": said})
        answer.headers["HX-Trigger"] = CHANGED
        return answer
    messages.success(request, said)
    back = request.POST.get("next", ADDRESS)
    inside = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back if inside else ADDRESS)
