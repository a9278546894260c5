"""Counts of keys, relations and previews: the same statements on every engine."""

import pyarrow as pa
import sqlalchemy as sa

from tresse.sources import judging
from tresse.sources.columns import Defaults
from tresse.sources.judging import Raw, judged
from tresse.sources.keys import key_counts, relation_counts
from tresse.sources.parsing import parsed
from tresse.sources.preview import _counted, _rows

DEFINITION = parsed(
    {
        "name": "orders",
        "connection": "till",
        "read": {"starts_with": "orders"},
        "entity": "orders",
        "record_key": ["shop", "no"],
        "columns": [
            {"name": "shop", "type": "text", "rules": ["trim", "lower"]},
            {"name": "no", "type": "integer"},
            {"name": "parent", "type": "integer"},
        ],
        "computed": [{"name": "half", "sql": "no / 2"}],
    }
)
CELLS = [
    ("Łódź ", "1", None),
    ("łódź", "1", "1"),
    ("łódź", "2", "7"),
    ("", "3", "x"),
    ("paris", "1", "1"),
]


def raw_on(engine, monkeypatch):
    """Rows of a file on an engine."""
    monkeypatch.setattr(judging, "defaults", Defaults)
    rows = [
        {"_file": 0, "_line": at, "shop": shop, "no": no, "parent": parent}
        for at, (shop, no, parent) in enumerate(CELLS, start=2)
    ]
    types = {"shop": sa.Text(), "no": sa.Text(), "parent": sa.Text()}
    columns = [
        sa.column("_file", sa.Integer()),
        sa.column("_line", sa.BigInteger()),
        *(sa.column(name, type_) for name, type_ in types.items()),
    ]
    table = engine.load("raw_of_test", [pa.RecordBatch.from_pylist(rows)], columns)
    return Raw(engine, table, types, is_whole=True)


def test_counts_are_the_same_on_every_engine(any_engine, monkeypatch):
    """S41, S47: keys and relations are set steps of one language."""
    raw = raw_on(any_engine, monkeypatch)
    found = judged(raw, DEFINITION)

    key = key_counts(raw.engine, found.table, found.columns, ("shop", "no"), place=found.place)
    assert (key.rows, key.distinct, key.nulls, key.repeated) == (5, 3, 1, 1)
    assert [(each.key, each.rows, each.places) for each in key.clashes] == [
        ("łódź + 1", 2, ((0, 2), (0, 3)))
    ]
    assert key.null_places == ((0, 5),)

    leads = (("parent",), "orders", ("no",))
    counts = relation_counts(
        raw.engine, found.table, found.columns, found.table, found.columns, leads=leads
    )
    assert (counts.matched, counts.unmatched, counts.nulls) == (2, 1, 2)
    assert counts.examples == ("7",)


def test_a_preview_counts_and_shows(duck, monkeypatch):
    """S63: before and after side by side, and counts over all rows."""
    raw = raw_on(duck, monkeypatch)

    number, columns = _counted(raw, judged(raw, DEFINITION), ["shop", "parent", "half"], DEFINITION)
    shop, parent, half = columns
    assert (number, shop.filled, shop.changed, half.emptied) == (5, 4, 1, 0)
    assert (parent.emptied, parent.warnings) == (1, {"could_not_parse_number": 1})
    rows = _rows(raw, DEFINITION, ["shop", "half"], 2)
    assert [(row.before, row.after) for row in rows] == [
        (("Łódź ", None), ("łódź", "0.5")),
        (("łódź", None), ("łódź", "0.5")),
    ]
