"""Columns read as their types (S52), on every engine."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.sources.hostile import DEFAULTS, TEXTS, WORDS, cells, loaded
from tresse.engine.relations import arrow_type
from tresse.engine.types import Instant
from tresse.sources.columns import Column
from tresse.sources.types import TYPES, amounts, boolean, moments, typed

INF = float("inf")


def utc(*parts):
    """An instant."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]  # at most seven parts


def local(*parts):
    """A local time without a zone."""
    return utc(*parts).replace(tzinfo=None)


# Column, cell, value, code of the fault, warnings.
READ: list[tuple[str, dict[str, Any], Any, Any, str, tuple[str, ...]]] = [
    ("text", {}, "e\u0301", "é", "", ()),
    ("text", {}, "a\x00b", "ab", "", ("nul_removed",)),
    ("text", {}, "", None, "", ()),
    ("text", {}, " ", " ", "", ()),
    ("integer", {}, "-1 234", -1234, "", ()),
    ("integer", {}, "1,234", 1234, "", ()),
    ("integer", {"point": ","}, "1.234", 1234, "", ()),
    ("integer", {}, "1,23", None, "could_not_parse_number", ()),
    ("integer", {}, "12.0", None, "could_not_parse_number", ()),
    ("integer", {}, "9223372036854775808", None, "could_not_parse_number", ()),
    ("integer", {}, " 7 ", 7, "", ()),
    ("integer", {}, "\u00a0", None, "", ()),
    ("decimal", {"point": ","}, "1 234,50 €", Decimal("1234.5"), "", ()),
    ("decimal", {}, "(12.50)", Decimal("-12.5"), "", ()),
    ("decimal", {}, "0.0000005", Decimal("0.000001"), "", ("rounded",)),
    ("decimal", {}, "-0.0000005", Decimal("-0.000001"), "", ("rounded",)),
    ("decimal", {}, "0.10000000", Decimal("0.1"), "", ()),
    ("decimal", {"point": ","}, "1.234", Decimal(1234), "", ()),
    ("decimal", {}, "1234567890123456", None, "could_not_parse_number", ()),
    ("decimal", {}, "1 234,50 €", Decimal("1234.5"), "", ()),
    ("decimal", {}, "1\u00a0234\u00a0567,01 €", Decimal("1234567.01"), "", ()),
    ("decimal", {}, "1.234,50", Decimal("1234.5"), "", ()),
    ("decimal", {}, "1,234.50", Decimal("1234.5"), "", ()),
    ("decimal", {}, "(12,5)", Decimal("-12.5"), "", ()),
    ("decimal", {}, "-0,99", Decimal("-0.99"), "", ()),
    ("decimal", {}, "1,234", Decimal(1234), "", ()),
    ("decimal", {}, "1.234", Decimal("1.234"), "", ()),
    ("decimal", {}, "0,125", None, "could_not_parse_number", ()),
    ("decimal", {}, "1,23,45", None, "could_not_parse_number", ()),
    ("decimal", {}, "1.234.567", None, "could_not_parse_number", ()),
    ("number", {}, "1e3", 1000.0, "", ()),
    ("number", {}, "1 234,5", 1234.5, "", ()),
    ("number", {"point": ","}, "1,5", 1.5, "", ()),
    ("number", {}, "NaN", None, "", ("not_finite",)),
    ("number", {}, "-Infinity", None, "", ("not_finite",)),
    ("number", {}, "1e999", None, "", ("not_finite",)),
    ("number", {}, "many", None, "could_not_parse_number", ()),
    ("boolean", {}, "Oui", True, "", ()),
    ("boolean", {}, "NIE", False, "", ()),
    ("boolean", {}, "maybe", None, "could_not_parse_boolean", ()),
    ("date", {}, "2026-03-01", date(2026, 3, 1), "", ()),
    ("date", {}, "2026-02-30", None, "could_not_parse_date", ()),
    ("date", {}, "2026-03-01 00:00:00", date(2026, 3, 1), "", ()),
    ("date", {}, "2026-03-01 10:00", date(2026, 3, 1), "", ("time_dropped",)),
    ("date", {"format": "%d/%m/%Y"}, "1/3/2026", date(2026, 3, 1), "", ()),
    ("date", {"format": "%d %b %Y"}, "3 févr. 2026", date(2026, 2, 3), "", ()),
    ("date", {"format": "%d/%m/%y"}, "31/12/69", date(1969, 12, 31), "", ()),
    ("datetime", {}, "2026-03-01T10:00:00+01:00", utc(2026, 3, 1, 9), "", ()),
    ("datetime", {}, "2026-03-01 10:00", utc(2026, 3, 1, 9), "", ()),
    ("datetime", {"zone": "UTC"}, "2026-03-01 10:00", utc(2026, 3, 1, 10), "", ()),
    ("datetime", {"format": "unix"}, "1700000000", utc(2023, 11, 14, 22, 13, 20), "", ()),
    ("datetime", {"format": "unix_ms"}, "1", utc(1970, 1, 1, 0, 0, 0, 1000), "", ()),
    (
        "datetime",
        {"format": "%d.%m.%Y %H:%M"},
        "01.07.2026 12:00",
        utc(2026, 7, 1, 10),
        "",
        (),
    ),
    ("datetime", {}, "tomorrow", None, "could_not_parse_date", ()),
    ("list", {}, '["b", 1.50, null, true]', ["b", "1.50", "true"], "", ()),
    ("list", {"separator": ";"}, "b; a;;b", ["b", "a", "b"], "", ()),
    ("list", {}, "[]", [], "", ()),
    ("list", {}, '[{"a": 1}]', None, "could_not_parse_json", ()),
    ("json", {}, '{"a": 1.0}', '{"a": 1.0}', "", ()),
    ("json", {}, "{a: 1}", None, "could_not_parse_json", ()),
    ("json", {}, "[NaN]", None, "could_not_parse_json", ()),
]
# Type, Core type it came with, cell, value, code, warnings.
CAME = [
    ("text", sa.BigInteger(), 12, "12", "", ()),
    ("text", sa.Double(), 12.0, "12", "", ()),
    ("text", sa.Double(), 0.1, "0.1", "", ()),
    ("text", sa.Boolean(), True, "true", "", ()),
    ("text", sa.Date(), date(2026, 3, 1), "2026-03-01", "", ()),
    ("integer", sa.Double(), 12.0, 12, "", ()),
    ("integer", sa.Double(), 12.5, None, "could_not_parse_number", ()),
    ("integer", sa.Double(), 1e19, None, "could_not_parse_number", ()),
    ("integer", sa.Double(), INF, None, "", ("not_finite",)),
    ("decimal", sa.Double(), 0.1, Decimal("0.1"), "", ()),
    ("decimal", sa.Double(), 0.12345678, Decimal("0.123457"), "", ("rounded",)),
    ("decimal", sa.BigInteger(), 10**16, None, "could_not_parse_number", ()),
    ("number", sa.Double(), float("nan"), None, "", ("not_finite",)),
    ("number", sa.BigInteger(), 3, 3.0, "", ()),
    ("boolean", sa.BigInteger(), 1, True, "", ()),
    ("boolean", sa.BigInteger(), 2, None, "could_not_parse_boolean", ()),
    ("date", sa.DateTime(), local(2026, 3, 1, 10), date(2026, 3, 1), "", ("time_dropped",)),
    ("date", Instant(), utc(2026, 3, 1, 23, 30), date(2026, 3, 2), "",
     ("time_dropped",)),
    ("datetime", sa.Date(), date(2026, 3, 1), utc(2026, 2, 28, 23), "", ()),
    ("datetime", sa.DateTime(), local(2026, 3, 29, 2, 30), utc(2026, 3, 29, 1), "",
     ("time_gap",)),
    ("datetime", sa.BigInteger(), 5, None, "could_not_parse_date", ()),
]  # fmt: skip


