"""Small worlds of people, orders and what belongs to them, and the scores worked out of them.

Nothing is built: golden records are written as Parquet, as a version has them. Columns are called
as their semantic field; only those that a row tells are mapped, and those asked for by `mapped`.

    small = world(duck, orders=[order("ada", "2026-01-02", 20)], as_of="2026-03-31")
    small.scores("orders_count")["ada"]["orders_count"]     # 1
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.builds.tables import Tables
from tresse.datasets.computed.world import Side, World
from tresse.datasets.definition import Column, DatasetDefinition, Relation, ScoreUse
from tresse.datasets.layout import Plan, Planned, Worked
from tresse.datasets.scores.base import columns_of
from tresse.datasets.scores.evaluate import Sheet
from tresse.datasets.scores.inputs import PAID, Inputs, Restriction
from tresse.datasets.scores.registry import SCORES
from tresse.engine.relations import schema
from tresse.sources.types import TYPES

AS_OF = "2026-03-31"
NUMBERS = count()
"Of folders and steps: tests share an engine."
MOMENTS = ("_at", "at")
AMOUNTS = [
    "amount",
    "amount_without_tax",
    "tax",
    "shipping",
    "discount",
    "refunded",
    "net_amount",
    "unit_price",
    "full_price",
    "line_amount",
    "cost",
    "price",
    "value",
    "points",
    "balance",
]
TYPE_OF = {
    **dict.fromkeys(AMOUNTS, "decimal"),
    "quantity": "number",
    "returned_quantity": "number",
    "machine": "boolean",
    "proxy": "boolean",
    "birth_date": "date",
}
"Of semantic fields that are neither text nor a moment."
RELATIONS = {
    "contact": ("contacts", ""),
    "order": ("orders", "items"),
    "product": ("products", "items"),
}
"Field that leads to another dataset: its name, and the inverse there (empty: as the dataset)."
KEYS = {
    "contacts": "customer_id",
    "orders": "order_id",
    "order_items": "line_id",
    "products": "product_id",
    "carts": "cart_id",
    "loyalty": "entry_id",
}
DEFAULTS = {"orders": ("ordered_at", "net_amount"), "contacts": ("customer_id",)}
Row = Mapping[str, Any]


def order(person: str | None, at: Any, net: Any = None, **more: Any) -> dict[str, Any]:
    """An order: whose, when (a day is noon in UTC), its net amount, and other fields."""
    net_amount = {} if net is None else {"net_amount": net}
    return {"contact": person, "ordered_at": at, **net_amount, **more}


def moment(value: Any) -> datetime | None:
    """`2026-01-02` (noon), `2026-01-02T09:30`, a day or a time, as an instant; naive is UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(12), UTC)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def world(
    engine: Any,
    *,
    people: Iterable[Any] = (),
    as_of: Any = AS_OF,
    zone: str = "Europe/Paris",
    currency: str = "EUR",
    types: Mapping[str, str] | None = None,
    mapped: Mapping[str, Sequence[str]] | None = None,
    random: Random | None = None,
    **entities: Sequence[Row],
) -> "Small":
    """A world on an engine.

    Args:
        engine: Of `any_engine`, `duck` or `spark`: Parquet is written below its `root`.
        people: Ids, or rows with `id`; those that other rows name are there too.
        as_of: Day (noon in UTC) or moment.
        zone: Of the account.
        currency: Of the account.
        types: By semantic field, where it is of another type than `TYPE_OF` says.
        mapped: By entity, fields that are mapped though no row tells them.
        random: Rows are written in an order of its choice, into two files.
        entities: Rows by entity: `orders order_items products events email_events carts loyalty`.
            `id` is the field of its key, or made; `contact`, `order` and `product` are golden ids.
            An entity that is not given is not there at all.
    """
    rows = {name: [dict(each) for each in given] for name, given in entities.items()}
    named = [each if isinstance(each, str) else each["id"] for each in people]
    owners = [row["contact"] for given in rows.values() for row in given if row.get("contact")]
    told = {each["id"]: dict(each) for each in people if not isinstance(each, str)}
    rows["contacts"] = [told.get(id_, {"id": id_}) for id_ in dict.fromkeys([*named, *owners])]
    sides = {}
    folder = engine.root / f"scores_{next(NUMBERS)}"
    for name, given in rows.items():
        more = (mapped or {}).get(name, ())
        plan, relations = _plan(name, given, more, types or {}, zone)
        _write(folder / name / "golden", plan, relations, given, random)
        tables = Tables(engine, folder / name, plan, relations)
        sides[name] = Side(tables, plan.definition)
    return Small(World(engine, sides, moment(as_of), zone, currency))


