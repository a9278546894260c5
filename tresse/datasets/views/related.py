"""What leads to a golden record and where it leads, and its records in the CRM (D130a)."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from django.utils.translation import ngettext

from tresse.accounts.actor import Actor
from tresse.datasets.builds.tables import Tables, names_of, tables_of
from tresse.datasets.cells import shown
from tresse.datasets.explaining import Explanation
from tresse.datasets.golden_links import LINKS, GoldenLink, record_links
from tresse.datasets.layout import Plan
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.naming import title_columns, title_of
from tresse.datasets.shown import look_of
from tresse.datasets.views.frame import address_of
from tresse.engine.base import Engine
from tresse.objects.described import data_model
from tresse.sources.models import Source
from tresse.web.templatetags.numbers import number

SHOWN = 6
"Rows of one relation."
DATES = ("ordered_at", "at", "started_at", "created_at", "modified_at")
ABOUT = ("status", "amount", "net_amount", "line_amount", "price", "quantity", "currency")
"Semantic fields that tell of a row beside its name, and the first date that says when."


def related_rows(
    session: Engine, dataset: Dataset, version: DatasetVersion, id_: str
) -> Iterator[dict[str, Any]]:
    """A card for each relation: rows that lead here, and the one that each leads to."""
    others = Dataset.objects.select_related("version").exclude(version=None)
    by_name = {each.name: each for each in others}
    yield from _leads(session, version, id_, by_name)
    for other in by_name.values():
        made = other.version
        if made is None:
            continue
        for relation in made.relations:
            if relation["to"] == dataset.name:
                yield _leading(session, other, made, relation["name"], id_)


def _leads(
    session: Engine,
    version: DatasetVersion,
    id_: str,
    by_name: dict[str, Dataset],
) -> Iterator[dict[str, Any]]:
    if not version.relations:
        return
    golden = tables_of(session, version).golden
    columns = [golden.c[f"{each['name']}_id"] for each in version.relations]
    found = session.rows(sa.select(*columns).where(golden.c.id == id_))
    for relation, to in zip(version.relations, found[0] if found else (), strict=False):
        other = by_name.get(relation["to"])
        if to is None or other is None or other.version is None:
            continue
        tables = tables_of(session, other.version)
        lines = _lines(session, other, tables, tables.golden.c.id == to)
        icon, hue = look_of(other)
        yield {"label": relation["name"], "icon": icon, "hue": hue, "lines": lines, "number": 0}


def _leading(
    session: Engine, other: Dataset, version: DatasetVersion, relation: str, id_: str
) -> dict[str, Any]:
    tables = tables_of(session, version)
    leads = tables.golden.c[f"{relation}_id"] == id_
    count = int(session.scalar(sa.select(sa.func.count()).where(leads)) or 0)
    relations = {each["name"]: each for each in other.definition.get("relations", ())}
    icon, hue = look_of(other)
    left = count - SHOWN
    words = ngettext("and {n} more", "and {n} more", left).format(n=number(left))
    return {
        "label": relations.get(relation, {}).get("inverse") or other.name,
        "icon": icon,
        "hue": hue,
        "number": count,
        "lines": _lines(session, other, tables, leads) if count else [],
        "words": words if left > 0 else "",
    }


def _lines(
    session: Engine, other: Dataset, tables: Tables, condition: sa.ColumnElement[bool]
) -> list[dict[str, Any]]:
    """The latest rows, each with its name, when it was and what it tells."""
    plan, physical = tables.plan, names_of(tables.plan, tables.relations)
    fields = {each.column.semantic: each.column.name for each in plan.columns}
    date = next((fields[each] for each in DATES if each in fields), "_modified_at")
    about = [fields[each] for each in ABOUT if each in fields]
    wanted = list(dict.fromkeys(("_id", *title_columns(plan), date, *about)))
    golden = tables.golden
    statement = (
        sa.select(*(golden.c[physical[name]] for name in wanted))
        .where(condition)
        .order_by(golden.c[physical[date]].desc().nulls_last(), golden.c.id)
        .limit(SHOWN)
    )
    return [
        _line(other, plan, dict(zip(wanted, row, strict=True)), date, about)
        for row in session.rows(statement)
    ]


def _line(
    other: Dataset, plan: Plan, row: dict[str, Any], date: str, about: list[str]
) -> dict[str, Any]:
    words = [shown(row[name]) for name in (date, *about)]
    return {
        "title": title_of(plan, row),
        "address": f"{address_of(other)}rows/{row['_id']}/",
        "words": " · ".join(each for each in words if each),
    }


def crm_records(dataset: Dataset, found: Explanation, actor: Actor) -> Iterator[GoldenLink]:
    """Records of this CRM that it is made of, and where else it stands."""
    names = {each.source for each in found.members}
    read = Source.objects.filter(name__in=names, connection__kind="crm")
    tables = {each.name: each.definition.get("read", {}).get("table", "") for each in read}
    model = data_model() if tables else None
    known = {each.name: each for each in model.objects} if model else {}
    for member in found.members:
        object_ = known.get(tables.get(member.source, ""))
        if object_ is not None and member.key.isdecimal():
            yield from record_links(object_, [int(member.key)], member.source, actor)
    for each in LINKS:
        yield from each.of(dataset, found.id, actor)
