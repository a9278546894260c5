"""Stored values that a rule, `required` or a list made stricter would refuse today (C16).

They stay as they are; only later writes are checked. The page counts them and leads to them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import ngettext

from tresse.accounts.actor import Actor
from tresse.objects.calculated import is_set_by_product
from tresse.objects.counts import CAP
from tresse.objects.database import rows, scalar
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.kinds.rules import RULES, applied, words
from tresse.objects.readings import reading_for

NAMED = 100
"The most records that a link names one by one."


@dataclass(frozen=True, slots=True)
class Breach:
    """Records that break one thing. `is_sample`: only the newest `CAP` values were looked at."""

    sentence: str
    number: int
    address: str
    is_sample: bool = False


def breaches_of(here: ObjectDef, prop: PropertyDef, actor: Actor) -> list[Breach]:
    """What stored values break, each with the index page that shows them."""
    if not prop.column or is_set_by_product(prop):
        return []
    found = [*_empty(here, prop), *_archived(here, prop)]
    if prop.rules:
        found.extend(_by_rules(here, prop, actor))
    return found


def index_of(here: ObjectDef, condition: dict[str, Any]) -> str:
    """The index page of an object type with one condition."""
    text = json.dumps({"all": [condition]}, ensure_ascii=False)
    return f"{reverse('records', args=[here.slug])}?{urlencode({'filter': text})}"


def _count(here: ObjectDef, condition: sa.ColumnElement[bool]) -> int:
    table = here.table
    some = sa.select(table.c.id).where(table.c.deleted_at.is_(None), condition).limit(CAP + 1)
    return int(scalar(sa.select(sa.func.count()).select_from(some.subquery())))


def _empty(here: ObjectDef, prop: PropertyDef) -> Iterator[Breach]:
    if not prop.is_required:
        return
    if number := _count(here, here.table.c[prop.column].is_(None)):
        sentence = ngettext(
            "{number} record has no value, though one is required.",
            "{number} records have no value, though one is required.",
            number,
        )
        address = index_of(here, {"property": prop.name, "operator": "is_empty"})
        yield Breach(sentence.format(number=_capped(number)), number, address)


def _archived(here: ObjectDef, prop: PropertyDef) -> Iterator[Breach]:
    if prop.kind.name != "option":
        return
    names = [option.name for option in prop.options if option.is_archived]
    if names and (number := _count(here, here.table.c[prop.column].in_(names))):
        sentence = ngettext(
            "{number} record has an archived option.",
            "{number} records have an archived option.",
            number,
        )
        condition = {"property": prop.name, "operator": "is_any_of", "value": names}
        yield Breach(sentence.format(number=_capped(number)), number, index_of(here, condition))


def _by_rules(here: ObjectDef, prop: PropertyDef, actor: Actor) -> Iterator[Breach]:
    """Each rule by itself, over the newest values."""
    table = here.table
    column = table.c[prop.column]
    newest = (
        sa.select(table.c.id, column)
        .where(table.c.deleted_at.is_(None), column.is_not(None))
        .order_by(table.c.id.desc())
        .limit(CAP)
    )
    held = rows(newest)
    values = [value for _, value in held]
    reading = reading_for(prop, here, actor=actor)
    for rule in prop.rules:
        one = type(reading)(label=reading.label, rules=(rule,), zone=reading.zone)
        _kept, refused = applied(values, [""] * len(values), one)
        if not refused:
            continue
        ids = [held[each.position][0] for each in refused[:NAMED]]
        condition = {"property": "id", "operator": "is_any_of", "value": sorted(ids)}
        sentence = ngettext(
            "{number} value does not fit the rule: {rule}.",
            "{number} values do not fit the rule: {rule}.",
            len(refused),
        ).format(number=len(refused), rule=words(RULES[rule["rule"]], rule))
        yield Breach(sentence, len(refused), index_of(here, condition), len(held) == CAP)


def _capped(number: int) -> str:
    return f"{CAP:,}+" if number > CAP else str(number)
