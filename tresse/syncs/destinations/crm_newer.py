"""Rows judged once their records are known: who may be written, and which fields are left.

A record that two rows mean is written by one of them at most. A field that somebody changed in the
CRM since it was read for the dataset is left (Y46). A consent is never raised (Y47).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.objects.database import rows as read
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.labels import shown_label
from tresse.records.models import Undo
from tresse.records.tables import CHANGE_SET, EVENT, HISTORY
from tresse.syncs.models import SyncRun
from tresse.syncs.refusals import EMPTY_ROW, RECORD_TAKEN, RECORD_WANTED_TWICE
from tresse.transfers.decide import CREATED, FAILED, FOUND, NEW, REPEATED
from tresse.transfers.findings import of_error
from tresse.transfers.handed import Faults, Form
from tresse.transfers.layout import OWN_ID
from tresse.transfers.refusals import ROW
from tresse.transfers.stage import Ready, pieces
from tresse.transfers.staged import Staged

NO = ("unsubscribed", "refused", "no", "false", "off")
"What a consent says that was refused, as text."
CONSENT, EXTERNAL_ID = "_consent", "external_id"


@dataclass
class Judging:
    """Judges the rows of one plan. `left`: line to the fields that are left."""

    object: ObjectDef
    form: Form
    read_at: datetime | None
    sync_id: int
    gives_id: bool
    "Whether new records get an external id that is not mapped."
    left: dict[int, list[str]] = field(default_factory=dict)

    def judge(self, staged: Staged, faults: Faults) -> None:
        """Refuse rows and empty cells, before anything is checked."""
        self._one_row_a_record(staged, faults)
        self._keep_external_ids(staged)
        if self.read_at is not None:
            self._leave_newer(staged, self.read_at)
        for name in self.form.written:
            if name.endswith(CONSENT):
                self._never_raise(staged, self.object.property(name))

    def _one_row_a_record(self, staged: Staged, faults: Faults) -> None:
        """Of rows that mean one record, the one whose record is known for sure; else none."""
        plan, file = staged.plan, staged.rows
        again = Ready(
            sa.select(plan.c.line, plan.c.lead, plan.c.ref).where(plan.c.outcome == REPEATED)
        ).rows()
        if not again:
            return
        leads = sorted({lead for _, lead, _ in again})
        sure = {
            line
            for few in pieces(leads)
            for line, id in Ready(
                sa.select(file.c.line, file.c[OWN_ID]).where(file.c.line.in_(few))
            ).rows()
            if id is not None
        }
        numbers: dict[int, int] = {}
        for _, lead, _ in again:
            numbers[lead] = numbers.get(lead, 1) + 1
        label = shown_label(self.object)
        for line, lead, ref in again:
            if lead in sure and ref < NEW:
                error = RECORD_TAKEN(record=f"{label} {ref}", other=f"{lead}")
            else:
                error = RECORD_WANTED_TWICE(number=numbers[lead])
            faults.add(of_error(error, line, level=ROW))
        for lead in leads:
            if lead not in sure:
                error = RECORD_WANTED_TWICE(number=numbers[lead])
                faults.add(of_error(error, lead, level=ROW))
        fail(staged, [line for line, _, _ in again] + [each for each in leads if each not in sure])

    def _keep_external_ids(self, staged: Staged) -> None:
        """A record that was found keeps the external id it has (Y50)."""
        if not self.gives_id:
            return
        prop, plan, file = self.object.property(EXTERNAL_ID), staged.plan, staged.rows
        found = sa.select(plan.c.line).where(plan.c.outcome == FOUND)
        Ready(
            file.update()
            .values(self._emptied(file, prop))
            .where(file.c.line.in_(found), file.c[prop.column].is_not(None))
        ).run()

    def _leave_newer(self, staged: Staged, since: datetime) -> None:
        properties = [self.object.property(name) for name in self.form.written]
        sets = self._others_since(since)
        if not sets:
            return
        newer = staged.stage.table(
            "newer",
            sa.Column("record_id", sa.BigInteger()),
            sa.Column("property_id", sa.Integer()),
            sa.Column("is_new", sa.SmallInteger()),
        )
        staged.stage.create(newer)
        for changed in self._changed(sets, [prop.id for prop in properties]):
            staged.stage.load(newer, changed)
        staged.stage.index(sa.Index(f"{newer.name}_record", newer.c.record_id))
        staged.stage.settled(newer)
        for prop in properties:
            self._leave(staged, newer, prop)

    def _others_since(self, since: datetime) -> list[int]:
        """Change sets of others since a moment."""
        runs = SyncRun.objects.filter(sync_id=self.sync_id).values_list("pk", flat=True)
        own = sa.or_(
            sa.and_(CHANGE_SET.c.source == "sync", CHANGE_SET.c.source_id.in_(list(runs))),
            # What was taken back of them is as it was before: nobody's newer value.
            CHANGE_SET.c.id.in_(undone_sets(self.sync_id)),
        )
        statement = sa.select(CHANGE_SET.c.id).where(CHANGE_SET.c.at >= since, ~own)
        return [id for (id,) in read(statement.order_by(CHANGE_SET.c.id))]

    def _changed(
        self, sets: Sequence[int], properties: Sequence[int]
    ) -> Iterator[dict[str, list[Any]]]:
        """Records and properties that they changed; of records they made, all properties."""
        for few in pieces(sets):
            values = (
                sa.select(HISTORY.c.record_id, HISTORY.c.property_id)
                .where(
                    HISTORY.c.change_set_id.in_(few),
                    HISTORY.c.object_id == self.object.id,
                    HISTORY.c.property_id.in_(properties),
                )
                .distinct()
            )
            found = [(record, prop, 0) for record, prop in read(values)]
            made = sa.select(EVENT.c.record_id).where(
                EVENT.c.change_set_id.in_(few),
                EVENT.c.object_id == self.object.id,
                EVENT.c.name == "record_created",
            )
            found += [(record, prop, 1) for (record,) in read(made) for prop in properties]
            if found:
                names = ("record_id", "property_id", "is_new")
                yield {n: list(v) for n, v in zip(names, zip(*found, strict=True), strict=True)}

    def _leave(self, staged: Staged, newer: sa.Table, prop: PropertyDef) -> None:
        """Take a value out of the rows whose record has a newer one."""
        plan, file, record = staged.plan, staged.rows, self.object.table
        stored, given, erased = (
            record.c[prop.column],
            file.c[prop.column],
            _erased(file, prop),
        )
        statement = (
            sa.select(plan.c.line)
            .join_from(plan, newer, newer.c.record_id == plan.c.ref)
            .join(file, file.c.line == plan.c.line)
            .join(record, record.c.id == plan.c.ref)
            .where(
                plan.c.outcome == FOUND,
                newer.c.property_id == prop.id,
                sa.or_(given.is_not(None), erased),
                stored.is_distinct_from(given),
                sa.or_(newer.c.is_new == 0, stored.is_not(None)),
            )
            .distinct()
        )
        lines = [line for (line,) in Ready(statement).rows()]
        for line in lines:
            self.left.setdefault(line, []).append(prop.name)
        self._empty(staged, prop, lines)

    def _never_raise(self, staged: Staged, prop: PropertyDef) -> None:
        """Leave a consent that the CRM has as refused, unless the row refuses it too (Y47)."""
        plan, file, record = staged.plan, staged.rows, self.object.table
        stored, given = record.c[prop.column], file.c[prop.column]
        is_text = not isinstance(prop.kind.column, sa.Boolean)
        refused = stored.in_(NO) if is_text else stored.is_(sa.false())
        agrees = given.in_(NO) if is_text else given.is_(sa.false())
        statement = (
            sa.select(plan.c.line)
            .join_from(plan, file, file.c.line == plan.c.line)
            .join(record, record.c.id == plan.c.ref)
            .where(
                plan.c.outcome == FOUND,
                refused,
                sa.or_(
                    sa.and_(given.is_not(None), ~agrees),
                    _erased(file, prop),
                ),
            )
        )
        lines = [line for (line,) in Ready(statement).rows()]
        for line in lines:
            self.left.setdefault(line, []).append(prop.name)
        self._empty(staged, prop, lines)

    def _empty(self, staged: Staged, prop: PropertyDef, lines: Sequence[int]) -> None:
        file = staged.rows
        for few in pieces(lines):
            Ready(file.update().values(self._emptied(file, prop)).where(file.c.line.in_(few))).run()

    @staticmethod
    def _emptied(file: sa.Table, prop: PropertyDef) -> dict[str, Any]:
        values: dict[str, Any] = {prop.column: None}
        if f"x_{prop.column}" in file.c:
            values[f"x_{prop.column}"] = False
        if prop.has_normal and prop.normal_column in file.c:
            values[prop.normal_column] = None
        return values


def _erased(file: sa.Table, prop: PropertyDef) -> sa.ColumnElement[bool]:
    """Whether a row empties a property."""
    name = f"x_{prop.column}"
    return file.c[name].is_(sa.true()) if name in file.c else sa.false()


def undone_sets(sync_id: int) -> list[int]:
    """Change sets by which runs of a sync were taken back."""
    runs = SyncRun.objects.filter(sync_id=sync_id, change_set_id__isnull=False)
    sets = list(runs.values_list("change_set_id", flat=True))
    undone = Undo.objects.filter(own_change_set_id__isnull=False)
    return [
        id
        for few in pieces(sets)
        for id in undone.filter(change_set_id__in=list(few)).values_list(
            "own_change_set_id", flat=True
        )
        if id is not None
    ]


def refuse_empty(form: Form, loaded: sa.Table, staged: Staged, faults: Faults) -> None:
    """Refuse rows that would make a record of nothing: an external id alone tells nobody."""
    plan = staged.plan
    statement = (
        sa.select(plan.c.line)
        .join_from(plan, loaded, loaded.c.line == plan.c.line)
        .where(plan.c.outcome == CREATED, loaded.c["values"] == "{}")
        .order_by(plan.c.line)
    )
    lines = [line for (line,) in Ready(statement).rows()]
    error = EMPTY_ROW(object=shown_label(form.object))
    for line in lines:
        faults.add(of_error(error, line, level=ROW))
    fail(staged, lines)


def fail(staged: Staged, lines: Sequence[int]) -> None:
    """Take rows out of the plan: they are not written."""
    plan = staged.plan
    for few in pieces(lines):
        Ready(
            plan.update().where(plan.c.line.in_(few)).values(outcome=FAILED, ref=None, lead=None)
        ).run()
