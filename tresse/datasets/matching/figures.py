"""What an identity did, by key set (D52): values, what was dropped and refused, in sentences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets.layout import Plan
from tresse.datasets.matching.attaching import BLOCKED, CLAIMED
from tresse.datasets.matching.counts import DIRECTION, FAN_OUT, FREQUENCY
from tresse.datasets.matching.rules import Keys, directions, fan_outs, guard_of, key_sets
from tresse.datasets.matching.values import JOINT
from tresse.engine.base import Engine
from tresse.kernel.errors import sentence
from tresse.kernel.marks import N_

TOP = 20
COUNTING = (FAN_OUT, FREQUENCY, DIRECTION)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence for people: a template that is marked for translation, and what fills it."""

    template: str
    details: Mapping[str, Any]

    def __str__(self) -> str:
        return sentence(self.template, dict(self.details))


@dataclass(frozen=True, slots=True)
class Act:
    """A value that was dropped or refused, of one key column or set."""

    guard: str
    "DG1, DG2, DG2b, DG7, DG13, or of a refused one the constraint: DG3, DG6, DG8, DG9, DG11."
    label: str
    value: str
    "A text for people: the parts of a set are joined by commas."
    match: str
    "The value as it is compared, which a lift names."
    records: int
    count: int | None = None
    proxy: str = ""
    "Column that was counted; of a blocked value the list that has it."
    most: int | None = None
    "What the count was over."

    @property
    def said(self) -> Sentence:
        """Why these records were not matched by it."""
        template = _SAID.get(self.guard, _REFUSED)[self.records != 1]
        return Sentence(
            template,
            {
                "records": self.records,
                "column": self.label,
                "value": self.value,
                "count": self.count,
                "other": self.proxy,
                "most": self.most,
                "guard": self.guard,
            },
        )


