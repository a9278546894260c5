"""The review: what a person should look at, two records side by side (D60)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.answers import message
from tresse.accounts.paging import page_and_back
from tresse.accounts.requests import SignedIn
from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.cells import icon_of, shown
from tresse.datasets.changes.reviews import decide_review, reopen_review
from tresse.datasets.changes.suggestions import SUGGEST, ask_for_suggestions
from tresse.datasets.explaining.cluster import Member, cluster_of, records_of, rids_of
from tresse.datasets.explaining.explain import salt_of
from tresse.datasets.explaining.finding import record_id
from tresse.datasets.explaining.saying import refused_said
from tresse.datasets.models import Dataset, DatasetVersion, ReviewItem
from tresse.datasets.naming import title_of
from tresse.datasets.reviewing import KINDS, open_counts, review_numbered, reviews
from tresse.datasets.reviewing import STATES as KNOWN_STATES
from tresse.datasets.shown import REVIEW_STATES, REVIEWS, guard_words, key_label
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.engine.base import Engine
from tresse.jobs.models import LIVE, Job
from tresse.kernel.errors import TresseError
from tresse.sources.versions import engine
from tresse.web.templatetags.numbers import number, percent

A_PAGE = 30
MOST = 8
"Records of a large golden record that are shown."


@require_safe
def review_list(request: SignedIn, name: str) -> HttpResponse:
    """The queue, and the item that is looked at: the one asked for, else the first."""
    dataset = dataset_of(request, name)
    return _shown(request, dataset)


def _shown(request: SignedIn, dataset: Dataset, sentence: str = "") -> HttpResponse:
    state = request.GET.get("state", "open")
    kind = request.GET.get("kind", "")
    state = state if state in (*KNOWN_STATES, "all") else "open"
    kind = kind if kind in KINDS else ""
    found = reviews(dataset, state=state, kind=kind)
    cursor = request.GET.get("cursor")
    rows, previous, following = page_and_back(found, cursor=cursor, limit=A_PAGE)
    asked = request.GET.get("item", "")
    item = rows[0] if rows else None
    if asked.isdecimal():
        item = review_numbered(dataset, int(asked[:18]))
    kept = {key: value for key, value in (("state", state), ("kind", kind)) if value}
    context = {
        **frame(request, dataset, "review"),
        "queue": [_line(each, kept, cursor) for each in rows],
        "previous": previous,
        "next": following,
        "chosen": {"state": state, "kind": kind},
        "states": [
            (each, gettext(REVIEW_STATES[each])) for each in ("open", "later", "same", "different")
        ],
        "kinds": _kinds(dataset),
        "sentence": sentence,
        "looking": _looking(dataset),
        **_neighbours(rows, item),
    }
    if item is not None and dataset.version is not None:
        context |= _item(dataset, dataset.version, item)
    return page(request, "review.html", context, is_refused=bool(sentence))


def _looking(dataset: Dataset) -> bool:
    """Whether suggestions are being looked for."""
    key = f"{SUGGEST}:{dataset.pk}"
    return Job.objects.filter(kind=SUGGEST, key=key, state__in=LIVE).exists()


def _kinds(dataset: Dataset) -> list[dict[str, Any]]:
    counts = open_counts(dataset)
    return [
        {"name": name, "label": gettext(REVIEWS[name][0]), "count": counts[name]}
        for name in KINDS
        if counts[name]
    ]


def _line(item: ReviewItem, kept: Mapping[str, str], cursor: str | None) -> dict[str, Any]:
    label, tone = REVIEWS[item.kind]
    asked = {**kept, **({"cursor": cursor} if cursor else {}), "item": str(item.pk)}
    return {
        "pk": item.pk,
        "label": gettext(label),
        "tone": tone,
        "title": item.a or item.golden_id[:8],
        "about": item.b or _about(item),
        "link": f"?{urlencode(asked)}",
        "score": percent(item.score) if item.score is not None else "",
    }


def _about(item: ReviewItem) -> str:
    size = item.facts.get("size")
    if size:
        return ngettext("{n} record", "{n} records", size).format(n=number(size))
    return ""


def _neighbours(rows: Sequence[ReviewItem], item: ReviewItem | None) -> dict[str, Any]:
    """The items before and after the one that is looked at."""
    ids = [each.pk for each in rows]
    if item is None or item.pk not in ids:
        return {"before_item": None, "after_item": None}
    at = ids.index(item.pk)
    return {
        "before_item": ids[at - 1] if at else None,
        "after_item": ids[at + 1] if at + 1 < len(ids) else None,
    }


def _item(dataset: Dataset, version: DatasetVersion, item: ReviewItem) -> dict[str, Any]:
    """Everything about one item."""
    label, tone = REVIEWS[item.kind]
    with engine() as session:
        tables = tables_of(session, version)
        members = _members(session, tables, version, item)
        homes = _homes(tables, version, members)
    return {
        "item": item,
        "item_label": gettext(label),
        "item_tone": tone,
        "item_words": _words(item),
        "item_state": gettext(REVIEW_STATES[item.state]),
        "is_undecided": item.state in ("open", "later"),
        "is_pair": bool(item.a and item.b),
        "heads": [_head(dataset, tables, each, homes) for each in members],
        "lines": _lines(tables, members, is_pair=item.kind != "oversize"),
        "weights": list(_weights(item)),
        "has_more": item.kind == "oversize" and item.facts.get("size", 0) > len(members),
    }


def _members(
    session: Engine, tables: Tables, version: DatasetVersion, item: ReviewItem
) -> list[Member]:
    """The records that are looked at; of a large golden record the first ones."""
    if item.kind == "oversize":
        is_there = tables.golden.c.id == item.golden_id
        if not session.rows(sa.select(tables.golden.c.id).where(is_there)):
            return []
        return list(cluster_of(tables, item.golden_id, salt=salt_of(version)).members[:MOST])
    names = [each for each in (item.a, item.b) if each]
    found = {each.name: each for each in _named(tables, names, salt_of(version))}
    return [found[each] for each in names if each in found]


def _named(tables: Tables, names: Sequence[str], salt: int) -> tuple[Member, ...]:
    return records_of(tables, rids_of(tables, list(names), salt))


def _homes(tables: Tables, version: DatasetVersion, members: Sequence[Member]) -> dict[str, str]:
    """Golden id by record."""
    found = {}
    for each in members:
        there = record_id(tables, each.name, salt=salt_of(version))
        if there:
            found[each.name] = there[1]
    return found


def _head(
    dataset: Dataset, tables: Tables, member: Member, homes: Mapping[str, str]
) -> dict[str, Any]:
    id_ = homes.get(member.name, "")
    return {
        "title": title_of(tables.plan, {**member.values, "_id": member.key}),
        "record": member.name,
        "address": f"{address_of(dataset)}rows/{id_}/" if id_ else "",
        "modified_at": member.modified_at,
    }


def _lines(tables: Tables, members: Sequence[Member], *, is_pair: bool) -> list[dict[str, Any]]:
    """Columns that any of the records has, side by side; of a pair what agrees is marked."""
    found = []
    for each in tables.plan.columns:
        name = each.column.name
        values = [member.values.get(name) for member in members]
        if all(value is None for value in values):
            continue
        matches = [member.matches.get(name) or member.values.get(name) for member in members]
        cls = ""
        if is_pair and len(members) == 2 and None not in matches:
            cls = "is-same" if matches[0] == matches[1] else "is-other"
        found.append(
            {
                "name": name,
                "icon": icon_of(each.type, each.column.semantic),
                "cells": [
                    {"text": shown(value, each.column.semantic), "cls": cls} for value in values
                ],
            }
        )
    return found


def _words(item: ReviewItem) -> str:
    """Why it is asked."""
    facts = item.facts
    if item.kind == "refused":
        return refused_said(
            str(facts.get("guard", "")),
            key=key_label(facts.get("columns", ())),
            value=str(facts.get("value", "")),
            record=item.a,
            detail=facts.get("detail", {}),
            names=[item.a, item.b],
        )
    if item.kind == "oversize":
        size = int(facts.get("size") or 0)
        text = ngettext(
            "{n} record is one here. Are they all the same person?",
            "{n} records are one here. Are they all the same person?",
            size,
        )
        return text.format(n=number(size))
    if item.kind == "claim":
        return _claim_words(item)
    score = percent(item.score) if item.score is not None else "–"
    text = gettext("These two look alike: {score}. Nothing joins them but you.")
    return text.format(score=score)


def _claim_words(item: ReviewItem) -> str:
    """What a record of a source that is not trusted says of itself."""
    claims = [
        f"{key_label(each.get('columns', ()))} {each.get('value', '')}"
        for each in item.facts.get("claims", ())
        if isinstance(each, Mapping)
    ]
    text = gettext("It claims {claims}.").format(claims=", ".join(claims)) if claims else ""
    return " ".join(filter(None, (text, guard_words("DG13"), gettext("May it be believed?"))))


def _weights(item: ReviewItem) -> Iterator[dict[str, Any]]:
    """What speaks for a suggestion, and what against it, the strongest first."""
    found = [each for each in item.facts.get("levels") or () if isinstance(each, Mapping)]
    for each in sorted(found, key=lambda row: -abs(float(row.get("weight") or 0))):
        weight = float(each.get("weight") or 0)
        level = str(each.get("level") or "")
        yield {
            "name": gettext(str(each.get("label") or each.get("comparison") or "–")),
            "level": gettext(level) if level else gettext("they differ"),
            "weight": f"{'+' if weight > 0 else ''}{number(round(weight, 1), 1)}",
            "cls": "up" if weight > 0 else "down",
        }


@require_POST
def review_decide(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Answer an item and go on to the next one."""
    dataset = dataset_of(request, name)
    item = review_numbered(dataset, number)
    answer = request.POST.get("answer", "")
    kept = {key: request.POST[key] for key in ("state", "kind") if request.POST.get(key)}
    reason = request.POST.get("reason", "")
    try:
        decide_review(item, answer, actor=request.actor, reason=reason)
    except TresseError as error:
        if error.code == "not_permitted":
            raise
        messages.error(request, message(error))
        return redirect(f"{address_of(dataset)}review/?{urlencode({**kept, 'item': str(item.pk)})}")
    messages.success(request, _said(answer))
    after = request.POST.get("after", "")
    if after.isdecimal():
        kept["item"] = after
    return redirect(f"{address_of(dataset)}review/?{urlencode(kept)}")


def _said(answer: str) -> str:
    return {
        "same": gettext("Decided: the same person. The next build joins them."),
        "different": gettext("Decided: different people. No build joins them."),
        "later": gettext("Put aside."),
    }.get(answer, gettext("Decided."))


@require_POST
def review_suggest(request: SignedIn, name: str) -> HttpResponse:
    """Look for golden records that are likely one; what is found enters the review (D64)."""
    dataset = dataset_of(request, name)
    try:
        ask_for_suggestions(dataset, actor=request.actor)
    except TresseError as error:
        if error.code == "not_permitted":
            raise
        messages.error(request, message(error))
    else:
        said = gettext("Golden records that look alike are looked for. They come in here.")
        messages.success(request, said)
    return redirect(f"{address_of(dataset)}review/")


@require_POST
def review_reopen(request: SignedIn, name: str, number: int) -> HttpResponse:
    """Open an item again that was put aside or answered without a decision."""
    dataset = dataset_of(request, name)
    item = reopen_review(review_numbered(dataset, number), actor=request.actor)
    return redirect(f"{address_of(dataset)}review/?{urlencode({'item': item.pk})}")
