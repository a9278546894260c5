"""Which pairs are compared at all (D64), and how many there are: counted before any is made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.engine.base import Engine
from tresse.kernel.marks import N_

MOST_PAIRS = 50_000_000
MOST_OF_FURTHER = 5_000_000
"Of all pairs, while rules are taken that need not be."


@dataclass(frozen=True, slots=True)
class Blocking:
    """Records that agree in these prepared columns make a pair."""

    name: str
    label: str
    columns: tuple[str, ...]
    is_needed: bool = True
    "Not: it is taken as long as there are few pairs."


RULES = (
    Blocking("last_name_birth_date", N_("last name and birth date"), ("last_name", "birth_date")),
    Blocking(
        "full_name_postal_code", N_("full name and postal code"), ("full_name", "postal_code")
    ),
    Blocking("phone", N_("last 9 digits of the phone"), ("phone",)),
    Blocking("local_last_name", N_("e-mail before the @ and last name"), ("local", "last_name")),
    Blocking(
        "first_name_birth_date",
        N_("first name and birth date"),
        ("first_name", "birth_date"),
        is_needed=False,
    ),
    Blocking("local", N_("e-mail before the @"), ("local",), is_needed=False),
    *(
        Blocking("_".join(columns), label, columns, is_needed=False)
        for columns, label in (
            (("full_name", "city"), N_("full name and city")),
            (("full_name",), N_("full name")),
            (("last_name", "postal_code"), N_("last name and postal code")),
            (("first_name", "postal_code"), N_("first name and postal code")),
            (("address",), N_("address")),
            (("last_name", "city"), N_("last name and city")),
            (("first_name", "city"), N_("first name and city")),
            (("birth_date",), N_("birth date")),
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many pairs a rule gives; of two golden records each."""

    rule: Blocking
    pairs: int
    largest: int
    "Most records that share one value."


def rules_for(names: Collection[str]) -> tuple[Blocking, ...]:
    """Rules whose prepared columns are all there."""
    return tuple(rule for rule in RULES if set(rule.columns) <= set(names))


def counted(engine: Engine, table: sa.TableClause, rules: Sequence[Blocking]) -> list[Counted]:
    """Count the pairs of each rule; a pair that two rules give counts twice.

    Args:
        engine: Has the table.
        table: As `prepared.prepared` gives it.
        rules: Of `rules_for`.
    """
    return [_counted(engine, table, rule) for rule in rules]


def taken(counts: Sequence[Counted]) -> list[Counted]:
    """All that are needed, and of the others, in order, those that add few pairs."""
    found = [each for each in counts if each.rule.is_needed]
    total = sum(each.pairs for each in found)
    for each in counts:
        if not each.rule.is_needed and total + each.pairs <= MOST_OF_FURTHER:
            found.append(each)
            total += each.pairs
    return found


def _counted(engine: Engine, table: sa.TableClause, rule: Blocking) -> Counted:
    keys = [table.c[name] for name in rule.columns]
    known = sa.and_(*(key.is_not(None) for key in keys))
    inside = (
        sa.select(*keys, table.c.golden, sa.func.count().label("n"))
        .where(known)
        .group_by(*keys, table.c.golden)
        .subquery("inside")
    )
    own = [inside.c[name] for name in rule.columns]
    blocks = (
        sa.select(
            _whole(sa.func.sum(inside.c.n)).label("n"),
            _whole(sa.func.sum(inside.c.n * inside.c.n)).label("same"),
        )
        .group_by(*own)
        .having(sa.func.count() > 1)
        .subquery("blocks")
    )
    # Of n records, n * n ordered pairs; less those of one golden record, and each once.
    twice = sa.func.sum(blocks.c.n * blocks.c.n - blocks.c.same)
    [(pairs, largest)] = engine.rows(sa.select(_whole(twice), _whole(sa.func.max(blocks.c.n))))
    return Counted(rule, int(pairs or 0) // 2, int(largest or 0))


def _whole(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(value, sa.BigInteger())
