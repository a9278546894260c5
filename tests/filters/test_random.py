"""Random filters find the same records on every engine as a plain reading of the rules."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
import sqlalchemy as sa

from tests.filters.samples import HOSTILE
from tests.objects.plainly import TEXTS, passes, piece
from tresse.accounts.actor import SYSTEM
from tresse.accounts.models import Setting
from tresse.engine import duckdb as our_duckdb
from tresse.filters import checked, condition
from tresse.kernel import clock
from tresse.kernel.text import clean
from tresse.objects import database
from tresse.objects.kinds import Moment

PARIS = ZoneInfo("Europe/Paris")
# Twice a year a day has 23 or 25 hours; months end on several days.
NOWS = [
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
]
WORDS = ["Lyon", " lyon", "Łódź", "LODZ", "été", "Zürich  am See", "straße", *HOSTILE]
NEGATIVE = {"is_not", "does_not_contain", "is_none_of", "not_on", "is_empty"}
ROWS = 40


def draw_rows(drawn, now):
    def one_of(values):
        return drawn.choice([None, *values])

    instants = [now + timedelta(hours=hours) for hours in (-800, -49, -25, -24, -1, 0, 1, 23, 800)]
    instants += [now.replace(hour=0, minute=0), now.replace(hour=22, minute=59, second=59)]
    days = [each.date() for each in instants] + [date(1984, 2, 29), date(2026, 2, 28)]
    texts = [text for text in map(clean, WORDS) if text]
    for id in range(1, ROWS + 1):
        yield {
            "id": id,
            "city": one_of(texts),
            "region": one_of(texts),
            "last_name": one_of(texts),
            "country": one_of(["fr", "be", "pl"]),
            "birthday": one_of(days),
            "created_at": one_of(instants),
            "updated_at": one_of(instants),
            "activity_count": one_of([0, 1, 2, 5, -3, 2**53 - 1]),
        }


def draw_condition(drawn, now):
    name = drawn.choice(["city", "last_name", "country", "birthday", "created_at", "count"])
    if name in {"city", "last_name"}:
        found = text_condition(drawn, name)
    elif name == "country":
        operator = drawn.choice(["is", "is_not", "is_any_of", "is_none_of"])
        value = ["fr", "pl"] if operator.endswith("of") else "be"
        found = {"property": name, "operator": operator, "value": value}
    elif name == "count":
        found = number_condition(drawn)
    else:
        found = time_condition(drawn, name, now)
    if drawn.random() < 0.1:
        return {
            "property": found["property"],
            "operator": drawn.choice(["is_empty", "is_not_empty"]),
        }
    if drawn.random() < 0.3:
        found["only_with_value"] = drawn.choice([True, False])
    return found


def text_condition(drawn, name):
    operator = drawn.choice(
        ["is", "is_not", "contains", "does_not_contain", "starts_with", "ends_with", "is_any_of",
         "is_none_of"]
    )  # fmt: skip
    words = [word for word in WORDS if piece(word)]
    if operator.endswith("of"):
        return {"property": name, "operator": operator, "value": drawn.sample(words, 3)}
    if drawn.random() < 0.25:
        return {"property": name, "operator": operator, "value": {"property": "region"}}
    text = drawn.choice(words)
    part = text[: drawn.randint(1, len(text))] if drawn.random() < 0.5 else text
    return {"property": name, "operator": operator, "value": part if piece(part) else text}


def number_condition(drawn):
    operator = drawn.choice(
        ["is", "is_not", "less_than", "at_most", "more_than", "at_least", "between", "is_any_of"]
    )
    value = {"between": [0, 2], "is_any_of": [1, 5, 9]}.get(operator, drawn.choice([1, 2, 2.5, -3]))
    return {"property": "activity_count", "operator": operator, "value": value}


def time_condition(drawn, name, now):
    operator = drawn.choice(
        ["on", "not_on", "before", "after", "on_or_before", "on_or_after", "between", "in_last",
         "in_next", "more_than_ago", "more_than_ahead", "in_period", "anniversary_in",
         "anniversary_within"]
    )  # fmt: skip
    value: Any
    if operator == "in_period":
        unit = drawn.choice(["day", "week", "month", "quarter", "year"])
        value = f"{drawn.choice(['this', 'previous', 'next'])} {unit}"
    elif operator.startswith("anniversary"):
        value = f"{drawn.choice([0, 1, 30])} days"
    elif operator in {"in_last", "in_next", "more_than_ago", "more_than_ahead"}:
        units = ["days", "weeks", "months", "years", *(["hours"] if name == "created_at" else [])]
        value = f"{drawn.choice([1, 2, 24])} {drawn.choice(units)}"
    elif operator == "between":
        value = [str(now.date() - timedelta(days=3)), "tomorrow"]
    else:
        day = {"today": f"{drawn.choice([-1, 1, -30])} days"}
        value = drawn.choice(["today", "yesterday", str(now.date()), day])
        if name == "created_at" and drawn.random() < 0.4:
            value = {"property": "updated_at"} if operator != "between" else value
    return {"property": name, "operator": operator, "value": value}


def draw_filter(drawn, now, levels=4):
    if levels == 1 or drawn.random() < 0.4:
        return draw_condition(drawn, now)
    sort = drawn.choice(["all", "any", "not", "list"])
    if sort == "not":
        return {"not": draw_filter(drawn, now, levels - 1)}
    parts = [draw_filter(drawn, now, levels - 1) for _ in range(drawn.randint(1, 3))]
    return parts if sort == "list" else {sort: parts}


def holds(filter, row, moment):
    """Sections 1 to 3 of segments.md, read plainly."""
    if isinstance(filter, list):
        return all(holds(part, row, moment) for part in filter)
    if "all" in filter:
        return all(holds(part, row, moment) for part in filter["all"])
    if "any" in filter:
        return any(holds(part, row, moment) for part in filter["any"])
    if "not" in filter:
        return not holds(filter["not"], row, moment)
    value, operator, asked = row[filter["property"]], filter["operator"], filter.get("value")
    if isinstance(asked, dict) and "property" in asked:
        other = row[asked["property"]]
        if value is None or other is None:
            return operator in NEGATIVE and not filter.get("only_with_value")
        return beside(value, operator, other)
    if value is None and filter.get("only_with_value"):
        return False
    read = piece if isinstance(value, str) else (lambda each: each)
    value = piece(value) if isinstance(value, str) else value
    return passes(value, operator, asked, moment, read=read)


def beside(value, operator, other):
    if isinstance(value, str):
        value, other = piece(value), piece(other)
        if operator in {"does_not_contain", "is_not"}:
            return not beside(value, {"is_not": "is"}.get(operator, "contains"), other)
        return value == other if operator == "is" else TEXTS[operator](value, other)
    return {
        "on": value == other,
        "not_on": value != other,
        "before": value < other,
        "after": value > other,
        "on_or_before": value <= other,
        "on_or_after": value >= other,
    }[operator]


def stored(object, rows):
    for row in rows:
        found: dict[str, Any] = {"version": 1}
        for name, value in row.items():
            prop = object.property(name)
            found[prop.column] = value
            if prop.has_normal:
                found[prop.normal_column] = None if value is None else prop.kind.normal(value)
        yield found


def duck(table, rows):
    """The same rows in DuckDB."""
    engine = duckdb.connect()
    our_duckdb.register(engine)
    columns = ", ".join(
        f'"{column.name}" {column.type.compile(dialect=our_duckdb.DIALECT)}'
        for column in table.columns
    )
    engine.execute(f"CREATE TABLE {table.name} ({columns})")
    names = list(rows[0])
    marks = ", ".join("?" for _ in names)
    engine.executemany(
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})",  # noqa: S608
        [list(row.values()) for row in rows],
    )
    return engine


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_random_filters_find_what_a_plain_reading_finds(model, now):
    """G36, G17, G35: null, white space, non-ASCII, ends of months, days of 23 and 25 hours."""
    Setting.objects.update_or_create(name="zone", defaults={"value": "Europe/Paris"})
    contact = model.object("contact")
    drawn = random.Random(now.isoformat())  # noqa: S311  for a test
    rows = list(draw_rows(drawn, now))
    kept = list(stored(contact, rows))
    database.execute(sa.insert(contact.table).values(kept))
    moment = Moment(now, PARIS)

    with clock.at(now), duck(contact.table, kept) as engine:
        for _ in range(60):
            filter = draw_filter(drawn, now)
            good = checked(filter, contact, model=model, actor=SYSTEM)
            where = condition(good, contact.table, model=model, actor=SYSTEM)
            statement = sa.select(contact.table.c.id).where(where)
            wanted = {row["id"] for row in rows if holds(filter, row, moment)}
            assert {id for (id,) in database.rows(statement)} == wanted, filter
            on_duckdb = engine.execute(our_duckdb.sql(statement)).fetchall()
            assert {id for (id,) in on_duckdb} == wanted, filter
