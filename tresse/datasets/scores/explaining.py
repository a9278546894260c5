"""One person's score explained: the sum done again over what they did, in words (SC9, SC16)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.computed.world import Side
from tresse.datasets.explaining.explain import salt_of
from tresse.datasets.explaining.finding import golden_id
from tresse.datasets.layout import Worked
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.queries import published, version_numbered
from tresse.datasets.scores.base import Output
from tresse.datasets.scores.chain import OWN_ACTIVITY, REASONS, UNKNOWN, Chain, followed
from tresse.datasets.scores.evaluate import Sheet, Used
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.library import CAUSES, InUse, use_named, uses_of
from tresse.datasets.scores.past import SIDES, stand_of, world_of
from tresse.datasets.scores.refusals_doors import INPUTS_GONE, NOT_IN_BOTH
from tresse.datasets.scores.saying import sum_told
from tresse.engine.base import Engine
from tresse.sources.types import TYPES

MOST_INPUTS = 50
"Orders of a person that are listed, those that count first, the latest first."
ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class Figure:
    """An output or a part of a score, of one person."""

    name: str
    "As the score names it; a column has its prefix before it."
    output: Output
    value: Any


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a person, and why it does not count."""

    id: str
    key: str
    at: datetime | None
    net: Any
    "In the account's currency, where there is a rate."
    cause: str
    "Empty: it counts. Else of `library.CAUSES`."

    @property
    def words(self) -> str:
        """Why it does not count, as a sentence; empty: it does."""
        return gettext(CAUSES[self.cause]) if self.cause else ""


@dataclass(frozen=True, slots=True)
class Explained:
    """What a score says of one golden record, and the sum that gives it."""

    version: DatasetVersion
    in_use: InUse
    id: str
    values: Mapping[str, Any]
    "By column, as stored."
    outputs: tuple[Figure, ...]
    "Worked out again; as stored."
    parts: tuple[Figure, ...]
    words: str
    "The sum in the language of the reader."
    orders: tuple[Order, ...] = ()
    "At most `MOST_INPUTS`; none of scores that read no orders, and where several are explained."


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the chain between two versions (SC16)."""

    reason: str
    before: str | None
    "Canonical text, as `after`."
    after: str | None
    deeds: Mapping[str, list[str]]
    "Of `own_activity`: `came`, `changed`, `went`, as `dataset/id`."

    @property
    def moves(self) -> bool:
        """Whether the value is another after it."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Steps:
    """How a value of one person came from one version to another, every step of it."""

    id: str
    column: Worked
    output: Output | None
    since: int
    "Number of the earlier version."
    version: int
    old: str | None
    new: str | None
    steps: tuple[Step, ...]
    "All five, those that move nothing too; one, `unknown`, where the past is gone."


def explained(engine: Engine, dataset: Dataset, key: str, id: str) -> Explained:
    """Work a score out again for one golden record of the published version.

    Args:
        engine: Reads the warehouse.
        dataset: With a published version.
        key: Of a use of a score, or the name of one of its columns.
        id: A golden id, or another key as `explain` takes it.

    Raises:
        TresseError: `not_built`, `unknown_name`, `unknown_record`, `several_records`,
            `inputs_gone`.
    """
    version = published(dataset)
    found = use_named(version, key)
    id_ = record_id(tables_of(engine, version), version, id)
    explaining = Explaining(engine, version)
    orders = tuple(explaining.orders(found, id_))
    return replace(explaining.of(found, id_), orders=orders)


def explained_all(engine: Engine, version: DatasetVersion, id_: str) -> list[Explained]:
    """All scores of one golden record, by its golden id; none where what they read is gone."""
    uses = uses_of(version)
    if not uses or world_of(engine, version) is None:
        return []
    return Explaining(engine, version).all(uses, id_)


def record_id(tables: Tables, version: DatasetVersion, key: str) -> str:
    """The golden id that a key means.

    Raises:
        TresseError: `unknown_record`, `several_records`.
    """
    return golden_id(tables, key, salt=salt_of(version), dataset=version.dataset.name)


