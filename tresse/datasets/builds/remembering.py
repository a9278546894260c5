"""Key values that records had before, for key sets that remember them (D46)."""

import sqlalchemy as sa

from tresse.datasets.builds.before import Known
from tresse.datasets.layout import RID, Plan
from tresse.engine.base import Engine


def remembered(engine: Engine, plan: Plan, before: Known | None) -> sa.TableClause | None:
    """`rid, strength, value` of the version before, of sets with `memory: all`; None: none has.

    Sets are known again by their columns, wherever they stand now.
    """
    if before is None:
        return None
    then = [each.columns for each in before.tables.plan.definition.identity.keys]
    places = {
        then.index(each.columns): place
        for place, each in enumerate(plan.definition.identity.keys)
        if each.remembers and each.columns in then
    }
    if not places:
        return None
    had = before.tables.attachments
    strength = sa.case(places, value=had.c.strength)
    return engine.keep(
        "remembered",
        sa.select(
            sa.cast(had.c.rid, RID).label("rid"),
            sa.cast(strength, sa.BigInteger()).label("strength"),
            had.c.value,
        ).where(had.c.strength.in_(list(places))),
    )
