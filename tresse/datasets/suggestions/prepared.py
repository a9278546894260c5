"""Records made ready to be compared: folded names, last digits of phones, parts of e-mails."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.tables import Tables
from tresse.datasets.layout import RID, Plan, Planned
from tresse.datasets.matching.values import match_value
from tresse.engine.columns import ending, length, part, replaced
from tresse.sources.semantics import PHONES

Cell = sa.ColumnElement[Any]
DIGITS = 9
"Of a phone, from its end: what is left of country codes and leading zeros."
FIELDS: Mapping[str, tuple[str, ...]] = {
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "full_name": ("full_name", "name"),
    "birth_date": ("birth_date",),
    "email": ("email",),
    "phone": PHONES,
    "postal_code": ("postal_code",),
    "city": ("city",),
    "address": ("address_line1",),
    "company": ("company_name",),
}
"Semantic fields that a prepared column takes, the first that is filled."


def prepared(tables: Tables) -> sa.Select[Any]:
    """A row per record: `rid, golden`, then prepared columns that the dataset has fields for.

    All but `rid` are texts. Blocked values are NULL, as they say nothing of who somebody is.
    """
    records, members, plan = tables.records, tables.members, tables.plan
    cells = columns_of(plan, lambda planned: _value(tables, planned))
    return sa.select(
        sa.type_coerce(records.c.rid, RID).label("rid"),
        members.c.id.label("golden"),
        *(cell.label(name) for name, cell in cells.items()),
    ).join_from(records, members, members.c.rid == records.c.rid)


def columns_of(plan: Plan, value: Callable[[Planned], Cell]) -> dict[str, Cell]:
    """Prepared columns by name, of the columns of a plan.

    Args:
        plan: Whose columns with semantic fields.
        value: The match value of a column.
    """
    cells: dict[str, Cell] = {}
    for name, fields in FIELDS.items():
        there = [each for each in (plan.with_field(field) for field in fields) if each]
        if there:
            cells[name] = sa.func.coalesce(*map(value, there)) if there[1:] else value(there[0])
    if "phone" in cells:
        cells["phone"] = _last_digits(cells["phone"])
    if "email" in cells:
        cells["local"] = part(cells["email"], "@", 1)
    if {"first_name", "last_name"} <= set(cells):
        both = cells["first_name"] + cells["last_name"]
        cells["full_name"] = (
            sa.func.coalesce(cells["full_name"], both) if ("full_name" in cells) else both
        )
    return {name: sa.type_coerce(cell, sa.Text()) for name, cell in cells.items()}


def _value(tables: Tables, planned: Planned) -> Cell:
    """The match value of a column, NULL where a guard blocks it."""
    records, guards = tables.records, tables.guards
    names = {each.name for each in tables.plan.matched}
    if planned.name not in names:
        return match_value(records.c[planned.name], planned, sa.literal(tables.plan.country))
    cell = records.c[planned.match]
    blocked = sa.select(guards.c.value).where(guards.c.columns == planned.column.name)
    return sa.case((cell.in_(blocked), sa.null()), else_=cell)


def _last_digits(phone: Cell) -> Cell:
    digits = replaced(phone, "[^0-9]", "")
    return sa.case((length(digits) >= DIGITS, ending(digits, DIGITS)))


def names_in(cells: Iterable[Any]) -> list[str]:
    """Names of the prepared columns of a table."""
    return [cell.name for cell in cells if cell.name not in ("rid", "golden")]
