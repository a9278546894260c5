"""Normal and folded forms are the same in Python and on every database and engine."""

import sys
import unicodedata
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tresse.engine.constructs import Ending, Folded, LocalDay, Matches, Minute, MonthDay, Normal
from tresse.engine.types import Instant, Text
from tresse.kernel.text import clean, folded, normal
from tresse.objects import database

# PostgreSQL keeps no NUL, and knows letters of later Unicode than Python does.
LETTERS = [
    character
    for character in map(chr, range(1, sys.maxunicode + 1))
    if unicodedata.category(character) not in {"Cn", "Cs", "Co"}
]
TEXTS = [
    "  Łódź\u00a0 2 ",
    "STRASSE straße",
    "İ",
    "ΌΔΟΣ ὀδός",
    "ﬁ ǅ",
    "a\tb",
    "",
    " ",
    "œuvre Æ ø đ",
]


def forms(table):
    return sa.select(Normal(table.c.value), Folded(table.c.value)).order_by(table.c.id)


def a_table(texts):
    rows = (
        sa.select(sa.literal(n).label("id"), sa.literal(t, Text).label("value"))
        for n, t in enumerate(texts)
    )
    return sa.union_all(*rows).subquery()


@pytest.mark.parametrize("engine", ["on_sqlite", "on_duckdb"])
def test_engines_in_process_have_the_forms_of_python(engine, request):
    run = request.getfixturevalue(engine)
    assert run(forms(a_table(TEXTS))) == [(normal(text), folded(text)) for text in TEXTS]
    assert run(sa.select(Normal(sa.cast(None, Text)), Folded(sa.cast(None, Text)))) == [
        (None, None)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("around", ["{}", "x{}y  {}Z"])
def test_the_database_has_the_forms_of_python_for_every_letter(around):
    texts = [around.replace("{}", letter) for letter in LETTERS[:: 1 if around == "{}" else 7]]
    if connection.vendor == "sqlite":
        texts = texts[::20]
    table = sa.Table(
        "spoken", sa.MetaData(), sa.Column("id", sa.BigInteger()), sa.Column("value", Text)
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE spoken (id bigint, value text)")
    database.load(table, ["id", "value"], enumerate(texts))
    got = database.rows(forms(table))
    wrong = [
        (text, pair)
        for text, pair in zip(texts, got, strict=True)
        if pair != (normal(text), folded(text))
    ]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE spoken")
    assert wrong == []


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(st.text(st.sampled_from(LETTERS), max_size=12), min_size=1, max_size=10))
def test_the_database_has_the_forms_of_python_for_any_text(texts):
    assert database.rows(forms(a_table(texts))) == [(normal(text), folded(text)) for text in texts]


@given(text=st.text())
def test_a_form_of_a_form_is_the_form(text):
    assert normal(normal(text)) == normal(text)
    assert normal(clean(text)) == clean(normal(clean(text)))


def test_half_a_surrogate_pair_is_not_kept():
    assert clean("a\ud800b") == "ab"


@pytest.mark.django_db
def test_constructs_are_the_same_everywhere(on_sqlite):
    null = sa.cast(None, Text)
    statement = sa.select(
        Ending(sa.literal("été", Text), 2),
        Ending(sa.literal("é", Text), 5),
        Ending(null, 2),
        Matches(sa.literal("a b", Text), r"\bb$"),
        Matches(null, "x"),
        MonthDay(sa.literal(date(2026, 12, 31), sa.Date())),
    )
    assert database.rows(statement) == [("té", "é", None, True, None, 1231)]
    assert [tuple(row) for row in on_sqlite(statement)] == [("té", "é", None, 1, None, 1231)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-03-09T23:30:00+00:00", "Europe/Paris", "2026-03-10"),
        ("2026-03-29T00:59:59+00:00", "Europe/Paris", "2026-03-29"),
        ("2026-07-01T21:59:59+00:00", "Europe/Paris", "2026-07-01"),
        ("2026-01-01T04:59:59+00:00", "America/New_York", "2025-12-31"),
    ],
)
def test_an_instant_is_on_the_day_of_its_zone(instant, zone, day):
    value = sa.literal(datetime.fromisoformat(instant), Instant())
    assert database.scalar(sa.select(LocalDay(value, zone))) == date.fromisoformat(day)


@pytest.mark.django_db
def test_instants_of_one_minute_are_one_group():
    texts = ("2026-03-09T23:30:00+00:00", "2026-03-09T23:30:59.999999+00:00", "2026-03-09T23:31Z")
    values = [sa.literal(datetime.fromisoformat(text), Instant()) for text in texts]
    instants = sa.union_all(*(sa.select(value.label("at")) for value in values)).subquery()
    statement = (
        sa.select(sa.func.count())
        .select_from(instants)
        .group_by(Minute(instants.c.at))
        .order_by(sa.func.count())
    )
    assert database.rows(statement) == [(1,), (2,)]
