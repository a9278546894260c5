"""The difference of wanted and acknowledged rows, alike on both engines (Y22, Y24, Y25)."""

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tresse.engine.base import Engine
from tresse.syncs.running.differing import ADDED, CHANGED, compared

WANTED = [
    ("g1", "a@x.fr", "same"),
    ("g2", "b@x.fr", "other"),
    ("g3", "c@x.fr", "new"),
    ("g4", None, "x"),
    ("g5", "twice@x.fr", "x"),
    ("g6", "twice@x.fr", "y"),
    ("g7", "moved@x.fr", "z"),
    ("g8", "kept@x.fr", "same"),
    ("g9", "left@x.fr", "same"),
]
STATE = [
    ("a@x.fr", "g1", "1", "same", None),
    ("b@x.fr", "g2", "2", "was", None),
    ("d@x.fr", "g0", "3", "x", None),
    ("before@x.fr", "g7", "4", "z", None),
    ("kept@x.fr", "g8", "5", "same", 7),
    ("left@x.fr", "g9", "6", "same", 3),
    ("null@x.fr", "g4", "7", "x", None),
]


def table(engine: Engine, name: str, rows: list[tuple[object, ...]], names: list[str]):
    types = [pa.int64() if each == "kept" else pa.string() for each in names]
    columns = [pa.array([row[at] for row in rows], type_) for at, type_ in enumerate(types)]
    batch = pa.RecordBatch.from_arrays(columns, names=names)
    typed = [sa.column(n, sa.BigInteger() if n == "kept" else sa.Text()) for n in names]
    return engine.load(name, [batch], typed)


@pytest.fixture
def found(any_engine):
    wanted = table(any_engine, "wanted_rows", WANTED, ["id", "key", "asked"])
    names = ["key", "golden_id", "remote", "asked", "kept"]
    return compared(any_engine, wanted, table(any_engine, "held", STATE, names), number=7)


def test_classes_are_those_of_the_spec(any_engine, found):
    """Y22, Y25: keys, hashes, rows that moved to another key, fields that were left."""
    columns = ("id", "old_key", "remote", "sort")
    todo = sorted(any_engine.rows(sa.select(*(found.todo.c[n] for n in columns))))
    faulty = sorted(any_engine.rows(sa.select(found.faulty.c.id, found.faulty.c.code)))
    gone = any_engine.rows(sa.select(found.gone.c.key))

    assert todo == [
        ("g2", None, "2", CHANGED),
        ("g3", None, None, ADDED),
        ("g7", "before@x.fr", "4", CHANGED),
        ("g9", None, "6", CHANGED),
    ]
    assert faulty == [("g4", "key_null"), ("g5", "key_repeated"), ("g6", "key_repeated")]
    assert gone == [("d@x.fr",)]


def test_counts_add_up(found):
    """Y61: every row of the dataset is in one class."""
    assert found.rows == len(WANTED)
    assert found.rows == found.added + found.changed + found.unchanged + found.refused
    assert (found.added, found.changed, found.unchanged, found.refused) == (1, 3, 2, 3)
