"""Writing records from stage rows as set statements: what is new, what differs, history, events.

Used by the plan, which counts what would change, and by the run, which changes it. A statement is
bound to a range of lines (`low`, `high`), the block of new ids (`first_id`) and the change set.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.engine.stored import stored_text
from tresse.engine.types import Text
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.readings import is_kept_by_index, reading_for
from tresse.records.tables import EVENT, HISTORY
from tresse.records.writing import companions
from tresse.transfers.decide import CREATED, FOUND
from tresse.transfers.staged import RecordRows, real_id

SOURCE = "import"


@dataclass(frozen=True)
class Written:
    """A property that rows write: `value` and `normal` in the stage, `erase` where it may empty."""

    prop: PropertyDef
    value: sa.ColumnElement[Any]
    normal: sa.ColumnElement[Any] | None = None
    erase: sa.ColumnElement[Any] | None = None
    is_carried: bool = False
    "Not in the file: comes with another value of a record that exists."


def change_set_parameter() -> sa.BindParameter[int]:
    """The change set, bound when run."""
    return sa.bindparam("change_set", 0, type_=sa.BigInteger())


def in_range(*tables: sa.FromClause) -> sa.ColumnElement[bool]:
    """Lines from `low` to `high`, bound when run.

    Said of each table: PostgreSQL does not conclude a range of one from that of another.
    """
    big = sa.BigInteger()
    low, high = (sa.bindparam(name, 0, type_=big) for name in ("low", "high"))
    return sa.and_(*(table.c.line.between(low, high) for table in tables))


@dataclass(frozen=True)
class Writes:
    """Statements that write the records of one set of stage rows."""

    object: ObjectDef
    source: RecordRows
    written: tuple[Written, ...]
    origin: str = SOURCE
    "What new records say they come from: a source of C25."

    @property
    def record(self) -> sa.TableClause:
        """The record table."""
        return self.object.table

    @property
    def _pairs(self) -> sa.Join:
        plan, rows = self.source.plan, self.source.rows
        return plan.join(rows, rows.c.line == plan.c.line)

    def _is_found(self, record: sa.FromClause) -> sa.ColumnElement[bool]:
        plan, rows = self.source.plan, self.source.rows
        return sa.and_(
            rows.c.line == plan.c.line,
            plan.c.outcome == FOUND,
            record.c.id == plan.c.ref,
        )

    @staticmethod
    def _differs(each: Written, record: sa.FromClause) -> sa.ColumnElement[bool]:
        stored = record.c[each.prop.column]
        other = sa.and_(each.value.is_not(None), stored.is_distinct_from(each.value))
        if each.erase is None:
            return other
        erased = sa.and_(each.erase.is_(sa.true()), each.value.is_(None), stored.is_not(None))
        return sa.or_(other, erased)

    def differs(self, record: sa.FromClause) -> sa.ColumnElement[bool]:
        """Whether a row changes any value of its record (C26)."""
        return sa.or_(sa.false(), *(self._differs(each, record) for each in self.written))

    @staticmethod
    def _after(each: Written, record: sa.FromClause, *, normal: bool = False) -> Any:
        """The value a record has after the row."""
        value = each.normal if normal else each.value
        stored = record.c[each.prop.normal_column if normal else each.prop.column]
        if each.erase is None and not normal:
            return sa.func.coalesce(value, stored)
        cases: list[Any] = [(each.value.is_not(None), value)]
        if each.erase is not None:
            cases.append((each.erase.is_(sa.true()), sa.null()))
        return sa.case(*cases, else_=stored)

    def count_changed(self) -> sa.Select[Any]:
        """How many records would change."""
        record = self.record
        return sa.select(sa.func.count()).where(self._is_found(record), self.differs(record))

    def changes(self, limit: int) -> sa.Select[Any]:
        """The first changes: `(line, record id, property id, old, new)` as stored texts."""
        record, plan = self.record, self.source.plan
        arms = [
            sa.select(
                plan.c.line.label("line"),
                record.c.id.label("id"),
                sa.literal_column(str(each.prop.id), sa.Integer()).label("property_id"),
                stored_text(record.c[each.prop.column]).label("old"),
                stored_text(self._after(each, record)).label("new"),
            ).where(
                self._is_found(record),
                self._differs(each, record),
                in_range(plan, self.source.rows),
            )
            for each in self.written
        ]
        every = sa.union_all(*arms).subquery()
        return sa.select(every).order_by(every.c.line, every.c.property_id).limit(limit)

    def history(self, *, at_once: bool) -> sa.Insert | None:
        """One row per value that changes (C25).

        Args:
            at_once: Compare all properties in one pass, by a table of values beside each record;
                else one pass per property, which SQLite does faster and PostgreSQL slower.
        """
        if not self.written:
            return None
        names = ["change_set_id", "object_id", "record_id", "property_id", "old", "new"]
        if at_once:
            return HISTORY.insert().from_select(names, self._history_at_once())
        arms = [self._history_of(each) for each in self.written]
        return HISTORY.insert().from_select(names, sa.union_all(*arms) if arms[1:] else arms[0])

    def _history_of(self, each: Written) -> sa.Select[Any]:
        record, source = self.record, self.source
        return sa.select(
            change_set_parameter(),
            sa.literal_column(str(self.object.id), sa.Integer()),
            record.c.id,
            sa.literal_column(str(each.prop.id), sa.Integer()),
            stored_text(record.c[each.prop.column]),
            stored_text(self._after(each, record)),
        ).where(
            in_range(source.plan, source.rows),
            self._is_found(record),
            self._differs(each, record),
        )

    def _history_at_once(self) -> sa.Select[Any]:
        record, source = self.record, self.source
        values = (
            sa.values(
                sa.column("property_id", sa.Integer()),
                sa.column("old", Text),
                sa.column("new", Text),
                name="value",
            )
            .data(
                [
                    (
                        sa.literal_column(str(each.prop.id), sa.Integer()),
                        stored_text(record.c[each.prop.column]),
                        stored_text(self._after(each, record)),
                    )
                    for each in self.written
                ]
            )
            .lateral()
        )
        return (
            sa.select(
                change_set_parameter(),
                sa.literal_column(str(self.object.id), sa.Integer()),
                record.c.id,
                values.c.property_id,
                values.c.old,
                values.c.new,
            )
            .select_from(
                self._pairs.join(record, record.c.id == source.plan.c.ref).join(values, sa.true())
            )
            .where(
                in_range(source.plan, source.rows),
                source.plan.c.outcome == FOUND,
                values.c.old.is_distinct_from(values.c.new),
            )
        )

    def changed_events(self) -> sa.Insert | None:
        """`record_changed` for each record that changes."""
        record, plan = self.record, self.source.plan
        if not self.written:
            return None
        found = self._event("record_changed", record.c.id).where(
            in_range(plan, self.source.rows), self._is_found(record), self.differs(record)
        )
        return EVENT.insert().from_select(_EVENT, found)

    def consequences(self) -> list[sa.Insert]:
        """`stage_changed` and `task_completed`, where a value brings them with it."""
        record, plan = self.record, self.source.plan
        made = []
        for each in self.written:
            condition = sa.and_(
                in_range(plan, self.source.rows),
                self._is_found(record),
                self._differs(each, record),
            )
            if each.prop.kind.name == "stage":
                data = self._stage_data(record.c[each.prop.column], each.value)
                found = self._event("stage_changed", record.c.id, data).where(condition)
                made.append(EVENT.insert().from_select([*_EVENT, "data"], found))
            elif self.object.name == "task" and each.prop.name == "status":
                found = self._event("task_completed", record.c.id).where(
                    condition, each.value == "done"
                )
                made.append(EVENT.insert().from_select(_EVENT, found))
        return made

    def _stage_data(
        self, old: sa.ColumnElement[Any], new: sa.ColumnElement[Any]
    ) -> sa.ColumnElement[str]:
        """The JSON that `records` writes: `{"from": …, "to": …, "kind": …}`."""
        names = {id: f'"{each.name}"' for id, each in self.object.stages.items()}
        kinds = {id: f'"{each.kind}"' for id, each in self.object.stages.items()}
        return (
            sa.literal('{"from": ', Text)
            + sa.case(names, value=old, else_="null")
            + sa.literal(', "to": ', Text)
            + sa.case(names, value=new, else_="null")
            + sa.literal(', "kind": ', Text)
            + sa.case(kinds, value=new, else_="null")
            + sa.literal("}", Text)
        )

    def _event(
        self, name: str, record_id: sa.ColumnElement[Any], *more: sa.ColumnElement[Any]
    ) -> sa.Select[Any]:
        return sa.select(
            sa.literal_column(f"'{name}'", Text),
            change_set_parameter(),
            sa.literal_column(str(self.object.id), sa.Integer()),
            record_id,
            *more,
        )

    def updates(self, actor: Actor, at: datetime, *, apart: bool) -> list[sa.Update]:
        """Change the records that differ.

        Args:
            actor: Who changes them.
            at: When.
            apart: Write indexed columns by a statement of their own, only where they differ:
                SQLite renews an index entry for every column named, changed or not.
        """
        record, plan = self.record, self.source.plan
        if not self.written:
            return []
        values: dict[str, Any] = {
            "version": record.c.version + 1,
            "updated_at": at,
            "updated_by": actor.user_id,
        }
        indexed = [each for each in self.written if apart and is_kept_by_index(each.prop)]
        changed: dict[str, sa.ColumnElement[Any]] = {}
        for each in self.written:
            if each not in indexed:
                values |= self._assigned(each, record)
            changed[each.prop.column] = self._after(each, record)
        values |= self._companions(changed, record, at)
        condition = sa.and_(in_range(plan, self.source.rows), self._is_found(record))
        made = [record.update().values(values).where(condition, self.differs(record))]
        for each in indexed:
            made.append(
                record.update()
                .values(self._assigned(each, record))
                .where(condition, self._differs(each, record))
            )
        return made

    def _assigned(self, each: Written, record: sa.FromClause) -> dict[str, Any]:
        values = {each.prop.column: self._after(each, record)}
        if each.normal is not None:
            values[each.prop.normal_column] = self._after(each, record, normal=True)
        return values

    def _companions(
        self, changed: Mapping[str, sa.ColumnElement[Any]], record: sa.TableClause, at: datetime
    ) -> dict[str, Any]:
        """Columns that go with others, written only where those really change."""
        found = {}
        for each in self.written:
            only = {each.prop.column: changed[each.prop.column]}
            for name, value in companions(self.object, only, at=at).items():
                found[name] = sa.case((self._differs(each, record), value), else_=record.c[name])
        return found

    def created_events(self) -> list[sa.Insert]:
        """`record_created` for each new record; tasks also `task_created`."""
        plan = self.source.plan
        names = ["record_created"] + (["task_created"] if self.object.name == "task" else [])
        return [
            EVENT.insert().from_select(
                _EVENT,
                self._event(name, real_id(plan.c.ref))
                .select_from(plan)
                .where(in_range(plan), plan.c.outcome == CREATED)
                .order_by(plan.c.line),
            )
            for name in names
        ]

    def insert(self, actor: Actor, at: datetime) -> sa.Insert:
        """Make the new records, with defaults, owner, pipeline and stage (C17, C38, C48)."""
        plan, rows, table = self.source.plan, self.source.rows, self.record
        given_at = rows.c.created_at if "created_at" in rows.c else None
        moment = sa.literal(at, table.c.created_at.type)
        values: dict[str, Any] = {
            "id": real_id(plan.c.ref),
            "version": sa.literal_column("1", sa.BigInteger()),
            "created_at": moment if given_at is None else sa.func.coalesce(given_at, moment),
            "created_by": sa.literal(actor.user_id, sa.BigInteger()),
            "created_source": sa.literal(self.origin, Text),
            "updated_at": moment,
            "updated_by": sa.literal(actor.user_id, sa.BigInteger()),
            "activity_count": sa.literal_column("0", sa.BigInteger()),
        }
        given = self._new_values(actor)
        values |= given
        changed = {name: value for name, value in given.items() if name in table.c}
        values |= companions(self.object, changed, at=at)
        select = (
            sa.select(*(value.label(name) for name, value in values.items()))
            .select_from(self._pairs)
            .where(in_range(plan, rows), plan.c.outcome == CREATED)
            .order_by(plan.c.line)
        )
        return table.insert().from_select(list(values), select)

    def _new_values(self, actor: Actor) -> dict[str, sa.ColumnElement[Any]]:
        values: dict[str, sa.ColumnElement[Any]] = {}
        for each in self.written:
            if each.is_carried:
                continue
            values[each.prop.column] = each.value
            if each.normal is not None:
                values[each.prop.normal_column] = each.normal
        for prop in self.object.active:
            if prop.default and prop.column and not prop.is_read_only:
                self._add_default(prop, actor, values)
        if actor.user_id:
            importer = sa.literal(actor.user_id, sa.BigInteger())
            values["owner"] = (
                sa.func.coalesce(values["owner"], importer) if "owner" in values else importer
            )
        if self.object.has_pipelines and self.object.pipelines and self.object.has("stage"):
            self._add_stage(values)
        return values

    def _add_default(
        self, prop: PropertyDef, actor: Actor, values: dict[str, sa.ColumnElement[Any]]
    ) -> None:
        reading = reading_for(prop, self.object, actor=actor)
        [value], _ = prop.kind.parse_all([prop.default], reading)
        if value is None:
            return
        normals = prop.kind.normals([value])
        for name, preset in ((prop.column, value), (prop.normal_column, normals[0])):
            if name != prop.column and not prop.has_normal:
                continue
            bound = sa.literal(preset, self.record.c[name].type)
            values[name] = sa.func.coalesce(values[name], bound) if name in values else bound

    def _add_stage(self, values: dict[str, sa.ColumnElement[Any]]) -> None:
        """The stage given, else the first of the pipeline given, else of the default one."""
        stage, pipeline = (self.object.property(name).column for name in ("stage", "pipeline"))
        default = self.object.pipelines[0]
        firsts = {each.id: each.stages[0].id for each in self.object.pipelines if each.stages}
        first: sa.ColumnElement[Any] = sa.literal(firsts[default.id], sa.BigInteger())
        if pipeline in values:
            first = sa.case(firsts, value=values[pipeline], else_=firsts[default.id])
        values[stage] = sa.func.coalesce(values[stage], first) if stage in values else first
        homes = {id: each.pipeline_id for id, each in self.object.stages.items()}
        values[pipeline] = sa.case(homes, value=values[stage], else_=default.id)


_EVENT = ["name", "change_set_id", "object_id", "record_id"]


def written_of(rows: sa.Table, columns: Iterable[Any], *, erase: bool) -> tuple[Written, ...]:
    """What the rows of the stage write, of the columns of a layout."""
    return tuple(
        Written(
            each.prop,
            rows.c[each.target],
            rows.c[each.normal] if each.prop.has_normal else None,
            rows.c[each.erased] if erase else None,
        )
        for each in columns
    )
