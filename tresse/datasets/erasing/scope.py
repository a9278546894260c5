"""Who is erased: the records of one golden record, what they are known by, and what leads to them.

Worked out once, before anything goes, and kept with the job until it ends: when it goes on after a
kill, half of what says who it was may be gone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.definition import ERASURES, Column
from tresse.datasets.erasing.tombstones import RECORD, VALUES, fields_of, hash_of
from tresse.datasets.explaining.cluster import is_one_of, records_of, rids_of
from tresse.datasets.layout import Plan, Planned
from tresse.datasets.matching.values import match_text, match_value
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.engine.base import Engine
from tresse.records.erasing import SHORTEST, Person
from tresse.sources.extraction.layout import KEY
from tresse.sources.models import Source
from tresse.sources.normalising import raw_name
from tresse.sources.semantics import PHONES
from tresse.sources.versions import table_of

ANONYMISE, DELETE = ERASURES
BY_DEFAULT = ("orders", "order_items")
"Entities whose rows stay, without the person, unless the dataset says otherwise (D91)."
NAMES = ("first_name", "last_name", "full_name")
PERSONAL = frozenset(
    (
        *("record_id", "external_id", "customer_id", "user_id", "anonymous_id", "loyalty_id"),
        *("email", *PHONES, *NAMES, "title", "gender", "birth_date"),
        *("address_line1", "address_line2", "postal_code", "city", "latitude", "longitude"),
        *("company_name", "job_title", "contact", "ip", "proof", "text", "session"),
    )
)
"Semantic fields that say something of a person: emptied where a row is anonymised."


@dataclass(frozen=True, slots=True)
class Related:
    """Rows of another dataset that lead to the person."""

    dataset: str
    policy: str
    "`anonymise` or `delete`."
    ids: tuple[str, ...]
    keys: tuple[str, ...]
    "Their records, as `source/key`."


@dataclass(frozen=True, slots=True)
class Scope:
    """A person, as far as datasets and sources know them. JSON: `stored`, `read`."""

    dataset: str
    "Name; empty: only a record of the CRM."
    person: Person
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    "Match values that are nobody else's, by semantic field."
    related: tuple[Related, ...] = ()

    def tombstones(self) -> dict[str, list[str]]:
        """Hashes by sort: of records, and of values of `VALUES` (D92)."""
        found = {RECORD: sorted({hash_of(RECORD, each) for each in self.person.keys})}
        for name in VALUES:
            if self.values.get(name):
                found[name] = sorted({hash_of(name, each) for each in self.values[name]})
        return {sort: hashes for sort, hashes in found.items() if hashes}

    def stored(self) -> dict[str, Any]:
        """As the job keeps it."""
        return asdict(self)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Scope":
        """From what the job keeps."""
        person = stored["person"]
        return cls(
            dataset=stored["dataset"],
            person=Person(
                **{name: tuple(person[name]) for name in ("texts", "names", "keys", "ids")},
                records={name: tuple(ids) for name, ids in person["records"].items()},
            ),
            values={name: tuple(each) for name, each in stored["values"].items()},
            related=tuple(
                Related(r["dataset"], r["policy"], tuple(r["ids"]), tuple(r["keys"]))
                for r in stored["related"]
            ),
        )


def salt_of(version: DatasetVersion) -> int:
    """Of the record numbers of a version."""
    return int(version.basis.get("salt", 0))


def scope_of(engine: Engine, version: DatasetVersion, id_: str) -> Scope:
    """The person of a golden record of the published version."""
    gathered = _Gathered(engine, version, id_)
    dataset = version.dataset
    return Scope(
        dataset=dataset.name,
        person=gathered.person(),
        values=gathered.exclusive,
        related=tuple(related_to(engine, dataset, gathered.ids)),
    )


def scope_of_record(emails: Iterable[str], phones: Iterable[str], **more: Any) -> Scope:
    """A person of whom there is a record in the CRM, and no golden record.

    Args:
        emails: Of the record.
        phones: Likewise.
        more: `names`, `keys`, `records` of `Person`.
    """
    texts = sorted({each for each in (*emails, *phones) if len(each) >= SHORTEST})
    plain = Planned(Column("email", "text", "email"), "text", sa.Text(), 0)
    found = [match_text(each, plain) for each in emails]
    values = {"email": tuple(sorted({each for each in found if each}))}
    return Scope("", Person(texts=tuple(texts), **more), values if values["email"] else {})


class _Gathered:
    """What versions say of one golden record."""

    def __init__(self, engine: Engine, version: DatasetVersion, id_: str) -> None:
        self.engine, self.version = engine, version
        self.tables = tables_of(engine, version)
        self.plan = self.tables.plan
        self.ids = [id_, *self._aliases(id_)]
        self.keys = self._keys()
        self.cells: defaultdict[str, set[str]] = defaultdict(set)
        "Texts by semantic field, as they stand anywhere."
        self.matches: defaultdict[str, set[str]] = defaultdict(set)
        self.names: set[str] = set()
        self._read_records()
        self.exclusive = self._exclusive()
        self._read_sources()

    def person(self) -> Person:
        """As places know them."""
        texts = {
            text.strip()
            for field_, found in self.cells.items()
            for text in found
            if self._is_own(field_, text)
        }
        texts |= {each for found in self.exclusive.values() for each in found}
        return Person(
            texts=tuple(sorted(each for each in texts if len(each) >= SHORTEST)),
            names=tuple(sorted(each for each in self.names if len(each) >= SHORTEST)),
            keys=tuple(self.keys),
            ids=tuple(self.ids),
        )

    def _aliases(self, id_: str) -> list[str]:
        aliases = self.tables.aliases
        found = self.engine.rows(sa.select(aliases.c.id).where(aliases.c.to == id_))
        return sorted(str(each) for (each,) in found)

    def _keys(self) -> list[str]:
        """Records of the golden record in every kept version, but those that are others' now."""
        found: dict[str, None] = {}
        for each in self.version.dataset.versions.order_by("-number"):
            golden = tables_of(self.engine, each).merged
            rows = sa.select(golden.c["keys"]).where(is_one_of(golden.c.id, self.ids))
            for (keys,) in self.engine.rows(rows):
                found |= dict.fromkeys(keys)
        keys = list(found)
        rids = dict(zip(rids_of(self.tables, keys, salt_of(self.version)), keys, strict=True))
        if not rids:
            return []
        members = self.tables.members
        elsewhere = sa.select(members.c.rid).where(
            is_one_of(members.c.rid, list(rids)), members.c.id.not_in(self.ids)
        )
        others = {int(rid) for (rid,) in self.engine.rows(elsewhere)}
        return sorted(key for rid, key in rids.items() if rid not in others)

    def _read_records(self) -> None:
        for version in self.version.dataset.versions.order_by("-number"):
            tables = tables_of(self.engine, version)
            rids = rids_of(tables, self.keys, salt_of(version))
            fields = {each.column.name: each for each in tables.plan.columns}
            for member in records_of(tables, rids):
                self._note_name({f.column.semantic: member.values[n] for n, f in fields.items()})
                for name, planned in fields.items():
                    if _is_known_by(planned.column.semantic):
                        self._note(planned, member.values[name])

    def _note(self, planned: Planned, value: Any) -> None:
        if value is None:
            return
        text = str(value)
        self.cells[planned.column.semantic].add(text)
        match = match_text(text, planned, self.plan.country)
        if match:
            self.matches[planned.column.semantic].add(match)

    def _note_name(self, values: Mapping[str, Any]) -> None:
        first, last = (str(values.get(name) or "").strip() for name in NAMES[:2])
        if first and last:
            self.names |= {f"{first} {last}", f"{last} {first}"}
        if values.get("full_name"):
            self.names.add(str(values["full_name"]).strip())

    def _exclusive(self) -> dict[str, tuple[str, ...]]:
        """Match values that no record of anybody else has, by field."""
        found = {}
        own = rids_of(self.tables, self.keys, salt_of(self.version))
        for planned in self.plan.columns:
            field_ = planned.column.semantic
            values = sorted(self.matches.get(field_, ()))
            if not values or not self._tells_one(planned):
                continue
            records = self.tables.records
            cell = (
                records.c[planned.match]
                if planned.match in records.c
                else match_value(records.c[planned.name], planned, self.plan.country)
            )
            is_other = sa.not_(is_one_of(records.c.rid, own)) if own else sa.true()
            shared = sa.select(cell).where(is_one_of(cell, values), is_other).distinct()
            others = {str(each) for (each,) in self.engine.rows(shared)}
            found[field_] = tuple(each for each in values if each not in others)
        return {name: values for name, values in found.items() if values}

    def _tells_one(self, planned: Planned) -> bool:
        """Whether values of a column are of one person: e-mail, phone, ids that are keys."""
        field_ = planned.column.semantic
        if field_ == "email" or field_ in PHONES:
            return True
        keys = self.plan.definition.identity.keys
        return any(each.columns == (planned.column.name,) for each in keys)

    def _is_own(self, field_: str, text: str) -> bool:
        planned = self.plan.with_field(field_)
        if planned is None:
            return False
        return match_text(text, planned, self.plan.country) in self.exclusive.get(field_, ())

    def _read_sources(self) -> None:
        """How values were written at the source, before its rules."""
        by_source: defaultdict[str, list[str]] = defaultdict(list)
        for each in self.keys:
            name, _, key = each.partition("/")
            by_source[name].append(key)
        sources = Source.objects.filter(name__in=list(by_source)).select_related("version")
        for source in sources:
            if source.version is None:
                continue
            fields = {n: f for n, f in fields_of(source).items() if _is_known_by(f)}
            table = table_of(self.engine, source.version)
            wanted = {
                column: field_
                for own, field_ in fields.items()
                for column in (own, raw_name(own))
                if column in table.c
            }
            if not wanted:
                continue
            rows = self.engine.rows(
                sa.select(*(table.c[name] for name in wanted)).where(
                    is_one_of(table.c[KEY], by_source[source.name])
                )
            )
            for row in rows:
                for field_, value in zip(wanted.values(), row, strict=True):
                    if value is not None:
                        self.cells[field_].add(str(value))


