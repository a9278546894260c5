"""What differs between two versions of a dataset (D85)."""

from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.differing import differs
from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.models import DatasetVersion
from tresse.engine.base import Engine
from tresse.sources.versions import engine

Value = sa.ColumnElement[Any]


def difference(one: DatasetVersion, other: DatasetVersion) -> dict[str, Any]:
    """Golden records added, removed and changed from one version to another.

    Returns:
        `added`, `removed`, `changed_rows`, and `changed`: by column how many golden records of
        both have another value there. A column that only one of them has differs where it is
        filled.
    """
    with engine() as session:
        return compared(session, tables_of(session, one), tables_of(session, other))


def compared(engine: Engine, one: Tables, other: Tables) -> dict[str, Any]:
    """As `difference`, of tables of an engine."""
    here, there = one.golden.alias("here"), other.golden.alias("there")
    pairs = _pairs(one, other, here, there)
    is_other = {name: sa.case((found, 1), else_=0) for name, found in pairs.items()}
    in_both = sa.and_(here.c.id.is_not(None), there.c.id.is_not(None))
    counts = [
        _sum(here.c.id.is_(None)),
        _sum(there.c.id.is_(None)),
        _sum(sa.and_(in_both, sa.or_(sa.false(), *pairs.values()))),
        *(
            sa.func.coalesce(sa.func.sum(sa.case((in_both, each), else_=0)), 0)
            for each in is_other.values()
        ),
    ]
    joined = here.join(there, here.c.id == there.c.id, full=True)
    added, removed, rows, *numbers = map(
        int, engine.rows(sa.select(*counts).select_from(joined))[0]
    )
    changed = {name: number for name, number in zip(pairs, numbers, strict=True) if number}
    return {"added": added, "removed": removed, "changed_rows": rows, "changed": changed}


def _sum(condition: Value) -> Value:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _pairs(one: Tables, other: Tables, here: Any, there: Any) -> dict[str, Value]:
    """By the name that people use, whether a golden record of both differs there."""
    then, now = _columns(one), _columns(other)
    found: dict[str, Value] = {}
    for name in dict.fromkeys((*now, *then)):
        old, new = then.get(name), now.get(name)
        if old is None or new is None:
            side, only = (there, new) if new is not None else (here, old)
            found[name] = side.c[only[0]].is_not(None) if only else sa.false()
        elif old[1] != new[1]:
            found[name] = sa.or_(here.c[old[0]].is_not(None), there.c[new[0]].is_not(None))
        else:
            found[name] = differs(here.c[old[0]], there.c[new[0]])
    return found


def _columns(tables: Tables) -> dict[str, tuple[str, str]]:
    """Physical name and type of each column by its name."""
    own = {each.name: (each.column, each.type) for each in tables.plan.shown}
    return own | {f"{name}_id": (f"{name}_id", "text") for name in tables.relations}
