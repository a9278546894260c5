"""The stage tables of an import: typed rows, the plan, what is to be linked."""

from dataclasses import dataclass

import sqlalchemy as sa

from tresse.engine.types import Text
from tresse.objects.tables import ID
from tresse.transfers.decide import NEW
from tresse.transfers.layout import Layout, Relation
from tresse.transfers.stage import Stage

PLANNED, LEFT_OUT = 0, 1
"State of a pair: to be linked (or unlinked), or left out because of a finding."


@dataclass(frozen=True)
class RecordRows:
    """Rows that write records of one object: where they stand and which columns they hold.

    `rows` has the values, `plan` the outcome and the record; both by `line`.
    """

    rows: sa.Table
    plan: sa.Table


@dataclass(frozen=True)
class Staged:
    """All stage tables of one import.

    `rows`: one per data line, typed. `plan`: outcome of each. `asks`: one per key in an association
    cell. `named`: the record an ask names. `labels`: link labels asked for a link. `pairs`: what is
    linked, once each, `ready` being the first line after which both ends exist. `fresh`, `firsts`:
    links of the chunk in hand, and which of them get the primary label. `linked`: relation number
    to the records made or changed through it.
    """

    stage: Stage
    rows: sa.Table
    plan: sa.Table
    asks: sa.Table
    named: sa.Table
    labels: sa.Table
    pairs: sa.Table
    fresh: sa.Table
    firsts: sa.Table
    linked: dict[int, RecordRows]

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """All of them."""
        through = [table for each in self.linked.values() for table in (each.rows, each.plan)]
        return (
            *(self.rows, self.plan, self.asks, self.named, self.labels, self.pairs),
            *(self.fresh, self.firsts),
            *through,
        )


def staged_tables(stage: Stage, layout: Layout) -> Staged:
    """Describe the stage tables of a layout."""
    rows = stage.table("rows", *layout.stage_columns, sa.Column("digest", Text))
    asks = stage.table(
        "asks",
        sa.Column("line", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("relation", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("how", Text),
        sa.Column("id_value", sa.BigInteger()),
        sa.Column("text_value", Text),
        sa.Column("shown", Text),
        sqlite_with_rowid=False,
    )
    named = stage.table(
        "named",
        sa.Column("line", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("relation", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("ref", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    labels = stage.table(
        "labels",
        sa.Column("line", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("relation", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("association_id", sa.Integer(), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    pairs = stage.table(
        "pairs",
        sa.Column("ready", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("association_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("from_ref", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("to_ref", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("is_counted", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    return Staged(
        stage=stage,
        rows=rows,
        plan=_plan(stage, "plan"),
        asks=asks,
        named=named,
        labels=labels,
        pairs=pairs,
        fresh=stage.table(
            "fresh",
            sa.Column("line", sa.BigInteger()),
            sa.Column("kind", sa.SmallInteger()),
            sa.Column("is_counted", sa.SmallInteger()),
            sa.Column("association_id", sa.Integer()),
            sa.Column("one", sa.BigInteger()),
            sa.Column("two", sa.BigInteger()),
        ),
        firsts=stage.table(
            "firsts",
            sa.Column("association_id", sa.Integer()),
            sa.Column("one", sa.BigInteger()),
            sa.Column("two", sa.BigInteger()),
        ),
        linked={
            each.number: _linked(stage, each)
            for each in layout.relations
            if each.missing != "finding"
        },
    )


def _plan(stage: Stage, name: str) -> sa.Table:
    return stage.table(
        name,
        sa.Column("line", ID, primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("ref", sa.BigInteger()),
        sa.Column("lead", sa.BigInteger()),
    )


def _linked(stage: Stage, relation: Relation) -> RecordRows:
    """Tables of records made through a relation: one `line` here is one record, numbered."""
    other = relation.other
    line: sa.Column[object] = sa.Column("line", ID, primary_key=True, autoincrement=False)
    columns = [line]
    for prop in other.active:
        if prop.column and not prop.is_read_only:
            columns.append(sa.Column(prop.column, prop.kind.column))
            if prop.has_normal:
                columns.append(sa.Column(prop.normal_column, Text))
    rows = stage.table(f"linked_{relation.number}", *columns)
    return RecordRows(rows, _plan(stage, f"linked_plan_{relation.number}"))


def real_id(ref: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The id of a record that the plan numbers; `first_id` is bound when run."""
    first = sa.bindparam("first_id", 0, type_=sa.BigInteger())
    return sa.case((ref > NEW, ref - (NEW + 1) + first), else_=ref)
