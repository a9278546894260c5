"""Whole tables read and normalised, canonical texts and keys."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.sources.hostile import DEFAULTS, WORDS, cells
from tresse.engine.relations import TextList
from tresse.engine.types import Instant
from tresse.sources.canonical import Field, canonical_hash, canonical_text, key_text
from tresse.sources.normalising import normalised, raw_name
from tresse.sources.written import column_of

COLUMNS: list[dict[str, Any]] = [
    {"name": "phone", "rules": ["trim", {"phone": {"country": "FR"}}]},
    {"name": "amount", "type": "decimal", "point": ","},
    {"name": "stock", "type": "integer", "rules": ["empty_to_null", {"clamp": {"low": 10}}]},
    {"name": "at", "type": "datetime"},
    {"name": "born", "rules": ["trim", {"date": {"formats": ["%d/%m/%y"]}}]},
]
ROWS = {
    "phone": ["06 12 34 56 78", "bad", None],
    "amount": ["1 234,50 €", "x", ""],
    "stock": ["N/A", "12", " 7 "],
    "at": ["2026-03-29 02:30", "2026-10-25 02:30", "2026-01-01T00:00:00Z"],
    "born": [" 31/12/69", "32/01/70", None],
}


def raw(engine, name, values):
    """A table of texts with `_line`."""
    batch = pa.record_batch(
        {"_line": range(2, 2 + len(next(iter(values.values()))))}
        | {key: pa.array(column, pa.string()) for key, column in values.items()}
    )
    columns = [sa.column(key, sa.Text()) for key in values]
    return engine.load(name, [batch], [sa.column("_line", sa.BigInteger()), *columns])


def test_whole_tables_are_normalised(any_engine):
    """S60, S61: types, then rules in order; raw cells stay beside; faults and warnings by row."""
    table = raw(any_engine, "normalised", ROWS)
    made = normalised(
        table, [column_of(item) for item in COLUMNS], carried=["_line"], defaults=DEFAULTS
    )
    kept = any_engine.keep("normalised_rows", made.statement)

    values = [kept.c[name] for name in ("phone", "amount", "stock", "at", "born")]
    rows = any_engine.rows(sa.select(*values).order_by(kept.c["_line"]))

    assert [row[:3] for row in rows] == [
        ("+33612345678", Decimal("1234.5"), None),
        (None, None, 12),
        (None, None, 10),
    ]
    assert [row[3].astimezone(UTC) for row in rows] == [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
    ]
    assert [row[4] for row in rows] == [date(1969, 12, 31), None, None]
    assert set(made.raw) == {"phone", "stock", "born"}
    assert any_engine.rows(sa.select(kept.c[raw_name("stock")]).order_by(kept.c["_line"])) == [
        ("N/A",),
        ("12",),
        (" 7 ",),
    ]
    marked = {
        (mark.column, mark.code, mark.is_fault): [
            line
            for [line] in any_engine.rows(
                sa.select(kept.c["_line"]).where(kept.c[mark.label]).order_by(kept.c["_line"])
            )
        ]
        for mark in made.marks
    }
    assert {key: lines for key, lines in marked.items() if lines} == {
        ("phone", "phone_unreadable", True): [3],
        ("amount", "could_not_parse_number", True): [3],
        ("at", "time_gap", False): [2],
        ("at", "time_overlap", False): [3],
        ("born", "date_unreadable", True): [3],
    }


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=30))
@examples(10)
def test_no_row_is_lost_and_no_mark_is_null(duck, found):
    """S60: as many rows come out as went in, whatever the cells hold; marks say yes or no."""
    columns = dict(zip("abc", (cells(texts) for texts in zip(*found, strict=True)), strict=True))
    table = raw(duck, "normalised_hostile", columns)
    given_ = [
        column_of({"name": "a", "type": "decimal", "rules": ["trim", {"clamp": {"high": 5}}]}),
        column_of({"name": "b", "type": "datetime", "zone": "Europe/Paris"}),
        column_of({"name": "c", "rules": ["trim", "phone", "phone"]}),
    ]
    made = normalised(table, given_, carried=["_line"], defaults=DEFAULTS)

    rows = duck.rows(made.statement)

    assert len(rows) == len(found)
    names = [column.name for column in made.statement.selected_columns]
    marks = [names.index(mark.label) for mark in made.marks]
    assert len({mark.label for mark in made.marks}) == len(made.marks)
    assert all(row[place] in (True, False) for row in rows for place in marks)


def canonical_row(engine, total):
    """Text and hash of the example of Y21 with a total."""
    fields: list[Field] = [
        ("email", "text", sa.literal("jane@x.fr")),
        ("first_name", "text", sa.literal("Jane\u0301")),
        ("orders", "integer", sa.literal(3, sa.BigInteger())),
        ("total", "decimal", sa.literal(Decimal(total), sa.Numeric(21, 6))),
        ("opt_in", "boolean", sa.true()),
        ("birthday", "date", sa.cast(sa.null(), sa.Date())),
    ]
    text, hashed = canonical_text(fields), canonical_hash(list(reversed(fields)))
    [row] = engine.rows(sa.select(text.label("text"), hashed.label("hash")))
    return row


def test_rows_are_written_as_canonical_text(any_engine):
    """Y21: the example, its hash, and that of another total; S72: what versions are compared by."""
    text, hashed = canonical_row(any_engine, "120.50")

    assert text == (
        "birthday=~;email=9:jane@x.fr;first_name=4:Jané;opt_in=4:true;orders=1:3;total=5:120.5;"
    )
    assert hashed.startswith("f08c4e983a22ea6e")
    assert canonical_row(any_engine, "135.5")[1].startswith("740c2658430b8d5b")


def test_every_type_has_a_canonical_text(any_engine):
    """Y21: numbers to 9 significant places, instants in UTC with 6 places, lists as JSON."""
    fields: list[Field] = [
        ("a", "number", sa.literal(1 / 3, sa.Double())),
        ("b", "datetime", sa.literal(datetime(2026, 3, 1, 9, 30, tzinfo=UTC), Instant())),
        ("c", "list", sa.cast(sa.null(), TextList())),
        ("d", "json", sa.literal('{"a": 1.0}')),
        ("e", "text", sa.literal("")),
        ("f", "text", sa.literal("👩é")),
    ]

    [[text]] = any_engine.rows(sa.select(canonical_text(fields).label("text")))

    assert text == (
        'a=11:0.333333333;b=27:2026-03-01T09:30:00.000000Z;c=~;d=10:{"a": 1.0};e=0:;f=2:👩é;'
    )


def test_keys_are_text(any_engine):
    """S42: parts joined by U+001F, each of its type: integer 12 is `12`, text `012` stays; S43."""
    number, text = sa.literal(12, sa.BigInteger()), sa.literal("012")
    nothing = sa.cast(sa.null(), sa.Text())

    [row] = any_engine.rows(
        sa.select(
            key_text([("integer", number)]).label("a"),
            key_text([("text", text), ("integer", number)]).label("b"),
            key_text([("integer", number), ("text", nothing)]).label("c"),
        )
    )

    assert row == ("12", "012\x1f12", None)
