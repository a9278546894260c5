"""The numbers of a plan, and samples of it (T60, T62, T76)."""

from typing import Any

import sqlalchemy as sa

from tresse.engine.stored import from_text
from tresse.records.tables import LINK
from tresse.transfers.activities import is_activity
from tresse.transfers.activities.reading import changed_number, changed_samples, on_timeline
from tresse.transfers.counters import Counters
from tresse.transfers.decide import CREATED, FAILED, FOUND, NEW, REPEATED, SKIPPED
from tresse.transfers.filling import Filled
from tresse.transfers.layout import Layout, Relation
from tresse.transfers.plan.pairs import Pairs, kinds, linked, not_tried
from tresse.transfers.stage import Ready
from tresse.transfers.staged import PLANNED, RecordRows, Staged
from tresse.transfers.told import Told
from tresse.transfers.writes import SOURCE, Writes, Written, written_of

SAMPLE = 50
NAMES = {REPEATED: "repeated", SKIPPED: "skipped", FAILED: "failed", CREATED: "created"}


def writes_of(layout: Layout, staged: Staged, origin: str = SOURCE) -> Writes:
    """Statements for the rows' own records."""
    source = RecordRows(staged.rows, staged.plan)
    erase = layout.settings.erase_empty
    written = written_of(staged.rows, layout.written, erase=erase)
    return Writes(layout.object, source, (*written, *_carried_stage(layout, staged)), origin)


def _carried_stage(layout: Layout, staged: Staged) -> list[Written]:
    """A new pipeline without a stage starts at its first one (C49)."""
    columns = {each.prop.kind.name: each for each in layout.written}
    pipeline, object = columns.get("pipeline"), layout.object
    if pipeline is None or "stage" in columns or not object.has("stage"):
        return []
    given = staged.rows.c[pipeline.target]
    stored = object.table.c[pipeline.prop.column]
    firsts = {each.id: each.stages[0].id for each in object.pipelines if each.stages}
    first = sa.case(
        (given.is_distinct_from(stored), sa.case(firsts, value=given, else_=sa.null())),
        else_=sa.null(),
    )
    return [
        Written(object.property("stage"), sa.type_coerce(first, sa.BigInteger()), is_carried=True)
    ]


def linked_writes(relation: Relation, staged: Staged) -> Writes:
    """Statements for records made or changed through a relation."""
    source = staged.linked[relation.number]
    props = [p for p in relation.other.active if p.column and p.column in source.rows.c]
    written = tuple(
        Written(
            prop,
            source.rows.c[prop.column],
            source.rows.c[prop.normal_column] if prop.has_normal else None,
        )
        for prop in props
    )
    return Writes(relation.other, source, written)


def counted(
    layout: Layout, staged: Staged, filled: Filled, pairs: Pairs, *, failed_asks: dict[int, int]
) -> Counters:
    """The counters of a whole plan; held against their identities."""
    found = Counters(rows=filled.rows + filled.rejected, blank=filled.blank)
    found.failed = filled.rejected
    plan = staged.plan
    by_outcome = sa.select(plan.c.outcome, sa.func.count()).group_by(plan.c.outcome)
    candidates = 0
    for outcome, number in Ready(by_outcome).rows():
        if outcome == FOUND:
            candidates = number
        else:
            setattr(found, NAMES[outcome], getattr(found, NAMES[outcome]) + number)
    writes = writes_of(layout, staged) if not is_activity(layout.object) else None
    if writes is None:
        found.updated = changed_number(layout, staged)
    elif writes.written and candidates:
        [(found.updated,)] = Ready(writes.count_changed()).rows()
    found.unchanged = candidates - found.updated
    _count_pairs(layout, staged, filled, pairs, failed_asks=failed_asks, found=found)
    _count_through(layout, staged, found)
    if layout.settings.links == "associate":
        found.primary_links = count_primary(layout, staged)
        found.replaced_links = sum(
            Ready(sa.select(sa.func.count()).select_from(replaced(each, staged).subquery())).rows()[
                0
            ][0]
            for each in layout.relations
            if each.existing == "replace"
        )
    found.check()
    return found


