"""Values of records that tie nothing, and the guards that keep them back (D50)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.tables import Tables
from tresse.datasets.explaining.cluster import Cluster, Member, is_one_of
from tresse.datasets.explaining.saying import guard_said
from tresse.datasets.matching.rules import key_sets, label_of
from tresse.datasets.matching.values import JOINT

Columns = tuple[str, ...]
Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptBack:
    """A value that ties nothing, and why."""

    guard: str
    "DG1 DG2 DG2b DG7 DG13."
    columns: Columns
    "Of the key set."
    value: str
    "For people."
    words: str


def values_in(tables: Tables, cluster: Cluster) -> set[tuple[Columns, Parts]]:
    """Values of key sets that records of a cluster have whole, as they are compared."""
    return {found for member in cluster.members for found in values_of_member(tables, member)}


def values_of_member(tables: Tables, member: Member) -> Iterator[tuple[Columns, Parts]]:
    """The same of one record; what has no match value as it stands."""
    for key in key_sets(tables.plan):
        names = tuple(each.column.name for each in key.columns)
        parts = [member.matches.get(name) or member.values.get(name) for name in names]
        if all(part not in (None, "") for part in parts):
            yield names, tuple(str(part) for part in parts)


def untied(tables: Tables, cluster: Cluster) -> set[tuple[Columns, Parts]]:
    """Those of its records that no attachment stands for, accepted or refused."""
    tied = {(each.rid, each.columns, each.parts) for each in cluster.attachments}
    return {
        (names, parts)
        for member in cluster.members
        for names, parts in values_of_member(tables, member)
        if (member.rid, names, parts) not in tied
    }


def kept_back(tables: Tables, values: Iterable[tuple[Columns, Parts]]) -> list[KeptBack]:
    """Which of some values a guard keeps from tying anything; by column or by the whole set."""
    meant: dict[tuple[str, str], tuple[Columns, Parts]] = {}
    for names, parts in sorted(values):
        for label, value in zip(names, parts, strict=True):
            meant.setdefault((label, value), (names, parts))
        meant.setdefault((label_of(names), JOINT.join(parts)), (names, parts))
    if not meant:
        return []
    guards = tables.guards
    wanted = sa.select(*(guards.c[name] for name in _FACTS)).where(
        is_one_of(guards.c.value, sorted({value for _, value in meant}))
    )
    found = []
    for row in sorted(tables.engine.rows(wanted), key=lambda each: tuple(map(str, each))):
        facts: dict[str, Any] = dict(zip(_FACTS, row, strict=True))
        about = meant.get((facts["columns"], facts["value"]))
        if about is None:
            continue
        shown = facts["value"].replace(JOINT, ", ")
        words = guard_said(
            facts["guard"],
            value=shown,
            column=facts["columns"],
            records=facts["records"],
            count=facts["count"],
            proxy=facts["proxy"],
        )
        found.append(KeptBack(facts["guard"], about[0], shown, words))
    return found


_FACTS = ("guard", "columns", "value", "records", "count", "proxy")
