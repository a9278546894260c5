"""Reads of likely duplicates: groups in sight, those of one record, those of typed values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.engine.constructs import Position
from tresse.engine.types import Text
from tresse.kernel.errors import TresseError
from tresse.objects.database import first, rows
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.readings import value_of
from tresse.objects.sight import readable_properties
from tresse.records.duplicate_rules import RULES, read_by, rules_of, values_of
from tresse.records.merge_tables import (
    DUPLICATE_GROUP,
    DUPLICATE_MEMBER,
    DUPLICATE_RUN,
    NOT_DUPLICATE,
)
from tresse.records.readings import Readings
from tresse.records.searching import begins_words
from tresse.records.title import title_of
from tresse.records.visibility import visible

PAGE = 25
MOST_ASKED = 50
"""Candidates that are read for one typed record."""


@dataclass(frozen=True, slots=True)
class Group:
    """Records that are likely one, as far as a person sees them."""

    id: int
    reasons: tuple[str, ...]
    members: tuple[tuple[int, str], ...]
    more: int
    "How many further records share the key, in sight or not; 0 unless there are too many to list."


@dataclass(frozen=True, slots=True)
class Likely:
    """A record that is likely the one being typed."""

    id: int
    title: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """When duplicates were looked for last; `is_capped`: more groups were found than are kept."""

    at: datetime
    groups: int
    is_capped: bool


def last_look(object: ObjectDef) -> Run | None:
    """The last time duplicates of an object type were looked for."""
    columns = (DUPLICATE_RUN.c.at, DUPLICATE_RUN.c.groups, DUPLICATE_RUN.c.is_capped)
    found = first(sa.select(*columns).where(DUPLICATE_RUN.c.object_id == object.id))
    return Run(*found) if found else None


def _reasons(text: str, shown: Sequence[str]) -> tuple[str, ...]:
    """Stored names of rules as people read them."""
    return tuple(gettext(RULES[name].reason) for name in text.split(",") if name in shown)


def _shown_rules(object: ObjectDef, actor: Actor) -> tuple[list[str], sa.ColumnElement[bool]]:
    """Rules that speak of no hidden property (C109), and groups that have such a reason."""
    rules = rules_of(object)
    shown = [
        rule.name
        for rule in rules
        if all(actor.access(object.name, name) != "none" for name in rule.reads or (object.title,))
    ]
    if len(shown) == len(rules):
        return shown, sa.true()
    comma = sa.literal(",", Text)
    within = comma + DUPLICATE_GROUP.c.reasons + comma
    return shown, sa.or_(sa.false(), *(Position(within, f",{name},") > 0 for name in shown))


def groups(
    object: ObjectDef, actor: Actor, *, after: int = 0, limit: int = PAGE
) -> tuple[list[Group], int | None]:
    """A page of groups with two or more records in sight; `after` of the next page, or None."""
    member, table = DUPLICATE_MEMBER, object.table
    seen = sa.and_(table.c.id == member.c.record_id, visible(object, actor, table))
    shown, has_reason = _shown_rules(object, actor)
    chosen = rows(
        sa.select(DUPLICATE_GROUP.c.id, DUPLICATE_GROUP.c.reasons, DUPLICATE_GROUP.c.number)
        .join(member, member.c.group_id == DUPLICATE_GROUP.c.id)
        .join(table, seen)
        .where(DUPLICATE_GROUP.c.object_id == object.id, DUPLICATE_GROUP.c.id > after, has_reason)
        .group_by(DUPLICATE_GROUP.c.id, DUPLICATE_GROUP.c.reasons, DUPLICATE_GROUP.c.number)
        .having(sa.func.count() > 1)
        .order_by(DUPLICATE_GROUP.c.id)
        .limit(limit + 1)
    )
    page = chosen[:limit]
    members: dict[int, list[tuple[int, str]]] = {}
    for group, id, title in rows(
        sa.select(member.c.group_id, table.c.id, title_of(object, table, actor))
        .join(table, seen)
        .where(member.c.group_id.in_([id for id, _, _ in page]))
        .order_by(table.c.id)
    ):
        members.setdefault(group, []).append((id, title))
    stored = _sizes([id for id, _, _ in page])
    found = [
        Group(id, _reasons(reasons, shown), tuple(members[id]), max(0, number - stored[id]))
        for id, reasons, number in page
    ]
    return found, page[-1][0] if len(chosen) > limit else None


def _sizes(ids: Sequence[int]) -> dict[int, int]:
    member = DUPLICATE_MEMBER
    statement = (
        sa.select(member.c.group_id, sa.func.count())
        .where(member.c.group_id.in_(ids))
        .group_by(member.c.group_id)
    )
    return dict(rows(statement))


def number_of_groups(object: ObjectDef, actor: Actor) -> int:
    """How many groups a person sees."""
    member, table = DUPLICATE_MEMBER, object.table
    _, has_reason = _shown_rules(object, actor)
    inner = (
        sa.select(member.c.group_id)
        .join(DUPLICATE_GROUP, DUPLICATE_GROUP.c.id == member.c.group_id)
        .join(table, sa.and_(table.c.id == member.c.record_id, visible(object, actor, table)))
        .where(DUPLICATE_GROUP.c.object_id == object.id, has_reason)
        .group_by(member.c.group_id)
        .having(sa.func.count() > 1)
        .subquery()
    )
    return int(rows(sa.select(sa.func.count()).select_from(inner))[0][0])


def duplicates_of(object: ObjectDef, id: int, actor: Actor) -> list[Likely]:
    """Records in sight that are likely the same as one record."""
    mine, other, table = DUPLICATE_MEMBER, DUPLICATE_MEMBER.alias("other"), object.table
    low = sa.case((mine.c.record_id < other.c.record_id, mine.c.record_id), else_=other.c.record_id)
    high = sa.case(
        (mine.c.record_id < other.c.record_id, other.c.record_id), else_=mine.c.record_id
    )
    shown, has_reason = _shown_rules(object, actor)
    denied = sa.exists().where(NOT_DUPLICATE.c.low_id == low, NOT_DUPLICATE.c.high_id == high)
    statement = (
        sa.select(table.c.id, title_of(object, table, actor), DUPLICATE_GROUP.c.reasons)
        .join_from(mine, DUPLICATE_GROUP, DUPLICATE_GROUP.c.id == mine.c.group_id)
        .join(other, other.c.group_id == mine.c.group_id)
        .join(table, table.c.id == other.c.record_id)
        .where(
            mine.c.record_id == id,
            table.c.id != id,
            visible(object, actor, table),
            has_reason,
            ~denied,
        )
        .order_by(DUPLICATE_GROUP.c.id, table.c.id)
        .limit(MOST_ASKED)
    )
    found: dict[int, Likely] = {}
    for other_id, title, reasons in rows(statement):
        known = found.get(other_id)
        names = (*(known.reasons if known else ()), *_reasons(reasons, shown))
        found[other_id] = Likely(other_id, title, tuple(dict.fromkeys(names)))
    return list(found.values())


def likely_duplicates(
    object: ObjectDef, typed: Mapping[str, Any], actor: Actor, *, but: int = 0, limit: int = 5
) -> list[Likely]:
    """Records in sight that typed values are likely of (C68).

    Asks columns that have an index, and the full-text index for names; what comes back is compared
    by the same rules as everywhere.

    Args:
        object: The object type.
        typed: Property name → text as typed, or JSON value; what cannot be read is left out.
        actor: Who types.
        but: The record itself, once there.
        limit: The most to show.
    """
    rules = rules_of(object)
    readable = {prop.name: prop for prop in readable_properties(object, actor)}
    names = [name for name in read_by(object, rules) if name in readable]
    wanted = values_of(object, _read(object, typed, [readable[name] for name in names], actor))
    keys = {rule.name: set(rule.keys(wanted)) for rule in rules}
    if not any(keys.values()):
        return []
    table = object.table
    columns = [table.c[_compared(readable[name])].label(name) for name in names]
    statement = (
        sa.select(table.c.id, title_of(object, table, actor), *columns)
        .where(
            sa.or_(sa.false(), *_candidates(object, wanted, names, actor)),
            visible(object, actor, table),
            table.c.id != but,
        )
        .order_by(table.c.id)
        .limit(MOST_ASKED)
    )
    found = []
    for id, title, *values in rows(statement):
        row = values_of(object, dict(zip(names, values, strict=True)))
        reasons = [
            gettext(rule.reason_alone or rule.reason)
            for rule in rules
            if keys[rule.name] & set(rule.keys(row))
        ]
        if reasons:
            found.append(Likely(id, title, tuple(dict.fromkeys(reasons))))
    return sorted(found, key=lambda each: -len(each.reasons))[:limit]


def _compared(prop: PropertyDef) -> str:
    return prop.normal_column if prop.kind.name == "phone" else prop.column


def _read(
    object: ObjectDef, typed: Mapping[str, Any], properties: Sequence[PropertyDef], actor: Actor
) -> dict[str, Any]:
    readings, read = Readings(object, actor), {}
    for prop in properties:
        try:
            value = value_of(prop.kind, typed.get(prop.name), readings.of(prop))
        except TresseError:
            continue
        is_phone = prop.kind.name == "phone" and value is not None
        read[prop.name] = prop.kind.normal(value) if is_phone else value
    return read


def _candidates(
    object: ObjectDef, wanted: Mapping[str, Any], names: Sequence[str], actor: Actor
) -> list[sa.ColumnElement[bool]]:
    table = object.table
    conditions: list[sa.ColumnElement[bool]] = []
    phones = [wanted[name] for name in ("phone", "mobile") if wanted.get(name)]
    for name in names:
        prop = object.property(name)
        if name in {"phone", "mobile"} and phones:
            conditions.append(table.c[prop.normal_column].in_(phones))
        elif name in {"domain", "tax_id"} and wanted.get(name):
            value = wanted[name]
            text = prop.kind.normal(value) if prop.has_normal else value
            conditions.append(table.c[prop.normal_column] == text)
    if words := _words(object, wanted):
        conditions.append(begins_words(object, table, words, actor))
    return conditions


def _words(object: ObjectDef, wanted: Mapping[str, Any]) -> str:
    """What to look for in the full-text index: a whole name, without the legal form."""
    if object.name == "contact":
        names = [wanted.get("first_name"), wanted.get("last_name")]
        return " ".join(names) if all(names) else ""  # type: ignore[arg-type]
    title = str(wanted.get("") or "")
    if object.name != "company":
        return title
    [rule] = [rule for rule in RULES if rule.name == "company_name"]
    return next(iter(rule.keys(wanted)), "")


def facts_of(
    object: ObjectDef, ids: Sequence[int], actor: Actor
) -> dict[int, tuple[Any, datetime | None, int]]:
    """What tells records of one title apart: subtitle, creation, number of activities."""
    table = object.table
    subtitle: sa.ColumnElement[Any] = sa.null()
    if object.has(object.subtitle) and actor.access(object.name, object.subtitle) != "none":
        prop = object.property(object.subtitle)
        subtitle = table.c[prop.column] if prop.column else subtitle
    statement = sa.select(
        table.c.id, subtitle, table.c.created_at, sa.func.coalesce(table.c.activity_count, 0)
    ).where(table.c.id.in_(ids))
    return {id: (said, at, number) for id, said, at, number in rows(statement)}
