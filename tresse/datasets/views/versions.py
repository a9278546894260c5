"""Versions of a dataset: which are kept, what differs between two, going back (D85)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.builds.comparison import difference
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.cells import shown
from tresse.datasets.changes.builds import rollback
from tresse.datasets.layout import Plan
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.naming import title_of
from tresse.datasets.queries import MANAGE, version_numbered, versions_of
from tresse.datasets.shown import band_shown, worst
from tresse.datasets.version_examples import Changed, examples
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.kernel.errors import TresseError
from tresse.sources.reported import size
from tresse.sources.versions import engine


@require_safe
def version_list(request: SignedIn, name: str) -> HttpResponse:
    """All versions that are kept, latest first, and a build that waits to become one."""
    dataset = dataset_of(request, name)
    versions = list(versions_of(dataset))
    held = dataset.builds.filter(state="held").order_by("-id").first()
    context = {
        **frame(request, dataset, "versions"),
        "versions": [_shown(dataset, each) for each in versions],
        "numbers": [each.number for each in versions],
        "held": held,
    }
    return page(request, "versions.html", context)


def _shown(dataset: Dataset, version: DatasetVersion) -> dict[str, Any]:
    band, tone = band_shown(worst(version.health))
    build = version.build
    return {
        "row": version,
        "is_published": version.pk == dataset.version_id,
        "is_newer": bool(dataset.version and version.number > dataset.version.number),
        "band": band,
        "band_tone": tone,
        "size": size(version.bytes),
        "rules": version.rules.number if version.rules else None,
        "changed": build.changed_records if build else None,
        "build": build.pk if build else None,
    }


@require_safe
def version_compare(request: SignedIn, name: str) -> HttpResponse:
    """What differs from one version to another: counts per column, with examples."""
    dataset = dataset_of(request, name)
    known = {each.number: each for each in versions_of(dataset)}
    one, other = (_asked(dataset, request.GET.get(each, ""), known) for each in ("from", "to"))
    column = request.GET.get("column", "")
    context: dict[str, Any] = {
        **frame(request, dataset, "versions"),
        "one": one,
        "other": other,
        "numbers": list(known),
        "column": column,
    }
    if one.pk != other.pk:
        found = difference(one, other)
        with engine() as session:
            some = examples(session, one, other, column=column)
        plan = plan_of(other)
        context |= {
            "found": found,
            "columns": sorted(found["changed"].items(), key=lambda each: -each[1]),
            "added": [_named(plan, each) for each in some.added],
            "removed": [_named(plan_of(one), each) for each in some.removed],
            "changed": [_changed(plan, each) for each in some.changed],
        }
    return page(request, "compare.html", context)


def _asked(dataset: Dataset, text: str, known: dict[int, DatasetVersion]) -> DatasetVersion:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return known[number] if number in known else version_numbered(dataset, number)


def _named(plan: Plan, row: dict[str, Any]) -> dict[str, Any]:
    return {"title": title_of(plan, row), "id": row["_id"], "members": row["_members"]}


def _changed(plan: Plan, changed: Changed) -> dict[str, Any]:
    cells = [
        {"name": name, "was": shown(before), "now": shown(after)}
        for name, before, after in changed.cells
    ]
    return {**_named(plan, changed.row), "cells": cells}


def version_rollback(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Publish an older version; GET asks first and says what is paused."""
    dataset = dataset_of(request, name)
    version = version_numbered(dataset, number)
    require_right(request.actor, MANAGE)
    if request.method == "POST":
        try:
            done = rollback(version, actor=request.actor)
        except TresseError as error:
            if error.code == "not_permitted":
                raise
            messages.error(request, message(error))
            return redirect(f"{address_of(dataset)}versions/")
        text = gettext("Version {n} is the published one again.").format(n=done.version)
        if done.paused:
            paused = gettext("Paused: {names}.").format(names=", ".join(done.paused))
            text = f"{text} {paused}"
        messages.success(request, text)
        return redirect(f"{address_of(dataset)}versions/")
    context = {"version_to": version, "published_number": _number(dataset)}
    if is_fragment(request):
        return page(
            request, "_rollback.html", {**context, "row": dataset, "address": address_of(dataset)}
        )
    return page(request, "rollback.html", {**frame(request, dataset, "versions"), **context})


def _number(dataset: Dataset) -> int | None:
    return dataset.version.number if dataset.version else None
