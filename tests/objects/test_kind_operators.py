"""Each operator of each kind gives the rows of a plain Python reading on every engine (G36)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.objects.engines import ENGINES
from tests.objects.plainly import exact, passes, piece
from tresse.engine.constructs import Normal
from tresse.engine.types import ExactDecimal, Instant
from tresse.objects.kinds import KINDS, Moment, Reading, Subject, Unfit

pytestmark = pytest.mark.django_db

Asked = tuple[str, object]  # an operator and its JSON value
every_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
PARIS = ZoneInfo("Europe/Paris")
MOMENT = Moment(datetime(2026, 3, 10, 14, 30, tzinfo=UTC), PARIS)
READING = Reading(
    label="Thing",
    zone=PARIS,
    country="FR",
    currency="EUR",
    options={"a": "a", "b": "b", "c": "c", "ab": "ab"},
    option_labels={"a": "A", "b": "B", "c": "C", "ab": "AB"},
    users={"ann@x.org": (1,), "bob@x.org": (2,)},
    inactive_users={"old@x.org": (3,)},
    user_emails={1: "ann@x.org", 2: "bob@x.org", 3: "old@x.org"},
    pipelines={"sales": 1, "renewal": 2},
    pipeline_labels={1: ("sales", "Sales"), 2: ("renewal", "Renewal")},
    stages={1: {"new": 11, "won": 12}, 2: {"new": 21, "lost": 22}},
    stage_labels={11: ("new", "New"), 12: ("won", "Won"), 21: ("new", "New"), 22: ("lost", "L")},
)
HOSTILE = ["'; DROP TABLE x; --", "50 %", "a_b", "back\\slash", "😀 smile", "'" * 500, '"q"', "%s"]
TEXTS = ["Zażółć gęślą", " zażółć ", "zazolc", "Straße 5", "STRASSE", "İstanbul", "ﬁn", *HOSTILE]
TEXTS += ["tab\there", "a b", "line\nbreak", "\uffff", "\U0010ffff end", "ὈΔΥΣΣΕΎΣ", "e\u0301", "é"]


def compared(engine, kind, texts, asked, read):
    """Ids by engine and by plain reading, for each (operator, JSON value)."""
    kind = KINDS[kind]
    values, refused = kind.parse_all([*texts, None], READING)
    assert not refused, refused
    asks = []
    for operator, value in asked:
        operand = kind.operand(operator, value, READING)
        asks.append(
            lambda subject, operator=operator, operand=operand: kind.where(
                subject, operator, operand
            )
        )
    got = engine(kind, values, asks, MOMENT)
    seen = values if kind.name == "phone" or not kind.has_normal else kind.normals(values)
    for (operator, value), found in zip(asked, got, strict=True):
        wanted = {
            n for n, each in enumerate(seen) if passes(each, operator, value, MOMENT, read=read)
        }
        assert found == wanted, (operator, value, [seen[n] for n in found ^ wanted])


@every_engine
@pytest.mark.parametrize("kind", ["text", "long_text", "rich_text"])
def test_texts_compare_in_normal_form_and_literally(engine, kind):
    """G7, G8, G9, G17, G35."""
    pieces = [*TEXTS, "ż", "x", "a", "5"]
    asked: list[Asked] = [
        (operator, text)
        for operator in ("is", "is_not", "contains", "does_not_contain", "starts_with", "ends_with")
        for text in pieces
    ]
    asked += [("is_any_of", TEXTS[:3]), ("is_none_of", TEXTS[3:6]), ("is_any_of", HOSTILE)]
    asked += [("is_empty", None), ("is_not_empty", None)]
    asked += [
        ("matches", "^za"),
        ("matches", r"[0-9]$"),
        ("matches", "stra(ss|b)e?"),
        ("matches", r"\s"),
    ]
    asked += [
        ("matches", "^a.b$"),
        ("matches", r"\bsmile\b"),
        ("matches", "'{3,}"),
        ("matches", "^$"),
    ]
    compared(engine, kind, TEXTS, asked, piece)


@every_engine
def test_patterns_know_no_capitals_as_texts_have_none(engine):
    """C81: matches is on the normal form."""
    kind = KINDS["text"]
    asks = [
        partial(kind.where, operator="matches", operand=kind.operand("matches", text, READING))
        for text in ("PARIS", "[A-Z]{5}", r"ÉT[Éé]", "(?i)paris", "Straße", r"\D+", "[^\\w]")
    ]
    got = engine(kind, ["Paris", "été", "STRASSE", "12"], asks, MOMENT)
    assert got == [{0}, {0, 2}, {1}, {0}, {2}, {0, 1, 2}, {1}]


@every_engine
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_text_is_found_again(engine, data):
    letters = st.characters(exclude_categories=["Cs"])
    texts = data.draw(st.lists(st.text(letters, max_size=6), min_size=1, max_size=8))
    values, _ = KINDS["text"].parse_all(texts, READING)
    pieces = [
        text for text in [*texts, *(t[:1] for t in texts), *(t[-1:] for t in texts)] if piece(text)
    ]
    names = ("is", "is_not", "contains", "starts_with", "ends_with", "does_not_contain")
    asked = [(name, text) for name in names for text in pieces]
    compared(engine, "text", [value for value in values if value], asked, piece)


@every_engine
def test_numbers_compare_by_value_whatever_their_digits(engine):
    """G7."""
    asked: list[Asked] = [
        (operator, value)
        for operator in ("is", "is_not", "less_than", "at_most", "more_than", "at_least")
        for value in (
            0,
            1,
            -1,
            1.5,
            0.00005,
            -0.00005,
            12.3456,
            12.34565,
            10**15,
            -(10**30),
            10**30,
        )
    ]
    asked += [("between", [0, 12.3456]), ("between", [-5, 1.00001]), ("between", [10**20, 10**21])]
    asked += [("is_any_of", [1, 1.5, 0.00001]), ("is_none_of", [0, -1]), ("is_any_of", [0.00001])]
    asked += [("is_empty", None), ("is_not_empty", None)]
    whole = ["0", "1", "-1", "2", "9007199254740991", "-9007199254740991"]
    exact_ones = ["0", "1", "1.5", "-1", "12.3456", "0.0001", "-0.0001", "99999999999999.9999"]
    compared(engine, "integer", whole, asked, exact)
    for kind in ("decimal", "money"):
        compared(engine, kind, exact_ones, asked, exact)


ON = ("on", "not_on", "before", "after", "on_or_before", "on_or_after")
DAYS = [
    "2026-03-10",
    "2026-03-09",
    "2026-03-11",
    "2026-03-04",
    "2026-03-03",
    "2026-02-08",
    "2026-04-09",
    "2026-04-10",
    "2026-02-28",
    "1984-02-29",
    "1984-03-10",
    "2000-12-31",
    "2026-12-31",
    "2027-01-01",
    "1000-01-01",
    "9999-12-31",
    "2025-03-17",
    "2026-03-17",
    "2026-03-16",
    "2026-03-15",
    "2025-12-31",
    "2026-01-31",
    "2026-03-31",
    "2025-02-28",
]
LENGTHS = [
    "1 days",
    "7 days",
    "30 days",
    "1 weeks",
    "1 months",
    "13 months",
    "1 years",
    "1000 years",
]
PERIODS = ["today"] + [
    f"{which} {unit}"
    for which in ("this", "previous", "next")
    for unit in ("day", "week", "month", "quarter", "year")
]


def time_questions():
    days: list[object] = [
        "today",
        "yesterday",
        "tomorrow",
        "2026-03-10",
        "1984-02-29",
        "9999-12-31",
        "1000-01-01",
    ]
    days += [{"today": "-30 days"}, {"today": "1 month"}]
    asked: list[Asked] = [(name, day) for name in ON for day in days]
    asked += [("between", ["2026-03-04", "today"]), ("between", ["today", "9999-12-31"])]
    asked += [
        (name, length)
        for name in ("in_last", "in_next", "more_than_ago", "more_than_ahead")
        for length in LENGTHS[:-1]
    ]
    asked += [("in_period", period) for period in PERIODS]
    asked += [("anniversary_in", f"{n} days") for n in (0, 7, 354, 355, 720)]
    asked += [("anniversary_within", f"{n} days") for n in (0, 7, 300, 366)]
    return [*asked, ("is_empty", None), ("is_not_empty", None)]


@every_engine
def test_dates(engine):
    """G12 to G17, G19."""
    compared(engine, "date", DAYS, time_questions(), date.fromisoformat)


@every_engine
def test_instants_are_on_the_day_of_the_account(engine):
    """G12 to G17, G19."""
    edges = ["2026-03-09T23:30:00Z", "2026-03-09T22:59:59.999999Z", "2026-03-10T22:59:59.999999Z"]
    edges += ["2026-03-10T23:00:00Z", "2026-03-10T14:30:00Z", "2026-03-10T14:30:00.000001Z"]
    edges += [
        "2026-03-10T08:30:00Z",
        "2026-03-10T08:29:59Z",
        "2026-03-29T01:30:00Z",
        "2026-03-28T23:00Z",
    ]
    texts = [*edges, *(day for day in DAYS if day != "1000-01-01")]
    asked = time_questions()
    asked += [
        (name, value)
        for name in ON
        for value in ("now", "2026-03-10T08:30:00Z", "2026-03-10T15:30")
    ]
    asked += [
        (name, length)
        for name in ("in_last", "in_next", "more_than_ago", "more_than_ahead")
        for length in ("6 hours", "1 hours", "1000 hours")
    ]
    read = partial(KINDS["datetime"].from_json, reading=READING)
    compared(engine, "datetime", texts, asked, read)


@every_engine
@pytest.mark.parametrize("year", [2027, 2028])
def test_a_leap_day_stands_on_the_last_of_february(engine, year):
    """G16, G19."""
    kind = KINDS["date"]
    moment = Moment(datetime(year, 2, 28, 12, tzinfo=UTC), PARIS)
    asks = [
        partial(kind.where, operator=name, operand=kind.operand(name, length, READING))
        for name, length in (("anniversary_in", "0 days"), ("anniversary_in", "1 days"))
    ]
    got = engine(kind, [date(1984, 2, 29)], asks, moment)
    assert got == ([{0}, set()] if year == 2027 else [set(), {0}])


@every_engine
def test_choices_and_people(engine):
    """G7, G10: an inactive user still matches; a stage name means that stage of every pipeline."""
    by = {"option": str, "user": {"ann@x.org": 1, "bob@x.org": 2, "old@x.org": 3}.get}
    asked = [("is", "a"), ("is_not", "a"), ("is_any_of", ["a", "ab"]), ("is_none_of", ["b"])]
    compared(engine, "option", ["a", "b", "ab"], [*asked, ("is_empty", None)], by["option"])
    asked = [
        ("is", "ann@x.org"),
        ("is_not", "ann@x.org"),
        ("is_any_of", ["old@x.org", "bob@x.org"]),
    ]
    compared(engine, "user", ["ann@x.org", "bob@x.org"], asked, by["user"])
    asked = [("is", "sales"), ("is_not", "sales"), ("is_any_of", ["sales", "renewal"])]
    compared(engine, "pipeline", ["sales", "renewal"], asked, {"sales": 1, "renewal": 2}.get)
    stage = KINDS["stage"]
    ask = partial(stage.where, operator="is", operand=stage.operand("is", "New", READING))
    assert engine(stage, [11, 12, 21, None], [ask], MOMENT) == [{0, 2}]


@every_engine
def test_sets_of_options(engine):
    """G7."""
    asked = [
        (name, names)
        for name in ("has_any_of", "has_all_of", "has_none_of")
        for names in (["a"], ["a", "b"], ["ab"], ["c", "a"])
    ]
    compared(engine, "options", ["a", "a;b", "ab", "c|ab", "b"], asked, str)


@every_engine
def test_yes_no_and_empty(engine):
    """G17."""
    asked = [("is", True), ("is", False), ("is_empty", None), ("is_not_empty", None)]
    compared(engine, "boolean", ["yes", "no", "1"], asked, bool)


@every_engine
@pytest.mark.parametrize(
    ("kind", "texts", "pieces"),
    [
        ("email", ["anna@x.org", "Bob <bob+1@y.org>", "ß@größe.de"], ["ANNA@X.org", "bob+1@y.org"]),
        ("domain", ["www.acme.org", "http://münchen.de/x"], ["acme.org", "https://www.acme.org"]),
        ("phone", ["06 12 34 56 78", "+48 512 345 678", "12 ext"], ["0612345678", "12 ext"]),
    ],
)
def test_addresses_compare_as_they_are_stored(engine, kind, texts, pieces):
    """G8: phones in E.164, domains and e-mails as stored."""

    def read(text):
        return KINDS[kind].parse_all([text], READING)[0][0]

    asked = [(name, text) for name in ("is", "is_not") for text in pieces]
    asked += [
        ("is_any_of", pieces),
        ("is_none_of", pieces[:1]),
        ("contains", "1"),
        ("contains", "org"),
    ]
    asked += [
        ("starts_with", "+33"),
        ("ends_with", ".org"),
        ("matches", "^[a-z+]"),
        ("is_empty", None),
    ]
    compared(engine, kind, texts, asked, read)


@every_engine
def test_a_url_compares_in_normal_form(engine):
    asked = [
        ("is", "HTTPS://X.org/A"),
        ("contains", "/A"),
        ("starts_with", "https://x"),
        ("is_empty", None),
    ]
    compared(engine, "url", ["https://x.org/a", "y.org"], asked, piece)


@every_engine
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", ["a", "b", None]),
        ("integer", [1, 2, None]),
        ("decimal", [Decimal("1.5"), Decimal(2), None]),
        ("date", [date(2026, 3, 1), date(2026, 3, 2), None]),
        (
            "datetime",
            [datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in (0, 1)] + [None],
        ),
    ],
)
def test_the_other_side_may_be_a_property_of_the_row(engine, kind, values):
    """G5, G18: an empty other side counts as an empty value."""
    kind = KINDS[kind]
    asks = []
    for operator in kind.operators.values():
        if operator.takes_property:
            asks.append(lambda subject, where=operator.where: where(subject, subject))
    names = [name for name, operator in kind.operators.items() if operator.takes_property]
    equal = {"is", "on", "contains", "starts_with", "ends_with", "at_most", "at_least"}
    equal |= {"on_or_before", "on_or_after"}
    for name, found in zip(names, engine(kind, values, asks, MOMENT), strict=True):
        negative = kind.operators[name].is_negative
        assert found == ({0, 1} if name in equal else {2} if negative else set()), name


@every_engine
def test_kinds_of_different_columns_compare(engine):
    """G5: a whole number with a decimal, a day with the day of an instant."""

    def beside(type_, value):
        other = sa.literal(value, type_)
        return lambda subject, name: KINDS[kind].where(subject, name, Subject(other, other, MOMENT))

    kind = "integer"
    ask = beside(ExactDecimal(), Decimal("1.5"))
    found = engine(
        KINDS[kind], [1, 2], [lambda s: ask(s, "less_than"), lambda s: ask(s, "is")], MOMENT
    )
    assert found == [{0}, set()]
    kind = "date"
    at = beside(Instant(), datetime(2026, 3, 9, 23, 30, tzinfo=UTC))
    days = [date(2026, 3, 9), date(2026, 3, 10)]
    if engine is ENGINES["django"]:
        assert engine(KINDS[kind], days, [lambda s: at(s, "on")], MOMENT) == [{1}]


@pytest.mark.parametrize(
    ("kind", "operator", "value"),
    [
        ("text", "is", ""),
        ("text", "is", 5),
        ("text", "is", "x" * 501),
        ("text", "is_any_of", []),
        ("text", "is_any_of", ["x"] * 1001),
        ("text", "is_any_of", "x"),
        ("text", "is_empty", "x"),
        ("text", "matches", "("),
        ("integer", "is", "abc"),
        ("integer", "is", True),
        ("integer", "between", [2, 1]),
        ("integer", "between", [1]),
        ("decimal", "is", float("nan")),
        ("money", "is", "12 USD"),
        ("date", "on", "soon"),
        ("date", "on", "now"),
        ("date", "on", 5),
        ("date", "on", {"today": "-6 hours"}),
        ("date", "on", "2026-02-30"),
        ("date", "in_last", "5 hours"),
        ("date", "in_last", "0 days"),
        ("date", "in_last", "1001 days"),
        ("date", "in_last", "5"),
        ("date", "in_period", "this decade"),
        ("date", "anniversary_in", "-1 days"),
        ("date", "between", ["2026-01-01"]),
        ("datetime", "on", "soon"),
        ("boolean", "is", "maybe"),
        ("option", "is", "zzz"),
        ("options", "has_any_of", "a"),
        ("user", "is", "nobody@x.org"),
        ("stage", "is", "nowhere"),
        ("email", "is", "anna@"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(kind, operator, value):
    """G7, C83: `wrong_value`, and `bad_pattern` for a pattern."""
    with pytest.raises(Unfit) as caught:
        KINDS[kind].operand(operator, value, READING)
    assert caught.value.wanted
    assert caught.value.code == ("bad_pattern" if value == "(" else "wrong_value")


@every_engine
def test_a_form_that_is_not_stored_is_worked_out(engine):
    """C82, G8: the same rows as with a stored form."""
    kind = KINDS["text"]
    asks = [
        lambda subject, name=name: kind.where(
            Subject(subject.column, Normal(subject.column), MOMENT),
            name,
            kind.operand(name, "ŻÓ", READING),
        )
        for name in ("is", "is_not", "contains", "starts_with", "ends_with", "does_not_contain")
    ]
    got = engine(kind, ["Żółw", "ażó", "x", None], asks, MOMENT)
    assert got == [set(), {0, 1, 2, 3}, {0, 1}, {0}, {1}, {2, 3}]
