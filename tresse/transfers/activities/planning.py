"""Which rows of a file may not become activities: what says nothing, what is about nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import refused
from tresse.kernel.errors import TresseError
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.changes.activities import may_log
from tresse.records.changes.activities_at_once import addressed_contacts, addresses_of
from tresse.records.refusals import (
    ACTIVITY_WITHOUT_RECORD,
    ANOTHER_RECORD,
    DUPLICATE_VALUE,
    MISSING_REQUIRED_PROPERTY,
)
from tresse.records.tables import ACTIVITY
from tresse.transfers.activities.described import EXTERNAL_ID
from tresse.transfers.activities.reading import New, Reading, spans
from tresse.transfers.decide import CREATED, FAILED
from tresse.transfers.findings import of_error
from tresse.transfers.layout import Layout, ValueColumn
from tresse.transfers.plan.notes import _as_error as as_error
from tresse.transfers.plan.pairs import Pairs, kinds
from tresse.transfers.refusals import ROW
from tresse.transfers.stage import Ready, pieces
from tresse.transfers.staged import LEFT_OUT, PLANNED, Staged
from tresse.transfers.told import Told
from tresse.transfers.writes import in_range


@dataclass
class Planning:
    """Refuses rows of a staged plan, before (`check_rows`) and after it is known what is linked."""

    layout: Layout
    staged: Staged
    told: Told
    actor: Actor

    @property
    def _reading(self) -> Reading:
        return Reading(self.layout, self.staged)

    def check_rows(self) -> None:
        """Refuse activities that say nothing, or whose external id another activity has."""
        for low, high in spans(self.staged):
            silent = [each.line for each in self._reading.new(low, high) if not each.fields]
            object = self.layout.object
            error = MISSING_REQUIRED_PROPERTY(object=shown_label(object), name=gettext("Text"))
            self._refuse(silent, error)
            self._refuse_taken(low, high)

    def _refuse_taken(self, low: int, high: int) -> None:
        """An external id is one activity's alone, of whatever kind and also of a deleted one."""
        column = next((c for c in self.layout.values if c.prop.name == EXTERNAL_ID), None)
        if column is None:
            return
        rows, plan = self.staged.rows, self.staged.plan
        statement = (
            sa.select(plan.c.line, ACTIVITY.c.external_id)
            .join_from(plan, rows, rows.c.line == plan.c.line)
            .join(ACTIVITY, ACTIVITY.c.external_id == rows.c[column.target])
            .where(in_range(plan, rows), plan.c.outcome == CREATED)
        )
        holder = gettext(ANOTHER_RECORD).format(object=gettext("activity"))
        for line, value in Ready(statement).rows(low=low, high=high):
            error = DUPLICATE_VALUE(name=shown_label(column.prop), value=value, holder=holder)
            self._refuse([line], error, column=column, value=value)

    def _refuse(
        self,
        lines: Sequence[int],
        error: TresseError,
        *,
        column: ValueColumn | None = None,
        value: str = "",
    ) -> None:
        place = column.place if column else None
        for line in self._group(lines):
            self.told.add(of_error(error, line, level=ROW, column=place, value=value))
        self._fail(lines)

    def _group(self, leads: Sequence[int]) -> list[int]:
        """Lines of the rows that mean the same activities."""
        plan, found = self.staged.plan, []
        for few in pieces(leads):
            statement = sa.select(plan.c.line).where(plan.c.lead.in_(few)).order_by(plan.c.line)
            found += [line for (line,) in Ready(statement).rows()]
        return found

    def _fail(self, leads: Sequence[int]) -> None:
        plan = self.staged.plan
        change = {"outcome": FAILED, "ref": None, "lead": None}
        for few in pieces(leads):
            Ready(plan.update().where(plan.c.lead.in_(few)).values(change)).run()

    def check_subjects(self, pairs: Pairs) -> None:
        """Refuse activities about no record, or only about records one may not write on."""
        table = self.staged.pairs
        self.staged.stage.index(sa.Index(f"{table.name}_from", table.c.from_ref))
        allowed = {
            each.side.association.id
            for each in self.layout.relations
            if may_log(each.other, self.actor)
        }
        for low, high in spans(self.staged):
            about = self._about(low, high)
            reading = self._reading
            lost = [each for each in reading.new(low, high) if not about.get(each.line)]
            alone = self._not_addressed(lost)
            self._lose(alone, ACTIVITY_WITHOUT_RECORD(), pairs)
            foreign = [e for e, asked in about.items() if asked and not asked & allowed]
            if foreign:
                other = next(iter(self.layout.relations)).other
                error = as_error(refused(self.actor, "edit", other.name, shown_plural(other)))
                self._lose(foreign, error, pairs)

    def _about(self, low: int, high: int) -> dict[int, set[int]]:
        """Line of a new activity → the relations by which it is about something."""
        plan, pairs = self.staged.plan, self.staged.pairs
        statement = (
            sa.select(plan.c.line, pairs.c.association_id)
            .join_from(plan, pairs, pairs.c.from_ref == plan.c.ref)
            .where(in_range(plan), plan.c.outcome == CREATED, pairs.c.state == PLANNED)
            .distinct()
        )
        found: dict[int, set[int]] = {}
        for line, association in Ready(statement).rows(low=low, high=high):
            found.setdefault(line, set()).add(association)
        return found

    def _not_addressed(self, new: Sequence[New]) -> list[int]:
        """Those that are no e-mail from or to a contact either."""
        model = self.layout.model
        if self.layout.object.name != "email" or not may_log(model.object("contact"), self.actor):
            return [each.line for each in new]
        wanted = {address for each in new for address in addresses_of(each.fields)}
        known = addressed_contacts(model, wanted, self.actor)
        return [each.line for each in new if not addresses_of(each.fields) & set(known)]

    def _lose(self, leads: Sequence[int], error: TresseError, pairs: Pairs) -> None:
        """Refuse rows whose pairs are planned; their asks have been counted."""
        if not leads:
            return
        lines = self._group(leads)
        plan, table, asks = self.staged.plan, self.staged.pairs, self.staged.asks
        names = kinds(self.layout)
        for few in pieces(leads):
            refs = sa.select(plan.c.ref).where(plan.c.line.in_(few))
            mine = sa.and_(table.c.from_ref.in_(refs), table.c.state == PLANNED)
            counted = sa.select(table.c.kind, sa.func.count()).where(mine).group_by(table.c.kind)
            for kind, number in Ready(counted).rows():
                pairs.failed[names[kind]] = pairs.failed.get(names[kind], 0) + number
            Ready(table.update().where(mine).values(state=LEFT_OUT)).run()
        for few in pieces(lines):
            Ready(asks.delete().where(asks.c.line.in_(few))).run()
        self._refuse(leads, error)