@dataclass
class Small:
    """A world, and what scores make of it."""

    world: World

    @property
    def contacts(self) -> Side:
        """The dataset that has the scores."""
        return self.world.sides["contacts"]

    def inputs(self, where: Any = None, statuses: Sequence[str] = PAID, **more: Any) -> Inputs:
        """What scores are worked out of."""
        restriction = Restriction(where, tuple(statuses))
        return Inputs(self.world, self.contacts, restriction, **more)

    def sheet(self, *uses: ScoreUse, **more: Any) -> Sheet:
        """Uses of scores, ready to be worked out."""
        return Sheet(self.world, self.contacts, uses, name=f"s{next(NUMBERS)}", **more)

    def scores(self, *names: str, **settings: Any) -> dict[str, dict[str, Any]]:
        """Outputs by person and name, of scores with these settings.

        `where`, `prefix` and `facts` are what a use, and `Sheet.scored`, are told.
        """
        where, prefix = settings.pop("where", None), settings.pop("prefix", "")
        facts = settings.pop("facts", None)
        return self.used(
            *(ScoreUse(name, _own(name, settings), prefix, where) for name in names), facts=facts
        )

    def used(self, *uses: ScoreUse, **more: Any) -> dict[str, dict[str, Any]]:
        """Outputs by person and name, of uses of scores."""
        columns = worked(*uses)
        scored = self.sheet(*uses).scored(columns, **more)
        rows = self.world.engine.rows(sa.select(*scored.table.c))
        names = [each.name for each in columns]
        found = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
        assert len(found) == len(rows), "one row per person"
        return found

    def with_parts(self, name: str, **settings: Any) -> dict[str, dict[str, Any]]:
        """Outputs and parts by person and name, of one score."""
        where = settings.pop("where", None)
        sheet = self.sheet(ScoreUse(name, settings, "", where))
        [use] = sheet.uses
        source, values = sheet.values_of(use, sheet.facts_of(use))
        types = {each.name: each.type for each in (*use.score.outputs, *use.score.parts)}
        assert set(values) == set(types), "every output and part, and nothing else"
        cells = [
            sa.type_coerce(value, TYPES[types[each]].column).label(f"v{number}")
            for number, (each, value) in enumerate(values.items())
        ]
        profile = sheet._row(use, {}).id
        rows = self.world.engine.rows(sa.select(profile, *cells).select_from(source))
        return {row[0]: dict(zip(values, row[1:], strict=True)) for row in rows}

    def facts(self, name: str, **settings: Any) -> dict[str, Any]:
        """What of the whole base a score depends on."""
        where = settings.pop("where", None)
        sheet = self.sheet(ScoreUse(name, settings, "", where))
        return sheet.facts_of(sheet.uses[0])

    def rows(self, table: Any) -> list[dict[str, Any]]:
        """Rows of a table of `inputs`, in no order."""
        names = [each.name for each in table.c]
        found = self.world.engine.rows(sa.select(*table.c))
        return [dict(zip(names, row, strict=True)) for row in found]


def worked(*uses: ScoreUse) -> list[Worked]:
    """Columns of uses as a plan numbers them, in the order of uses."""
    found = [
        (use, name, output)
        for use in uses
        for name, output in columns_of(SCORES[use.score], use.prefix)
    ]
    return [
        Worked(name, output.type, layout.SCORE, number, of=use.key)
        for number, (use, name, output) in enumerate(found)
    ]


def _own(name: str, settings: Row) -> dict[str, Any]:
    """Of settings those that a score has, so that several can be asked with the same."""
    known = {each.name for each in SCORES[name].settings}
    return {key: value for key, value in settings.items() if key in known}


def _plan(
    name: str, rows: Sequence[Row], more: Sequence[str], types: Mapping[str, str], zone: str
) -> tuple[Plan, tuple[str, ...]]:
    told = dict.fromkeys([*DEFAULTS.get(name, ()), *more, *(key for row in rows for key in row)])
    relations = tuple(each for each in told if each in RELATIONS)
    fields = [each for each in told if each not in RELATIONS and each != "id"]
    columns = [Column(each, _type(each, types), each) for each in fields]
    definition = DatasetDefinition(
        name,
        name,
        columns=tuple(columns),
        relations=tuple(
            Relation(each, RELATIONS[each][0], RELATIONS[each][1] or name) for each in relations
        ),
    )
    planned = tuple(
        Planned(each, each.type, TYPES[each.type].column, number)
        for number, each in enumerate(columns)
    )
    return Plan(definition, planned, ("shop",), zone), relations


def _type(field: str, types: Mapping[str, str]) -> str:
    if field in types:
        return types[field]
    return "datetime" if field.endswith(MOMENTS) else TYPE_OF.get(field, "text")


def _write(
    folder: Any, plan: Plan, relations: Sequence[str], rows: Sequence[Row], random: Random | None
) -> None:
    columns = layout.golden_columns(plan, relations)
    key = KEYS.get(plan.definition.name, "")
    filled = []
    for number, row in enumerate(rows, 1):
        id_ = row.get("id") or row.get(key) or f"{plan.definition.name}_{number}"
        first = moment(row.get("created_at")) or moment("2020-01-01")
        cells = {each.name: _cell(row.get(each.column.name), each.type) for each in plan.columns}
        leads = {f"{each}_id": row.get(each) for each in relations}
        system = {"first_seen_at": first, "modified_at": first, "changed_in": 1, "members": 1}
        filled.append({"id": id_, **system, **cells, **leads})
    folder.mkdir(parents=True)
    if random is not None:
        random.shuffle(filled)
    half = len(filled) // 2 if random is not None else 0
    wanted = schema(columns)
    for part, some in (("a", filled[:half]), ("b", filled[half:])):
        table = pa.Table.from_pylist(
            [{name: row.get(name) for name in wanted.names} for row in some], schema=wanted
        )
        pq.write_table(table, folder / f"{part}.parquet")


def _cell(value: Any, type_: str) -> Any:
    if value is None:
        return None
    match type_:
        case "decimal":
            return Decimal(str(value)).quantize(Decimal("0.000001"))
        case "number":
            return float(value)
        case "integer":
            return int(value)
        case "datetime":
            return moment(value)
        case "date" if isinstance(value, str):
            return date.fromisoformat(value)
        case "text":
            return str(value)
    return value
