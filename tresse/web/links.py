"""Links that pages of several rooms have in common: tabs, and headers of tables that sort."""

from collections.abc import Container, Mapping
from typing import Any
from urllib.parse import urlencode


def tabs(here: str, labels: Mapping[str, str], counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Tabs as `web/_tabs.html` shows them.

    Args:
        here: Address of the first, the overview, with a slash at its end; the others are below it.
        labels: By name, in order.
        counts: What some of them count.
    """
    return [
        {
            "name": name,
            "label": label,
            "url": here if name == "overview" else f"{here}{name}/",
            "count": counts.get(name, 0),
        }
        for name, label in labels.items()
    ]


def sorting(
    name: str, chosen: Mapping[str, str], descending_first: Container[str]
) -> dict[str, str]:
    """Where a header leads that sorts by a column, and how it is sorted; nothing without a name.

    Args:
        name: Of the column.
        chosen: What the address says: `sort`, and what is kept of it.
        descending_first: Columns of which the greatest is looked for first.
    """
    if not name:
        return {}
    now = chosen["sort"] or "name"
    is_here, is_down = now.removeprefix("-") == name, now.startswith("-")
    wanted = name if is_here and is_down else f"-{name}"
    if not is_here:
        wanted = f"-{name}" if name in descending_first else name
    kept = {key: value for key, value in chosen.items() if value and key != "sort"}
    direction = ("descending" if is_down else "ascending") if is_here else ""
    return {"link": f"?{urlencode({**kept, 'sort': wanted})}", "sorted": direction}
