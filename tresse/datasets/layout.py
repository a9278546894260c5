"""Tables of a dataset's version, and of the steps that lead to it: names and types of columns.

A version is one folder of the warehouse with a folder per table (`TABLES`), written aside and
published by one rename. Rows are tied by `rid`, which says the same record on every build: 60 bits
of the hash of `source/key` (`rid_of`). Columns that people name are `c0, c1 …` in the order of
`Plan.columns`, as names of engines are compared without case.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets.definition import Column, DatasetDefinition
from tresse.engine.columns import hash_number
from tresse.engine.relations import TextList
from tresse.engine.types import Instant
from tresse.sources.types import TYPES

RID = sa.BigInteger()


def rid_of(
    source: sa.ColumnElement[Any], key: sa.ColumnElement[Any], salt: int = 0
) -> sa.ColumnElement[Any]:
    """`rid`: 60 bits. Of 5 million records two have the same one in 90,000 builds.

    A build that finds such two works everything out again with the next salt.
    """
    return hash_number(source + "/" + key + (f"#{salt}" if salt else ""))


TABLES = (
    "records",
    "attachments",
    "guards",
    "members",
    "golden",
    "values",
    "homes",
    "aliases",
    "id_changes",
)
"Of every version."
COMPUTED, CHANGED = "computed", "changes"
"Of versions with computed columns; of those with scores that changed."


@dataclass(frozen=True, slots=True)
class Planned:
    """A column of a build: what the definition says, its type, and its place."""

    column: Column
    type: str
    "Of S52, never empty."
    core: sa.types.TypeEngine[Any]
    number: int

    @property
    def name(self) -> str:
        """In `records` and `golden`."""
        return f"c{self.number}"

    @property
    def merged_type(self) -> str:
        """Of S52, in `golden`."""
        return result_type(self.column.merge.method, self.type)

    @property
    def merged_core(self) -> sa.types.TypeEngine[Any]:
        """In `golden`; `core` is its type in `records`."""
        return self.core if self.merged_type == self.type else TextList()

    @property
    def match(self) -> str:
        """Its match value in `records` (DG17), if the identity asks for it."""
        return f"m{self.number}"


FORMULA, AGGREGATE, SCORE = "formula", "aggregate", "score"


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of golden records as people see it, merged or computed."""

    name: str
    type: str
    "Of S52, in `Tables.golden`."
    semantic: str
    column: str
    "In `Tables.golden`."


@dataclass(frozen=True, slots=True)
class Worked:
    """A computed column: worked out of golden records, once all of them are there (D120)."""

    name: str
    type: str
    "Of S52."
    sort: str
    "`formula aggregate score`."
    number: int
    semantic: str = ""
    of: str = ""
    "Of a score: the key of its use."

    @property
    def column(self) -> str:
        """In `computed`."""
        return f"f{self.number}"

    @property
    def core(self) -> sa.types.TypeEngine[Any]:
        """Its type in Core."""
        return TYPES[self.type].column


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build works by: the definition with every column known."""

    definition: DatasetDefinition
    columns: tuple[Planned, ...]
    sources: tuple[str, ...]
    "Names of the feeding sources, highest priority first: their place is `priority`."
    zone: str
    country: str = ""
    computed: tuple[Worked, ...] = ()
    "Columns of `computed`; of a build that merges they are not known yet."

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Merged columns in their order, then computed ones."""
        merged = (
            Shown(each.column.name, each.merged_type, each.column.semantic, each.name)
            for each in self.columns
        )
        worked = (Shown(e.name, e.type, e.semantic, e.column) for e in self.computed)
        return (*merged, *worked)

    def of(self, name: str) -> Planned:
        """The merged column of a name."""
        return next(each for each in self.columns if each.column.name == name)

    def with_field(self, semantic: str) -> Planned | None:
        """The column that holds a semantic field; None if none does."""
        return next((each for each in self.columns if each.column.semantic == semantic), None)

    @property
    def matched(self) -> tuple[Planned, ...]:
        """Columns whose match values the identity needs: of keys, limits, separation, guards."""
        identity = self.definition.identity
        names = {name for key in identity.keys for name in key.columns}
        names |= {each.column for each in identity.limits or ()} | set(identity.separate)
        for each in identity.guard.fan_out or ():
            names |= {each.column, each.of}
        for direction in identity.guard.direction:
            names |= {direction.each, direction.of}
        fields = {"first_name", "last_name"} if identity.keys else set()
        return tuple(
            each
            for each in self.columns
            if each.column.name in names or each.column.semantic in fields
        )


def record_columns(plan: Plan) -> list[sa.ColumnClause[Any]]:
    """`records`: a row per record of a source, clean (after the rules of D11), not yet merged."""
    return [
        sa.column("rid", RID),
        sa.column("source", sa.Text()),
        sa.column("key", sa.Text()),
        sa.column("priority", sa.BigInteger()),
        sa.column("first_seen", Instant()),  # created_at, else when it was first read (D43)
        sa.column("created_at", Instant()),  # NULL where the source tells none
        sa.column("modified_at", Instant()),  # never NULL; at most as_of (D71)
        sa.column("trusted", sa.Boolean()),
        sa.column("hash", sa.Text()),  # of the source's row: equal hash, equal record
        *(sa.column(each.name, each.core) for each in plan.columns),
        *(sa.column(each.match, sa.Text()) for each in plan.matched),
    ]


