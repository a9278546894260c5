"""Persons with known truth: how many true pairs exact keys find, and how many wrong ones.

FEBRL 1 (1,000 records, 500 pairs) and fake_1000 (1,000 records, 2,031 pairs), both with typing
errors everywhere. `reviewed`: a person then decided rightly on each refused attachment.
`suggested`: and every suggestion over the threshold was accepted, right or wrong.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import sqlalchemy as sa

import tresse
from bench.people import as_records
from bench.suggestions import THRESHOLD, Compared
from tresse.datasets.builds.tables import Tables
from tresse.datasets.definition import Column, DatasetDefinition, Identity, KeySet
from tresse.datasets.identity import Resolved, resolve
from tresse.datasets.layout import RID, Plan, Planned
from tresse.datasets.matching import attach
from tresse.datasets.suggestions.blocking import counted, rules_for, taken
from tresse.datasets.suggestions.model import scored
from tresse.datasets.suggestions.prepared import names_in, prepared
from tresse.engine.base import Engine
from tresse.engine.duckdb import DuckDB, lent
from tresse.engine.relations import schema
from tresse.engine.types import Instant

FOLDER = Path(tresse.__file__).parents[1] / "tests" / "cases" / "people"
Keys = tuple[tuple[str, ...], ...]
Pair = tuple[int, int]
_SEMANTIC = {"street": "address_line1"}


@dataclass(frozen=True, slots=True)
class Persons:
    """A file of persons."""

    file: str
    key: str
    person: Callable[[Mapping[str, str]], str]
    "Which of the rows are one, by their cells."
    columns: Mapping[str, str]
    "Column of a dataset to that of the file."
    keys: Mapping[str, Keys]
    "Sets of keys by what they are called in the answer, from few to many."


_BY_NAME: Keys = (("last_name", "birth_date"), ("first_name", "birth_date"))
PERSONS: Mapping[str, Persons] = {
    "febrl1": Persons(
        file="febrl1.csv",
        key="rec_id",
        person=lambda row: row["rec_id"].split("-")[1],
        columns={
            "customer_id": "soc_sec_id",
            "first_name": "given_name",
            "last_name": "surname",
            "birth_date": "date_of_birth",
            "street": "address_1",
            "number": "street_number",
            "postal_code": "postcode",
        },
        keys={
            "id": (("customer_id",),),
            "names and birth date": _BY_NAME,
            "names, birth date, address": (
                *_BY_NAME,
                ("first_name", "last_name", "postal_code"),
                ("street", "number", "postal_code"),
            ),
            "all": (
                ("customer_id",),
                *_BY_NAME,
                ("first_name", "last_name", "postal_code"),
                ("street", "number", "postal_code"),
            ),
        },
    ),
    "fake_1000": Persons(
        file="fake_1000.csv",
        key="unique_id",
        person=lambda row: row["cluster"],
        columns={
            "email": "email",
            "first_name": "first_name",
            "last_name": "surname",
            "birth_date": "dob",
            "city": "city",
        },
        keys={
            "e-mail": (("email",),),
            "e-mail, names and birth date": (("email",), *_BY_NAME),
            "all": (("email",), *_BY_NAME, ("first_name", "last_name", "city")),
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs of records that were put together, beside the true ones."""

    pairs: int
    true: int
    "Of them, those of one person."
    wanted: int

    @property
    def precision(self) -> float:
        """Share of the pairs found that are true; 1 where none was found."""
        return self.true / self.pairs if self.pairs else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were found."""
        return self.true / self.wanted


def run(rows: int = 1_000) -> dict[str, Any]:
    """Measure; `rows`: most records of each file.

    Returns:
        Precision and recall by file and keys, exact, `reviewed` and `suggested`.
    """
    parts: dict[str, Any] = {}
    with DuckDB() as engine:
        for name, persons in PERSONS.items():
            for label, keys in persons.keys.items():
                given = rows_of(persons)[:rows]
                exact, reviewed, suggested = linked(engine, persons, keys, given, suggests=True)
                parts[f"{name}: {label}"] = {
                    "precision": round(exact.precision, 4),
                    "recall": round(exact.recall, 4),
                    "pairs": exact.pairs,
                    "reviewed_precision": round(reviewed.precision, 4),
                    "reviewed_recall": round(reviewed.recall, 4),
                    "suggested_precision": round(suggested.precision, 4),
                    "suggested_recall": round(suggested.recall, 4),
                }
    return {"name": "linking", "rows": rows, "parts": parts}


def linked(
    engine: Engine,
    persons: Persons,
    keys: Keys,
    rows: Sequence[Mapping[str, str]],
    *,
    suggests: bool = False,
) -> tuple[Found, Found, Found]:
    """What exact keys find in rows, and what stands once a person went through the review.

    The third is what stands once all suggestions were accepted as well; without `suggests` none
    are looked for.
    """
    plan = _plan(persons, keys)
    records = engine.keep("records", as_records(_loaded(engine, persons, rows), plan, "file"))
    names = dict(engine.rows(sa.select(records.c.rid, records.c.key)))
    truth = {row[persons.key]: persons.person(row) for row in rows}
    people = {rid: truth[key] for rid, key in names.items()}
    attached = attach(engine, plan, records)

    def resolved(pairs: Iterable[Pair], name: str) -> Resolved:
        return resolve(
            engine,
            plan,
            records,
            attached.attachments,
            guards=attached.guards,
            links=_links(engine, sorted(pairs)) if pairs else None,
            name=name,
        )

    first = resolved((), "exact")
    exact = _found(engine, first, people)
    asked = {(item.a, item.b) for item in first.reviews if item.b is not None}
    same = {(a, b) for a, b in asked if people[a] == people[b]}
    second = resolved(same, "reviewed") if same else first
    reviewed = _found(engine, second, people)
    if not suggests:
        return exact, reviewed, reviewed
    pairs = _suggested(Compared(engine, plan, records, second.members, attached.guards))
    third = resolved(same | pairs, "suggested") if pairs else second
    return exact, reviewed, _found(engine, third, people)


def _suggested(tables: Compared) -> set[Pair]:
    """Pairs over the threshold, of golden records."""
    table = tables.engine.keep("prepared", prepared(cast(Tables, tables)))
    rules = rules_for(names_in(table.c))
    counts = taken(counted(tables.engine, table, rules))
    with lent() as connection:
        found = scored(
            connection,
            tables.engine.batches(sa.select(table)),
            schema(table.c),
            [each.rule for each in counts],
            threshold=THRESHOLD,
            say=lambda _step: None,
        )
    return {(each.a, each.b) for each in found}


def rows_of(persons: Persons) -> list[dict[str, str]]:
    """The rows of a file, as they are."""
    with (FOLDER / persons.file).open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(file, skipinitialspace=True))


def _plan(persons: Persons, keys: Keys) -> Plan:
    planned = tuple(
        Planned(Column(name, "text", _SEMANTIC.get(name, name)), "text", sa.Text(), number)
        for number, name in enumerate(persons.columns)
    )
    definition = DatasetDefinition(
        "contacts",
        "contacts",
        columns=tuple(each.column for each in planned),
        identity=Identity(keys=tuple(KeySet(key) for key in keys)),
    )
    return Plan(definition, planned, ("file",), "UTC")


def _loaded(engine: Engine, persons: Persons, rows: Sequence[Mapping[str, str]]) -> sa.TableClause:
    """The file as a table; all records were seen in the order of their keys."""
    wanted = {"record_id": persons.key, **persons.columns}
    times = ("created_at", "modified_at")
    arrays = [pa.array([row[column].strip() for row in rows]) for column in wanted.values()]
    # A second each, so that none is first by chance.
    numbers = {key: number for number, key in enumerate(sorted(row[persons.key] for row in rows))}
    seen = pa.array([numbers[row[persons.key]] * 1_000_000 for row in rows], pa.int64())
    moments = [seen.cast(pa.timestamp("us", "UTC"))] * len(times)
    batch = pa.RecordBatch.from_arrays([*arrays, *moments], names=[*wanted, *times])
    texts = [sa.column(name, sa.Text()) for name in wanted]
    return engine.load("persons", [batch], [*texts, *(sa.column(n, Instant()) for n in times)])


def _links(engine: Engine, same: Iterable[Pair]) -> sa.TableClause:
    a, b = zip(*same, strict=True)
    batch = pa.RecordBatch.from_arrays([pa.array(a), pa.array(b)], names=["a", "b"])
    return engine.load("decided", [batch], [sa.column("a", RID), sa.column("b", RID)])


def _found(engine: Engine, resolved: Resolved, people: Mapping[int, str]) -> Found:
    members = dict(engine.rows(sa.select(resolved.members.c.rid, resolved.members.c.id)))
    found, wanted = _pairs(members), _pairs(people)
    return Found(len(found), len(found & wanted), len(wanted))


def _pairs(groups: Mapping[int, str]) -> set[Pair]:
    by_group: dict[str, list[int]] = {}
    for rid, group in sorted(groups.items()):
        by_group.setdefault(group, []).append(rid)
    return {pair for rids in by_group.values() for pair in combinations(rids, 2)}