def answers(engine, name, cases):
    """Value, fault and warnings of each case, in one statement; each has a column of its own."""
    columns = [sa.column(f"c{at}", core) for at, (_, core, _) in enumerate(cases)]
    values = {
        f"c{at}": pa.array([cell], arrow_type(core)) for at, (_, core, cell) in enumerate(cases)
    }
    table = engine.load(name, [pa.record_batch(values)], columns)
    made, shapes = [], []
    for at, (column, _, _) in enumerate(cases):
        read = typed(table.c[f"c{at}"], column, DEFAULTS)
        failed = sa.false() if read.failed is None else read.failed
        conditions = [failed, *read.counted.values()]
        made += [each.label(f"v{at}_{n}") for n, each in enumerate([read.value, *conditions])]
        shapes.append((read.code, list(read.counted)))
    [row] = engine.rows(sa.select(*made))
    found, place = [], 0
    for code, codes in shapes:
        value, failed, *counted = row[place : place + 2 + len(codes)]
        place += 2 + len(codes)
        assert failed in (True, False)
        assert set(counted) <= {True, False}
        warned = tuple(each for each, is_so in zip(codes, counted, strict=True) if is_so)
        value = value.astimezone(UTC) if isinstance(value, datetime) else value
        found.append((value, code if failed else "", warned))
    return found


