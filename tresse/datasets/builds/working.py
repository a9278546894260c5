"""One dataset worked out on one engine: records, clusters, golden records, written aside."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.before import Known, basis_of, before_of
from tresse.datasets.builds.begin import Begun
from tresse.datasets.builds.differing import changed_records, led_elsewhere, touched_ids
from tresse.datasets.builds.found import write_found
from tresse.datasets.builds.grounds import grounds_of
from tresse.datasets.builds.health import judged, suspicion
from tresse.datasets.builds.leading import Made, leads_of
from tresse.datasets.builds.marks import Marked
from tresse.datasets.builds.narrow import Narrow
from tresse.datasets.builds.plans import columns_kept
from tresse.datasets.builds.publishing import Version, size_of
from tresse.datasets.builds.refusals import SAME_NUMBER
from tresse.datasets.builds.region import TooWide
from tresse.datasets.builds.remembering import remembered
from tresse.datasets.builds.tables import Tables, columns_by_table, owner_of
from tresse.datasets.builds.writing import counted, number_of, write_table
from tresse.datasets.identity import resolve
from tresse.datasets.layout import TABLES
from tresse.datasets.mapping import (
    Golden,
    Related,
    cleaned,
    feeds_of,
    mapping_facts,
    planned,
    worked_out,
)
from tresse.datasets.matching import Attached, attach
from tresse.datasets.merging.health import Figures
from tresse.datasets.merging.merge import merge
from tresse.engine.base import Engine
from tresse.jobs.runs import remember
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.sources.extraction.counting import Warnings
from tresse.sources.stored import defaults
from tresse.sources.versions import house

MOST_SALTS = 3
IDENTITY = ("members", "attachments", "homes", "aliases", "id_changes")
MERGED = ("golden", "values")
STEPS = {
    "records": N_("Records are taken in."),
    "matching": N_("Key values are compared."),
    "identity": N_("Records are joined."),
    "relations": N_("Relations are resolved."),
    "merging": N_("Values are chosen."),
    "health": N_("Health is checked."),
    "computed": N_("Computed columns are worked out."),
    "publish": N_("The version is published."),
}
"Of the work on one dataset, in order, with what its log says."
Say = Callable[[Begun, str], None]


@dataclass(slots=True)
class Outcome:
    """What came of one dataset. `version` None: nothing differs from the version before."""

    version: Version | None
    counts: dict[str, int] = field(default_factory=dict)
    health: list[dict[str, Any]] = field(default_factory=list)
    warnings: dict[str, Any] = field(default_factory=dict)
    suspicion: TresseError | None = None
    made: Made | None = None
    "For datasets that come after it."
    lacks: bool = False
    "Its relations lead to datasets of the same job that come later: see `Working.lead`."


class Working:
    """The work on one dataset.

    `made`: datasets of the same job that were worked out before, by name.
    """

    def __init__(self, engine: Engine, begun: Begun, made: Mapping[str, Made], say: Say) -> None:
        self.engine, self.begun, self.made, self.say = engine, begun, made, say
        self.warnings = Warnings()
        making = {name: each.golden for name, each in made.items()}
        self.feeds = feeds_of(begun.definition, inputs=begun.inputs, making=making)
        self.plan = planned(begun.definition, self.feeds, zone=begun.zone, country=begun.country)
        self.mapping = mapping_facts(self.plan, self.feeds)
        self.relations = tuple(each.name for each in begun.definition.relations)
        self.before = before_of(engine, begun.base, self.plan, self.mapping)
        self.grounds = grounds_of(begun.inputs)
        self.salt = self.before.salt if self.before else 0
        self.columns = columns_by_table(self.plan, self.relations)

    @property
    def is_incremental(self) -> bool:
        """Whether what did not change is taken over from the version before (D81)."""
        before = self.before
        if before is None or not before.is_alike or self.begun.build.is_full:
            return False
        return self.begun.as_of >= before.version.as_of

    def work_out(self) -> Outcome:
        """Work the dataset out and write its version aside."""
        if self._has_same_inputs() and self._is_timeless():
            return Outcome(None)
        if self.is_incremental and self.before is not None:
            try:
                return self._narrow(self.before)
            except TooWide:
                self.warnings = Warnings()
        return self._whole()

    def _narrow(self, before: Known) -> Outcome:
        """Work out what changed, and what that reaches."""
        narrow = Narrow(self, before)
        self.say(self.begun, "records")
        changes = narrow.changes()
        if not changes.number and self._leads_alike():
            return Outcome(None)
        folder = narrow.work_out(changes, self._aside)
        written = Tables(self.engine, folder, self.plan, ())
        tables = {name: written.table(name) for name in TABLES}
        return self._judged(folder, tables, [], narrow.figures(tables))

    def _whole(self) -> Outcome:
        tables = {"records": self._records()}
        changed = self._changed(tables["records"])
        if changed is not None and self._leads_alike() and not number_of(self.engine, changed):
            return Outcome(None)
        marked = Marked(self.engine, self.begun.marks, tables["records"], self.salt)
        attached = self._attached(tables["records"], marked)
        resolved = self._resolved(tables["records"], attached, marked)
        tables["guards"] = attached.guards
        tables |= {name: getattr(resolved, name) for name in IDENTITY}
        folder = self._aside()
        for name, table in tables.items():
            self._write(table, folder, name)
        records = tables["records"]
        write_found(
            *(self.engine, self.plan, records, folder),
            reviews=resolved.reviews,
            claims=attached.claims,
        )
        if self._lacking():
            return self._without_relations(folder, tables, marked, changed)
        return self._finished(folder, tables, marked, changed)

    def lead(self, outcome: Outcome) -> Outcome:
        """Merge a dataset whose relations could not be resolved before; the rest is written."""
        if outcome.made is None:
            raise AssertionError
        folder = outcome.made.golden.folder
        written = Tables(self.engine, folder, self.plan, ())
        tables = {name: written.table(name) for name in TABLES if name not in MERGED}
        self.warnings.found = outcome.warnings
        changed = self._changed(tables["records"])
        marked = Marked(self.engine, self.begun.marks, tables["records"], self.salt)
        return self._finished(folder, tables, marked, changed)

    # What differs from the version before

    def _has_same_inputs(self) -> bool:
        """Whether a version of the same inputs, rules and decisions is there."""
        if not self.is_incremental or self.before is None:
            return False
        is_same = self.before.grounds == self.grounds
        return is_same and self._is_decided_alike()

    def _is_timeless(self) -> bool:
        """Whether a later moment makes no difference: no time was cut to that of before."""
        before = self.before
        if before is None:
            return False
        return not before.is_clamped or before.version.as_of == self.begun.as_of

    def _is_decided_alike(self) -> bool:
        return self.before is not None and self.before.marks == self.begun.marks.fingerprints()

    def _leads_alike(self) -> bool:
        """Whether decisions, and the datasets that relations lead to, are as before."""
        if self.before is None or not self._is_decided_alike():
            return False
        then, now = self.before.grounds, self.grounds
        return all(then.get(name) == now[name] for name in now if name in self._led_to())

    def _led_to(self) -> set[str]:
        return {f"dataset:{each.to}" for each in self.begun.definition.relations}

    def _changed(self, records: sa.TableClause) -> sa.TableClause | None:
        """Records that are new, changed or gone; None: all are worked out."""
        if not self.is_incremental or self.before is None or self.before.salt != self.salt:
            return None
        found = changed_records(records, self.before.tables.records)
        return self.engine.keep("changed_records", found)

    # Steps

    def _records(self) -> sa.TableClause:
        """Every record, under numbers that no two share."""
        self.say(self.begun, "records")
        for _ in range(MOST_SALTS):
            found = worked_out(
                self.engine,
                self.plan,
                self.feeds,
                as_of=self.begun.as_of,
                salt=self.salt,
                defaults=defaults(),
                before=self._taken_over(),
            )
            if not self._clash(found.table):
                self.warn(found.warnings)
                return found.table
            self.salt += 1
        raise SAME_NUMBER(dataset=self.begun.dataset.name, times=MOST_SALTS)

    def warn(self, found: Mapping[str, Mapping[str, int]]) -> None:
        """Count what rules could not read, by code and column."""
        for code, columns in found.items():
            for column, number in columns.items():
                self.warnings.add(code, number, column=column)

    def _taken_over(self) -> sa.TableClause | None:
        """Records of before, of which what did not change may be taken over."""
        if not self.is_incremental or self.before is None or self.before.salt != self.salt:
            return None
        return self.before.tables.records

    def _clash(self, table: sa.TableClause) -> bool:
        twice = sa.select(table.c.rid).group_by(table.c.rid).having(sa.func.count() > 1).limit(1)
        return bool(self.engine.rows(twice))

    def _attached(self, table: sa.TableClause, marked: Marked) -> Attached:
        self.say(self.begun, "matching")
        found = attach(
            self.engine,
            self.plan,
            table,
            lifted=marked.lifted,
            claims=marked.claims,
            earlier=remembered(self.engine, self.plan, self.before),
            normalised=cleaned(self.plan, self.feeds),
        )
        for code, facts in found.warnings.items():
            self.warnings.found[code] = dict(facts)
        return found

    def _resolved(self, table: sa.TableClause, attached: Attached, marked: Marked) -> Any:
        self.say(self.begun, "identity")
        return resolve(
            self.engine,
            self.plan,
            table,
            attached.attachments,
            links=marked.links,
            aparts=marked.aparts,
            before=self.before.identity(self.salt) if self.before else None,
            number=self.begun.number,
            cause=self.cause(),
            guards=attached.guards,
            claims=marked.claims,
        )

    def cause(self) -> str:
        """Why ids change: other rules, other decisions, or other records (D59)."""
        if self.before is None or not self.before.is_alike:
            return "rules"
        return "data" if self._is_decided_alike() else "decision"

    def _lacking(self) -> bool:
        """Whether a relation leads to a dataset of the same job that was not worked out yet."""
        return bool(self.begun.reads - set(self.made))

    def _without_relations(
        self,
        folder: Path,
        tables: dict[str, sa.TableClause],
        marked: Marked,
        changed: sa.TableClause | None,
    ) -> Outcome:
        """Golden records for datasets that this one feeds, until its relations are known."""
        self._merged(tables, marked, changed, None, folder)
        made = self._made(folder)
        return Outcome(None, warnings=self.warnings.found, made=made, lacks=True)

    def _made(self, folder: Path) -> Made:
        return Made(Golden(folder, self.plan, self.relations), self.feeds, self.salt)

    def _related(self, tables: Mapping[str, sa.TableClause]) -> Related | None:
        if not self.relations:
            return None
        self.say(self.begun, "relations")
        return leads_of(
            *(self.engine, self.begun, self.plan, self.feeds, tables),
            made=self.made,
            salt=self.salt,
        )

    def _merged(
        self,
        tables: Mapping[str, sa.TableClause],
        marked: Marked,
        changed: sa.TableClause | None,
        leads: Related | None,
        folder: Path,
    ) -> dict[str, sa.TableClause]:
        self.say(self.begun, "merging")
        members, before = tables["members"], self.before
        touched = None
        if changed is not None and before is not None:
            others = [each for each in (marked.pinned_ids(members),) if each is not None]
            if leads is not None:
                found = led_elsewhere(leads.ids, before.golden, self.relations)
                others.append(self.engine.keep("led_elsewhere", found))
            wanted = touched_ids(changed, members, before.tables.members, *others)
            touched = self.engine.keep("touched", wanted)
        numbers = {each.column.name: each.number for each in self.plan.columns}
        merged = merge(
            self.engine,
            self.plan,
            tables["records"],
            members,
            pins=marked.pins(members, numbers),
            as_of=self.begun.as_of,
            touched=touched,
            before=before,
            before_plan=before.tables.plan if before else None,
            number=self.begun.number,
            relations=self.relations,
            related=leads.ids if leads else None,
            keep=lambda name, statement: self._written(statement, folder, name),
        )
        return {"golden": merged.golden, "values": merged.values}

    # The version

    def _aside(self) -> Path:
        folder = house().aside(owner_of(self.begun.dataset.pk))
        remember(self.begun.build, aside=str(folder))
        return folder

    def _written(self, statement: sa.SelectBase, folder: Path, name: str) -> sa.TableClause:
        """A table of the version that is written at once, and read from there."""
        place = folder / name
        shutil.rmtree(place, ignore_errors=True)
        self.engine.write(statement, place)
        return Tables(self.engine, folder, self.plan, self.relations).table(name)

    def _write(self, table: sa.TableClause, folder: Path, name: str) -> None:
        write_table(self.engine, table, self.columns[name], folder, name)

    def _finished(
        self,
        folder: Path,
        tables: dict[str, sa.TableClause],
        marked: Marked,
        changed: sa.TableClause | None,
    ) -> Outcome:
        """Merge, judge and write the rest; everything is there then but the row that publishes."""
        leads = self._related(tables)
        tables |= self._merged(tables, marked, changed, leads, folder)
        return self._judged(folder, tables, leads.counts if leads else [])

    def _judged(
        self,
        folder: Path,
        tables: Mapping[str, sa.TableClause],
        relations: list[dict[str, Any]],
        figures: Figures | None = None,
    ) -> Outcome:
        """Judge a version whose tables are written."""
        self.say(self.begun, "health")
        begun, before = self.begun, self.before
        counts = counted(self.engine, tables, before.golden if before else None, begun.number)
        then = before.identity(self.salt).members if before else None
        health = judged(
            *(self.engine, self.plan, tables, before),
            members_before=then,
            relations=relations,
            figures=figures,
        )
        version = Version(
            aside=str(folder),
            number=begun.number,
            rows=counts["records"],
            source_rows=counts["source_rows"],
            bytes=size_of(folder),
            columns=columns_kept(self.plan),
            relations=relations,
            inputs=begun.inputs,
            as_of=begun.as_of.isoformat(),
            engine=self.engine.name,
            health=health,
            basis=basis_of(
                self.plan,
                self.mapping,
                salt=self.salt,
                marks=begun.marks.fingerprints(),
                is_clamped=self._is_clamped(tables["records"]),
                grounds=self.grounds,
            ),
        )
        return Outcome(
            version=version,
            counts=counts,
            health=health,
            warnings=self.warnings.found,
            suspicion=suspicion(health, dataset=begun.dataset.name),
            made=self._made(folder),
        )

    def _is_clamped(self, records: sa.TableClause) -> bool:
        latest = self.engine.scalar(sa.select(sa.func.max(records.c.modified_at)))
        return latest is not None and latest >= self.begun.as_of
