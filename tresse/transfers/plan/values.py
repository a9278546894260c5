"""Values of the plan: repeated rows made one, and what is required (T33, T35, T36)."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from tresse.kernel.errors import TresseError
from tresse.kernel.text import normal
from tresse.objects.kinds.reading import Refused
from tresse.objects.labels import shown_label
from tresse.objects.refusals import refused_value
from tresse.records.changes.values import IDENTIFYING
from tresse.records.lists import RowNumber
from tresse.records.refusals import (
    MISSING_REQUIRED_PROPERTY,
    NOTHING_TO_IDENTIFY,
    STAGE_REQUIREMENTS_MISSING,
)
from tresse.records.title import title_of
from tresse.transfers.decide import CREATED, FAILED, FOUND, REPEATED
from tresse.transfers.findings import Finding, of_error
from tresse.transfers.layout import NAME_TEXT, STAGE_TEXT, Layout, ValueColumn
from tresse.transfers.refusals import CELL, CONFLICTING_ROWS, NAME_DISAGREES, NOTICE, ROW
from tresse.transfers.stage import Ready, pieces
from tresse.transfers.staged import Staged
from tresse.transfers.told import Told
from tresse.transfers.typed import stage_details


class Values:
    """Works on the values of a whole staged plan."""

    def __init__(self, layout: Layout, staged: Staged, told: Told) -> None:
        self._layout, self._staged, self._told = layout, staged, told
        self._object = layout.object

    def merge_repeats(self) -> None:
        """Give the leading row the values of the rows that repeat it, and tell of conflicts."""
        if self._layout.settings.conflicts == "refuse":
            for column in self._layout.written:
                self._refuse_conflicts(column)
        for column in self._layout.written:
            if self._layout.settings.conflicts != "refuse":
                self._tell_conflicts(column)
            self._merge(column)

    def _given(self, column: ValueColumn) -> sa.Subquery:
        """Values of a column on rows about records that several rows are about."""
        rows, plan = self._staged.rows, self._staged.plan
        repeated = sa.select(plan.c.lead).where(plan.c.outcome == REPEATED)
        chosen = [plan.c.lead, plan.c.line, rows.c[column.target].label("value")]
        given = rows.c[column.target].is_not(None)
        if column.prop.kind.name == "stage":
            chosen.append(rows.c[STAGE_TEXT].label("text"))
            given = rows.c[STAGE_TEXT].is_not(None)
        if column.prop.has_normal:
            chosen.append(rows.c[column.normal].label("normal"))
        return (
            sa.select(*chosen)
            .join_from(plan, rows, rows.c.line == plan.c.line)
            .where(plan.c.lead.in_(repeated), given)
            .subquery()
        )

    def _conflicts(self, column: ValueColumn) -> list[tuple[Any, ...]]:
        """Rows `(lead, line, value, other line, other value)` where two rows differ."""
        given = self._given(column)
        window: dict[str, Any] = {"partition_by": given.c.lead, "order_by": given.c.line}
        takes_first = self._layout.settings.conflicts == "first"
        # `first`: each row against the first one; else each against the one before.
        other = sa.func.min(given.c.line).over(partition_by=given.c.lead) if takes_first else None
        before = (
            sa.select(
                given.c.lead,
                given.c.line,
                given.c.value,
                (other if other is not None else Lag(given.c.line).over(**window)).label("was_on"),
                (
                    FirstValue(given.c.value).over(**window)
                    if takes_first
                    else Lag(given.c.value).over(**window)
                ).label("was"),
            )
        ).subquery()
        statement = (
            sa.select(
                before.c.lead,
                before.c.line,
                sa.type_coerce(before.c.value, column.prop.kind.column),
                before.c.was_on,
                sa.type_coerce(before.c.was, column.prop.kind.column),
            )
            .where(before.c.was_on.is_not(None), before.c.was != before.c.value)
            .order_by(before.c.line)
        )
        return Ready(statement).rows()

    def _tell_conflicts(self, column: ValueColumn) -> None:
        for _, line, value, was_on, was in self._conflicts(column):
            taken = was_on if self._layout.settings.conflicts == "first" else line
            self._told.add(self._conflict(column, line, value, was_on, was=was, taken=taken))

    def _conflict(
        self, column: ValueColumn, line: int, value: Any, was_on: int, *, was: Any, taken: int | str
    ) -> Finding:
        error = CONFLICTING_ROWS(
            property=shown_label(column.prop),
            value=column.prop.kind.format(was, column.reading),
            line=was_on,
            other=column.prop.kind.format(value, column.reading),
            other_line=line,
            taken=taken,
        )
        return of_error(
            error, line, level=NOTICE, column=column.place, value=error.details["other"]
        )

    def _refuse_conflicts(self, column: ValueColumn) -> None:
        plan = self._staged.plan
        leads: dict[int, tuple[Any, ...]] = {}
        for lead, line, value, was_on, was in self._conflicts(column):
            leads.setdefault(lead, (line, value, was_on, was))
        for lead, (line, value, was_on, was) in leads.items():
            group = Ready(sa.select(plan.c.line).where(plan.c.lead == lead)).rows()
            for (each,) in group:
                told = self._conflict(column, line, value, was_on, was=was, taken="–")
                self._told.add(told._replace(level=ROW, line=each))
            self._fail([lead])

    def _merge(self, column: ValueColumn) -> None:
        """Write the value that holds into the leading row."""
        rows, given = self._staged.rows, self._given(column)
        order = given.c.line if self._layout.settings.conflicts == "first" else given.c.line.desc()
        rank = RowNumber().over(partition_by=given.c.lead, order_by=order).label("rank")
        best = sa.select(given, rank).subquery()
        values = {rows.c[column.target]: best.c.value}
        if column.prop.has_normal:
            values[rows.c[column.normal]] = best.c.normal
        differs = rows.c[column.target].is_distinct_from(best.c.value)
        if column.prop.kind.name == "stage":
            values[rows.c[STAGE_TEXT]] = best.c.text
            differs = rows.c[STAGE_TEXT].is_distinct_from(best.c.text)
        Ready(
            rows.update()
            .values(values)
            .where(
                rows.c.line == best.c.lead,
                best.c.rank == 1,
                differs,
            )
        ).run()

    def check_required(self) -> None:
        """Refuse rows that would make a record without what it needs, or empty it (C17, C44)."""
        rows, written = self._staged.rows, {each.prop.name: each for each in self._layout.written}
        for prop in self._object.active:
            if not (prop.is_required and prop.column) or prop.is_read_only:
                continue
            error = MISSING_REQUIRED_PROPERTY(
                object=shown_label(self._object), name=shown_label(prop)
            )
            column = written.get(prop.name)
            has_default = bool(prop.default) or prop.kind.name in ("stage", "pipeline")
            if not has_default:
                is_empty = rows.c[column.target].is_(None) if column else sa.true()
                self._refuse(CREATED, is_empty, error, column)
            if column and self._layout.settings.erase_empty:
                erased = sa.and_(
                    rows.c[column.erased].is_(sa.true()), rows.c[column.target].is_(None)
                )
                self._refuse(FOUND, erased, error, column)
        if self._object.name == "contact" and self._layout.settings.links != "dissociate":
            given = [written[name].target for name in IDENTIFYING if name in written]
            nothing = sa.and_(sa.true(), *(rows.c[name].is_(None) for name in given))
            self._refuse(CREATED, nothing, NOTHING_TO_IDENTIFY(), None)

    def _refuse(
        self,
        outcome: int,
        condition: sa.ColumnElement[bool],
        error: TresseError,
        column: ValueColumn | None,
    ) -> None:
        rows, plan = self._staged.rows, self._staged.plan
        statement = (
            sa.select(plan.c.line)
            .join_from(plan, rows, rows.c.line == plan.c.line)
            .where(plan.c.outcome == outcome, condition)
        )
        leads = [line for (line,) in Ready(statement).rows()]
        for line in self._group(leads):
            place = column.place if column else None
            self._told.add(of_error(error, line, level=ROW, column=place))
        self._fail(leads)

    def _group(self, leads: Sequence[int]) -> Iterator[int]:
        """Lines of the leads and of the rows that repeat them."""
        plan = self._staged.plan
        for few in pieces(leads):
            statement = sa.select(plan.c.line).where(plan.c.lead.in_(few)).order_by(plan.c.line)
            yield from (line for (line,) in Ready(statement).rows())

    def _fail(self, leads: Sequence[int]) -> None:
        plan = self._staged.plan
        for few in pieces(leads):
            Ready(
                plan.update()
                .where(plan.c.lead.in_(few))
                .values(outcome=FAILED, ref=None, lead=None)
            ).run()

    def check_names(self) -> None:
        """Tell where the name beside an id is another than the record's (T25)."""
        if self._layout.name_position is None:
            return
        rows, plan = self._staged.rows, self._staged.plan
        record = self._object.table
        title = title_of(self._object, record)
        statement = (
            sa.select(plan.c.line, plan.c.ref, title, rows.c[NAME_TEXT])
            .join_from(plan, rows, rows.c.line == plan.c.line)
            .join(record, record.c.id == plan.c.ref)
            .where(rows.c[NAME_TEXT].is_not(None), title != rows.c[NAME_TEXT])
            .order_by(plan.c.line)
        )
        position = self._layout.name_position
        place = (self._layout.answers[position].header, position + 1)
        for line, ref, name, text in Ready(statement).rows():
            if normal(name) != normal(text):
                error = NAME_DISAGREES(
                    object=shown_label(self._object), id=ref, name=name, value=text
                )
                told = of_error(error, line, level=NOTICE, column=place, value=text)
                self._told.add(told._replace(record_id=ref))

    def read_stages(self) -> None:
        """Read stages anew in the pipeline of the record, where the row names none (T40)."""
        column = next((c for c in self._layout.written if c.prop.kind.name == "stage"), None)
        if column is None or len(self._object.pipelines) == 1:
            return
        rows, plan, record = self._staged.rows, self._staged.plan, self._object.table
        default = self._object.pipelines[0].id
        home = sa.func.coalesce(record.c[self._object.property("pipeline").column], default)
        beside = next((c for c in self._layout.written if c.prop.kind.name == "pipeline"), None)
        conditions = [plan.c.outcome.in_((CREATED, FOUND)), rows.c[STAGE_TEXT].is_not(None)]
        if beside is not None:
            conditions.append(rows.c[beside.target].is_(None))
        statement = (
            sa.select(plan.c.line, rows.c[STAGE_TEXT], home)
            .join_from(plan, rows, rows.c.line == plan.c.line)
            .outerjoin(record, record.c.id == plan.c.ref)
            .where(*conditions, sa.or_(home != default, rows.c[column.target].is_(None)))
            .order_by(plan.c.line)
        )
        found: dict[int | None, list[int]] = {}
        for line, text, pipeline in Ready(statement).rows():
            stage = column.reading.stages.get(pipeline, {}).get(text)
            found.setdefault(stage, []).append(line)
            if stage is None:
                details = stage_details(column.reading, pipeline, text)
                refused = Refused(0, text, "stage_not_in_pipeline", details)
                error = refused_value(column.prop.label, refused)
                self._told.add(of_error(error, line, level=CELL, column=column.place, value=text))
        for stage, lines in found.items():
            for few in pieces(lines):
                Ready(
                    rows.update().where(rows.c.line.in_(few)).values({column.target: stage})
                ).run()

    def check_stages(self) -> None:
        """Leave out a stage whose required properties are missing (C49)."""
        column = next((c for c in self._layout.written if c.prop.kind.name == "stage"), None)
        if column is None:
            return
        for stage in self._object.stages.values():
            needed = [name for name in stage.required if self._object.has(name)]
            if needed:
                self._check_stage(column, stage.id, stage.label, needed)

    def _check_stage(
        self, column: ValueColumn, stage: int, label: str, needed: Sequence[str]
    ) -> None:
        rows, plan, record = self._staged.rows, self._staged.plan, self._object.table
        written = {each.prop.name: each for each in self._layout.written}
        props = [self._object.property(name) for name in needed]
        values = [
            sa.func.coalesce(rows.c[written[p.name].target], record.c[p.column])
            if p.name in written
            else record.c[p.column]
            for p in props
            if p.column
        ]
        statement = (
            sa.select(plan.c.line, *(value.is_(None) for value in values))
            .join_from(plan, rows, rows.c.line == plan.c.line)
            .outerjoin(record, record.c.id == plan.c.ref)
            .where(
                plan.c.outcome.in_((CREATED, FOUND)),
                rows.c[column.target] == stage,
                record.c[column.prop.column].is_distinct_from(stage),
                sa.or_(*(value.is_(None) for value in values)),
            )
            .order_by(plan.c.line)
        )
        lines = []
        for line, *missing in Ready(statement).rows():
            names = [p.label for p, is_missing in zip(props, missing, strict=True) if is_missing]
            error = STAGE_REQUIREMENTS_MISSING(stage=label, names=names)
            self._told.add(of_error(error, line, level=CELL, column=column.place, value=label))
            lines.append(line)
        for few in pieces(lines):
            Ready(rows.update().where(rows.c.line.in_(few)).values({column.target: None})).run()


class Lag(sa.sql.functions.GenericFunction[Any]):
    """The value on the row before, in a window."""

    _register = False
    name = "lag"
    inherit_cache = True


class FirstValue(sa.sql.functions.GenericFunction[Any]):
    """The value on the first row of a window."""

    _register = False
    name = "first_value"
    inherit_cache = True
