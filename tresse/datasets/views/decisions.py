"""Decisions of people: which stand, which were withdrawn; pins and lifted guards beside them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.answers import message
from tresse.accounts.paging import page_and_back
from tresse.accounts.requests import SignedIn
from tresse.datasets.changes.decisions import decide, withdraw
from tresse.datasets.changes.lifts import lift, withdraw_lift
from tresse.datasets.deciding import lifts_of
from tresse.datasets.models import Dataset, Decision, Pin
from tresse.datasets.records_named import records_named
from tresse.datasets.shown import DECISIONS
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.kernel.errors import UNKNOWN_NAME, TresseError

A_PAGE, MOST_PINS = 50, 100


@require_safe
def decision_list(request: SignedIn, name: str) -> HttpResponse:
    """What people decided, latest first."""
    dataset = dataset_of(request, name)
    is_withdrawn = request.GET.get("state") == "withdrawn"
    found = Decision.objects.filter(dataset=dataset, withdrawn_at__isnull=not is_withdrawn)
    found = found.select_related("author", "withdrawn_by")
    rows, previous, following = page_and_back(found, cursor=request.GET.get("cursor"), limit=A_PAGE)
    pins = Pin.objects.filter(dataset=dataset, removed_at=None).select_related("author")
    context = {
        **frame(request, dataset, "review"),
        "decisions": [_shown(each) for each in rows],
        "previous": previous,
        "next": following,
        "is_withdrawn": is_withdrawn,
        "lifts": lifts_of(dataset)[:MOST_PINS],
        "pins": pins.order_by("-id")[:MOST_PINS],
    }
    return page(request, "decisions.html", context)


def _shown(row: Decision) -> dict[str, Any]:
    label, tone = DECISIONS[row.kind]
    author = row.author.name or row.author.email if row.author else gettext("somebody who is gone")
    return {
        "row": row,
        "label": gettext(label),
        "tone": tone,
        "author": author,
        "is_grouped": row.group is not None,
    }


@require_POST
def decision_add(request: SignedIn, name: str) -> HttpResponse:
    """Say of two records that they are the same, or different."""
    dataset = dataset_of(request, name)
    given = request.POST
    a, b = records_named(dataset, [given.get("a", ""), given.get("b", "")])
    reason = given.get("reason", "").strip() or gettext("Decided on the page of both.")
    try:
        decide(dataset, given.get("kind", ""), a, b, actor=request.actor, reason=reason)
    except TresseError as error:
        if error.code == "not_permitted":
            raise
        messages.error(request, message(error))
    else:
        messages.success(request, gettext("Decided. The next build takes it in."))
    return redirect(f"{address_of(dataset)}decisions/")


@require_POST
def decision_withdraw(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Take a decision back, with all that were made with it."""
    dataset = dataset_of(request, name)
    row = _numbered(dataset, number)
    rows = withdraw(row, actor=request.actor)
    count = len(rows)
    text = ngettext(
        "{n} decision is withdrawn. The next build shows it.",
        "{n} decisions are withdrawn. The next build shows it.",
        count,
    )
    messages.success(request, text.format(n=count))
    return redirect(f"{address_of(dataset)}decisions/")


def _numbered(dataset: Dataset, number: int) -> Decision:
    found = None
    if 0 < number < 2**63:
        found = Decision.objects.filter(dataset=dataset, pk=number).first()
    if found is None:
        sort = gettext("decision of {name}").format(name=dataset.name)
        raise UNKNOWN_NAME(sort=sort, name=number)
    return found


@require_POST
def guard_lift(request: SignedIn, name: str) -> HttpResponse:
    """Lift a guard for one value, or let it act again."""
    dataset = dataset_of(request, name)
    given = request.POST
    column, value = given.get("column", ""), given.get("value", "")
    if given.get("act") == "restore":
        withdraw_lift(dataset, column, value, actor=request.actor)
        messages.success(request, gettext("The guard acts on it again."))
    else:
        lift(dataset, column, value, actor=request.actor, reason=given.get("reason", ""))
        messages.success(request, gettext("The guard is lifted for this value."))
    back = "decisions/" if given.get("back") == "decisions" else "identity/"
    return redirect(f"{address_of(dataset)}{back}")