@dataclass(frozen=True, slots=True)
class Acts:
    """What one sort of guard did to a key set."""

    values: int = 0
    "Distinct ones."
    records: int = 0
    "Records by value: one that holds two such values counts twice."
    top: tuple[Act, ...] = ()
    "The 20 on most records."


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """One key set."""

    keys: Keys
    values: int
    "Distinct ones that may tie records."
    records: int
    "With such a value."
    shared: int
    "Values on two records or more."
    top: tuple[tuple[str, int], ...]
    "The 20 values on most records, with their number."
    blocked: Acts
    fanned_out: Acts
    "Dropped by counts: DG2, DG2b, DG7."
    claimed: Acts
    refused: Acts

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What people should know, the largest first of each sort."""
        acts = (self.blocked, self.fanned_out, self.claimed, self.refused)
        return tuple(act.said for each in acts for act in each.top)


def figures(
    engine: Engine, plan: Plan, attachments: sa.FromClause, guards: sa.FromClause
) -> tuple[KeyFigures, ...]:
    """Figures by key set, strongest first.

    Args:
        engine: Reads the tables.
        plan: By which they were made.
        attachments: `layout.ATTACHMENTS`; without `is_accepted`, as `attach` answers them, nothing
            is refused.
        guards: `layout.GUARDS`.
    """
    most = _thresholds(plan)
    found = []
    for keys in key_sets(plan):
        labels = {keys.label, *(each.column.name for each in keys.columns)}
        dropped = _dropped(guards, sorted(labels))
        values, records, shared, top = _usable(engine, attachments, keys)

        def act(*row: Any) -> Act:
            guard, label, match, number, count, proxy = row
            over = most.get((guard, label, proxy or ""))
            return Act(guard, label, shown(match), match, number, count, proxy or "", over)

        found.append(
            KeyFigures(
                keys,
                values,
                records,
                shared,
                top,
                blocked=_acts(engine, dropped, (BLOCKED,), act),
                fanned_out=_acts(engine, dropped, COUNTING, act),
                claimed=_acts(engine, dropped, (CLAIMED,), act),
                refused=_acts(engine, _refused(attachments, keys), (), act),
            )
        )
    return tuple(found)


def shown(value: str) -> str:
    """The value of a key set for people: `dupont, 1990-03-01`."""
    return value.replace(JOINT, ", ")


def _thresholds(plan: Plan) -> dict[tuple[str, str, str], int]:
    """What counts are over, by guard, label and column counted."""
    cap = guard_of(plan).cap
    found: dict[tuple[str, str, str], int] = {}
    for keys in key_sets(plan):
        found[FREQUENCY, keys.label, ""] = cap
        for planned in keys.columns:
            name = planned.column.name
            found |= {(FAN_OUT, name, fan.of): fan.over for fan in fan_outs(plan, planned)}
            found |= {(DIRECTION, name, way.of): way.at_most for way in directions(plan, planned)}
    return found


def _usable(
    engine: Engine, attachments: sa.FromClause, keys: Keys
) -> tuple[int, int, int, tuple[tuple[str, int], ...]]:
    number = sa.func.count()
    values = (
        sa.select(attachments.c.value, number.label("n"))
        .where(attachments.c.strength == keys.strength)
        .group_by(attachments.c.value)
        .subquery()
    )
    is_shared = sa.case((values.c.n > 1, 1), else_=0)
    [(distinct, records, shared)] = engine.rows(
        sa.select(
            number,
            sa.cast(sa.func.sum(values.c.n), sa.BigInteger()),
            sa.cast(sa.func.sum(is_shared), sa.BigInteger()),
        ).select_from(values)
    )
    top = sa.select(values).order_by(values.c.n.desc(), values.c.value).limit(TOP)
    return distinct, records or 0, shared or 0, tuple((shown(v), n) for v, n in engine.rows(top))


def _dropped(guards: sa.FromClause, labels: list[str]) -> sa.Subquery:
    names = ("guard", "columns", "value", "records", "count", "proxy")
    cells = [guards.c[name] for name in names]
    return sa.select(*cells).where(guards.c["columns"].in_(labels)).subquery()


def _refused(attachments: sa.FromClause, keys: Keys) -> sa.Subquery | None:
    """Refused attachments as guard rows; None before any could be refused."""
    if "is_accepted" not in attachments.c:
        return None
    nothing = sa.null()
    return (
        sa.select(
            attachments.c.reason.label("guard"),
            sa.literal(keys.label).label("columns"),
            attachments.c.value,
            sa.func.count().label("records"),
            sa.cast(nothing, sa.BigInteger()).label("count"),
            sa.cast(nothing, sa.Text()).label("proxy"),
        )
        .where(attachments.c.strength == keys.strength, sa.not_(attachments.c.is_accepted))
        .group_by(attachments.c.reason, attachments.c.value)
        .subquery()
    )


def _acts(
    engine: Engine, rows: sa.Subquery | None, guards: tuple[str, ...], act: Callable[..., Act]
) -> Acts:
    """What some guards did; no guards: all rows."""
    if rows is None:
        return Acts()
    found = sa.select(rows).where(rows.c.guard.in_(guards)) if guards else sa.select(rows)
    acts = found.subquery()
    once = (
        sa.select(acts.c["columns"], acts.c.value, sa.func.max(acts.c.records).label("n"))
        .group_by(acts.c["columns"], acts.c.value)
        .subquery()
    )
    total = sa.cast(sa.func.sum(once.c.n), sa.BigInteger())
    [(values, records)] = engine.rows(sa.select(sa.func.count(), total).select_from(once))
    if not values:
        return Acts()
    order = (acts.c.records.desc(), acts.c.value, acts.c["columns"], acts.c.guard, acts.c.proxy)
    top = engine.rows(sa.select(acts).order_by(*order).limit(TOP))
    return Acts(values, records, tuple(act(*row) for row in top))


_SAID: Mapping[str, tuple[str, str]] = {
    BLOCKED: (
        N_("One record was not matched on {column}: {value} is blocked."),
        N_("{records} records were not matched on {column}: {value} is blocked."),
    ),
    FAN_OUT: (
        N_(
            "One record was not matched on {column}: {value} meets {count} different values of "
            "{other} ({count} > {most})."
        ),
        N_(
            "{records} records were not matched on {column}: {value} meets {count} different "
            "values of {other} ({count} > {most})."
        ),
    ),
    FREQUENCY: (
        N_("One record was not matched on {column}: {value} is on {count} ({count} > {most})."),
        N_(
            "{records} records were not matched on {column}: {value} is on more than {most} "
            "records ({count} > {most})."
        ),
    ),
    DIRECTION: (
        N_(
            "One record was not matched on {column}: {value} meets {count} values of {other} "
            "({count} > {most})."
        ),
        N_(
            "{records} records were not matched on {column}: {value} meets {count} values of "
            "{other} ({count} > {most})."
        ),
    ),
    CLAIMED: (
        N_("One record was not matched on {column}: its source only claims {value}."),
        N_("{records} records were not matched on {column}: their sources only claim {value}."),
    ),
}
_REFUSED = (
    N_("One record was not joined by the {column} {value}: the guard {guard} forbids it."),
    N_("{records} records were not joined by the {column} {value}: the guard {guard} forbids it."),
)
