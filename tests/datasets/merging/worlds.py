"""Small worlds of records to merge: plans, records and members from plain rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.definition import Column, DatasetDefinition, Group, Merge
from tresse.datasets.layout import Plan, Planned
from tresse.datasets.merging import PINS, merge
from tresse.engine.relations import schema
from tresse.sources.types import TYPES

AS_OF = datetime(2026, 3, 10, 12, tzinfo=UTC)
SOURCES = ("crm", "web", "pos")
EARLY = datetime(2026, 1, 1, tzinfo=UTC)


def column(name: str, type_: str = "text", merge_: str | Merge = "latest", **more: Any) -> Column:
    """A column of a definition."""
    method = merge_ if isinstance(merge_, Merge) else Merge(merge_)
    return Column(name, type_, merge=method, **more)


def planned(*columns: Column, groups: Sequence[Group] = (), sources=SOURCES) -> Plan:
    """A plan of these columns, which all have a type."""
    return Plan(
        DatasetDefinition("people", "contacts", columns=columns, groups=tuple(groups)),
        tuple(
            Planned(each, each.type, TYPES[each.type].column, number)
            for number, each in enumerate(columns)
        ),
        tuple(sources),
        "Europe/Paris",
        "FR",
    )


def at(day: str | int) -> datetime:
    """A moment of a day, or so many days after `EARLY`."""
    if isinstance(day, int):
        return EARLY + timedelta(days=day)
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)


def record(
    key: str, values: Mapping[str, Any] | None = None, *, created: Any = None, modified: Any = 0
) -> dict[str, Any]:
    """A record `source/key` with values by names of columns."""
    source, _, own = key.partition("/")
    return {
        "source": source,
        "key": own,
        "created_at": None if created is None else at(created),
        "modified_at": at(modified),
        "values": values or {},
    }


class World:
    """Tables of an engine for a plan."""

    def __init__(self, engine, plan: Plan, name: str = "world") -> None:
        self.engine, self.plan, self.name = engine, plan, name
        self.rids: dict[str, int] = {}

    def records(self, rows: Iterable[Mapping[str, Any]]) -> sa.TableClause:
        """`records`, with rids by the order in which their keys were first seen."""
        columns = layout.record_columns(self.plan)
        cells = [self._row(each) for each in rows]
        return self.load("records", columns, cells)

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        text = f"{row['source']}/{row['key']}"
        sources = self.plan.sources
        named = {self.plan.of(name).name: value for name, value in row["values"].items()}
        return {
            "rid": self.rids.setdefault(text, len(self.rids) + 1),
            "source": row["source"],
            "key": row["key"],
            "priority": sources.index(row["source"]) if row["source"] in sources else 99,
            "first_seen": row["created_at"] or row["modified_at"],
            "created_at": row["created_at"],
            "modified_at": row["modified_at"],
            "trusted": True,
            "hash": text,
            **named,
            **row.get("own", {}),
        }

    def members(self, clusters: Mapping[str, Sequence[str]]) -> sa.TableClause:
        """`members` of clusters by id, each with the keys of its records."""
        rows = [
            {"rid": self.rids[key], "id": id_, "label": min(self.rids[each] for each in keys)}
            for id_, keys in clusters.items()
            for key in keys
        ]
        return self.load("members", layout.MEMBERS, rows)

    def ids(self, name: str, ids: Iterable[str]) -> sa.TableClause:
        """A table of ids."""
        return self.load(name, [sa.column("id", sa.Text())], [{"id": each} for each in ids])

    def pins(self, *pins: tuple[str, str, str | None]) -> sa.TableClause:
        """Pins as id, name of the column, text."""
        rows = [
            {"id": id_, "number": self.plan.of(name).number, "value": value}
            for id_, name, value in pins
        ]
        return self.load("pins", PINS, rows)

    def load(self, name: str, columns: Any, rows: Sequence[Mapping[str, Any]]) -> sa.TableClause:
        """A table of rows by name; cells that are not told are NULL."""
        wanted = schema(columns)
        filled = [{each: row.get(each) for each in wanted.names} for row in rows]
        batch = pa.RecordBatch.from_pylist(filled, schema=wanted)
        return self.engine.load(f"{self.name}_{name}", [batch], columns)

    def golden(self, merged) -> dict[str, dict[str, Any]]:
        """Golden records by id, columns by their names in the definition."""
        return self._by_id(
            merged.golden, {each.name: each.column.name for each in self.plan.columns}
        )

    def values(self, merged) -> dict[str, dict[str, Any]]:
        """Provenance by id: by name of the column the winner's key, and both counts."""
        keys = {rid: key for key, rid in self.rids.items()}
        found = {}
        for id_, row in self._by_id(merged.values, {}).items():
            found[id_] = {
                each.column.name: (
                    keys.get(row[f"r{each.number}"]),
                    row[f"k{each.number}"],
                    row[f"d{each.number}"],
                )
                for each in self.plan.columns
            }
        return found

    def _by_id(self, table, names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        columns = [names.get(each.name, each.name) for each in table.c]
        rows = self.engine.rows(sa.select(table))
        found = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
        assert len(found) == len(rows)
        return found


def merged(engine, plan: Plan, rows, clusters=None, *, name: str = "world", **more: Any):
    """What becomes of rows (one cluster `p` unless told): golden records and provenance by id."""
    world = World(engine, plan, name)
    records = world.records(rows)
    members = world.members(clusters or {"p": list(world.rids)})
    pins = more.pop("pins", None)
    found = merge(
        engine,
        plan,
        records,
        members,
        **{"as_of": AS_OF, "number": 1, "name": f"{name}_merging", **more},
        pins=None if pins is None else world.pins(*pins),
    )
    return world.golden(found), world.values(found)
