"""Rule versions: what a draft or an older one changes, applying, throwing away, going back."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.changes.rules import apply_draft, drop_draft, preview_rules, revert_rules
from tresse.datasets.models import Dataset, RuleVersion
from tresse.datasets.queries import MANAGE
from tresse.datasets.rule_versions import draft_of, rules_numbered
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.outlooks import previewed
from tresse.kernel.errors import TresseError

Content = Mapping[str, Any]
WIDE = 60
"Characters on a line of what differs."


@require_safe
def rules_draft(request: SignedIn, name: str) -> HttpResponse:
    """What the draft changes; without one, back to the rules that hold."""
    dataset = dataset_of(request, name)
    draft = draft_of(dataset)
    if draft is None:
        return redirect(f"{address_of(dataset)}identity/")
    return page(request, "rules.html", _context(request, dataset, draft))


@require_safe
def rules_version(request: SignedIn, name: str, number: int) -> HttpResponse:
    """One rule version beside those that hold."""
    dataset = dataset_of(request, name)
    row = rules_numbered(dataset, number)
    if row.applied_at is None:
        return redirect(f"{address_of(dataset)}identity/draft/")
    return page(request, "rules.html", _context(request, dataset, row))


def _context(request: SignedIn, dataset: Dataset, row: RuleVersion) -> dict[str, Any]:
    now = dataset.rules.content if dataset.rules else {}
    is_current = row.pk == dataset.rules_id
    return {
        **frame(request, dataset, "identity"),
        "rules": row,
        "is_draft": row.applied_at is None,
        "is_current": is_current,
        "author": row.author.name or row.author.email if row.author else "Tresse",
        "differences": [] if is_current else list(differences(now, row.content)),
        **outlook_of(row),
        "yaml": yaml.safe_dump(_plain(row.content), sort_keys=False, allow_unicode=True, width=90),
    }


def outlook_of(row: RuleVersion) -> dict[str, Any]:
    """What rules would change, as it was worked out last, or how far that is."""
    job = row.job
    is_live = job is not None and job.is_live
    state = ""
    if job is not None and is_live:
        state = str(job.log[-1][1]) if job.log else gettext("It starts in a moment.")
    elif job is not None and job.state == "failed" and row.preview is None:
        state = job.error or gettext("It could not be worked out.")
    return {
        "job": job,
        "is_looking": is_live,
        "looking_words": state,
        "outlook": previewed(row.preview) if row.preview else None,
    }


@require_safe
def rules_outlook(request: SignedIn, name: str, number: int) -> HttpResponse:
    """The part of the page that shows what rules would change; it asks for itself meanwhile."""
    dataset = dataset_of(request, name)
    row = rules_numbered(dataset, number)
    if not is_fragment(request):
        return redirect(f"{address_of(dataset)}identity/rules/{row.number}/")
    context = {
        "row": dataset,
        "address": address_of(dataset),
        "may_manage": request.actor.has(MANAGE),
        "rules": row,
        **outlook_of(row),
    }
    return page(request, "_preview_rules.html", context)


@require_POST
def rules_preview(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Have worked out what rules would change."""
    dataset = dataset_of(request, name)
    row = rules_numbered(dataset, number)
    try:
        preview_rules(row, actor=request.actor)
    except TresseError as error:
        if error.code == "not_permitted":
            raise
        messages.error(request, message(error))
    return redirect(f"{address_of(dataset)}identity/rules/{row.number}/")


def _plain(content: Content) -> dict[str, Any]:
    order = ("identity", "columns", "groups")
    return {key: content[key] for key in order if key in content}


def differences(now: Content, then: Content) -> Iterator[dict[str, str]]:
    """What of some rules is other in others: a label, what it was, what it is then."""
    labels = {
        "keys": gettext("Identity keys"),
        "limits": gettext("Limits"),
        "separate": gettext("Columns that keep records apart"),
        "cap": gettext("Records in one golden record, at most"),
        "soft": gettext("From how many on a person looks at it"),
        "device": gettext("Columns of devices"),
        "fan_out": gettext("Too many different people"),
        "direction": gettext("Meets too many"),
        "blocked": gettext("Blocked values"),
        "allowed": gettext("Allowed values"),
    }
    one, other = _parts(now), _parts(then)
    for key in labels:
        yield from _difference(labels[key], one.get(key), other.get(key))
    merges = [{k: v["merge"] for k, v in each.get("columns", {}).items()} for each in (now, then)]
    for column in dict.fromkeys((*merges[0], *merges[1])):
        label = gettext("Which value of {column} is kept").format(column=column)
        latest = gettext("latest")
        yield from _difference(label, *(each.get(column, latest) for each in merges))
    groups = [{each["name"]: each for each in side.get("groups", [])} for side in (now, then)]
    for name in dict.fromkeys((*groups[0], *groups[1])):
        label = gettext("Group {name}").format(name=name)
        yield from _difference(label, *(_group(each.get(name)) for each in groups))


def _parts(content: Content) -> dict[str, Any]:
    identity = dict(content.get("identity", {}))
    return {**identity, **identity.pop("guard", {})}


def _group(group: Content | None) -> Any:
    return {key: value for key, value in group.items() if key != "name"} if group else None


def _difference(label: str, was: Any, now: Any) -> Iterator[dict[str, str]]:
    if was != now:
        yield {"label": label, "was": _said(was), "now": _said(now)}


def _said(value: Any) -> str:
    """A part of rules as a file has it, on few lines."""
    if value in (None, [], {}):
        return gettext("as by default")
    if isinstance(value, str | int):
        return str(value)
    text = yaml.safe_dump(
        value, default_flow_style=None, sort_keys=False, allow_unicode=True, width=WIDE
    )
    return str(text).strip()


@require_POST
def rules_apply(request: SignedIn, name: str) -> HttpResponse:
    """Make the draft the rules that hold; a build works all history out by it."""
    dataset = dataset_of(request, name)
    apply_draft(dataset, actor=request.actor)
    messages.success(request, gettext("The rules hold. A build works everything out by them."))
    return _after_build(dataset)


@require_POST
def rules_drop(request: SignedIn, name: str) -> HttpResponse:
    """Throw the draft away."""
    dataset = dataset_of(request, name)
    drop_draft(dataset, actor=request.actor)
    messages.success(request, gettext("The draft is thrown away."))
    return redirect(f"{address_of(dataset)}identity/")


@require_POST
def rules_revert(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Make rules hold again that held before."""
    dataset = dataset_of(request, name)
    try:
        revert_rules(dataset, number, actor=request.actor)
    except TresseError as error:
        if error.code in ("not_permitted", "unknown_name"):
            raise
        messages.error(request, message(error))
        return redirect(f"{address_of(dataset)}identity/")
    said = gettext("Rule version {n} holds again. A build works everything out by it.")
    messages.success(request, said.format(n=number))
    return _after_build(dataset)


def _after_build(dataset: Dataset) -> HttpResponse:
    """On to the build that a change of rules asked for, if it did."""
    dataset.refresh_from_db()
    build = dataset.last_build
    if build is not None and build.is_live:
        return redirect("datasets:build", dataset.name, build.pk)
    return redirect(f"{address_of(dataset)}identity/")
