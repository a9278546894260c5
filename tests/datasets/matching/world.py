"""Small worlds of records, as mapping would make them, and what matching makes of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.definition import Column, DatasetDefinition, Guard, Identity, KeySet
from tresse.datasets.layout import Plan, Planned, record_columns, rid_of
from tresse.datasets.matching import Attached, attach
from tresse.datasets.matching.values import match_value
from tresse.engine.relations import arrow_type
from tresse.sources.columns import RuleUse
from tresse.sources.types import TYPES

FIELDS = (
    *("customer_id", "email", "phone", "anonymous_id", "first_name", "last_name", "birth_date"),
    *("address_line1", "country", "postal_code", "mobile", "user_id"),
)
START = datetime(2026, 1, 1, tzinfo=UTC)
_STEPS = count()


def plan_of(
    keys: Iterable[Iterable[str] | KeySet],
    *,
    rules: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
    columns: Iterable[str] = FIELDS,
    country: str = "FR",
    guard: Guard | None = None,
    **identity: Any,
) -> Plan:
    """A plan with a column per semantic field; `rules` by column: one rule each."""
    sets = tuple(key if isinstance(key, KeySet) else KeySet(tuple(key)) for key in keys)
    typed = {"birth_date": "date", **(types or {})}
    planned = []
    for number, name in enumerate(columns):
        used = (RuleUse((rules or {})[name]),) if name in (rules or {}) else ()
        semantic = name if name in FIELDS else ""
        type_ = typed.get(name, "text")
        column = Column(name, type_, semantic=semantic, rules=used)
        planned.append(Planned(column, type_, TYPES[type_].column, number))
    definition = DatasetDefinition(
        "contacts",
        "contacts",
        columns=tuple(each.column for each in planned),
        identity=Identity(keys=sets, guard=guard or Guard(), **identity),
    )
    return Plan(definition, tuple(planned), ("crm", "web", "pos"), "Europe/Paris", country)


@dataclass
class World:
    """An engine, a plan, and records by `source/key`."""

    engine: Any
    plan: Plan
    rows: dict[str, dict[str, Any]]
    untrusted: frozenset[str] = frozenset()
    rids: dict[str, int] = field(default_factory=dict)
    _attached: Attached | None = None

    def __post_init__(self) -> None:
        self.records = self._records()
        found = self.engine.rows(
            sa.select(self.records.c.source, self.records.c.key, self.records.c.rid)
        )
        self.rids = {f"{source}/{key}": rid for source, key, rid in found}
        self.names = {rid: name for name, rid in self.rids.items()}

    def _records(self) -> sa.TableClause:
        names = [each.column.name for each in self.plan.columns]
        data: dict[str, list[Any]] = {name: [] for name in ("source", "key", "n", "ok", *names)}
        for number, (name, row) in enumerate(self.rows.items()):
            source, _, key = name.partition("/")
            for column, value in (
                ("source", source), ("key", key), ("n", START + timedelta(days=number)),
                ("ok", name not in self.untrusted), *((each, row.get(each)) for each in names),
            ):  # fmt: skip
                data[column].append(value)
        cores = {
            "source": sa.Text(), "key": sa.Text(), "n": sa.DateTime(timezone=True),
            "ok": sa.Boolean(), **{each.column.name: each.core for each in self.plan.columns},
        }  # fmt: skip
        arrays = [pa.array(data[name], arrow_type(core)) for name, core in cores.items()]
        batch = pa.RecordBatch.from_arrays(arrays, names=list(cores))
        columns = [sa.column(name, core) for name, core in cores.items()]
        step = f"world_{next(_STEPS)}"
        raw = self.engine.load(f"{step}_raw", [batch], columns)
        made: dict[str, Any] = {
            "rid": rid_of(raw.c.source, raw.c.key), "source": raw.c.source, "key": raw.c.key,
            "priority": sa.literal(0), "first_seen": raw.c.n, "created_at": raw.c.n,
            "modified_at": raw.c.n, "trusted": raw.c.ok, "hash": sa.literal(""),
        }  # fmt: skip
        for each in self.plan.columns:
            value = raw.c[each.column.name]
            made[each.name] = value
            made[each.match] = match_value(value, each, self.plan.country)
        cells = [
            sa.type_coerce(made[each.name], each.type).label(each.name)
            for each in record_columns(self.plan)
        ]
        return self.engine.keep(step, sa.select(*cells))

    def attached(self, **given: Any) -> Attached:
        """What `attach` answers; records in `claims` by their names."""
        if "claims" in given:
            given["claims"] = {self.rids[name] for name in given["claims"]}
        if given:
            return attach(self.engine, self.plan, self.records, **given)
        if self._attached is None:
            self._attached = attach(self.engine, self.plan, self.records)
        return self._attached

    def ties(self, **given: Any) -> set[tuple[str, int, str]]:
        """Attachments: name of the record, strength, value."""
        return self.told(self.attached(**given).attachments)

    def guards(self, **given: Any) -> set[tuple[Any, ...]]:
        """Guard rows."""
        rows = self.engine.rows(sa.select(self.attached(**given).guards))
        assert len(rows) == len(set(rows))
        return set(rows)

    def told(self, table: sa.TableClause) -> set[tuple[str, int, str]]:
        """Attachments or claims with names instead of rids; each is there once."""
        rows = self.engine.rows(sa.select(table.c.rid, table.c.strength, table.c.value))
        assert len(rows) == len(set(rows))
        return {(self.names[rid], strength, value) for rid, strength, value in rows}


def world(engine: Any, plan: Plan, rows: Mapping[str, dict[str, Any]], **given: Any) -> World:
    """A world of records: `{"crm/1": {"email": …}}`, first seen in this order."""
    return World(engine, plan, dict(rows), **given)