def _is_known_by(field_: str) -> bool:
    return field_ in VALUES or field_ in PHONES


# Rows of other datasets


def policy_of(dataset: Dataset, other: Dataset) -> str:
    """What becomes of rows of another dataset that lead to an erased person (D91)."""
    said = (dataset.definition.get("erasure") or {}).get(other.name)
    return str(said or (ANONYMISE if other.entity in BY_DEFAULT else DELETE))


def related_to(engine: Engine, dataset: Dataset, ids: Iterable[str]) -> Iterable[Related]:
    """Rows of other datasets that lead to golden records, and those that lead to them in turn.

    Rows that stay without the person keep what leads to them: lines stay with their order.
    """
    known: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    todo = [(dataset, set(ids))]
    seen = {dataset.name}
    while todo:
        target, wanted = todo.pop()
        for other in Dataset.objects.exclude(name__in=seen).order_by("pk"):
            found_ids, keys = _leading(engine, other, target, wanted)
            if not found_ids:
                continue
            policy = policy_of(dataset, other)
            known[other.name, policy] = (found_ids, keys)
            seen.add(other.name)
            if policy == DELETE:
                todo.append((other, found_ids))
    for (name, policy), (found_ids, keys) in known.items():
        yield Related(name, policy, tuple(sorted(found_ids)), tuple(sorted(keys)))


