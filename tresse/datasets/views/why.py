"""Why are these one? What ties the records of a golden record, and what keeps two apart (D62)."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.explaining import Explanation, Two, explain, explain_two
from tresse.datasets.explaining.cluster import Member
from tresse.datasets.explaining.ties import Edge
from tresse.datasets.layout import Plan
from tresse.datasets.naming import title_of
from tresse.datasets.queries import published
from tresse.datasets.shown import guard_label, key_label
from tresse.datasets.views.drawing import DECIDED, REFUSED, TIED, Shown, Tie, drawn, two_apart
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.kernel.errors import TresseError
from tresse.sources.versions import engine
from tresse.web.templatetags.components import hue
from tresse.web.templatetags.numbers import day

MOST = 60
"Records drawn; the list below has all."


@require_safe
def golden_why(request: SignedIn, name: str, key: str) -> HttpResponse:
    """The whole golden record, or the path between two of its records."""
    dataset = dataset_of(request, name)
    version = published(dataset)
    a, b = (request.GET.get(each, "").strip() for each in ("a", "b"))
    sentence = ""
    two: Two | None = None
    with engine() as session:
        found = explain(session, version, key)
        if a and b and a != b:
            try:
                two = explain_two(session, version, a, b)
            except TresseError as error:
                sentence = message(error)
    plan = plan_of(version)
    context = {
        **frame(request, dataset, "rows"),
        "title": title_of(plan, found.cluster.golden),
        "golden_id": found.id,
        "golden_address": f"{address_of(dataset)}rows/{found.id}/",
        "members": found.members,
        "a": a,
        "b": b,
        "sentence": sentence,
        "rules": found.rules,
        **(_two(plan, two) if two else _whole(plan, found)),
    }
    return page(request, "why.html", context)


@require_safe
def dataset_why(request: SignedIn, name: str) -> HttpResponse:
    """Any two records, or golden records: the path that makes them one, or why they are not."""
    dataset = dataset_of(request, name)
    a, b = (request.GET.get(each, "").strip() for each in ("a", "b"))
    context: dict[str, Any] = {**frame(request, dataset, "rows"), "a": a, "b": b}
    if a and b:
        version = published(dataset)
        try:
            with engine() as session:
                two = explain_two(session, version, a, b)
        except TresseError as error:
            context["sentence"] = message(error)
        else:
            context |= _two(plan_of(version), two)
            context["golden_address"] = f"{address_of(dataset)}rows/{two.left.id}/"
    return page(request, "why_two.html", context)


def _whole(plan: Plan, found: Explanation) -> dict[str, Any]:
    members = found.members[:MOST]
    return {
        "drawing": drawn([_record(plan, each) for each in members], map(_tie, found.edges)),
        "steps": [_step(each) for each in found.edges],
        "is_whole": True,
        "left": len(found.members) - len(members),
        "refused": found.refused,
    }


def _two(plan: Plan, two: Two) -> dict[str, Any]:
    if two.is_one:
        records = _along(two.path) or [two.left.members[0]]
        ends = {records[0].rid, records[-1].rid}
        cards = [_record(plan, each, is_end=each.rid in ends) for each in records]
        return {
            "drawing": drawn(cards, map(_tie, two.path), is_path=True),
            "steps": [_step(each) for each in two.path],
            "is_one": True,
            "is_path": True,
        }
    left, right = (
        Shown(
            side.id,
            title_of(plan, side.golden),
            side.members[0].name if side.members else side.id,
            hue(side.members[0].source) if side.members else "grey",
        )
        for side in (two.left, two.right)
    )
    ties = [
        Tie(at, left.id, right.id, _label(each.columns, each.guard), each.value, REFUSED)
        for at, each in enumerate(two.reasons)
    ]
    return {
        "drawing": two_apart(left, right, ties),
        "reasons": two.reasons,
        "is_apart": True,
        "is_path": True,
        "left_id": two.left.id,
        "right_id": two.right.id,
    }


def _label(columns: Sequence[str], guard: str) -> str:
    return key_label(columns) or (guard_label(guard) if guard else gettext("nothing in common"))


def _along(path: Sequence[Edge]) -> list[Member]:
    """The records of a path, in its order."""
    found: list[Member] = []
    for edge in path:
        for each in (edge.a, edge.b):
            if all(one.rid != each.rid for one in found):
                found.append(each)
    return found


def _record(plan: Plan, member: Member, *, is_end: bool = False) -> Shown:
    name = title_of(plan, {**member.values, "_id": member.key})
    return Shown(member.rid, name, member.name, hue(member.source), is_end)


def _tie(edge: Edge) -> Tie:
    if edge.decision is not None:
        label = gettext("a person said so")
        return Tie(("d", edge.decision.pk), edge.a.rid, edge.b.rid, label, "", DECIDED)
    node = (edge.columns, edge.value)
    return Tie(node, edge.a.rid, edge.b.rid, key_label(edge.columns), edge.value, TIED)


def _step(edge: Edge) -> dict[str, Any]:
    """An edge as a sentence, with what stands in both records."""
    if edge.decision is not None:
        row = edge.decision
        author = row.author.name or row.author.email if row.author else gettext("somebody")
        text = gettext("{a} and {b}: {author} said on {day} that they are the same.")
        words = text.format(a=edge.a.name, b=edge.b.name, author=author, day=day(row.created_at))
        return {"words": words, "about": row.reason, "is_decided": True}
    text = gettext("{a} and {b} have the same {columns}: {value}")
    words = text.format(
        a=edge.a.name, b=edge.b.name, columns=key_label(edge.columns), value=edge.value
    )
    left, right = (
        ", ".join(str(side.values.get(name) or "–") for name in edge.columns)
        for side in (edge.a, edge.b)
    )
    text = "" if left == right == edge.value else gettext("{left} and {right} as they stand")
    return {"words": words, "about": text.format(left=left, right=right), "is_decided": False}
