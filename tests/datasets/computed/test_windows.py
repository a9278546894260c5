"""Windows over related rows (D112)."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from tests.datasets.computed.sides import Table, world
from tresse.datasets.computed.windows import bounds
from tresse.datasets.definition import Aggregate, Window


def at(text: str) -> datetime:
    """An instant, written as it is in Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


def moment(text: str, zone: str = "Europe/Paris"):
    now = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return SimpleNamespace(
        as_of=now, zone=zone, today=now.astimezone(ZoneInfo(zone)).date()
    )  # fmt: skip


@pytest.mark.parametrize(
    ("window", "after", "first", "last"),
    [
        (Window(last=(2, "years")), date(2024, 3, 10), None, date(2026, 3, 10)),
        (Window(last=(1, "months")), date(2026, 2, 10), None, date(2026, 3, 10)),
        (Window(last=(2, "weeks")), date(2026, 2, 24), None, date(2026, 3, 10)),
        (Window(last=(30, "days")), date(2026, 2, 8), None, date(2026, 3, 10)),
        (Window(last=(9_999, "years")), date.min, None, date(2026, 3, 10)),
        (Window(), None, None, date(2026, 3, 10)),
        (
            Window(start=date(2025, 1, 1), end=date(2025, 1, 31)),
            None,
            date(2025, 1, 1),
            date(2025, 1, 31),
        ),
        (Window(start=date(2025, 1, 1)), None, date(2025, 1, 1), date(2026, 3, 10)),
        (Window(end=date(2027, 1, 1)), None, None, date(2026, 3, 10)),
        (Window(this="day"), None, date(2026, 3, 10), date(2026, 3, 10)),
        (Window(this="week"), None, date(2026, 3, 9), date(2026, 3, 10)),
        (Window(this="month"), None, date(2026, 3, 1), date(2026, 3, 10)),
        (Window(this="quarter"), None, date(2026, 1, 1), date(2026, 3, 10)),
        (Window(this="year"), None, date(2026, 1, 1), date(2026, 3, 10)),
        (Window(previous="day"), None, date(2026, 3, 9), date(2026, 3, 9)),
        (Window(previous="week"), None, date(2026, 3, 2), date(2026, 3, 8)),
        (Window(previous="month"), None, date(2026, 2, 1), date(2026, 2, 28)),
        (Window(previous="quarter"), None, date(2025, 10, 1), date(2025, 12, 31)),
        (Window(previous="year"), None, date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_days_of_windows(window, after, first, last):
    """D112: as_of − 2 years < t <= as_of, calendar periods, whole days, never later rows."""
    assert bounds(window, "date", moment("2026-03-10T12:00")) == (after, first, last)


@pytest.mark.parametrize(
    ("now", "window", "after"),
    [
        ("2026-03-31T12:00", (1, "months"), "2026-02-28"),
        ("2024-02-29T12:00", (1, "years"), "2023-02-28"),
        ("2024-03-31T12:00", (1, "months"), "2024-02-29"),
        ("2026-05-31T12:00", (3, "months"), "2026-02-28"),
    ],
)
def test_months_and_years_end_with_the_month(now, window, after):
    """D112: clamped to the month's end."""
    found, _, _ = bounds(Window(last=window), "date", moment(now))

    assert found == date.fromisoformat(after)


def test_instants_of_windows_go_by_the_zone_of_the_account():
    """D112: in summer time and before it, noon is noon."""
    now = moment("2026-04-10T12:30")

    assert bounds(Window(last=(2, "months")), "datetime", now) == (
        at("2026-02-10T12:30"),
        None,
        at("2026-04-10T12:30"),
    )
    span = Window(start=date(2026, 3, 29), end=date(2026, 3, 29))
    _, first, last = bounds(span, "datetime", now)
    assert first == at("2026-03-29T00:00")
    assert last == at("2026-03-30T00:00") - timedelta(microseconds=1)
    assert last - first == timedelta(hours=23) - timedelta(microseconds=1)


def test_a_day_begins_in_the_zone_of_the_account():
    """D112: 23:30 in UTC is the next day in Paris."""
    now = moment("2026-03-10T23:30", "UTC")
    later = SimpleNamespace(as_of=now.as_of, zone="Europe/Paris", today=date(2026, 3, 11))

    assert bounds(Window(this="day"), "date", now)[1] == date(2026, 3, 10)
    assert bounds(Window(this="day"), "datetime", later)[1] == at("2026-03-11T00:00")


@pytest.mark.parametrize("type_", ["date", "datetime"])
def test_rows_count_by_their_window(any_engine, type_):
    """D112: the first moment of a length is out, as_of is in, later and timeless rows are out."""
    noon = datetime(2026, 3, 10, 11, tzinfo=UTC)  # 12:00 in Paris
    edge = datetime(2024, 3, 10, 11, tzinfo=UTC)
    tick = timedelta(microseconds=1) if type_ == "datetime" else timedelta(days=1)
    times = [edge, edge + tick, datetime(2025, 12, 31, 22, 59, tzinfo=UTC),
             datetime(2026, 2, 28, 12, tzinfo=UTC), noon, noon + tick, None]  # fmt: skip
    rows = [
        {"contact_id": "ada", "at": time if time is None or type_ == "datetime" else time.date(),
         "no": number}
        for number, time in enumerate(times)
    ]  # fmt: skip
    orders = Table(
        {"at": type_, "no": "integer"}, rows, {"contact": ("contacts", "orders")},
        {"at": "ordered_at"},
    )  # fmt: skip
    small = world(any_engine, as_of=noon, contacts=Table({}, [{"id": "ada"}]), orders=orders)
    windows = {
        "two_years": Window(last=(2, "years")),
        "day": Window(this="day"),
        "last_month": Window(previous="month"),
        "last_year": Window(previous="year"),
        "year_end": Window(start=date(2025, 12, 31), end=date(2025, 12, 31)),
        "named": Window(last=(2, "years"), on="at"),
        "all": Window(),
    }

    found = small.aggregates(
        "contacts",
        *(Aggregate(name, ("orders",), "list", "no", None, each) for name, each in windows.items()),
    )["ada"]

    assert found == {
        "two_years": ["1", "2", "3", "4"],
        "day": ["4"],
        "last_month": ["3"],
        "last_year": ["2"],
        "year_end": ["2"],
        "named": ["1", "2", "3", "4"],
        "all": ["0", "1", "2", "3", "4", "6"],
    }