def _leading(
    engine: Engine, other: Dataset, target: Dataset, ids: set[str]
) -> tuple[set[str], set[str]]:
    """Golden records of another dataset, in any kept version, and their records."""
    found_ids: set[str] = set()
    keys: set[str] = set()
    for version in other.versions.order_by("-number"):
        tables = tables_of(engine, version)
        conditions = [
            is_one_of(tables.merged.c[f"{each['name']}_id"], sorted(ids))
            for each in version.relations
            if each["to"] == target.name
        ]
        if f"dataset:{target.name}" in tables.plan.sources:
            fed = [f"dataset:{target.name}/{each}" for each in ids]
            rids = rids_of(tables, fed, salt_of(version))
            members = tables.members
            own = sa.select(members.c.id).where(is_one_of(members.c.rid, rids))
            conditions.append(tables.merged.c.id.in_(own))
        if conditions:
            wanted = sa.select(tables.merged.c.id, tables.merged.c["keys"])
            for id_, own_keys in engine.rows(wanted.where(sa.or_(*conditions))):
                found_ids.add(str(id_))
                keys |= set(own_keys)
    return found_ids, keys


def blanked_of(plan: Plan, relations: Iterable[str], leading: Iterable[str]) -> frozenset[str]:
    """Columns of `records` and `golden` that are emptied where a row is anonymised."""
    names = {f"{name}_id" for name in leading if name in set(relations)}
    matched = {
        here
        for each in plan.definition.relations
        if each.name in set(leading)
        for here in each.match.values()
    }
    for planned in plan.columns:
        if planned.column.semantic in PERSONAL or planned.column.name in matched:
            names |= {planned.name, planned.match}
    return frozenset(names)


def tables_and_rids(
    engine: Engine, version: DatasetVersion, keys: Iterable[str]
) -> tuple[Tables, list[int]]:
    """The tables of a version, and the numbers in it of records named `source/key`."""
    tables = tables_of(engine, version)
    return tables, rids_of(tables, list(keys), salt_of(version))