ATTACHMENTS: list[sa.ColumnClause[Any]] = [
    sa.column("rid", RID),
    sa.column("strength", sa.BigInteger()),  # place of the key set, 0 is strongest
    sa.column("value", sa.Text()),  # match values of the set's columns, as `matching` joins them
    sa.column("is_accepted", sa.Boolean()),
    sa.column("reason", sa.Text()),  # of a refused one: DG3 DG6 DG8 DG9 DG11
    sa.column("detail", sa.Text()),  # JSON: constraint, sides, values (D42)
]
"""What ties records to key values (D41). Of usable values only; blocked ones are in `guards`."""
GUARDS: list[sa.ColumnClause[Any]] = [
    sa.column("guard", sa.Text()),  # DG1 DG2 DG2b DG7 DG13
    sa.column("columns", sa.Text()),  # name of the column, as the definition says it
    sa.column("value", sa.Text()),
    sa.column("records", sa.BigInteger()),  # that carry it
    sa.column("count", sa.BigInteger()),  # what was over the threshold; NULL of DG1
    sa.column("proxy", sa.Text()),  # what was counted, such as first_name
]
MEMBERS: list[sa.ColumnClause[Any]] = [
    sa.column("rid", RID),
    sa.column("id", sa.Text()),
    sa.column("label", RID),  # of the cluster: mostly as before while it holds the same records
]
HOMES: list[sa.ColumnClause[Any]] = [
    sa.column("rid", RID),
    sa.column("id", sa.Text()),
    sa.column("since", sa.BigInteger()),  # version that made the id: what "oldest id" goes by
    sa.column("founded", Instant()),  # first-seen time of its founding record: ties of that
]
"Of records that are gone too, so that they come back as who they were (D56)."
ALIASES: list[sa.ColumnClause[Any]] = [sa.column("id", sa.Text()), sa.column("to", sa.Text())]
ID_CHANGES: list[sa.ColumnClause[Any]] = [
    sa.column("old", sa.Text()),
    sa.column("new", sa.Text()),
    sa.column("kind", sa.Text()),  # merged split revived (D59)
    sa.column("version", sa.BigInteger()),
    sa.column("cause", sa.Text()),
]
"All of them, of this version and earlier ones."


def result_type(method: str, type_: str) -> str:
    """The type of a merged column, of S52: `union` makes a list of whatever it takes (D70).

    So what `golden` holds of a column may differ from what `records` holds of it.
    """
    return "list" if method == "union" else type_


def golden_columns(plan: Plan, relations: Iterable[str] = ()) -> list[sa.ColumnClause[Any]]:
    """`golden`: a row per golden record (D4)."""
    return [
        sa.column("id", sa.Text()),
        sa.column("first_seen_at", Instant()),
        sa.column("modified_at", Instant()),
        sa.column("changed_in", sa.BigInteger()),
        sa.column("members", sa.BigInteger()),
        sa.column("sources", TextList()),
        sa.column("keys", TextList()),
        *(sa.column(each.name, each.merged_core) for each in plan.columns),
        *(sa.column(f"{name}_id", sa.Text()) for name in relations),
    ]


def value_columns(plan: Plan) -> list[sa.ColumnClause[Any]]:
    """`values`: a row per golden record with, by column, who won of how many (D75).

    `r<n>`: rid of the record whose value stands; NULL where there is none, or it is of several
    (`sum`, `union`, `any`, `all`) or pinned. `k<n>`: records with a value. `d<n>`: distinct values.
    """
    return [
        sa.column("id", sa.Text()),
        *(
            sa.column(f"{letter}{each.number}", sa.BigInteger())
            for each in plan.columns
            for letter in "rkd"
        ),
    ]


def computed_columns(plan: Plan) -> list[sa.ColumnClause[Any]]:
    """`computed`: a row per golden record; written whole by every build."""
    return [
        sa.column("id", sa.Text()),
        sa.column("changed_in", sa.BigInteger()),  # version in which any of them last changed
        *(sa.column(each.column, each.core) for each in plan.computed),
    ]


CHANGES: list[sa.ColumnClause[Any]] = [
    sa.column("id", sa.Text()),
    sa.column("score", sa.Text()),  # key of the use
    sa.column("name", sa.Text()),  # of the column
    sa.column("old", sa.Text()),  # canonical text (Y21)
    sa.column("new", sa.Text()),
    sa.column("version", sa.BigInteger()),
    sa.column("at", Instant()),
    sa.column("reasons", sa.Text()),  # JSON: `[{reason, before, after, …}]` (SC16)
]
"""How values of scores changed, and why (SC15), of this version and of those before; a file per
version, so that nothing is written twice."""
