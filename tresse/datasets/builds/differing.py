"""What differs between a version and the one before: records, golden ids, golden records (D82)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

COMPARED = ("hash", "created_at", "modified_at", "first_seen", "priority")
"Of records: equal here, equal throughout, as a row's hash is of all that its source says."


def differs(one: sa.ColumnElement[Any], other: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether two cells are not the same; two NULLs are."""
    return one.is_distinct_from(other)


def changed_records(now: sa.TableClause, before: sa.TableClause) -> sa.Select[Any]:
    """`rid` of records that are new, changed or gone."""
    here, there = now.alias("here"), before.alias("there")
    other = [differs(here.c[name], there.c[name]) for name in COMPARED]
    return (
        sa.select(sa.func.coalesce(here.c.rid, there.c.rid).label("rid"))
        .select_from(here.join(there, here.c.rid == there.c.rid, full=True))
        .where(sa.or_(here.c.rid.is_(None), there.c.rid.is_(None), *other))
    )


def touched_ids(
    changed: sa.TableClause,
    members: sa.TableClause,
    before: sa.TableClause,
    *others: sa.TableClause,
) -> sa.Select[Any]:
    """`id` of golden records that must be worked out: each once, of this version.

    Args:
        changed: `rid`: records that are new, changed or gone.
        members: `rid, id` of this version.
        before: The same of the version before.
        others: Tables `id` of further ones.
    """
    here, there = members.alias("here"), before.alias("there")
    moved = (
        sa.select(here.c.id, there.c.id.label("was"))
        .select_from(here.join(there, here.c.rid == there.c.rid, full=True))
        .where(differs(here.c.id, there.c.id))
        .cte("moved")
    )
    of_now = sa.select(members.c.id).join_from(members, changed, members.c.rid == changed.c.rid)
    of_then = sa.select(before.c.id).join_from(before, changed, before.c.rid == changed.c.rid)
    parts = [of_now, of_then, sa.select(moved.c.id), sa.select(moved.c.was)]
    parts += [sa.select(each.c.id) for each in others]
    found = sa.union(*parts).subquery("found")
    live = sa.select(members.c.id).distinct().subquery("live")
    return sa.select(live.c.id).join_from(live, found, live.c.id == found.c.id)


def changed_golden(
    golden: sa.TableClause, before: sa.TableClause | None, number: int
) -> tuple[sa.Select[Any], sa.Select[Any] | None]:
    """Two counts: golden records that are new or changed, and those that are gone."""
    new = sa.select(sa.func.count()).select_from(golden).where(golden.c.changed_in == number)
    if before is None:
        return new, None
    here, there = golden.alias("here"), before.alias("there")
    gone = (
        sa.select(sa.func.count())
        .select_from(there.join(here, here.c.id == there.c.id, isouter=True))
        .where(here.c.id.is_(None))
    )
    return new, gone


def led_elsewhere(
    leads: sa.TableClause, before: sa.TableClause, names: Sequence[str]
) -> sa.Select[Any]:
    """`id` of golden records that lead elsewhere than they did before.

    Args:
        leads: `id`, and `<name>_id` per relation.
        before: Golden records of the version before.
        names: Of the relations.
    """
    other = [differs(leads.c[f"{name}_id"], before.c[f"{name}_id"]) for name in names]
    joined = leads.join(before, before.c.id == leads.c.id)
    return sa.select(leads.c.id).select_from(joined).where(sa.or_(*other))
