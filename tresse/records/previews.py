"""What a formula would give before it is saved: kind, 100 records, how many are empty (D106)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.kernel.errors import WRONG_VALUE
from tresse.objects.calculated import FORMULA, Columns, kinds_of, result_of
from tresse.objects.database import rows, scalar
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef
from tresse.objects.kinds import KINDS
from tresse.records.title import title_of
from tresse.records.visibility import visible

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """The result of a formula on the newest records in sight.

    `prop`: the property as it would be. `kinds`: which ones it may have. `rows`: id, title, value.
    `empty`: how many of the rows have none. `changed`: of all records in sight, how many would
    have another value than now; None for a new property.
    """

    prop: PropertyDef
    kinds: tuple[str, ...]
    rows: Sequence[tuple[int, str, Any]]
    empty: int
    changed: int | None = None


def preview(
    model: DataModel,
    object_: ObjectDef,
    formula: str,
    *,
    actor: Actor,
    kind: str = "",
    name: str = "",
) -> Preview:
    """Work a formula out for the newest records in sight.

    Args:
        model: The data model.
        object_: The object type it is for.
        formula: Its text.
        actor: Who asks.
        kind: The kind it shall have; empty: the first that fits.
        name: The property that has a formula already and would get this one.

    Raises:
        TresseError: A code of D104, `formula_cycle`, `wrong_value`.
    """
    table = object_.table
    path = (name,) if name else ()
    columns = Columns(object_, table, model, value_of=value_of, path=path, actor=actor)
    kinds = kinds_of(formula, columns)
    if kind and kinds and kind not in kinds:
        raise WRONG_VALUE(name="kind", wanted=", ".join(kinds), value=f'"{kind}"')
    value = result_of(formula, kind, columns).expression
    was = object_.property(name) if name and object_.has(name) else None
    prop = replace(
        object_.property("id"),
        name=name or "new",
        label="",
        kind=KINDS[kind or kinds[0]],
        settings={**(was.settings if was else {}), FORMULA: formula},
        column="",
    )
    newest = (
        sa.select(table.c.id, title_of(object_, table, actor), value.label("value"))
        .where(visible(object_, actor, table))
        .order_by(table.c.id.desc())
        .limit(SHOWN)
    )
    found = [(id, title, each) for id, title, each in rows(newest)]
    changed = None
    if was is not None and FORMULA in was.settings:
        old = value_of(was, object_, table, model)
        differs = sa.select(sa.func.count()).where(
            visible(object_, actor, table), value.is_distinct_from(old)
        )
        changed = int(scalar(differs.select_from(table)))
    return Preview(prop, kinds, found, sum(each is None for _, _, each in found), changed)
