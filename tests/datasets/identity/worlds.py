"""Small worlds of records for tests of identity, and what `resolve` makes of them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.definition import Column, DatasetDefinition, Guard, Identity, KeySet, Limit
from tresse.datasets.identity import Resolved, resolve
from tresse.datasets.layout import Plan, Planned

SOURCES = ("crm", "web", "pos")
START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = cycle(f"world_{n}" for n in range(16))
"Of steps: tests share an engine, which keeps the last few answers."


@dataclass(frozen=True)
class Record:
    """A record: `crm/1`, the day it was first seen, its match values by column."""

    name: str
    day: int
    values: Mapping[str, str | None]
    trusted: bool = True

    @property
    def source(self) -> str:
        return self.name.partition("/")[0]

    @property
    def key(self) -> str:
        return self.name.partition("/")[2]

    @property
    def rid(self) -> int:
        return rid(self.name)

    @property
    def order(self) -> tuple[Any, ...]:
        """By D42."""
        return self.day, SOURCES.index(self.source), self.source, self.key


def rid(name: str) -> int:
    return int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:15], 16)


def record(name: str, day: int, **values: str) -> Record:
    return Record(name, day, values)


@dataclass(frozen=True)
class World:
    """Records, settings and decisions."""

    records: Sequence[Record]
    keys: Sequence[Sequence[str]] = (("customer_id",), ("email",), ("phone",))
    limits: Sequence[Limit] | None = None
    separate: Sequence[str] = ()
    guard: Guard = field(default_factory=Guard)
    links: Sequence[tuple[str, str]] = ()
    aparts: Sequence[tuple[str, str]] = ()
    dropped: Sequence[tuple[str, str]] = ()
    "Column and value that tie nothing (DG1)."
    claims: Sequence[str] = ()
    name: str = "contacts"

    @property
    def columns(self) -> list[str]:
        names = [name for key in self.keys for name in key]
        names += [each.column for each in self.limits or ()] + list(self.separate)
        return list(dict.fromkeys(names))

    @property
    def plan(self) -> Plan:
        identity = Identity(
            keys=tuple(KeySet(tuple(key)) for key in self.keys),
            limits=None if self.limits is None else tuple(self.limits),
            separate=tuple(self.separate),
            guard=self.guard,
        )
        columns = [Column(name, "text", name if name in FIELDS else "") for name in self.columns]
        return Plan(
            DatasetDefinition(self.name, "contacts", identity=identity),
            tuple(Planned(each, "text", sa.Text(), n) for n, each in enumerate(columns)),
            SOURCES,
            "UTC",
            "FR",
        )

    def usable(self, each: Record, column: str) -> str | None:
        """A value that may be compared (D42 step 1)."""
        value = each.values.get(column)
        is_claim = not each.trusted and each.name not in self.claims
        if (column, value) in self.dropped or (is_claim and column not in self.guard.device):
            return None
        return value

    @property
    def attachments(self) -> list[tuple[int, int, str]]:
        found = []
        for each in self.records:
            for strength, key in enumerate(self.keys):
                parts = [self.usable(each, name) for name in key]
                if None not in parts:
                    found.append((each.rid, strength, "\x1f".join(map(str, parts))))
        return found


FIELDS = ("customer_id", "user_id", "email", "phone", "anonymous_id", "last_name", "birth_date")


@dataclass(frozen=True)
class Answer:
    """What `resolve` made of a world, by names of records."""

    ids: Mapping[str, str]
    refused: Mapping[tuple[str, int, str], tuple[str, str]]
    "Record, strength, value: guard and detail."
    accepted: frozenset[tuple[str, int, str]]
    homes: Mapping[int, tuple[Any, ...]]
    aliases: Mapping[str, str]
    changes: Sequence[tuple[str, str, str, int, str]]
    tables: Resolved

    @property
    def clusters(self) -> set[frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, id_ in self.ids.items():
            found.setdefault(id_, set()).add(name)
        return {frozenset(each) for each in found.values()}


def answer(
    engine: Any, world: World, before: Answer | None = None, number: int = 1, cause: str = "data"
) -> Answer:
    """Resolve a world on an engine."""
    name = next(NAMES)
    tables = resolve(
        engine,
        world.plan,
        _records(engine, world, name),
        _loaded(engine, f"{name}_given", layout.ATTACHMENTS[:3], world.attachments),
        links=_pairs(engine, f"{name}_links", world.links),
        aparts=_pairs(engine, f"{name}_aparts", world.aparts),
        before=before.tables if before else None,
        number=number,
        cause=cause,
        guards=_guards(engine, world, name),
        claims={rid(each) for each in world.claims},
        name=name,
    )
    names = {each.rid: each.name for each in world.records}
    rows = _rows(engine, tables.attachments)
    assert len(rows) == len(world.attachments)
    members = _rows(engine, tables.members)
    assert len(members) == len(names)
    assert all((row[3], row[4] is None) in {(True, True), (False, False)} for row in rows)
    return Answer(
        ids={names[rid]: id_ for rid, id_, _ in members},
        refused={(names[r[0]], r[1], r[2]): (r[4], r[5]) for r in rows if not r[3]},
        accepted=frozenset((names[r[0]], r[1], r[2]) for r in rows if r[3]),
        homes={row[0]: row[1:] for row in _rows(engine, tables.homes)},
        aliases=dict(_rows(engine, tables.aliases)),
        changes=sorted(_rows(engine, tables.id_changes), key=lambda row: (row[3], row)),
        tables=tables,
    )


def shuffled(world: World, random: Any) -> World:
    """The same rows and decisions in another order."""
    rows, links, aparts = list(world.records), list(world.links), list(world.aparts)
    for each in (rows, links, aparts):
        random.shuffle(each)
    flipped = [(b, a) if random.random() < 0.5 else (a, b) for a, b in links]
    return replace(world, records=rows, links=flipped, aparts=aparts)


def _rows(engine: Any, table: sa.TableClause) -> list[tuple[Any, ...]]:
    return engine.rows(sa.select(*table.c))


def _records(engine: Any, world: World, name: str) -> sa.TableClause:
    plan = world.plan
    rows = [
        (
            each.rid,
            each.source,
            each.key,
            SOURCES.index(each.source),
            START + timedelta(days=each.day),
            None,
            START + timedelta(days=each.day),
            each.trusted,
            "",
            *(each.values.get(planned.column.name) for planned in plan.columns),
            *(each.values.get(planned.column.name) for planned in plan.matched),
        )
        for each in world.records
    ]
    return _loaded(engine, f"{name}_records", layout.record_columns(plan), rows)


def _pairs(engine: Any, name: str, given: Iterable[tuple[str, str]]) -> sa.TableClause:
    columns = [sa.column("a", layout.RID), sa.column("b", layout.RID)]
    return _loaded(engine, name, columns, [(rid(a), rid(b)) for a, b in given])


def _guards(engine: Any, world: World, name: str) -> sa.TableClause:
    rows = [("DG1", column, value, 1, None, "texts") for column, value in world.dropped]
    return _loaded(engine, f"{name}_guards", layout.GUARDS, rows)


def _loaded(
    engine: Any, name: str, columns: Sequence[Any], rows: Sequence[tuple[Any, ...]]
) -> sa.TableClause:
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    batch = pa.RecordBatch.from_pydict(
        {column.name: list(cell) for column, cell in zip(columns, cells, strict=True)}
    )
    return engine.load(name, [batch], columns)
