"""What a computed column would give, before it is saved (D106): over published versions.

Only what the candidate needs is worked out: computed columns that versions have are taken as they
stand; those that were saved since and are not built yet are worked out along.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.accounts.queries import account
from tresse.datasets.builds.plans import relations_of
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.computed.aggregates import aggregates_of
from tresse.datasets.computed.checks import lacks
from tresse.datasets.computed.formulas import formulas_of
from tresse.datasets.computed.graph import Drawing, Item, Known, Node, called, drawing_of, items_of
from tresse.datasets.computed.refusals import PREVIEW_LONG, PREVIEW_SORT
from tresse.datasets.computed.world import Side, World
from tresse.datasets.definition import Aggregate, DatasetDefinition, Formula, ScoreUse
from tresse.datasets.layout import AGGREGATE, FORMULA, SCORE, Plan, Worked
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.naming import title_columns, title_of
from tresse.datasets.parsing_computed import aggregate_given, formula_given, score_given
from tresse.datasets.queries import MANAGE, published
from tresse.datasets.scores.base import columns_of
from tresse.datasets.scores.distribution import bars_of
from tresse.datasets.scores.evaluate import Sheet, used
from tresse.datasets.scores.library import choices_in
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.stored import definition_of
from tresse.engine.base import Engine, Stopped
from tresse.sources.canonical import canonical_value
from tresse.sources.given import Given
from tresse.sources.versions import engine

PREVIEW_SECONDS = 30
"A look before saving may take so long; a build takes as long as it needs."
ROWS = 100
SORTS: Mapping[str, Callable[[Given], Item]] = {
    FORMULA: formula_given,
    AGGREGATE: aggregate_given,
    SCORE: score_given,
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a candidate gives; all of it is JSON."""

    type: str
    "Of its first column, of S52."
    columns: list[dict[str, Any]]
    """`[{name, type, nulls, changed}]`: records without a value, and with another one than in the
    column that it replaces; None: it replaces none."""
    number: int
    "Golden records."
    nulls: int
    "Without a value in its first column."
    changed: int | None
    "With another value in any column; None: it replaces none."
    bars: list[dict[str, Any]] = field(default_factory=list)
    "Of a score, how its category, else its first column, is spread: `[{label, number}]` in order."
    rows: list[dict[str, Any]] = field(default_factory=list)
    """`[{id, title, values, before}]`, those that change first, then those with a value. `values`
    by column; `before` likewise, of the columns that it replaces."""


def preview(dataset: Dataset, item: Mapping[str, Any], sort: str, *, actor: Actor) -> Preview:
    """Work a candidate out over the published versions; nothing is saved.

    Time stands where it stood in the build of the dataset: only the candidate makes differences.

    Args:
        dataset: Whose column.
        item: The formula, aggregate or use of a score, as a definition has it.
        sort: `formula`, `aggregate` or `score`.
        actor: Needs `datasets.manage`.

    Raises:
        TresseError: `not_permitted`, `not_built`, `preview_too_long`; what such a column is
            refused for when it is saved.
    """
    require_right(actor, MANAGE)
    if sort not in SORTS:
        raise PREVIEW_SORT(known=list(SORTS), value=sort)
    candidate = SORTS[sort](Given(item, dataset.name))
    version = published(dataset)
    until = time.monotonic() + PREVIEW_SECONDS
    try:
        with engine(cancelled=lambda: time.monotonic() > until) as session:
            return _Trying(session, version, candidate).found()
    except Stopped:
        raise PREVIEW_LONG(seconds=PREVIEW_SECONDS) from None


