"""What people decided, as a build works by it: links, pins, lifts, claims; and its fingerprint."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.deciding import accepted_claims, pairs_of
from tresse.datasets.models import Dataset, Decision, Lift, Pin
from tresse.engine.base import Engine
from tresse.engine.columns import hash_number

Columns = Sequence[sa.ColumnClause[Any]]
TEXTS: Columns = [sa.column("a", sa.Text()), sa.column("b", sa.Text())]
PINS: Columns = [
    sa.column("record", sa.Text()),
    sa.column("number", sa.BigInteger()),
    sa.column("value", sa.Text()),
]


@dataclass(frozen=True, slots=True)
class Marks:
    """Standing decisions of a dataset, records as `source/key`; taken once, as a build begins.

    `pins`: record, column, canonical text; None pins NULL. `pinned_once`: of records ever pinned.
    """

    links: list[tuple[str, str]] = field(default_factory=list)
    aparts: list[tuple[str, str]] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    lifts: list[tuple[str, str]] = field(default_factory=list)
    pins: list[tuple[str, str, str | None]] = field(default_factory=list)
    pinned_once: list[str] = field(default_factory=list)
    decided_once: list[str] = field(default_factory=list)
    "Records that a link or its contrary named at any time."

    def fingerprints(self) -> dict[str, str]:
        """By sort of decision, equal for equal ones, in whatever order they were made."""
        sorts: dict[str, Any] = {
            "links": self.links,
            "aparts": self.aparts,
            "claims": self.claims,
            "lifts": self.lifts,
            "pins": self.pins,
        }
        return {name: _hash(found) for name, found in sorts.items()}


def marks_of(dataset: Dataset) -> Marks:
    """What stands now."""
    lifts = Lift.objects.filter(dataset=dataset, withdrawn_at=None)
    pins = Pin.objects.filter(dataset=dataset)
    standing = pins.filter(removed_at=None).values_list("record", "column", "value")
    return Marks(
        links=pairs_of(dataset, Decision.LINK),
        aparts=pairs_of(dataset, Decision.APART),
        claims=accepted_claims(dataset),
        lifts=sorted(lifts.values_list("column", "value").distinct()),
        pins=[(r, c, _canonical(v)) for r, c, v in sorted(standing, key=lambda each: each[:2])],
        pinned_once=sorted(set(pins.values_list("record", flat=True))),
        decided_once=sorted({each for pair in _ever(dataset) for each in pair}),
    )


def _ever(dataset: Dataset) -> Iterable[tuple[str, str]]:
    kinds = (Decision.LINK, Decision.APART)
    return Decision.objects.filter(dataset=dataset, kind__in=kinds).values_list("a", "b")


def _hash(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def _canonical(value: Any) -> str | None:
    """A pinned value as merging takes it: canonical text, a list as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


class Marked:
    """The marks of a dataset as tables over its records; those of records that are gone drop."""

    def __init__(self, engine: Engine, marks: Marks, records: sa.TableClause, salt: int) -> None:
        self.engine, self.marks = engine, marks
        self.records, self.salt = records, salt

    @property
    def links(self) -> sa.TableClause | None:
        """Must-links: `a`, `b`, both rids; None: there are none."""
        return self._pairs("marks_links", self.marks.links)

    @property
    def aparts(self) -> sa.TableClause | None:
        """Must-not-links: likewise."""
        return self._pairs("marks_aparts", self.marks.aparts)

    def _pairs(self, name: str, pairs: list[tuple[str, str]]) -> sa.TableClause | None:
        if not pairs:
            return None
        texts = self._load(f"{name}_said", TEXTS, pairs)
        here, there = self.records.alias("here"), self.records.alias("there")
        rows = texts.join(here, here.c.rid == self._rid(texts.c.a))
        rows = rows.join(there, there.c.rid == self._rid(texts.c.b))
        return self.engine.keep(
            name, sa.select(here.c.rid.label("a"), there.c.rid.label("b")).select_from(rows)
        )

    @property
    def claims(self) -> frozenset[int]:
        """Rids of the records whose claims a person accepted."""
        return frozenset(rid for (rid,) in self._rids("marks_claims", self.marks.claims))

    @property
    def lifted(self) -> frozenset[tuple[str, str]]:
        """Pairs of column and value that no guard keeps back."""
        return frozenset(self.marks.lifts)

    def pins(self, members: sa.TableClause, numbers: dict[str, int]) -> sa.TableClause | None:
        """Pinned values: `id`, `number` of the column, `value`, as `merging.finishing.PINS`.

        Two golden records that became one may both be pinned: the value that comes first by its
        text stands, so that the order in which they were pinned makes no difference.
        """
        rows = [(r, numbers[c], v) for r, c, v in self.marks.pins if c in numbers]
        if not rows:
            return None
        texts = self._load("marks_pins_said", PINS, rows)
        joined = texts.join(members, members.c.rid == self._rid(texts.c.record))
        return self.engine.keep(
            "marks_pins",
            sa.select(members.c.id, texts.c.number, sa.func.min(texts.c.value).label("value"))
            .select_from(joined)
            .group_by(members.c.id, texts.c.number),
        )

    def pinned_ids(self, members: sa.TableClause) -> sa.TableClause | None:
        """Ids of all golden records that have a pin, or had one; None: none ever had."""
        if not self.marks.pinned_once:
            return None
        pairs = [(each, "") for each in self.marks.pinned_once]
        texts = self._load("marks_pinned_said", TEXTS, pairs)
        joined = texts.join(members, members.c.rid == self._rid(texts.c.a))
        return self.engine.keep(
            "marks_pinned", sa.select(members.c.id).distinct().select_from(joined)
        )

    def rids(self, texts: Iterable[str]) -> dict[str, int]:
        """Numbers of records by `source/key`, there or not."""
        said = self._load("marks_rids", TEXTS, [(each, "") for each in sorted(set(texts))])
        rows = self.engine.rows(sa.select(said.c.a, self._rid(said.c.a)))
        return {text: int(rid) for text, rid in rows}

    def _rids(self, name: str, texts: list[str]) -> list[tuple[Any, ...]]:
        if not texts:
            return []
        said = self._load(name, TEXTS, [(each, "") for each in texts])
        rows = said.join(self.records, self.records.c.rid == self._rid(said.c.a))
        return self.engine.rows(sa.select(self.records.c.rid).select_from(rows))

    def _rid(self, text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return hash_number(text + f"#{self.salt}" if self.salt else text)

    def _load(self, name: str, columns: Columns, rows: Sequence[tuple[Any, ...]]) -> sa.TableClause:
        names = [each.name for each in columns]
        batch = pa.RecordBatch.from_pylist(
            [dict(zip(names, row, strict=True)) for row in rows],
            schema=pa.schema(
                [
                    pa.field(c.name, pa.int64() if isinstance(c.type, sa.Integer) else pa.string())
                    for c in columns
                ]
            ),
        )
        return self.engine.load(name, [batch], columns)