def _count_pairs(
    layout: Layout,
    staged: Staged,
    filled: Filled,
    pairs: Pairs,
    *,
    failed_asks: dict[int, int],
    found: Counters,
) -> None:
    names, table = kinds(layout), staged.pairs
    for kind in names:
        found.add_pairs(kind)
    is_there = on_timeline if is_activity(layout.object) else linked
    every = (
        sa.select(table.c.kind, sa.func.count())
        .where(table.c.is_counted == 1, table.c.state == PLANNED)
        .group_by(table.c.kind)
    )
    # As a condition, which PostgreSQL answers by one join instead of a look for each pair.
    linked_already = dict(Ready(every.where(is_there(table))).rows())
    is_dissociating = layout.settings.links == "dissociate"
    for kind, number in Ready(every).rows():
        there = linked_already.get(kind, 0)
        if is_dissociating:
            found.add_pairs(names[kind], removed=there, missing=number - there)
        else:
            found.add_pairs(names[kind], existing=there, created=number - there)
    for kind_name, number in pairs.failed.items():
        found.add_pairs(kind_name, failed=number)
    for asks in (failed_asks, filled.key_faults):
        for relation, number in asks.items():
            name = f"{layout.object.name}-{layout.relations[relation].other.name}"
            found.add_pairs(name, failed=number)
    for name, number in not_tried(layout, staged).items():
        found.add_pairs(name, not_tried=number)


def _count_through(layout: Layout, staged: Staged, found: Counters) -> None:
    for relation in layout.relations:
        if relation.number not in staged.linked:
            continue
        writes = linked_writes(relation, staged)
        plan = writes.source.plan
        statement = sa.select(sa.func.count()).where(plan.c.outcome == CREATED)
        [(created,)] = Ready(statement).rows()
        updated = 0
        if relation.missing == "upsert":
            [(updated,)] = Ready(writes.count_changed()).rows()
        found.add_through(relation.other.name, created=created, updated=updated)


def count_primary(layout: Layout, staged: Staged) -> int:
    """How many records get their primary link label by the links of the file (C39)."""
    total = 0
    pairs = staged.pairs
    asked = {id for (id,) in Ready(sa.select(pairs.c.association_id).distinct()).rows()}
    for relation_id, label_id in primary_labels(layout):
        if relation_id not in asked:
            continue
        link, named = LINK.alias("p"), pairs.alias("a")
        has = sa.exists().where(
            link.c.association_id == label_id, link.c.from_id == pairs.c.from_ref
        )
        conditions = [
            pairs.c.association_id == relation_id,
            pairs.c.state == PLANNED,
            ~linked(pairs),
            ~has,
        ]
        if label_id in asked:
            conditions.append(
                ~sa.exists().where(
                    named.c.association_id == label_id, named.c.from_ref == pairs.c.from_ref
                )
            )
        statement = sa.select(sa.func.count(pairs.c.from_ref.distinct())).where(*conditions)
        total += Ready(statement).rows()[0][0]
    return total


def primary_labels(layout: Layout) -> list[tuple[int, int]]:
    """Association types with a primary link label: ids of both."""
    return [
        (layout.model.association(label.parent).id, label.id)
        for label in layout.model.associations
        if label.parent and label.is_primary and not label.is_archived
    ]


def replaced(relation: Relation, staged: Staged) -> sa.Select[Any]:
    """Links that `existing` = `replace` takes away (T53): of records in the file, not named."""
    link, plan, named, pairs = LINK.alias("gone"), staged.plan, staged.named, staged.pairs
    id, forward = relation.side.association.id, relation.side.forward
    owners = (
        sa.select(plan.c.ref)
        .join_from(plan, named, named.c.line == plan.c.line)
        .where(named.c.relation == relation.number, plan.c.ref < NEW)
    )
    kept = sa.exists().where(
        pairs.c.association_id == id,
        pairs.c.from_ref == link.c.from_id,
        pairs.c.to_ref == link.c.to_id,
    )
    ends = [link.c.from_id if forward else link.c.to_id]
    if relation.side.association.is_symmetric:
        ends = [link.c.from_id, link.c.to_id]
    return sa.select(link.c.association_id, link.c.from_id, link.c.to_id).where(
        link.c.association_id == id, sa.or_(*(end.in_(owners) for end in ends)), ~kept
    )


def samples(layout: Layout, staged: Staged, told: Told) -> dict[str, Any]:
    """The first changes as old → new, and findings by code."""
    if is_activity(layout.object):
        return {"changes": changed_samples(layout, staged, SAMPLE), "codes": dict(told.codes)}
    writes = writes_of(layout, staged)
    changes = []
    if writes.written:
        by_id = {each.prop.id: each for each in layout.written}
        ready = Ready(writes.changes(SAMPLE))
        found: list[tuple[Any, ...]] = []
        for high in (5_000, 100_000, 2**62):
            found = ready.rows(low=0, high=high)
            if len(found) >= SAMPLE:
                break
        for line, id, property_id, old, new in found:
            column = by_id.get(property_id)
            if column is None:
                continue
            type_ = column.prop.kind.column
            shown = [
                ""
                if text is None
                else column.prop.kind.format(from_text(text, type_), column.reading)
                for text in (old, new)
            ]
            changes.append(
                {
                    "line": line,
                    "record_id": id,
                    "property": column.prop.label,
                    "old": shown[0],
                    "new": shown[1],
                }
            )
    return {"changes": changes, "codes": dict(told.codes)}
