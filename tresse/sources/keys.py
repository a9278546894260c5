"""What keys and relations of a source amount to over its rows: counts and examples (S41, S47)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.engine.base import Engine
from tresse.sources.canonical import KEY_JOINT, key_text

CLASHES, ROWS_OF_A_CLASH, UNMATCHED = 5, 5, 10
Columns = Mapping[str, tuple[str, sa.ColumnElement[Any]]]
"Type of S52 and column of one table, by name: typed, after rules."


@dataclass(frozen=True, slots=True)
class Clash:
    """A key that several rows have; `places`: file and line of up to five of them."""

    key: str
    "Its parts joined by ` + `."
    rows: int
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How well columns tell rows from each other."""

    columns: tuple[str, ...]
    rows: int
    distinct: int
    "Different keys, of rows that have one."
    nulls: int
    "Rows where a part of the key is empty."
    clashes: tuple[Clash, ...]
    "Up to five, those of most rows first."
    null_places: tuple[tuple[int, int], ...]
    "File and line of up to five rows without a key."
    is_whole: bool
    "All rows there are were counted."

    @property
    def repeated(self) -> int:
        """Rows that give way to another of their key (S43)."""
        return self.rows - self.nulls - self.distinct

    @property
    def is_unique(self) -> bool:
        """Whether every row has a key of its own."""
        return not self.repeated and not self.nulls


@dataclass(frozen=True, slots=True)
class RelationCounts:
    """How many rows find what their relation leads to (S47)."""

    columns: tuple[str, ...]
    to: str
    key: tuple[str, ...]
    matched: int
    unmatched: int
    nulls: int
    "Rows where a column of the relation is empty: they lead nowhere."
    examples: tuple[str, ...]
    "Up to ten different values without a match, those of most rows first."
    is_whole: bool


def key_counts(
    engine: Engine,
    rows: sa.FromClause,
    columns: Columns,
    key: Sequence[str],
    *,
    place: tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]],
    is_whole: bool = True,
) -> KeyCounts:
    """Count a key over rows; four statements at most.

    Args:
        engine: That has the rows.
        rows: One row per row of the source, after rules.
        columns: Its columns.
        key: Names of the parts.
        place: The columns of `rows` that say file and line.
        is_whole: Whether these are all rows of the source.
    """
    file, line = place
    text = sa.type_coerce(key_text([columns[name] for name in key]), sa.Text())
    keyed = sa.select(text.label("k"), file.label("f"), line.label("l")).select_from(rows)
    table = engine.keep("keyed", keyed)
    total, distinct, nulls = engine.rows(
        sa.select(
            sa.func.count(),
            sa.func.count(sa.distinct(table.c.k)),
            sa.func.coalesce(sa.func.sum(sa.case((table.c.k.is_(None), 1), else_=0)), 0),
        )
    )[0]
    number = sa.func.count().label("n")
    shared = (
        sa.select(table.c.k, number)
        .where(table.c.k.is_not(None))
        .group_by(table.c.k)
        .having(sa.func.count() > 1)
        .order_by(number.desc(), table.c.k)
        .limit(CLASHES)
    )
    found = engine.rows(shared) if total - nulls > distinct else []
    places = _places(engine, table, [key for key, _ in found], nulls > 0)
    counts = KeyCounts(
        columns=tuple(key),
        rows=total,
        distinct=distinct,
        nulls=nulls,
        clashes=tuple(
            Clash(text.replace(KEY_JOINT, " + "), number, places[text]) for text, number in found
        ),
        null_places=places.get(None, ()),
        is_whole=is_whole,
    )
    engine.drop("keyed")
    return counts


def _places(
    engine: Engine, table: sa.TableClause, keys: Sequence[str], with_null: bool
) -> dict[str | None, tuple[tuple[int, int], ...]]:
    """File and line of the first rows of some keys, and of those without; one statement."""
    if not keys and not with_null:
        return {}
    wanted = [table.c.k.in_(keys)] if keys else []
    wanted += [table.c.k.is_(None)] if with_null else []
    order = (table.c.f, table.c.l)
    number = sa.func.row_number().over(partition_by=table.c.k, order_by=order).label("n")
    ranked = sa.select(table.c.k, *order, number).where(sa.or_(*wanted)).subquery("ranked")
    first = (
        sa.select(ranked.c.k, ranked.c.f, ranked.c.l)
        .where(ranked.c.n <= ROWS_OF_A_CLASH)
        .order_by(ranked.c.f, ranked.c.l)
    )
    places: dict[str | None, tuple[tuple[int, int], ...]] = {}
    for key, file, line in engine.rows(first):
        places[key] = (*places.get(key, ()), (file, line))
    return places


def relation_counts(
    engine: Engine,
    rows: sa.FromClause,
    columns: Columns,
    target: sa.FromClause,
    target_columns: Columns,
    *,
    leads: tuple[Sequence[str], str, Sequence[str]],
    is_whole: bool = True,
) -> RelationCounts:
    """Count which rows find their other side; three statements.

    Args:
        engine: That has both tables.
        rows: Rows of this source, after rules.
        columns: Its columns.
        target: Rows of the other source, without those that are gone there. May be `rows`.
        target_columns: Its columns.
        leads: Columns of this source, name of the other one, its columns in the same order.
        is_whole: Whether `rows` are all rows of this source.
    """
    own, to, key = leads
    here = sa.type_coerce(key_text([columns[name] for name in own]), sa.Text())
    there = sa.type_coerce(key_text([target_columns[name] for name in key]), sa.Text())
    one = sa.select(here.label("k")).select_from(rows).subquery("one")
    other = sa.select(there.label("k")).select_from(target).where(there.is_not(None))
    found = other.distinct().subquery("other")
    joined = engine.keep(
        "related",
        sa.select(one.c.k.label("k"), found.c.k.label("m")).select_from(
            one.outerjoin(found, one.c.k == found.c.k)
        ),
    )
    total, nulls, matched = engine.rows(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((joined.c.k.is_(None), 1), else_=0)), 0),
            sa.func.count(joined.c.m),
        )
    )[0]
    number = sa.func.count().label("n")
    lost = (
        sa.select(joined.c.k, number)
        .where(joined.c.k.is_not(None), joined.c.m.is_(None))
        .group_by(joined.c.k)
        .order_by(number.desc(), joined.c.k)
        .limit(UNMATCHED)
    )
    examples = tuple(key.replace(KEY_JOINT, " + ") for key, _ in engine.rows(lost))
    engine.drop("related")
    return RelationCounts(
        columns=tuple(own),
        to=to,
        key=tuple(key),
        matched=matched,
        unmatched=total - nulls - matched,
        nulls=nulls,
        examples=examples,
        is_whole=is_whole,
    )
