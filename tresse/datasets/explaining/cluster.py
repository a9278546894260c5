"""The rows of one golden record, read from the tables of a version; a few hundred at most."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.builds.tables import Tables, names_of
from tresse.datasets.identity.founding import place
from tresse.datasets.matching.rules import label_of
from tresse.datasets.matching.values import JOINT
from tresse.engine.columns import hash_number

T = TypeVar("T")
LARGEST_LIST = 1_000
"More rids are not written into a statement."
MOST_MEMBERS = 1_000
"Of a golden record, that are read to explain it."


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a source."""

    rid: int
    source: str
    key: str
    first_seen: datetime
    modified_at: datetime
    values: Mapping[str, Any]
    "By the names of the dataset's columns."
    matches: Mapping[str, str | None]
    "Match values (DG17), by the names of the columns that have one."

    @property
    def name(self) -> str:
        """`source/key`."""
        return f"{self.source}/{self.key}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """What ties a record to a key value, or was refused to (D41)."""

    rid: int
    strength: int
    columns: tuple[str, ...]
    "Of the key set."
    parts: tuple[str, ...]
    "Match values, one per column."
    is_accepted: bool
    reason: str = ""
    "Guard that refused it."
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The key set in words: `last_name, birth_date`."""
        return label_of(self.columns)

    @property
    def value(self) -> str:
        """Its match values, for people."""
        return ", ".join(self.parts)

    @property
    def node(self) -> tuple[int, tuple[str, ...]]:
        """The key value, as a node of the graph."""
        return self.strength, self.parts


@dataclass(frozen=True, slots=True)
class Cluster:
    """One golden record with its records, what ties them, and who won."""

    id: str
    members: tuple[Member, ...]
    "In the order of D42: the founding one first."
    attachments: tuple[Attachment, ...]
    "In the order of D42."
    golden: Mapping[str, Any]
    "By names as people use them, `_id` first (D4)."
    winners: Mapping[str, int | None]
    "Rid of the record whose value stands, by column; None: of none, of several, or pinned."
    candidates: Mapping[str, tuple[int, int]]
    "Records with a value, and distinct values, by column."

    def member(self, rid: int) -> Member | None:
        """The record of a rid; None if it is of another golden record."""
        return next((each for each in self.members if each.rid == rid), None)


def cluster_of(tables: Tables, id_: str, *, salt: int = 0) -> Cluster:
    """Read a golden record that is there; of one of very many records, the first by name.

    Only the columns of ids are scanned whole; of all others, the row groups that hold its rows.
    """
    golden, winners = tables.golden, tables.values
    names = names_of(tables.plan, tables.relations)
    cells = sa.select(*(golden.c[physical] for physical in names.values()))
    [row] = tables.engine.rows(cells.where(golden.c.id == id_))
    facts = dict(zip(names, row, strict=True))
    # Its record keys say its rids, which saves a scan of all members.
    members = records_of(tables, rids_of(tables, facts["_keys"][:MOST_MEMBERS], salt))
    columns = tables.plan.columns
    counts = [winners.c[f"{letter}{each.number}"] for each in columns for letter in "rkd"]
    [found] = tables.engine.rows(sa.select(winners.c.id, *counts).where(winners.c.id == id_))
    by_column = {
        each.column.name: found[3 * at + 1 : 3 * at + 4] for at, each in enumerate(columns)
    }
    return Cluster(
        id=id_,
        members=members,
        attachments=attachments_of(tables, [each.rid for each in members]),
        golden=facts,
        winners={name: rid for name, (rid, _, _) in by_column.items()},
        candidates={name: (k or 0, d or 0) for name, (_, k, d) in by_column.items()},
    )


def rids_of(tables: Tables, names: Sequence[str], salt: int = 0) -> list[int]:
    """Rids of records named `source/key`, in their order, there or not."""
    if not names:
        return []
    text = sa.column("name", sa.Text())
    batch = pa.RecordBatch.from_pydict({"name": pa.array(names, pa.string())})
    asked = tables.engine.load("explained_names", [batch], [text])
    rid = hash_number(asked.c.name + f"#{salt}" if salt else asked.c.name).label("rid")
    found = tables.engine.rows(sa.select(asked.c.name, rid))
    by_name = {name: int(rid) for name, rid in found}
    return [by_name[name] for name in names]


def records_of(tables: Tables, rids: Iterable[int]) -> tuple[Member, ...]:
    """Records by their rids, in the order of D42; those that are gone are left out."""
    records, plan = tables.records, tables.plan
    own = [records.c[name] for name in ("rid", "source", "key", "first_seen", "modified_at")]
    values = [records.c[each.name] for each in plan.columns]
    matches = [records.c[each.match] for each in plan.matched]
    order = [each.label(f"o{at}") for at, each in enumerate(place(records))]
    statement = sa.select(*own, *values, *matches, *order)
    found = [
        row
        for some in in_lists(rids)
        for row in tables.engine.rows(statement.where(is_one_of(records.c.rid, some)))
    ]
    found.sort(key=lambda row: row[-len(order) :])
    value_names = [each.column.name for each in plan.columns]
    match_names = [each.column.name for each in plan.matched]
    at = len(own) + len(values)
    return tuple(
        Member(
            rid=int(row[0]),
            source=row[1],
            key=row[2],
            first_seen=row[3],
            modified_at=row[4],
            values=dict(zip(value_names, row[len(own) : at], strict=True)),
            matches=dict(zip(match_names, row[at : -len(order)], strict=True)),
        )
        for row in found
    )


def attachments_of(tables: Tables, rids: Iterable[int]) -> tuple[Attachment, ...]:
    """Attachments of records, the strongest first, then in the order of `rids`."""
    wanted = list(rids)
    rank = {rid: at for at, rid in enumerate(wanted)}
    rows = tables.attachments
    found = [
        row
        for some in in_lists(wanted)
        for row in tables.engine.rows(sa.select(*rows.c).where(is_one_of(rows.c.rid, some)))
    ]
    found.sort(key=lambda row: (row[1], rank[row[0]], row[2]))
    return tuple(attachment(tables, row) for row in found)


def attachment(tables: Tables, row: tuple[Any, ...]) -> Attachment:
    """A row of the table as a value."""
    rid, strength, value, is_accepted, reason, detail = row
    return Attachment(
        rid=int(rid),
        strength=int(strength),
        columns=tables.plan.definition.identity.keys[int(strength)].columns,
        parts=tuple(str(value).split(JOINT)),
        is_accepted=bool(is_accepted),
        reason=reason or "",
        detail=json.loads(detail) if detail else {},
    )


def in_lists(rids: Iterable[T]) -> Iterator[list[T]]:
    """Lists that are short enough for a statement."""
    listed = list(rids)
    for start in range(0, len(listed), LARGEST_LIST):
        yield listed[start : start + LARGEST_LIST]


def is_one_of(column: sa.ColumnElement[Any], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Whether a column holds one of some values.

    Said as a CASE, as DuckDB then asks it while it reads and skips the columns of rows that are
    not meant. A bare IN it takes for a hint alone: 1.7 s instead of 0.1 s at 5 M records.
    """
    return sa.case((column.in_(values), sa.true()), else_=sa.false())
