"""New records of an import that are likely there already, or twice in the file (T62, C66)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.database import rows as read
from tresse.objects.described import ObjectDef, Side
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.changes.duplicates import last_run
from tresse.records.duplicate_rules import PARENTS, DuplicateRule, read_by, rules_of, values_of
from tresse.records.links import pairs_from
from tresse.records.merge_tables import DUPLICATE_KEY
from tresse.records.visibility import visible
from tresse.transfers.decide import CREATED
from tresse.transfers.layout import Layout
from tresse.transfers.plan.notes import titles
from tresse.transfers.stage import Ready, pieces
from tresse.transfers.staged import Staged

MOST_NEW = 5_000
"New records that are compared; a check of a million rows need not look at each."
MOST_CHANGED = 5_000
"Records changed since the house last looked for duplicates, whose keys are worked out here."
SHOWN = 50
LONGEST_KEY = 200

Key = tuple[str, str]
"""Name of the rule, and the folded form by which it compares."""


@dataclass
class Fresh:
    """One new record: its line, what it is called, and its keys."""

    line: int
    ref: int
    title: str
    keys: list[Key] = field(default_factory=list)


def planned_duplicates(layout: Layout, staged: Staged, actor: Actor) -> dict[str, Any]:
    """Likely duplicates among new records, as a fact of the plan.

    Compared are the keys of `duplicate_rules`: with those that the house keeps of its records, with
    those of records changed since it last did, and with earlier lines of the file.
    """
    if layout.object.name in ACTIVITY_KINDS or layout.settings.links == "dissociate":
        return {}
    rules = _rules(layout, actor)
    if not rules:
        return {}
    fresh = _fresh(layout, staged, rules)
    if not fresh:
        return {}
    lookup = _Lookup(layout, staged, actor, rules, fresh)
    found = [(each, *match) for each in fresh if (match := lookup.match(each))]
    named = titles(layout.object, {id for _, _, id, _ in found[:SHOWN] if id}, actor)
    lines = {each.line: each.title for each in fresh}
    first = [
        {
            "line": each.line,
            "title": each.title,
            "reason": rule,
            "record_id": id or None,
            "other_line": line or None,
            "other": named.get(id, "") if id else lines.get(line, ""),
        }
        for each, rule, id, line in found[:SHOWN]
    ]
    looked = {"number": len(found), "of": len(fresh), "is_capped": len(fresh) == MOST_NEW}
    return {"duplicates": {**looked, "first": first}}


def _rules(layout: Layout, actor: Actor) -> list[DuplicateRule]:
    """Rules whose properties the file has, and the person may see (C109)."""
    object = layout.object
    written = {each.prop.name for each in layout.written}
    return [
        rule
        for rule in rules_of(object)
        if written & set(rule.reads or (object.title,))
        and all(actor.access(object.name, name) != "none" for name in rule.reads or (object.title,))
    ]


def _fresh(layout: Layout, staged: Staged, rules: Sequence[DuplicateRule]) -> list[Fresh]:
    object, file, plan = layout.object, staged.rows, staged.plan
    names = {*read_by(object, rules), object.title, "email"}
    columns = {each.prop.name: each for each in layout.written if each.prop.name in names}
    chosen = [
        file.c[each.normal if each.prop.kind.name == "phone" else each.target].label(f"v{number}")
        for number, each in enumerate(columns.values())
    ]
    statement = (
        sa.select(plan.c.line, plan.c.ref, *chosen)
        .join_from(plan, file, file.c.line == plan.c.line)
        .where(plan.c.outcome == CREATED)
        .order_by(plan.c.line)
        .limit(MOST_NEW)
    )
    made = []
    for line, ref, *values in Ready(statement).rows():
        row = dict(zip(columns, values, strict=True))
        keys = list(_keys(rules, object, row))
        made.append(Fresh(line, ref, _title(row, object), keys))
    return made


def _keys(
    rules: Iterable[DuplicateRule], object: ObjectDef, row: Mapping[str, Any]
) -> Iterator[Key]:
    values = values_of(object, row)
    for rule in rules:
        for key in dict.fromkeys(rule.keys(values)):
            yield rule.name, key[:LONGEST_KEY]


def _title(row: Mapping[str, Any], object: ObjectDef) -> str:
    full = " ".join(filter(None, (row.get("first_name"), row.get("last_name"))))
    found = row.get(object.title) or full or row.get("email")
    return str(found or next((each for each in row.values() if each), ""))


class _Lookup:
    """Which record or earlier line has a key of a new record."""

    def __init__(
        self,
        layout: Layout,
        staged: Staged,
        actor: Actor,
        rules: Sequence[DuplicateRule],
        fresh: Sequence[Fresh],
    ) -> None:
        self._layout, self._staged, self._actor = layout, staged, actor
        self._rules = {rule.name: rule for rule in rules}
        self._order = {rule.name: number for number, rule in enumerate(rules)}
        self._lines: dict[Key, list[Fresh]] = {}
        for each in fresh:
            for key in each.keys:
                self._lines.setdefault(key, []).append(each)
        self._records: dict[Key, list[int]] = {}
        since = last_run(layout.object)
        self._read_kept(since)
        self._read_changed(since)
        self._parents = self._linked()
        self._first_records: dict[tuple[Key, int], tuple[int, int]] = {}
        self._first_lines: dict[tuple[Key, int], int] = {}
        self._find_first()

    def _find_first(self) -> None:
        """The first record and line of each key and parent, so that none is compared with all."""
        for key, lines in self._lines.items():
            if self._rules[key[0]].by_links:
                for place, id in enumerate(self._records.get(key, ())):
                    for parent in self._parents.get(id, ()):
                        self._first_records.setdefault((key, parent), (place, id))
                for each in lines:
                    for parent in self._parents.get(each.ref, ()):
                        self._first_lines.setdefault((key, parent), each.line)

    def match(self, fresh: Fresh) -> tuple[str, int, int] | None:
        """Rule, record and line that a new record is likely: one of both is 0; None if nothing."""
        for key in sorted(fresh.keys, key=lambda key: self._order[key[0]]):
            if self._rules[key[0]].by_links:
                shared = [(key, parent) for parent in self._parents.get(fresh.ref, ())]
                there = [
                    self._first_records[each] for each in shared if each in self._first_records
                ]
                if there:
                    return key[0], min(there)[1], 0
            elif key in self._records:
                return key[0], self._records[key][0], 0
        for key in sorted(fresh.keys, key=lambda key: self._order[key[0]]):
            line = self._lines[key][0].line
            if self._rules[key[0]].by_links:
                shared = [(key, parent) for parent in self._parents.get(fresh.ref, ())]
                line = min(
                    (self._first_lines[each] for each in shared if each in self._first_lines),
                    default=fresh.line,
                )
            if line < fresh.line:
                return key[0], 0, line
        return None

    def _keep(self, key: Key, id: int) -> None:
        if key in self._lines and id not in (ids := self._records.setdefault(key, [])):
            ids.append(id)

    def _read_kept(self, since: datetime | None) -> None:
        """Keys that the job which looks for duplicates keeps, of records unchanged since."""
        if since is None:
            return
        kept, object = DUPLICATE_KEY, self._layout.object
        table = object.table
        for few in pieces(sorted({key for _, key in self._lines})):
            statement = (
                sa.select(kept.c.rule, kept.c.key, kept.c.record_id)
                .join(table, table.c.id == kept.c.record_id)
                .where(
                    kept.c.rule.in_(list(self._rules)),
                    kept.c.object_id == object.id,
                    kept.c.key.in_(few),
                    table.c.updated_at < since,
                    visible(object, self._actor, table),
                )
                .order_by(kept.c.record_id)
            )
            for rule, key, id in read(statement):
                self._keep((rule, key), id)

    def _read_changed(self, since: datetime | None) -> None:
        """Keys of records that changed since those were kept, worked out as the job does."""
        object = self._layout.object
        table, rules = object.table, list(self._rules.values())
        names = read_by(object, rules)
        columns = [table.c[_compared(object, name)] for name in names]
        statement = sa.select(table.c.id, *columns).where(visible(object, self._actor, table))
        if since is not None:
            statement = statement.where(table.c.updated_at >= since)
        for id, *values in read(statement.order_by(table.c.id.desc()).limit(MOST_CHANGED)):
            for key in _keys(rules, object, dict(zip(names, values, strict=True))):
                self._keep(key, id)

    def _linked(self) -> dict[int, set[int]]:
        """Companies and contacts that new records will be, and known ones are, linked to."""
        by_links = {name for name, rule in self._rules.items() if rule.by_links}
        shared = [
            key
            for key, lines in self._lines.items()
            if key[0] in by_links and (len(lines) > 1 or key in self._records)
        ]
        refs = {each.ref for key in shared for each in self._lines[key]}
        ids = {id for key in shared for id in self._records.get(key, ())}
        found: dict[int, set[int]] = {}
        for side in self._sides():
            for here, other in (*self._planned(side, refs), *_linked_now(side, ids)):
                found.setdefault(here, set()).add(other)
        return found

    def _sides(self) -> list[Side]:
        object = self._layout.object
        wanted = ("company",) if object.name == "contact" else PARENTS
        return [side for side in self._layout.model.sides(object.name) if side.other in wanted]

    def _planned(self, side: Side, refs: Iterable[int]) -> Iterator[tuple[int, int]]:
        pairs = self._staged.pairs
        here, other = (pairs.c.from_ref, pairs.c.to_ref)
        if not side.forward:
            here, other = other, here
        for few in pieces(sorted(refs)):
            statement = sa.select(here, other).where(
                pairs.c.association_id == side.association.id, here.in_(few)
            )
            yield from Ready(statement).rows()


def _linked_now(side: Side, ids: Iterable[int]) -> Iterator[tuple[int, int]]:
    links = pairs_from(side)
    for few in pieces(sorted(ids)):
        yield from read(sa.select(links.c.here, links.c.other).where(links.c.here.in_(few)))


def _compared(object: ObjectDef, name: str) -> str:
    """Phones are compared in their normal form; names are folded from the value itself."""
    prop = object.property(name)
    return prop.normal_column if prop.kind.name == "phone" else prop.column
