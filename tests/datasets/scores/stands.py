"""Two versions of a small world, and why scores moved from one to the other."""

import json
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from tests.datasets.scores.worlds import Small, worked
from tresse.datasets import layout
from tresse.datasets.definition import ScoreUse
from tresse.datasets.scores.chain import Chain, followed
from tresse.datasets.scores.past import Stand
from tresse.datasets.scores.runs import runs_of
from tresse.engine.relations import schema

NUMBERS = count()


def stand(small: Small, *uses: ScoreUse, facts: Any = None) -> Stand:
    """What scores of a world are, with their facts."""
    columns = worked(*uses)
    sheet = small.sheet(*uses)
    scored = sheet.scored(columns, facts)
    known, runs = (json.loads(json.dumps(each)) for each in (scored.facts, runs_of(sheet, {})))
    return Stand(uses, tuple(columns), scored.table, known, runs, small.world)


def with_members(small: Small, members: dict[str, list[int]]) -> Small:
    """Say which records the golden records of a world have: rids by golden id."""
    folder = small.contacts.tables.folder / "members"
    folder.mkdir(parents=True)
    rows = [{"rid": rid, "id": id_, "label": rid} for id_, rids in members.items() for rid in rids]
    table = pa.Table.from_pylist(rows, schema=schema(layout.MEMBERS))
    pq.write_table(table, folder / "part-0.parquet")
    return small


def why(
    before: Stand, after: Stand, person: str, column: str
) -> tuple[list[Any], list[dict[str, Any]]]:
    """Values of all stages of a column of one person, and the reasons as they are kept."""
    world = after.world
    assert world is not None
    engine, number = world.engine, next(NUMBERS)
    batch = pa.RecordBatch.from_pydict({"id": pa.array([person], pa.string())})
    people = engine.load(f"why_{number}_people", [batch], [sa.column("id", sa.Text())])
    columns = [each for each in followed(before, after) if each.name == column]
    chain = Chain(
        engine,
        before,
        after,
        columns,
        dataset="contacts",
        people=people,
        begin=f"why_{number}",
    )
    texts = chain.texts(0)
    values = [texts.c[f"t{stage}"] for stage in chain.numbers]
    [row] = engine.rows(sa.select(*values, chain.reasons(texts)))
    return list(row[:-1]), json.loads(row[-1])
