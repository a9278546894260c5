"""The first step of a build: records of all sources, mapped, clean, with their match values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.datasets.layout import Plan, Planned, record_columns, rid_of
from tresse.datasets.mapping.converting import converted
from tresse.datasets.mapping.feeds import Fed, rows_of
from tresse.datasets.mapping.planning import columns_of_plan
from tresse.datasets.matching.values import country_of, is_settled, match_value, normaliser
from tresse.engine.base import Engine
from tresse.engine.relations import table as table_like
from tresse.engine.types import Instant
from tresse.sources.columns import Column, Defaults
from tresse.sources.extraction.layout import FIRST_READ, HASH, KEY, MODIFIED
from tresse.sources.normalising import Mark, normalised

Value = sa.ColumnElement[Any]
NAME = "mapped_records"
"Not as a column of any table is called, which Spark would take for it."
OWN = ("rid", "source", "key", "priority", "first_seen", "created_at", "modified_at")
BOOK = (*OWN, "trusted", "hash")
"Columns of a record that are not mapped; these are worked out anew on every build."


@dataclass(frozen=True, slots=True)
class Records:
    """Records, kept by the engine under `NAME`, and what its rules could not read."""

    table: sa.TableClause
    warnings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    "By code, then by column of the dataset: how often, of the records that were worked out."


def records(
    engine: Engine,
    plan: Plan,
    feeds: Sequence[Fed],
    *,
    as_of: datetime,
    salt: int = 0,
    defaults: Defaults,
    before: sa.TableClause | None = None,
) -> sa.TableClause:
    """A row per record of the feeds, as `layout.record_columns` says; kept as `NAME`.

    Order of work (D10, D11): mapping, conversion (D16), rules of the dataset, match values (DG17).
    Rows that are gone at their source are left out.

    Args:
        engine: That has, or reads, the versions.
        plan: Of these feeds.
        feeds: As `feeds_of` gives them, all read, highest priority first.
        as_of: Of the build: no record was changed later (D71).
        salt: 0, unless two records had the same `rid`.
        defaults: Zone and country of the account, key of pseudonyms.
        before: The records of the version before, by the same plan, mapping and salt: a record
            whose `rid` and `hash` are there is not worked out again.
    """
    found = worked_out(
        engine, plan, feeds, as_of=as_of, salt=salt, defaults=defaults, before=before
    )
    return found.table


def worked_out(
    engine: Engine,
    plan: Plan,
    feeds: Sequence[Fed],
    *,
    as_of: datetime,
    salt: int = 0,
    defaults: Defaults,
    before: sa.TableClause | None = None,
    only: sa.TableClause | None = None,
) -> Records:
    """As `records`, with the warnings of its rules (D30).

    With `only` (`source, key`) these records alone, all of them worked out.
    """
    wanted = record_columns(plan)
    statements: list[sa.Select[Any]] = []
    marks: dict[str, Mark] = {}
    for priority, fed in enumerate(feeds):
        part = _Part(engine, plan, fed, priority, as_of=as_of, salt=salt, defaults=defaults)
        if only is not None:
            part.narrow(only)
        statements.append(part.worked_out(before, marks))
        if before is not None:
            statements.append(part.taken_over(before))
    labels = list(marks)
    statement = _together(statements, [each.name for each in wanted], labels)
    kept = engine.keep(NAME, statement)
    table = table_like(kept.name, wanted)
    return Records(table, _counted(engine, kept, marks))


def books(
    engine: Engine,
    plan: Plan,
    feeds: Sequence[Fed],
    *,
    as_of: datetime,
    salt: int = 0,
    defaults: Defaults,
) -> sa.SelectBase:
    """`BOOK` of every record of the feeds: what tells whether it is as it was."""
    statements = [
        sa.select(*_Part(engine, plan, fed, at, as_of=as_of, salt=salt, defaults=defaults).book)
        for at, fed in enumerate(feeds)
    ]
    return _together(statements, BOOK, ())


def mapping_facts(plan: Plan, feeds: Sequence[Fed]) -> dict[str, Any]:
    """What of a mapping is not in the plan, as JSON: if it is equal, equal rows give equal records.

    Column by column which column of each feed it comes from, and which columns tell its times.
    """
    facts: dict[str, Any] = {}
    for fed in feeds:
        taken = columns_of_plan(plan, fed)
        settled = (each.column.name for each in plan.matched if _is_settled(each, plan, fed))
        facts[fed.name] = {
            "columns": taken,
            "types": {source: fed.types.get(source, "") for source in taken.values()},
            "settled": sorted(settled),
            "created_at": fed.created_at,
            "trusted": fed.is_trusted,
        }
    return facts


def cleaned(plan: Plan, feeds: Sequence[Fed]) -> frozenset[str]:
    """Columns of the dataset that the rules of every source which feeds them clean (D12)."""
    found = set()
    for each in plan.matched:
        fed = [one for one in feeds if each.column.name in columns_of_plan(plan, one)]
        if fed and all(_cleans(each, plan, one) for one in fed):
            found.add(each.column.name)
    return frozenset(found)


class _Part:
    """The records of one feed."""

    def __init__(
        self,
        engine: Engine,
        plan: Plan,
        fed: Fed,
        priority: int,
        *,
        as_of: datetime,
        salt: int,
        defaults: Defaults,
    ) -> None:
        self.plan, self.fed, self.defaults = plan, fed, defaults
        self.taken = columns_of_plan(plan, fed)
        self.rows = rows_of(engine, fed)
        self._priority, self._as_of, self._salt = priority, sa.literal(as_of, Instant()), salt
        self.book = self._book(self._priority, self._as_of, self._salt)

    def narrow(self, only: sa.FromClause) -> None:
        """Leave the rows of some records alone: `source, key`."""
        rows = self.rows
        keys = sa.select(only.c.key).where(only.c.source == self.fed.name)
        self.rows = sa.select(rows).where(rows.c[KEY].in_(keys)).subquery("fed")
        self.book = self._book(self._priority, self._as_of, self._salt)

    def _book(self, priority: int, as_of: Value, salt: int) -> list[Value]:
        rows = self.rows
        source = sa.literal(self.fed.name, sa.Text())
        created, modified = rows.c["_created_at"], rows.c[MODIFIED]
        values: dict[str, Value] = {
            "rid": rid_of(source, rows.c[KEY], salt),
            "source": source,
            "key": rows.c[KEY],
            "priority": sa.literal(priority, sa.BigInteger()),
            "first_seen": sa.func.coalesce(created, rows.c[FIRST_READ]),
            "created_at": created,
            "modified_at": sa.case((modified > as_of, as_of), else_=modified),
            "trusted": sa.literal(self.fed.is_trusted, sa.Boolean()),
            "hash": rows.c[HASH],
        }
        return [value.label(name) for name, value in values.items()]

    def worked_out(self, before: sa.TableClause | None, marks: dict[str, Mark]) -> sa.Select[Any]:
        """Mapped, ruled, with match values; adds to `marks` what its rules could not read."""
        level: sa.FromClause = self._mapped(before).subquery("mapped")
        ruled = [
            Column(name=each.name, type=each.column.type or "text", rules=each.column.rules)
            for each in self.plan.columns
            if each.column.rules and each.column.name in self.taken
        ]
        own: dict[str, Value] = {}
        if ruled:
            names = {column.name for column in ruled}
            carried = [each.name for each in level.c if each.name not in names]
            made = normalised(level, ruled, carried=carried, defaults=self.defaults)
            level = made.statement.subquery("ruled")
            real = {each.name: each.column.name for each in self.plan.columns}
            for mark in made.marks:
                label = f"w_{mark.code}_{mark.column}"
                marks[label] = Mark(label, real[mark.column], mark.code, mark.is_fault)
                condition = level.c[mark.label]
                own[label] = sa.or_(own[label], condition) if label in own else condition
        country = self._country(level)
        return sa.select(
            *(level.c[name] for name in BOOK),
            *(sa.type_coerce(level.c[e.name], e.core).label(e.name) for e in self.plan.columns),
            *(self._match(level, each, country).label(each.match) for each in self.plan.matched),
            *(condition.label(label) for label, condition in own.items()),
        )

    def taken_over(self, before: sa.TableClause) -> sa.Select[Any]:
        """Records that are as they were, with the times that their source tells now."""
        now = sa.select(*self.book).subquery("now")
        names = [each.name for each in record_columns(self.plan) if each.name not in BOOK]
        same = sa.and_(now.c.rid == before.c.rid, now.c.hash == before.c.hash)
        return sa.select(
            *(now.c[name] for name in BOOK), *(before.c[name] for name in names)
        ).select_from(now.join(before, same))

    def _mapped(self, before: sa.TableClause | None) -> sa.Select[Any]:
        cells = [self._cell(each).label(each.name) for each in self.plan.columns]
        statement = sa.select(*self.book, *cells)
        if before is None:
            return statement
        rows = statement.subquery("all_rows")
        same = sa.and_(rows.c.rid == before.c.rid, rows.c.hash == before.c.hash)
        joined = rows.outerjoin(before, same)
        return sa.select(*rows.c).select_from(joined).where(before.c.rid.is_(None))

    def _cell(self, planned: Planned) -> Value:
        there = planned.column.type or "text"
        source = self.taken.get(planned.column.name)
        if source is None:
            # No rule works on it, so that it has its last type at once.
            return sa.cast(sa.null(), planned.core)
        return converted(self.rows.c[source], self.fed.types[source], there)

    def _match(self, level: sa.FromClause, planned: Planned, country: Value | str) -> Value:
        if planned.column.name not in self.taken:
            return sa.cast(sa.null(), sa.Text())
        is_normalised = _is_settled(planned, self.plan, self.fed)
        return match_value(level.c[planned.name], planned, country, is_normalised=is_normalised)

    def _country(self, level: sa.FromClause) -> Value | str:
        """Of phones: that of the record, else of the account (DG17)."""
        told = self.plan.with_field("country")
        if told is None or told.type != "text" or told.column.name not in self.taken:
            return self.plan.country
        return country_of(level.c[told.name], self.plan.country)


def _together(
    statements: Sequence[sa.Select[Any]], names: Sequence[str], marks: Sequence[str]
) -> sa.SelectBase:
    """All statements, each with the columns in the same order; marks it lacks are false."""
    selects = []
    for number, statement in enumerate(statements):
        part = statement.subquery(f"part{number}")
        told = [(part.c[label] if label in part.c else sa.false()).label(label) for label in marks]
        selects.append(sa.select(*(part.c[name] for name in names), *told))
    return sa.union_all(*selects) if len(selects) > 1 else selects[0]


def _counted(
    engine: Engine, kept: sa.TableClause, marks: Mapping[str, Mark]
) -> dict[str, dict[str, int]]:
    if not marks:
        return {}
    sums = [
        sa.func.coalesce(sa.func.sum(sa.case((kept.c[label], 1), else_=0)), 0) for label in marks
    ]
    numbers = engine.rows(sa.select(*sums).select_from(kept))[0]
    found: dict[str, dict[str, int]] = {}
    for mark, number in zip(marks.values(), numbers, strict=True):
        if number:
            found.setdefault(mark.code, {})[mark.column] = int(number)
    return found


def _is_settled(planned: Planned, plan: Plan, fed: Fed) -> bool:
    """Whether what a feed gives is a match value already."""
    source = columns_of_plan(plan, fed).get(planned.column.name, "")
    if fed.types.get(source) != "text":
        return False
    rules = (*fed.rules.get(source, ()), *planned.column.rules)
    return is_settled(rules, planned.column.semantic)


def _cleans(planned: Planned, plan: Plan, fed: Fed) -> bool:
    """Whether the rules of a source put a column in order; one that is no text needs none."""
    source = columns_of_plan(plan, fed).get(planned.column.name, "")
    rules = {use.name for use in fed.rules.get(source, ())}
    return fed.types.get(source) != "text" or normaliser(planned.column.semantic) in rules