def test_cells_are_read(any_engine):
    """S52: what each type reads, what it counts, and what it cannot read; S55: empty is null."""
    cases = [(Column("", type_, **facts), sa.Text(), cell) for type_, facts, cell, *_ in READ]

    found = answers(any_engine, "type_read", cases)

    assert found == [(value, code, warned) for _, _, _, value, code, warned in READ]


def test_values_of_databases_are_read(any_engine):
    """S52: values that came with a type of their own."""
    cases = [(Column("", type_), core, cell) for type_, core, cell, *_ in CAME]

    found = answers(any_engine, "type_came", cases)

    assert found == [(value, code, warned) for _, _, _, value, code, warned in CAME]


def test_local_times_follow_the_clock(any_engine):
    """S56: a time that does not exist moves on, one that is twice is the first; both counted."""
    cases = [
        (Column("", "datetime", zone=zone), sa.Text(), cell)
        for zone, cell in (
            ("Europe/Paris", "2026-03-29 02:30"),
            ("Europe/Paris", "2026-10-25 02:30"),
            ("", "2026-10-25 02:30:00"),
            ("Australia/Lord_Howe", "2026-04-05 01:45"),
        )
    ]

    found = answers(any_engine, "type_clock", cases)

    assert found == [
        (utc(2026, 3, 29, 1), "", ("time_gap",)),
        (utc(2026, 10, 25, 0, 30), "", ("time_overlap",)),
        (utc(2026, 10, 25, 0, 30), "", ("time_overlap",)),
        (utc(2026, 4, 4, 14, 45), "", ("time_overlap",)),
    ]


SLOW = {
    ("integer", "."): lambda text: amounts.integer(text, "."),
    ("integer", ","): lambda text: amounts.integer(text, ","),
    ("decimal", "."): lambda text: amounts.exact(text, ""),
    ("decimal", ","): lambda text: amounts.exact(text, ","),
    ("number", "."): lambda text: amounts.double(text, ""),
    ("number", ","): lambda text: amounts.double(text, ","),
    ("boolean", ""): boolean.truth,
    ("date", ""): lambda text: moments.day(text, "Europe/Paris"),
    ("date", "%d/%m/%Y"): lambda text: moments.day(text, "Europe/Paris", ("%d/%m/%Y",)),
    ("datetime", ""): lambda text: _instant(text, ()),
    ("datetime", "%d/%m/%Y %H:%M"): lambda text: _instant(text, ("%d/%m/%Y %H:%M",)),
}
"Each type by type and decimal sign or format, one cell at a time in Python."


def _instant(text, formats):
    found = moments.moment(text, formats)
    if found is None or found.tzinfo is None:
        return found
    return found


@given(texts=st.lists(WORDS, min_size=1, max_size=120).map(cells))
@examples(8)
def test_engines_read_as_python_does(duck, texts):
    """S52: what an engine reads itself is what is read cell by cell; nothing fails."""
    _compare(duck, [text for text in texts if text])


def test_engines_read_hostile_cells_as_python_does(any_engine):
    """S52: the same, of a list of odd cells, on every engine."""
    _compare(any_engine, [text for text in cells(TEXTS) if text])


def _compare(engine, texts):
    if not texts:
        return
    table = loaded(engine, "type_hostile", texts)
    made = []
    for at, (type_, fact) in enumerate(SLOW):
        is_point = type_ in ("integer", "decimal", "number")
        facts: dict[str, Any] = {"point": fact} if is_point else {"format": fact}
        column = Column("", type_, zone="UTC", **facts)
        if type_ == "date":
            column = Column("", type_, zone="Europe/Paris", **facts)
        made.append(typed(table.c.cell, column, DEFAULTS).value.label(f"r{at}"))

    rows = engine.rows(sa.select(table.c.id, *made).order_by(table.c.id))

    for at, (key, work) in enumerate(SLOW.items()):
        wanted = [_utc(work(text)) for text in texts]
        given_ = [_utc(row[at + 1]) for row in rows]
        wrong = [
            (text, *both)
            for text, *both in zip(texts, given_, wanted, strict=True)
            if both[0] != both[1]
        ]
        assert wrong == [], key


def _utc(value):
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


@pytest.mark.parametrize("type_", TYPES, ids=lambda each: each.name)
def test_types_state_their_facts(type_):
    """S52: each type says what it reads, how it is kept, and with which code it refuses."""
    assert type_.label
    assert type_.stored
    assert type_.reads
    assert type_.code in {
        "",
        "could_not_parse_number",
        "could_not_parse_boolean",
        "could_not_parse_date",
        "could_not_parse_json",
    }
