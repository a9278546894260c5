"""What a build found for people to look at: kept beside its version until that is published."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.builds.marks import Marked
from tresse.datasets.builds.region import Region
from tresse.datasets.identity.outcome import Review
from tresse.datasets.layout import RID, Plan
from tresse.datasets.models import Dataset, ReviewItem
from tresse.datasets.reviewing import MOST_OF_A_KIND, Found
from tresse.engine.base import Engine

FILE = "found.json"
CHUNK = 10_000


def write_found(
    engine: Engine,
    plan: Plan,
    records: sa.TableClause,
    folder: Path,
    *,
    reviews: Iterable[Review],
    claims: sa.TableClause,
) -> None:
    """Write what identity and matching want to have decided into the folder of a version."""
    found = list(found_by(engine, plan, records, reviews))
    write_all(folder, [*found, *_of_claims(engine, plan, records, claims)])


def write_all(folder: Path, rows: Iterable[Found]) -> None:
    """Write what was found."""
    facts = [
        {"kind": e.kind, "a": e.a, "b": e.b, "golden_id": e.golden_id, "facts": dict(e.facts)}
        for e in rows
    ]
    (folder / FILE).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")


def read_found(file: Path) -> list[Found]:
    """What was written."""
    return [Found(**each) for each in json.loads(file.read_text(encoding="utf-8"))]


def found_by(
    engine: Engine, plan: Plan, records: sa.TableClause, reviews: Iterable[Review]
) -> Iterator[Found]:
    """What identity wants to have decided."""
    number: dict[str, int] = {}
    waiting = (each for each in reviews if _counted(number, each.kind))
    while some := list(islice(waiting, CHUNK)):
        wanted = {each.a for each in some} | {each.b for each in some if each.b is not None}
        names = names_of_records(engine, records, wanted)
        for each in some:
            yield _found(plan, each, names)


def _counted(number: dict[str, int], kind: str) -> bool:
    number[kind] = number.get(kind, 0) + 1
    return number[kind] <= MOST_OF_A_KIND


def _found(plan: Plan, review: Review, names: dict[int, str]) -> Found:
    facts: dict[str, Any] = {
        "guard": review.constraint or "DG6",
        "sizes": list(review.sizes),
    }
    if review.kind == "oversize":
        facts["size"] = sum(review.sizes)
    if review.strength is not None:
        facts["columns"] = list(plan.definition.identity.keys[review.strength].columns)
        facts["value"] = review.value
    if review.detail:
        facts["detail"] = json.loads(review.detail)
    return Found(
        kind=review.kind,
        a=names.get(review.a, ""),
        b=names.get(review.b, "") if review.b is not None else "",
        golden_id=review.id,
        facts=facts,
    )


def _of_claims(
    engine: Engine, plan: Plan, records: sa.TableClause, claims: sa.TableClause
) -> Iterator[Found]:
    """Records of sources that are not trusted, with what they claim; those that others hold."""
    wanted = (
        sa.select(records.c.source, records.c.key, claims.c.strength, claims.c.value)
        .join_from(claims, records, records.c.rid == claims.c.rid)
        .where(claims.c.is_held)
        .order_by(records.c.source, records.c.key, claims.c.strength, claims.c.value)
        .limit(MOST_OF_A_KIND)
    )
    keys = plan.definition.identity.keys
    claimed: dict[str, list[dict[str, Any]]] = {}
    for source, key, strength, value in engine.rows(wanted):
        what = {"columns": list(keys[int(strength)].columns), "value": value}
        claimed.setdefault(f"{source}/{key}", []).append(what)
    for record, facts in claimed.items():
        yield Found(kind="claim", a=record, facts={"guard": "DG13", "claims": facts})


def names_of_records(
    engine: Engine, records: sa.TableClause, rids: Iterable[int]
) -> dict[int, str]:
    """`source/key` of records, by rid; those that are gone are left out."""
    batch = pa.RecordBatch.from_pydict({"rid": pa.array(sorted(rids), pa.int64())})
    asked = engine.load("asked_rids", [batch], [sa.column("rid", RID)])
    rows = records.join(asked, asked.c.rid == records.c.rid)
    found = engine.rows(sa.select(records.c.rid, records.c.source, records.c.key).select_from(rows))
    return {int(rid): f"{source}/{key}" for rid, source, key in found}


def carried_over(
    engine: Engine, dataset: Dataset, region: Region, marked: Marked
) -> Iterator[Found]:
    """What the version before found of records and golden records out of a region."""
    rows = ReviewItem.objects.filter(dataset=dataset, kind__in=("refused", "oversize"))
    items = list(rows.filter(last_number=dataset.last_number).order_by("pk"))
    if not items:
        return
    texts = [each for row in items for each in (row.a, row.b) if each]
    rids = marked.rids(texts)
    reached = set(_among(engine, region.reached, rids.values()))
    ids = {row.golden_id for row in items if row.kind == "oversize"}
    gone = {id_ for (id_,) in engine.rows(sa.select(region.ids.c.id)) if id_ in ids}
    for row in items:
        is_reached = row.golden_id in gone or {rids.get(row.a), rids.get(row.b)} & reached
        if not is_reached:
            yield Found(row.kind, row.a, row.b, row.golden_id, row.score, row.facts)


def _among(engine: Engine, table: sa.TableClause, rids: Iterable[int]) -> Iterator[int]:
    """Which of some numbers a table has."""
    batch = pa.RecordBatch.from_pydict({"rid": pa.array(sorted(set(rids)), pa.int64())})
    asked = engine.load("asked_rids", [batch], [sa.column("rid", RID)])
    found = sa.select(asked.c.rid).where(asked.c.rid.in_(sa.select(table.c.rid)))
    yield from (int(rid) for (rid,) in engine.rows(found))
