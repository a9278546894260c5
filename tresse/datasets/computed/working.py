"""Computed columns of a build: worked out over all of its datasets, compared, written (D120)."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tresse.accounts.queries import account
from tresse.datasets.builds.begin import Begun
from tresse.datasets.builds.grounds import ground_of
from tresse.datasets.builds.layers import parquet_of
from tresse.datasets.builds.plans import plan_of, relations_of, worked_kept
from tresse.datasets.builds.publishing import Version, size_of
from tresse.datasets.builds.tables import Tables, folder_of, owner_of, tables_of
from tresse.datasets.builds.working import Outcome
from tresse.datasets.builds.writing import write_table
from tresse.datasets.computed.aggregates import aggregates_of
from tresse.datasets.computed.formulas import formulas_of
from tresse.datasets.computed.graph import Known, Node, graph_of
from tresse.datasets.computed.world import Side, World
from tresse.datasets.definition import Aggregate, Formula, ScoreUse
from tresse.datasets.layout import Plan, Worked, computed_columns
from tresse.datasets.models import Dataset, DatasetVersion, Rate
from tresse.datasets.saying import said
from tresse.datasets.scores.evaluate import Sheet
from tresse.datasets.scores.history import write_changes
from tresse.datasets.scores.past import SIDES
from tresse.datasets.scores.runs import RUNS, frozen_facts, kept_facts, runs_in, runs_of
from tresse.engine.base import Engine
from tresse.jobs.runs import remember
from tresse.sources.versions import house

WORKS = 1
"Raised whenever the same rows give other computed columns than before."
SAID = ("computed", "aggregates", "scores")
LINKED = ("computed",)
"Tables that no version takes over from the one before."
Facts = dict[str, Any]


@dataclass(slots=True)
class Part:
    """One dataset of the build. `version` None: its merged rows are those of `begun.base`."""

    begun: Begun
    version: Version | None
    plan: Plan
    relations: tuple[str, ...]
    folder: Path

    @property
    def name(self) -> str:
        """Of the dataset."""
        return self.begun.dataset.name

    @property
    def ground(self) -> int:
        """Number of the version whose merged rows these are."""
        if self.version is not None or self.begun.base is None:
            return self.begun.number
        return ground_of(self.begun.base)


def part_of(begun: Begun, outcome: Outcome) -> Part:
    """A dataset of a build whose merged rows are there: new ones, or those of before."""
    if outcome.version is not None and outcome.made is not None:
        golden = outcome.made.golden
        folder = Path(outcome.version.aside)
        return Part(begun, outcome.version, golden.plan, golden.relations, folder)
    if begun.base is None:
        message = f"{begun.dataset.name} has no rows."
        raise AssertionError(message)
    plan = replace(plan_of(begun.base), computed=())
    return Part(begun, None, plan, relations_of(begun.base), folder_of(begun.base))


def has_computed(part: Part) -> bool:
    """Whether a dataset has computed columns, or its version does."""
    definition, base = part.begun.definition, part.begun.base
    said_now = definition.computed or definition.aggregates or definition.scores
    return bool(said_now or (base is not None and base.computed))


@dataclass(frozen=True, slots=True)
class Ended:
    """What a dataset ends with. `version` None: nothing differs from the version before."""

    version: Version | None
    changed: int = 0
    "Golden records whose computed columns alone are others."


@dataclass(slots=True)
class Result:
    """What came of the computed columns of one dataset."""

    part: Part
    worked: tuple[Worked, ...]
    facts: Facts = field(default_factory=dict)
    runs: Facts = field(default_factory=dict)
    "What is kept of them beside their facts."
    table: sa.TableClause | None = None
    "`id, f<n> …`; None: it has no computed columns."


class Computing:
    """The work on the computed columns of one build."""

    def __init__(
        self, engine: Engine, parts: Sequence[Part], say: Callable[[Begun, str], None]
    ) -> None:
        self.engine, self.say = engine, say
        self.parts = {each.name: each for each in parts}
        self.others = self._others()
        self.graph = graph_of(self._known())
        here = account()
        self.zone, self.currency = here.zone, here.currency
        self.sides: dict[str, Side] = {}
        self.kept: dict[str, dict[Any, Any]] = {}

    def work_out(self) -> dict[str, Ended]:
        """How each dataset ends, its computed columns written beside its other tables."""
        results = self._results() if self._has_work() else {}
        ended = {
            name: self._ended(results[name]) if name in results else Ended(part.version)
            for name, part in self.parts.items()
        }
        for name, each in ended.items():
            if each.version is not None and each.version.computed:
                each.version.basis |= {SIDES: self._numbers(name, ended)}
        return ended

    def _numbers(self, name: str, ended: Mapping[str, Ended]) -> dict[str, int]:
        """The version of every dataset that the computed columns of one were worked out of."""
        found: dict[str, int] = {}
        for other in sorted({name, *self._read_by(name)}):
            if other in self.others:
                found[other] = self.others[other].number
            elif other in self.parts:
                version, base = ended[other].version, self.parts[other].begun.base
                found[other] = version.number if version else (base.number if base else 0)
        return found

    # What there is

    def _others(self) -> dict[str, DatasetVersion]:
        """Published versions of datasets that are not built here."""
        rows = Dataset.objects.exclude(name__in=self.parts).exclude(version=None)
        return {
            row.name: row.version
            for row in rows.select_related("version__dataset").order_by("name")
            if row.version is not None
        }

    def _known(self) -> dict[str, Known]:
        known = {name: _known_of(part) for name, part in self.parts.items()}
        for name, version in self.others.items():
            plan = plan_of(version)
            types = _types(plan, relations_of(version))
            types |= {each.name: each.type for each in plan.computed}
            fields = _semantics(plan)
            fields |= {each.name: each.semantic for each in plan.computed if each.semantic}
            bare = replace(plan.definition, computed=(), aggregates=(), scores=())
            known[name] = Known(bare, types, fields)
        return known

    def _has_work(self) -> bool:
        """Whether any dataset has other computed columns, rows or moment than its version."""
        return any(self._differs(part) for part in self.parts.values())

    def _differs(self, part: Part) -> bool:
        base = part.begun.base
        is_plain = not self.graph.worked(part.name)
        if base is None or part.version is not None:
            return not is_plain
        if is_plain:
            return bool(base.computed)
        return bool(base.basis.get("computed") != self._fingerprint(part))

    def _fingerprint(self, part: Part) -> str:
        """Of all that the computed columns of a dataset depend on."""
        names = sorted({part.name, *self._read_by(part.name)})
        has_time = any(
            node.has_time
            for stratum in self.graph.strata
            for node in stratum
            if node.dataset in names
        )
        facts = {
            "works": WORKS,
            "said": {name: self._said(name) for name in names},
            "grounds": {name: self._ground(name) for name in names},
            "rates": [
                [each.currency, str(each.date), str(each.rate)]
                for each in Rate.objects.order_by("currency", "date")
            ],
            "account": [self.zone, self.currency],
            "as_of": part.begun.as_of.isoformat() if has_time else None,
        }
        text = json.dumps(facts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _read_by(self, name: str) -> set[str]:
        found, waiting = set[str](), [name]
        while waiting:
            for other in self.graph.reads.get(waiting.pop(), ()):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return found

    def _said(self, name: str) -> Facts:
        if name not in self.parts:
            return {}
        facts = said(self.parts[name].begun.definition)
        return {key: facts.get(key) for key in (*SAID, "relations")}

    def _ground(self, name: str) -> int:
        if name in self.parts:
            return self.parts[name].ground
        return self.others[name].number if name in self.others else 0

    # Working out

    def _results(self) -> dict[str, Result]:
        sides = self.sides = self._sides()
        results = {name: Result(part, self.graph.worked(name)) for name, part in self.parts.items()}
        for stratum in self.graph.strata:
            for name in dict.fromkeys(node.dataset for node in stratum):
                part = self.parts[name]
                self.say(part.begun, "computed")
                nodes = [node for node in stratum if node.dataset == name]
                self._stratum(self._world(part, sides), sides[name], nodes, results[name])
        for name, result in results.items():
            if result.worked:
                rows = sides[name].rows
                cells = [rows.c[each.column] for each in result.worked]
                result.table = self.engine.keep(f"computed_{name}", sa.select(rows.c.id, *cells))
        return results

    def _sides(self) -> dict[str, Side]:
        found: dict[str, Side] = {}
        for name, part in self.parts.items():
            tables = Tables(self.engine, part.folder, part.plan, part.relations)
            found[name] = Side(tables, part.begun.definition)
        for name, version in self.others.items():
            definition = plan_of(version).definition
            found[name] = Side(tables_of(self.engine, version), definition, is_done=True)
        return found

    def _world(self, part: Part, sides: Mapping[str, Side]) -> World:
        # Steps of one dataset are told apart by what is kept, over all strata.
        kept = self.kept.setdefault(part.name, {})
        return World(self.engine, sides, part.begun.as_of, self.zone, self.currency, kept)

    def _stratum(self, world: World, side: Side, nodes: Sequence[Node], result: Result) -> None:
        found: list[tuple[sa.FromClause, list[Node]]] = []
        formulas = [node for node in nodes if isinstance(node.item, Formula)]
        if formulas:
            found.append((formulas_of(world, side, formulas), formulas))
        aggregates = [node for node in nodes if isinstance(node.item, Aggregate)]
        if aggregates:
            found.append((aggregates_of(world, side, aggregates), aggregates))
        scores = [node for node in nodes if isinstance(node.item, ScoreUse)]
        if scores:
            sheet = Sheet(
                world, side, [node.item for node in scores if isinstance(node.item, ScoreUse)]
            )
            columns = [each for node in scores for each in node.columns]
            base = result.part.begun.base
            frozen, today = frozen_facts(sheet, self._frozen(result.part, scores))
            scored = sheet.scored(columns, frozen, base.facts if base else None)
            result.facts |= scored.facts
            result.runs |= runs_of(sheet, today)
            found.append((scored.table, scores))
        for table, group in found:
            side.add(table, {each.name: each for node in group for each in node.columns})

    def _frozen(self, part: Part, nodes: Iterable[Node]) -> Facts:
        """Facts that stay as they were (SC18)."""
        base = part.begun.base
        if base is None:
            return {}
        uses = [node.item for node in nodes if isinstance(node.item, ScoreUse)]
        return kept_facts(base.facts, runs_in(base), plan_of(base).definition.scores, uses)

    # Ending

    def _ended(self, result: Result) -> Ended:
        """Write the computed columns, or find that they are as they were."""
        part, base = result.part, result.part.begun.base
        if result.table is None:
            goes = part.version is None and base is not None and bool(base.computed)
            return Ended(self._linked(part) if goes else part.version)
        stamped = self._stamped(result)
        changed = self._changed(part, stamped)
        was = base.computed if base is not None else []
        if part.version is None and not changed and was == worked_kept(result.worked):
            return Ended(None)
        version = part.version or self._linked(part)
        folder = Path(version.aside)
        self._write(stamped, replace(part.plan, computed=result.worked), folder)
        version.computed, version.facts = worked_kept(result.worked), result.facts
        version.basis |= {"computed": self._fingerprint(part), RUNS: result.runs}
        self._write_history(result, folder)
        version.bytes = size_of(folder)
        return Ended(version, changed)

    def _write_history(self, result: Result, folder: Path) -> None:
        """How values of scores changed, and why (SC15)."""
        part, before = result.part, self._before(result)
        if result.table is None or part.begun.base is None or before is None:
            return
        write_changes(
            self.engine,
            self._world(part, self.sides),
            self.sides[part.name],
            before,
            part.begun.base,
            result.table,
            result.worked,
            result.facts,
            folder,
            part.begun.number,
            part.begun.as_of,
        )

    def _write(self, stamped: sa.TableClause, plan: Plan, folder: Path) -> None:
        columns = computed_columns(plan)
        write_table(self.engine, stamped, columns, folder, "computed")

    def _stamped(self, result: Result) -> sa.TableClause:
        """The computed columns with the version in which any of them last changed."""
        table, begun = result.table, result.part.begun
        if table is None:
            raise AssertionError
        number = sa.literal(begun.number, sa.BigInteger())
        before = self._before(result)
        if before is None:
            changed: Any = number
            source: Any = table
        else:
            then = {each.name: each for each in before.plan.computed}
            old = before.computed.alias("computed_before")
            differing: list[Any] = [old.c.id.is_(None)]
            for each in result.worked:
                known = then.get(each.name)
                cell = table.c[each.column]
                if known is not None and known.type == each.type:
                    differing.append(cell.is_distinct_from(old.c[known.column]))
                else:
                    differing.append(cell.is_not(None))
            changed = sa.case((sa.or_(*differing), number), else_=old.c.changed_in)
            source = table.outerjoin(old, old.c.id == table.c.id)
        cells = [each for each in table.c if each.name != "id"]
        return self.engine.keep(
            f"computed_{begun.dataset.name}_stamped",
            sa.select(
                table.c.id,
                sa.type_coerce(changed, sa.BigInteger()).label("changed_in"),
                *cells,
            ).select_from(source),
        )

    def _before(self, result: Result) -> Tables | None:
        base = result.part.begun.base
        if base is None or not base.computed:
            return None
        return tables_of(self.engine, base)

    def _changed(self, part: Part, stamped: sa.TableClause) -> int:
        """Golden records that are as before but for their computed columns."""
        number = part.begun.number
        found = sa.select(sa.func.count()).where(stamped.c.changed_in == number)
        if part.version is not None:
            merged = Tables(self.engine, part.folder, part.plan, part.relations).merged
            found = found.select_from(stamped.join(merged, merged.c.id == stamped.c.id))
            found = found.where(merged.c.changed_in != number)
        return int(self.engine.scalar(found) or 0)

    def _linked(self, part: Part) -> Version:
        """A version with the merged rows of the one before; nothing is copied."""
        base = part.begun.base
        if base is None:
            raise AssertionError
        folder = house().aside(owner_of(part.begun.dataset.pk))
        remember(part.begun.build, aside=str(folder))
        before = folder_of(base)
        for file in parquet_of(before):
            inner = file.relative_to(before)
            if inner.parts[0] in LINKED:
                continue
            place = folder / inner
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, place)
        _link_found(before, folder)
        basis = {key: value for key, value in base.basis.items() if key != "computed"}
        return Version(
            aside=str(folder),
            number=part.begun.number,
            rows=base.rows,
            source_rows=base.source_rows,
            bytes=size_of(folder),
            columns=base.columns,
            relations=base.relations,
            inputs=base.inputs,
            as_of=part.begun.as_of.isoformat(),
            engine=self.engine.name,
            health=base.health,
            basis={**basis, "ground": ground_of(base)},
        )


def _link_found(before: Path, folder: Path) -> None:
    """What else stands in the folder of a version: what was found for people to look at."""
    for file in before.iterdir():
        if file.is_file() and not (folder / file.name).exists():
            os.link(file, folder / file.name)


def _known_of(part: Part) -> Known:
    return Known(part.begun.definition, _types(part.plan, part.relations), _semantics(part.plan))


def _types(plan: Plan, relations: Iterable[str]) -> dict[str, str]:
    types = {each.column.name: each.merged_type for each in plan.columns}
    return types | {f"{name}_id": "text" for name in relations}


def _semantics(plan: Plan) -> dict[str, str]:
    return {each.column.name: each.column.semantic for each in plan.columns if each.column.semantic}
