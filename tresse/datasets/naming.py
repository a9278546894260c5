"""How a golden record is called: by what its semantic fields say of it."""

from collections.abc import Mapping
from typing import Any

from tresse.datasets.layout import Plan

NAMES = (
    ("full_name",),
    ("first_name", "last_name"),
    ("name",),
    ("company_name",),
    ("email",),
    ("subject",),
    ("order_id",),
    ("line_id",),
    ("sku",),
    ("phone",),
    ("customer_id",),
    ("title",),
)
"Semantic fields that name a golden record, best first; those of a line stand together."
SHORT = 8


def title_columns(plan: Plan) -> list[str]:
    """Columns that may name a golden record, best first."""
    fields = {
        each.column.semantic: each.column.name for each in plan.columns if each.column.semantic
    }
    found = [fields[field] for group in NAMES for field in group if field in fields]
    return found or [each.column.name for each in plan.columns[:1]]


def title_of(plan: Plan, row: Mapping[str, Any]) -> str:
    """What a golden record is called; its id, shortened, where nothing names it.

    Args:
        plan: Of its version.
        row: Its values by the names of columns, with `_id`.
    """
    fields = {
        each.column.semantic: each.column.name for each in plan.columns if each.column.semantic
    }
    for group in NAMES:
        columns = [fields[field] for field in group if field in fields]
        words = [str(row[each]) for each in columns if row.get(each) not in (None, "")]
        if words:
            return " ".join(words)
    first = plan.columns[0].column.name if plan.columns else ""
    return str(row.get(first) or short_id(str(row["_id"])))


def short_id(text: str) -> str:
    """The beginning of an id, for people."""
    return text if len(text) <= SHORT + 2 else f"{text[:SHORT]}…"
