"""Keys in association cells resolved to records, as sets (T45 to T47)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.errors import TresseError
from tresse.objects.described import PropertyDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.merge_tables import OTHER_VALUE
from tresse.records.refusals import AMBIGUOUS_MATCH, RECORD_IN_BIN, WRONG_OBJECT
from tresse.records.visibility import visible
from tresse.transfers.decide import CREATED, FOUND, MOST_IDS, REPEATED
from tresse.transfers.findings import of_error
from tresse.transfers.layout import Layout, Relation
from tresse.transfers.plan.linked import Ask, LinkedRecords
from tresse.transfers.plan.notes import objects_of, titles
from tresse.transfers.plan.other_values import OtherValues, holders
from tresse.transfers.refusals import ASSOCIATION_RECORD_NOT_FOUND, LINK
from tresse.transfers.stage import Ready, pieces
from tresse.transfers.staged import Staged
from tresse.transfers.told import Told

APPLIED = (CREATED, FOUND, REPEATED)
BATCH = 5_000


@dataclass
class Naming:
    """Finds the record that each ask names; tells of those that name none.

    `failed`: relation number → asks that name no record. `hows`: (relation number, how) that the
    file holds.
    """

    layout: Layout
    staged: Staged
    told: Told
    actor: Actor
    linked: LinkedRecords
    hows: set[tuple[int, str]]
    failed: dict[int, int] = field(default_factory=dict)

    def name_all(self) -> None:
        """Fill the stage table `named`."""
        for relation in self.layout.relations:
            for number, how in sorted(self.hows):
                if number == relation.number:
                    self._name(relation, how)
            self._settle(relation)
        self.staged.stage.settled(self.staged.named)

    def _asks(self, relation: Relation, how: str | None = None) -> sa.Select[Any]:
        """Asks of rows that are applied and name no record yet."""
        asks, plan, named = self.staged.asks, self.staged.plan, self.staged.named
        already = sa.exists().where(
            named.c.line == asks.c.line,
            named.c.relation == asks.c.relation,
            named.c.number == asks.c.number,
        )
        statement = (
            sa.select(asks)
            .join_from(asks, plan, plan.c.line == asks.c.line)
            .where(asks.c.relation == relation.number, plan.c.outcome.in_(APPLIED))
        )
        return (
            statement.where(asks.c.how == how)
            if how is not None
            else statement.where(~already).order_by(asks.c.line, asks.c.number)
        )

    def _name(self, relation: Relation, how: str) -> None:
        for step, name in enumerate(how.split(",")):
            if name == "id":
                self._name_by_id(relation, how)
            elif name:
                self._name_by_property(relation, how, relation.other.property(name), first=not step)

    def _insert(self, select: sa.Select[Any]) -> None:
        named = self.staged.named
        Ready(named.insert().from_select(["line", "relation", "number", "ref"], select)).run()

    def _name_by_id(self, relation: Relation, how: str) -> None:
        """Ids; that of a merged record leads to the survivor."""
        asks, table = self._asks(relation, how).subquery(), relation.other.table
        record, survivor = table.alias("r"), table.alias("m")
        sees = sa.or_(
            visible(relation.other, self.actor, record),
            sa.and_(survivor.c.id.is_not(None), visible(relation.other, self.actor, survivor)),
        )
        self._insert(
            sa.select(
                asks.c.line,
                asks.c.relation,
                asks.c.number,
                sa.func.coalesce(survivor.c.id, record.c.id),
            )
            .join_from(asks, record, record.c.id == asks.c.id_value)
            .outerjoin(survivor, survivor.c.id == record.c.merged_into)
            .where(sees)
        )

    def _name_by_property(
        self, relation: Relation, how: str, prop: PropertyDef, *, first: bool
    ) -> None:
        for candidates in self._candidates(relation, how, prop, first=first):
            found = candidates.subquery()
            if prop.is_unique and isinstance(candidates, sa.Select):
                self._insert(candidates)
                continue
            groups = (
                sa.select(
                    found.c.line,
                    found.c.relation,
                    found.c.number,
                    sa.func.min(found.c.ref),
                )
                .group_by(found.c.line, found.c.relation, found.c.number)
                .having(sa.func.min(found.c.ref) == sa.func.max(found.c.ref))
            )
            self._insert(groups)

    def _candidates(
        self, relation: Relation, how: str, prop: PropertyDef, *, first: bool
    ) -> Iterator[sa.Select[Any] | sa.CompoundSelect[Any]]:
        """Records by a property: of the house, then those that the file makes (same object)."""
        statement = self._asks(relation, how)
        if not first:
            named = self.staged.named
            asks_table = self.staged.asks
            statement = statement.where(
                ~sa.exists().where(
                    named.c.line == asks_table.c.line,
                    named.c.relation == asks_table.c.relation,
                    named.c.number == asks_table.c.number,
                )
            )
        asks = statement.subquery()
        record = relation.other.table.alias("r")
        stored = (
            sa.select(asks.c.line, asks.c.relation, asks.c.number, record.c.id.label("ref"))
            .join_from(asks, record, record.c[prop.normal_column] == _text_as(record, prop, asks))
            .where(visible(relation.other, self.actor, record))
        )
        parts = [stored]
        if OtherValues(relation.other).of(prop):
            other = (
                sa.select(asks.c.line, asks.c.relation, asks.c.number, record.c.id.label("ref"))
                .join_from(asks, OTHER_VALUE, holders(prop, asks.c.text_value))
                .join(record, record.c.id == OTHER_VALUE.c.record_id)
                .where(visible(relation.other, self.actor, record))
            )
            parts.append(other)
        if (in_file := self._in_file(relation, prop, asks)) is not None:
            parts.append(in_file)
        yield stored if len(parts) == 1 else sa.union(*parts)

    def _in_file(
        self, relation: Relation, prop: PropertyDef, asks: sa.Subquery
    ) -> sa.Select[Any] | None:
        """Records that other rows of the file make, above or below (T65)."""
        if relation.other.name != self.layout.object.name:
            return None
        column = next((c for c in self.layout.values if c.prop.name == prop.name), None)
        if column is None:
            return None
        rows, plan = self.staged.rows, self.staged.plan.alias("made")
        name = f"{rows.name}_{column.normal}"
        if name not in {index.name for index in rows.indexes}:
            self.staged.stage.index(sa.Index(name, rows.c[column.normal]))
        return (
            sa.select(asks.c.line, asks.c.relation, asks.c.number, plan.c.ref.label("ref"))
            .join_from(asks, rows, rows.c[column.normal] == asks.c.text_value)
            .join(plan, plan.c.line == rows.c.line)
            .where(plan.c.outcome == CREATED)
        )

    def _settle(self, relation: Relation) -> None:
        """Make what is missing, or tell of it."""
        asks = self._asks(relation)
        while True:
            waiting: list[Ask] = [
                (line, number, how, id_value, text, shown)
                for line, _, number, how, id_value, text, shown in Ready(asks.limit(BATCH)).rows()
            ]
            if not waiting:
                return
            left = self.linked.make(relation, waiting) if relation.missing != "finding" else waiting
            self._tell(relation, left)
            last_line, last_number = waiting[-1][0], waiting[-1][1]
            table = self.staged.asks
            asks = self._asks(relation).where(
                sa.or_(
                    table.c.line > last_line,
                    sa.and_(table.c.line == last_line, table.c.number > last_number),
                )
            )

    def _tell(self, relation: Relation, asks: Sequence[Ask]) -> None:
        if not asks:
            return
        self.failed[relation.number] = self.failed.get(relation.number, 0) + len(asks)
        ids = {ask[3] for ask in asks if ask[3] is not None}
        elsewhere = objects_of(self.layout.model, ids, self.actor) if ids else {}
        binned = titles(relation.other, ids, self.actor) if ids else {}
        several = self._several(relation, asks)
        for ask in asks:
            error, hint = self._error(relation, ask, elsewhere, binned, several=several)
            told = of_error(error, ask[0], level=LINK, column=relation.place, value=ask[5])
            self.told.add(told._replace(hint=hint))

    def _error(
        self,
        relation: Relation,
        ask: Ask,
        elsewhere: Mapping[int, str],
        binned: Mapping[int, str],
        *,
        several: Mapping[tuple[str, str], tuple[PropertyDef, list[int]]],
    ) -> tuple[TresseError, str]:
        _, _, how, id_value, text, shown = ask
        other = relation.other
        if id_value is not None:
            if id_value in elsewhere:
                found = elsewhere[id_value]
                hint = _wrong_object_hint(self.layout, id_value, found)
                return WRONG_OBJECT(
                    id=id_value, object=found, wanted=shown_label(other).lower()
                ), hint
            if id_value in binned:
                return RECORD_IN_BIN(record=binned[id_value], id=id_value), ""
        else:
            for name in how.split(","):
                if (name, text or "") in several:
                    prop, found_ids = several[name, text or ""]
                    return (
                        AMBIGUOUS_MATCH(
                            name=shown_label(prop),
                            value=shown,
                            number=len(found_ids),
                            objects=shown_plural(other).lower(),
                            ids=found_ids[:MOST_IDS],
                        ),
                        "",
                    )
        key = "id" if id_value is not None else shown_label(other.property(how.split(",")[0]))
        return (
            ASSOCIATION_RECORD_NOT_FOUND(object=shown_label(other).lower(), key=key, value=shown),
            "",
        )

    def _several(
        self, relation: Relation, asks: Iterable[Ask]
    ) -> dict[tuple[str, str], tuple[PropertyDef, list[int]]]:
        """Keys that fit several records: (property, text) → property and ids."""
        wanted: dict[str, set[str]] = {}
        for _, _, how, id_value, text, _ in asks:
            if id_value is None and text is not None:
                for name in how.split(","):
                    wanted.setdefault(name, set()).add(text)
        found: dict[tuple[str, str], tuple[PropertyDef, list[int]]] = {}
        for name, texts in wanted.items():
            prop = relation.other.property(name)
            if prop.is_unique:
                continue
            table = relation.other.table
            column = table.c[prop.normal_column]
            for few in pieces(sorted(texts)):
                values = few if isinstance(column.type, sa.Text | sa.String) else list(few)
                statement = (
                    sa.select(column, table.c.id)
                    .where(column.in_(values), visible(relation.other, self.actor, table))
                    .order_by(table.c.id)
                )
                other = (
                    sa.select(OTHER_VALUE.c.compared, table.c.id)
                    .join(table, table.c.id == OTHER_VALUE.c.record_id)
                    .where(
                        OTHER_VALUE.c.property_id == prop.id,
                        OTHER_VALUE.c.compared.in_(list(few)),
                        visible(relation.other, self.actor, table),
                    )
                )
                for text, id in [*Ready(statement).rows(), *Ready(other).rows()]:
                    found.setdefault((name, text), (prop, []))[1].append(id)
        return {place: each for place, each in found.items() if len(each[1]) > 1}


def _text_as(record: sa.FromClause, prop: PropertyDef, asks: sa.Subquery) -> sa.ColumnElement[Any]:
    """The compared text as the type of the record's column."""
    column = record.c[prop.normal_column]
    if isinstance(column.type, sa.BigInteger):
        return sa.cast(asks.c.text_value, sa.BigInteger())
    return asks.c.text_value


def _wrong_object_hint(layout: Layout, id: int, found: str) -> str:
    """The header that would link it (T46a), as in "1042 is a deal. Put it under …"."""
    for each in layout.model.objects:
        if shown_label(each).lower() == found:
            if layout.model.default_side(layout.object.name, each.name) is None:
                return ""
            hint = gettext("{id} is a {found}. Put it under Associated {label}.")
            return hint.format(id=id, found=found, label=each.label)
    return ""