class Explaining:
    """Explains scores of one version."""

    def __init__(self, engine: Engine, version: DatasetVersion) -> None:
        """See the class.

        Raises:
            TresseError: `inputs_gone`.
        """
        world = world_of(engine, version)
        if world is None:
            raise INPUTS_GONE(
                dataset=version.dataset.name,
                version=version.number,
                others=sorted(version.basis.get(SIDES, {})),
            )
        self.engine, self.version, self.world = engine, version, world
        self.side: Side = world.sides[version.dataset.name]

    def of(self, found: InUse, id_: str) -> Explained:
        """One score of one golden record, by its golden id."""
        return self.all((found,), id_)[0]

    def all(self, uses: Sequence[InUse], id_: str) -> list[Explained]:
        """Several scores of one golden record, whose orders are read once."""
        people = person(self.engine, id_)
        wanted = [each.used.use for each in uses]
        sheet = Sheet(self.world, self.side, wanted, people=people, name="explained")
        base = Sheet(self.world, self.side, wanted, name="explained_base")
        return [
            self._explained(found, each, sheet, base, id_)
            for found, each in zip(uses, sheet.uses, strict=True)
        ]

    def orders(self, found: InUse, id_: str) -> list[Order]:
        """The person's orders for a score, with the cause of those that do not count."""
        return self._orders(found.used, person(self.engine, id_))

    def _explained(
        self, found: InUse, each: Used, sheet: Sheet, base: Sheet, id_: str
    ) -> Explained:
        rows, values = sheet.values_of(each, dict(self.version.facts[found.key]), base)
        score = each.score
        every = (*score.outputs, *score.parts)
        cells = [
            sa.type_coerce(values[output.name], TYPES[output.type].column).label(f"v{at}")
            for at, output in enumerate(every)
        ]
        [row] = self.engine.rows(sa.select(*cells).select_from(rows))
        figures = [
            Figure(output.name, output, value) for output, value in zip(every, row, strict=True)
        ]
        told = {figure.name: figure.value for figure in figures}
        return Explained(
            version=self.version,
            in_use=found,
            id=id_,
            values=self._stored(found, id_),
            outputs=tuple(figures[: len(score.outputs)]),
            parts=tuple(figures[len(score.outputs) :]),
            words=sum_told(score.told, every, told),
        )

    def _stored(self, found: InUse, id_: str) -> dict[str, Any]:
        table = self.side.tables.computed
        columns = [column for column, _ in found.columns]
        statement = sa.select(*(table.c[each.column] for each in columns))
        rows = self.engine.rows(statement.where(table.c.id == id_))
        values = rows[0] if rows else [None] * len(columns)
        return dict(zip((each.name for each in columns), values, strict=True))

    def _orders(self, each: Used, people: sa.FromClause) -> list[Order]:
        """The person's orders, with the cause of those that do not count."""
        if not any(need.entity in (ORDERS, "order_items") for need in each.score.needs):
            return []
        counted = self._judged(each, people)
        found = {order.id: order for order in counted}
        if each.restriction.where is not None:
            every = replace(each, use=replace(each.use, where=None))
            for order in self._judged(every, people):
                found.setdefault(order.id, replace(order, cause="not_chosen"))
        ranked = sorted(found.values(), key=lambda order: order.id)
        ranked.sort(key=lambda order: order.at.timestamp() if order.at else 0.0, reverse=True)
        ranked.sort(key=lambda order: bool(order.cause))
        return ranked[:MOST_INPUTS]

    def _judged(self, each: Used, people: sa.FromClause) -> list[Order]:
        inputs = Inputs(
            self.world, self.side, each.restriction, people=people, name="explained_orders"
        )
        rows = inputs.judged
        wanted = [rows.c[name] for name in ("order", "key", "at", "net", "cause")]
        return [
            Order(id_, key, at, net, "" if cause == "valid" else cause)
            for id_, key, at, net, cause in self.engine.rows(sa.select(*wanted))
        ]


def person(engine: Engine, id_: str, name: str = "explained_person") -> sa.TableClause:
    """One golden id as a table `id`."""
    batch = pa.RecordBatch.from_pydict({"id": pa.array([id_], pa.string())})
    return engine.load(name, [batch], [sa.column("id", sa.Text())])


# Between two versions


def why_changed(
    engine: Engine,
    dataset: Dataset,
    key: str,
    id: str,
    since: int,
) -> list[Steps]:
    """How the values of a score came to one golden record from an earlier version on.

    The chain is worked out anew, whether or not a row was written (SC17).

    Args:
        engine: Reads the warehouse.
        dataset: With a published version.
        key: Of a use of a score (all of its columns), or the name of one of its columns.
        id: A golden id, or another key as `explain` takes it.
        since: Number of the earlier version.

    Raises:
        TresseError: `not_built`, `unknown_name` (score, version), `unknown_record`,
            `several_records`, `not_in_both`, `inputs_gone`.
    """
    version, earlier = published(dataset), version_numbered(dataset, since)
    found = use_named(version, key)
    now, then = stand_of(engine, version), stand_of(engine, earlier)
    if now.world is None:
        raise INPUTS_GONE(
            dataset=dataset.name,
            version=version.number,
            others=sorted(version.basis.get(SIDES, {})),
        )
    id_ = record_id(tables_of(engine, version), version, id)
    names = {column.name for column, _ in found.columns if key in (found.key, column.name)}
    columns = [each for each in followed(then, now) if each.name in names]
    outputs = {column.name: output for column, output in found.columns}
    chain = Chain(
        engine,
        then,
        now,
        columns,
        dataset=dataset.name,
        people=person(engine, id_),
        begin="why",
    )
    deeds = _deeds(chain, found.key) if columns else {}
    steps = []
    for at, each in enumerate(columns):
        texts = chain.texts(at)
        rows = engine.rows(sa.select(*(texts.c[f"t{stage}"] for stage in chain.numbers)))
        if rows:
            known = outputs[each.name]
            steps.append(_steps(id_, list(rows[0]), each.after, known, deeds, (earlier, version)))
    if not steps:
        raise NOT_IN_BOTH(name=key, id=id_, since=since, version=version.number)
    return steps


def _steps(
    id_: str,
    values: Sequence[str | None],
    column: Worked,
    output: Output,
    deeds: Mapping[str, list[str]],
    versions: tuple[DatasetVersion, DatasetVersion],
) -> Steps:
    reasons = REASONS if len(values) > len(REASONS) else (UNKNOWN,)
    earlier, version = versions
    return Steps(
        id=id_,
        column=column,
        output=output,
        since=earlier.number,
        version=version.number,
        old=values[0],
        new=values[-1],
        steps=tuple(
            Step(reason, before, after, deeds if reason == OWN_ACTIVITY else {})
            for reason, (before, after) in zip(reasons, pairwise(values), strict=True)
        ),
    )


def _deeds(chain: Chain, key: str) -> dict[str, list[str]]:
    listed = chain.deeds(key)
    if listed is None:
        return {}
    rows = chain.engine.rows(sa.select(listed.c.rows))
    return dict(json.loads("{" + rows[0][0].lstrip(",") + "}")) if rows else {}
