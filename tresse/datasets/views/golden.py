"""The page of one golden record: what it has and why, its records, what leads to it (D130a)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.cells import cell_of, icon_of, shown
from tresse.datasets.explaining import Explanation, explain
from tresse.datasets.explaining.values import Value
from tresse.datasets.layout import Plan
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.naming import title_of
from tresse.datasets.queries import published
from tresse.datasets.scores.timeline import score_entries
from tresse.datasets.shown import CHANGES, DECISIONS, method_label
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.golden_scores import worked_shown
from tresse.datasets.views.related import crm_records, related_rows
from tresse.engine.base import Engine
from tresse.kernel.errors import UNKNOWN_NAME
from tresse.sources.versions import engine
from tresse.web.templatetags.numbers import moment, number

BESIDE, LOST = 12, 8
"Records side by side; values that lost, of one column."
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("who", ("name", "title", "gender", "birth_date", "language", "company_name", "job_title")),
    ("reach", ("email", "phone", "mobile", "landline", "whatsapp", "domain", "url")),
    (
        "place",
        ("address", "postal_code", "city", "region", "country", "latitude", "longitude", "store"),
    ),
    ("consent", ("consent", "email_status")),
    ("loyalty", ("loyalty",)),
    ("ids", ("_id", "customer_id", "sku", "gtin")),
)
"Semantic fields that stand together on the page, by a part of their name; all else is below."


@require_safe
def golden_record(request: SignedIn, name: str, key: str) -> HttpResponse:
    """One golden record; an id that another one absorbed leads on to it (D56)."""
    dataset = dataset_of(request, name)
    version = published(dataset)
    with engine() as session:
        found = explain(session, version, key)
        if found.id != key:
            return redirect("datasets:golden", dataset.name, found.id)
        related = list(related_rows(session, dataset, version, found.id))
        changes = [
            *_changes(session, version, found.id),
            *_score_changes(session, version, found.id),
        ]
        worked = worked_shown(session, dataset, version, found.id)
    context = {
        **frame(request, dataset, "rows"),
        **golden_context(dataset, version, found),
        **worked,
        "related": related,
        "crm": list(crm_records(dataset, found, request.actor)),
        "entries": sorted((*changes, *_entries(found)), key=lambda each: each["at"], reverse=True),
    }
    return page(request, "golden.html", context)


def golden_context(dataset: Dataset, version: DatasetVersion, found: Explanation) -> dict[str, Any]:
    """What a page of a golden record shows of an explanation."""
    plan = plan_of(version)
    address = address_of(dataset)
    return {
        "title": title_of(plan, found.cluster.golden),
        "golden_id": found.id,
        "golden_address": f"{address}rows/{found.id}/",
        "members": found.members,
        "members_number": len(found.members),
        "is_joined": len(found.members) > 1,
        "first_seen": found.cluster.golden["_first_seen_at"],
        "modified": found.cluster.golden["_modified_at"],
        "groups": _groups(plan, found, address),
        "beside": _beside(plan, found),
        "refused": found.refused,
        "kept_back": found.kept_back,
        "decisions": [_decision(each) for each in found.decisions],
    }


def _groups(plan: Plan, found: Explanation, address: str) -> list[dict[str, Any]]:
    """Columns by what they are about, each with its value and why."""
    labels = {
        "who": gettext("Who"),
        "reach": gettext("How to reach them"),
        "place": gettext("Where"),
        "consent": gettext("Consent"),
        "loyalty": gettext("Loyalty"),
        "ids": gettext("Identifiers"),
        "rest": gettext("More"),
    }
    fields = {each.column.name: each.column.semantic for each in plan.columns}
    types = {each.column.name: each.merged_type for each in plan.columns}
    lines: dict[str, list[dict[str, Any]]] = {name: [] for name in labels}
    for value in found.values:
        line = why_line(value, types[value.column], fields[value.column], address)
        lines[_group_of(fields[value.column])].append(line)
    return [
        {
            "label": labels[name],
            "lines": [each for each in listed if each["is_known"]],
            "empty": [each for each in listed if not each["is_known"]],
        }
        for name, listed in lines.items()
        if listed
    ]


def _group_of(field: str) -> str:
    for name in ("consent", "loyalty", *(name for name, _ in GROUPS)):
        parts = dict(GROUPS)[name]
        if field and any(part in field for part in parts):
            return name
    return "rest"


def why_line(value: Value, type_: str, field: str, address: str) -> dict[str, Any]:
    """A value with where it comes from, in words, and the values that lost."""
    is_link = field == "email" and isinstance(value.value, str)
    return {
        "column": value.column,
        "icon": icon_of(type_, field),
        "cell": cell_of(value.value, type_, field),
        "link": f"mailto:{value.value}" if is_link else "",
        "is_known": value.value is not None,
        "is_pinned": value.pin is not None,
        "from": why_words(value),
        "lost": [
            {
                "value": shown(each.value, field),
                "source": each.member.name,
                "at": each.member.modified_at,
            }
            for each in value.lost[:LOST]
        ],
        "more": max(len(value.lost) - LOST, 0),
        "pin_address": f"pin/?{urlencode({'column': value.column})}",
        "source_address": f"{address}sources/{value.source}/" if value.member else "",
    }


def why_words(value: Value) -> str:
    """Why a value stands, in one line."""
    if value.pin is not None:
        author = value.pin.author.name or value.pin.author.email if value.pin.author else "–"
        text = gettext("pinned by {author}, {at}")
        return text.format(author=author, at=moment(value.pin.created_at))
    if value.value is None:
        if not value.candidates:
            return gettext("no record knows it")
        return gettext("no record has all that its group needs") if value.group else ""
    if value.filled:
        return gettext("the constant for “nothing known”")
    method = method_label(value.method)
    count = ngettext("of {n} value", "of {n} values", value.distinct)
    of = count.format(n=number(value.distinct))
    if value.member is None:
        return gettext("{method} {of}").format(method=method, of=of)
    parts = [value.member.name, moment(value.updated_at)]
    if value.distinct > 1:
        parts.append(gettext("{method} {of}").format(method=method, of=of))
    if value.group:
        parts.append(gettext("with the group {name}").format(name=value.group))
    return " · ".join(parts)


def _beside(plan: Plan, found: Explanation) -> dict[str, Any]:
    """Records side by side: heads, and a line for each column that any of them has."""
    members = found.members[:BESIDE]
    won = {each.column: each for each in found.values}
    lines = []
    for each in plan.columns:
        name = each.column.name
        values = [member.values.get(name) for member in members]
        if all(value is None for value in values):
            continue
        why = won[name]
        lines.append(
            {
                "name": name,
                "icon": icon_of(each.type, each.column.semantic),
                "cells": [
                    {
                        "text": shown(value, each.column.semantic),
                        "cls": "is-won"
                        if why.member is not None and member.rid == why.member.rid
                        else "",
                    }
                    for member, value in zip(members, values, strict=True)
                ],
            }
        )
    left = len(found.members) - len(members)
    words = ngettext("and {n} more record", "and {n} more records", left).format(n=number(left))
    return {
        "members": members,
        "lines": lines,
        "words": words if left else "",
    }


def _entries(found: Explanation) -> Iterator[dict[str, Any]]:
    """What happened, as records and decisions tell it."""
    for each in found.members:
        text = gettext("{record} came in")
        yield _entry(each.first_seen, "log-in", "teal", text.format(record=each.name))
        if each.modified_at != each.first_seen:
            text = gettext("{record} was changed last")
            yield _entry(each.modified_at, "pencil", "info", text.format(record=each.name))
    for row in found.decisions:
        label, tone = DECISIONS[row.kind]
        author = row.author.name or row.author.email if row.author else gettext("Somebody")
        text = gettext("{author} decided on {a} and {b}: {decision}")
        if not row.b:
            text = gettext("{author} decided on {a}: {decision}")
        words = text.format(author=author, a=row.a, b=row.b, decision=gettext(label).lower())
        yield _entry(row.created_at, "user-round", tone, words, row.reason)


def _entry(at: datetime, icon: str, hue: str, text: str, about: str = "") -> dict[str, Any]:
    return {"at": at, "icon": icon, "hue": hue, "text": text, "about": about}


def _changes(session: Engine, version: DatasetVersion, id_: str) -> Iterator[dict[str, Any]]:
    """Changes of its id (D59), with the day of the version that made them."""
    table = tables_of(session, version).id_changes
    rows = session.rows(
        sa.select(table.c.old, table.c.new, table.c.kind, table.c.version).where(
            sa.or_(table.c.old == id_, table.c.new == id_)
        )
    )
    numbers = {row[3] for row in rows}
    made = dict(
        version.dataset.versions.filter(number__in=numbers).values_list("number", "created_at")
    )
    for old, new, kind, at in rows:
        other = old if new == id_ else new
        text = gettext("It {change} {id}, in version {n}")
        words = text.format(change=gettext(CHANGES.get(kind, kind)), id=other[:8], n=at)
        yield _entry(made.get(at, version.created_at), "merge", "violet", words)


def _score_changes(session: Engine, version: DatasetVersion, id_: str) -> Iterator[dict[str, Any]]:
    """Categories of its scores that changed, and why (SC15)."""
    for each in score_entries(session, version, id_):
        yield _entry(each.at, "gauge", "accent", each.text, each.about)


def _decision(row: Any) -> dict[str, Any]:
    label, tone = DECISIONS[row.kind]
    return {"row": row, "label": gettext(label), "tone": tone}


@require_safe
def golden_value(request: SignedIn, name: str, key: str) -> HttpResponse:
    """Where one value comes from: what the table of golden records shows on hover and focus."""
    dataset = dataset_of(request, name)
    version = published(dataset)
    column = request.GET.get("column", "")
    with engine() as session:
        found = explain(session, version, key)
    value = next((each for each in found.values if each.column == column), None)
    if value is None:
        raise UNKNOWN_NAME(sort=gettext("column"), name=column)
    planned = plan_of(version).of(column)
    context = {
        "why": {
            "value": shown(value.value, planned.column.semantic),
            "facts": list(_value_facts(value)),
            "words": why_words(value) if value.member is None else "",
        },
        "type": planned.merged_type,
    }
    if not is_fragment(request):
        return redirect("datasets:golden", dataset.name, found.id)
    return page(request, "_value.html", context)


def _value_facts(value: Value) -> Iterator[tuple[str, str, str]]:
    """Label, text and where it leads."""
    if value.member is not None:
        source = value.member.source
        is_dataset = source.startswith("dataset:")
        yield gettext("Source"), source, "" if is_dataset else f"/sources/{source}/"
        yield gettext("Record"), value.member.key, ""
        yield gettext("Changed"), moment(value.updated_at), ""
    if value.pin is None and not value.filled:
        yield gettext("Kept"), method_label(value.method), ""
        yield gettext("Records with a value"), number(value.candidates), ""
        yield gettext("Different values"), number(value.distinct), ""
    if value.group:
        yield gettext("Group"), value.group, ""