class _Trying:
    """One candidate over the published versions."""

    def __init__(self, session: Engine, version: DatasetVersion, candidate: Item) -> None:
        self.engine, self.version, self.candidate = session, version, candidate
        self.dataset = version.dataset.name
        rows = Dataset.objects.exclude(version=None).select_related("version__dataset", "rules")
        self.versions = {row.name: row.version for row in rows if row.version is not None}
        self.versions[self.dataset] = version
        self.sides = {name: self._side(each) for name, each in self.versions.items()}
        self.saved = {row.name: definition_of(row) for row in rows}

    def found(self) -> Preview:
        nodes = self._nodes(drawing_of(self._known()))
        here = account()
        as_of = self.version.as_of
        world = World(self.engine, self.sides, as_of, here.zone, here.currency)
        side = self.sides[self.dataset]
        standing = {name: cell for name, cell in side.cells.items() if self._is_replaced(name)}
        for node in nodes:
            self._work(world, node)
        return self._told(side, nodes[-1].columns, standing)

    # What is to be worked out

    def _side(self, version: DatasetVersion) -> Side:
        tables = tables_of(self.engine, version)
        return Side(tables, tables.plan.definition, is_done=True)

    def _known(self) -> dict[str, Known]:
        """Versions as they stand, with the candidate, and what was saved since they were built."""
        return {name: self._known_of(name, side.plan) for name, side in self.sides.items()}

    def _known_of(self, name: str, plan: Plan) -> Known:
        types = {each.name: each.type for each in plan.shown}
        types |= {f"{each}_id": "text" for each in relations_of(self.versions[name])}
        fields = {each.name: each.semantic for each in plan.shown if each.semantic}
        is_own = name == self.dataset
        for worked in plan.computed if is_own else ():
            if self._is_replaced(worked.name):
                types.pop(worked.name)
                fields.pop(worked.name, None)
        items = [each for each in items_of(self.saved[name]) if not _stands(each, plan)]
        if is_own:
            key = called(self.candidate)
            items = [*(each for each in items if called(each) != key), self.candidate]
        return Known(_with_items(plan.definition, items), types, fields)

    def _is_replaced(self, column: str) -> bool:
        """Whether a column of the version is one that the candidate gives anew."""
        for worked in self.sides[self.dataset].plan.computed:
            if worked.name == column:
                key = worked.of if worked.sort == SCORE else worked.name
                return key == called(self.candidate)
        return False

    def _nodes(self, drawing: Drawing) -> list[Node]:
        """The candidate, last, and what it is made of that is not there yet; in order.

        Raises:
            TresseError: What it, or something that it is made of, is refused for.
        """
        key = (self.dataset, called(self.candidate))
        if key in drawing.faults:
            raise drawing.faults[key]
        if key in drawing.missing:
            raise lacks(key, drawing.missing[key][0], self._definitions())
        every = [node for stratum in drawing.graph.strata for node in stratum]
        makers = {(n.dataset, each.name): n for n in every for each in n.columns}
        wanted = {id(n) for n in every if (n.dataset, called(n.item)) == key}
        waiting = [node for node in every if id(node) in wanted]
        last = waiting[0]
        while waiting:
            for name in waiting.pop().uses:
                maker = makers.get(name)
                if maker is not None and id(maker) not in wanted:
                    wanted.add(id(maker))
                    waiting.append(maker)
        chosen = [node for node in every if id(node) in wanted and node is not last]
        return [self._renumbered(node) for node in (*chosen, last)]

    def _definitions(self) -> dict[str, DatasetDefinition]:
        return {name: side.definition for name, side in self.sides.items()}

    def _renumbered(self, node: Node) -> Node:
        """With numbers after those of the columns that stand in the version."""
        first = len(self.sides[node.dataset].plan.computed)
        columns = tuple(replace(each, number=first + each.number) for each in node.columns)
        return replace(node, columns=columns)

    def _work(self, world: World, node: Node) -> None:
        side = self.sides[node.dataset]
        table: sa.FromClause
        if isinstance(node.item, Formula):
            table = formulas_of(world, side, [node])
        elif isinstance(node.item, Aggregate):
            table = aggregates_of(world, side, [node])
        else:
            facts = self.versions[node.dataset].facts if node.item.is_frozen else {}
            kept = {key: value for key, value in facts.items() if key == node.item.key}
            table = Sheet(world, side, [node.item]).scored(list(node.columns), kept).table
        side.add(table, {each.name: each for each in node.columns})

    # What it gives

    def _told(self, side: Side, columns: Sequence[Worked], standing: Mapping[str, Any]) -> Preview:
        rows = side.rows
        texts = {each.name: canonical_value(rows.c[each.column], each.type) for each in columns}
        differs = {
            name: texts[name].is_distinct_from(canonical_value(rows.c[cell.column], cell.type))
            for name, cell in standing.items()
            if name in texts
        }
        counted = [
            sa.func.count(),
            *(sa.func.count(rows.c[each.column]) for each in columns),
            *(_number(each) for each in differs.values()),
        ]
        if differs:
            counted.append(_number(sa.or_(*differs.values())))
        numbers = [int(e or 0) for e in self.engine.rows(sa.select(*counted).select_from(rows))[0]]
        number, filled = numbers[0], numbers[1 : len(columns) + 1]
        changed = dict(zip(differs, numbers[len(columns) + 1 :], strict=False))
        facts = [
            {
                "name": each.name,
                "type": each.type,
                "nulls": number - count,
                "changed": changed.get(each.name),
            }
            for each, count in zip(columns, filled, strict=True)
        ]
        return Preview(
            type=columns[0].type,
            columns=facts,
            number=number,
            nulls=number - filled[0],
            changed=numbers[-1] if differs else None,
            bars=list(self._bars(rows, columns)),
            rows=list(self._rows(side, columns, standing, list(differs.values()))),
        )

    def _bars(self, rows: sa.FromClause, columns: Sequence[Worked]) -> Iterator[dict[str, Any]]:
        if not isinstance(self.candidate, ScoreUse):
            return
        outputs = dict(columns_of(SCORES[self.candidate.score], self.candidate.prefix))
        categories = [each for each in columns if outputs[each.name].choices]
        chosen = next(iter([*categories, *columns]))
        output = outputs[chosen.name]
        output = replace(output, choices=choices_in(used(self.candidate), output))
        cell = rows.c[chosen.column]
        for bar in bars_of(self.engine, rows, cell, chosen, output)[0]:
            yield {"label": bar.label, "number": bar.count}

    def _rows(
        self,
        side: Side,
        columns: Sequence[Worked],
        standing: Mapping[str, Any],
        differs: Sequence[sa.ColumnElement[bool]],
    ) -> Iterator[dict[str, Any]]:
        rows = side.rows
        titles = [name for name in title_columns(side.plan) if name in side.cells]
        replaced = [each for each in columns if each.name in standing]
        cells = [
            rows.c.id,
            *(rows.c[side.cells[name].column] for name in titles),
            *(rows.c[each.column] for each in columns),
            *(rows.c[standing[each.name].column] for each in replaced),
        ]
        is_first = [sa.case((sa.or_(*differs), 0), else_=1)] if differs else []
        has_value = sa.case((rows.c[columns[0].column].is_(None), 1), else_=0)
        chosen = sa.select(*(cell.label(f"v{at}") for at, cell in enumerate(cells)))
        ordered = chosen.select_from(rows).order_by(*is_first, has_value, rows.c.id).limit(ROWS)
        for row in self.engine.rows(ordered):
            id_, *values = row
            names = dict(zip(titles, values, strict=False))
            given = [_json(value) for value in values[len(titles) :]]
            yield {
                "id": id_,
                "title": title_of(side.plan, {"_id": id_, **names}),
                "values": dict(zip([each.name for each in columns], given, strict=False)),
                "before": dict(
                    zip([each.name for each in replaced], given[len(columns) :], strict=True)
                ),
            }


def _with_items(definition: DatasetDefinition, items: Sequence[Item]) -> DatasetDefinition:
    return replace(
        definition,
        computed=tuple(each for each in items if isinstance(each, Formula)),
        aggregates=tuple(each for each in items if isinstance(each, Aggregate)),
        scores=tuple(each for each in items if isinstance(each, ScoreUse)),
    )


def _stands(item: Item, plan: Plan) -> bool:
    """Whether a version has the columns of an item."""
    return any(
        (each.of if each.sort == SCORE else each.name) == called(item) for each in plan.computed
    )


def _number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _json(value: Any) -> Any:
    """A value as JSON has it: decimals as numbers, days and times as texts, lists as lists."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return list(value) if isinstance(value, list | tuple) else value
