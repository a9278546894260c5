"""Key columns that nobody cleans (D12): they are compared by their match values all the same."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from tresse.datasets.matching.rows import Scene
from tresse.datasets.matching.rules import key_columns
from tresse.engine import columns

NOT_NORMALISED = "key_not_normalised"
MOST_EXAMPLES = 3


def not_normalised(scene: Scene, normalised: Collection[str]) -> dict[str, Any]:
    """The warning `key_not_normalised`, counted by cells that differ from what is compared.

    Args:
        scene: What matching works on.
        normalised: Columns that the rules of every feeding source clean.
    """
    raw = [
        each
        for each in key_columns(scene.keys)
        if each.type == "text" and not each.column.rules and each.column.name not in set(normalised)
    ]
    if not raw:
        return {}
    records = scene.records
    differs = {each: records.c[each.name].is_distinct_from(records.c[each.match]) for each in raw}
    counts = [sa.func.sum(sa.case((holds, 1), else_=0)) for holds in differs.values()]
    [row] = scene.engine.rows(sa.select(*(sa.cast(each, sa.BigInteger()) for each in counts)))
    found = {each.column.name: number or 0 for each, number in zip(raw, row, strict=True)}
    examples: list[str] = []
    for each, holds in differs.items():
        if found[each.column.name] and len(examples) < MOST_EXAMPLES:
            cell = columns.text_of(records.c[each.name])
            shown = sa.select(cell).where(holds).order_by(records.c.rid).limit(MOST_EXAMPLES)
            examples += [text for (text,) in scene.engine.rows(shown)]
    return {
        NOT_NORMALISED: {
            "count": sum(found.values()),
            "columns": found,
            "examples": examples[:MOST_EXAMPLES],
        }
    }
