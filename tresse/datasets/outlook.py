"""What decisions would make of some golden records, worked out aside over their component (D63).

The steps are those of a build: identity over all records that any key value leads to, ids by the
version that stands, then merge. Nothing is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.builds.marks import Marked, marks_of
from tresse.datasets.builds.tables import Tables, names_of, tables_of
from tresse.datasets.deciding import ties_around
from tresse.datasets.explaining.cluster import rids_of
from tresse.datasets.explaining.explain import salt_of
from tresse.datasets.identity import resolve
from tresse.datasets.layout import ATTACHMENTS, RID
from tresse.datasets.merging.merge import merge
from tresse.datasets.models import DatasetVersion
from tresse.engine.base import Engine

MOST_RECORDS = 50_000
"Of a component that are worked out."
ROUNDS = 30
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A golden record that would be there."""

    id: str
    records: tuple[str, ...]
    "`source/key`, sorted."
    golden: dict[str, Any]
    "By names as people use them; without relations."
    is_new: bool
    "No golden record has this id in the version that stands."


@dataclass(frozen=True, slots=True)
class Outlook:
    """Golden records that any of the records asked for would be of, the largest first."""

    parts: tuple[Part, ...]
    is_whole: bool
    "False: the component is larger than `MOST_RECORDS`; the build may give other parts."


def outlook(
    engine: Engine,
    version: DatasetVersion,
    records: Sequence[str],
    *,
    links: Iterable[Pair] = (),
    aparts: Iterable[Pair] = (),
) -> Outlook:
    """Work out what would come of further decisions.

    Args:
        engine: Keeps the steps.
        version: That stands, with its dataset.
        records: `source/key` of those to be shown.
        links: Further must-links, records as `source/key`.
        aparts: Further must-not-links.
    """
    tables, salt = tables_of(engine, version), salt_of(version)
    links, aparts = list(links), list(aparts)
    wanted = rids_of(tables, list(records), salt)
    tied = ties_around(version.dataset, {*records, *(name for pair in links for name in pair)})
    begun = rids_of(tables, sorted({*records, *tied.links, *(n for p in links for n in p)}), salt)
    reached, is_whole = _component(tables, begun)
    some = _narrowed(tables, reached)
    marks = marks_of(version.dataset)
    marks.links.extend(links)
    marks.aparts.extend(aparts)
    marked = Marked(engine, marks, some.records, salt)
    found = resolve(
        engine,
        tables.plan,
        some.records,
        some.attachments,
        links=marked.links,
        aparts=marked.aparts,
        before=some,
        number=version.number + 1,
        cause="decision",
        guards=tables.guards,
        claims=marked.claims,
        name="outlook",
    )
    shown = engine.keep(
        "outlook_shown", _of_records(found.members, _loaded(engine, "wanted", wanted))
    )
    numbers = {each.column.name: each.number for each in tables.plan.columns}
    golden = merge(
        engine,
        tables.plan,
        some.records,
        shown,
        pins=marked.pins(shown, numbers),
        as_of=version.as_of,
        number=version.number + 1,
        name="outlook_merging",
    ).golden
    return Outlook(_parts(tables, golden), is_whole)


@dataclass(frozen=True, slots=True)
class _Some:
    """Tables of a version with the rows of some records alone (`identity.Before`)."""

    records: sa.TableClause
    attachments: sa.TableClause
    members: sa.TableClause
    homes: sa.TableClause
    aliases: sa.TableClause
    id_changes: sa.TableClause


def _component(tables: Tables, rids: Sequence[int]) -> tuple[sa.TableClause, bool]:
    """All records that key values lead to from some, accepted or refused; and whether it is all."""
    engine, rows = tables.engine, tables.attachments
    reached, number = _loaded(engine, "reached", rids), len(set(rids))
    for at in range(ROUNDS):
        values = engine.keep(
            f"outlook_values_{at}",
            sa.select(rows.c.strength, rows.c.value)
            .join_from(rows, reached, reached.c.rid == rows.c.rid)
            .distinct(),
        )
        same = sa.and_(rows.c.strength == values.c.strength, rows.c.value == values.c.value)
        led = sa.select(rows.c.rid).join_from(rows, values, same)
        both = sa.union(led, sa.select(reached.c.rid)).limit(MOST_RECORDS + 1)
        further = engine.keep(f"outlook_reached_{at}", both)
        count = int(engine.scalar(sa.select(sa.func.count()).select_from(further)))
        if count == number:
            return further, True
        if count > MOST_RECORDS:
            break
        reached, number = further, count
    return reached, False


def _narrowed(tables: Tables, reached: sa.TableClause) -> _Some:
    engine = tables.engine

    def some(name: str, table: sa.TableClause, columns: Iterable[Any]) -> sa.TableClause:
        cells = [table.c[each.name] for each in columns]
        rows = table.join(reached, reached.c.rid == table.c.rid)
        return engine.keep(f"outlook_{name}", sa.select(*cells).select_from(rows))

    return _Some(
        records=some("records", tables.records, tables.records.c),
        attachments=some("attachments", tables.attachments, ATTACHMENTS[:3]),
        members=some("members", tables.members, tables.members.c),
        homes=some("homes", tables.homes, tables.homes.c),
        aliases=tables.aliases,
        id_changes=tables.id_changes,
    )


def _of_records(members: sa.TableClause, wanted: sa.TableClause) -> sa.Select[Any]:
    """Members of all golden records that hold one of the records."""
    ids = sa.select(members.c.id).join_from(members, wanted, wanted.c.rid == members.c.rid)
    return sa.select(members.c.rid, members.c.id).where(members.c.id.in_(ids))


def _parts(tables: Tables, golden: sa.TableClause) -> tuple[Part, ...]:
    names = names_of(tables.plan)
    rows = tables.engine.rows(sa.select(*(golden.c[physical] for physical in names.values())))
    found = [dict(zip(names, row, strict=True)) for row in rows]
    there = tables.golden
    ids = sorted(str(each["_id"]) for each in found)
    known = {
        str(id_) for (id_,) in tables.engine.rows(sa.select(there.c.id).where(there.c.id.in_(ids)))
    }
    parts = [
        Part(str(each["_id"]), tuple(each["_keys"]), each, str(each["_id"]) not in known)
        for each in found
    ]
    return tuple(sorted(parts, key=lambda part: (-len(part.records), part.records)))


def _loaded(engine: Engine, name: str, rids: Sequence[int]) -> sa.TableClause:
    batch = pa.RecordBatch.from_pydict({"rid": pa.array(sorted(set(rids)), pa.int64())})
    return engine.load(f"outlook_{name}", [batch], [sa.column("rid", RID)])
