"""How values are spread, how people moved, and who is behind a bar (SC73)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.datasets.builds.conftest import home  # noqa: F401  a home of each test
from tests.datasets.builds.worlds import built, fed
from tests.datasets.computed.shops import change, order, person, shop, sold
from tresse.datasets.queries import published
from tresse.datasets.rows import Asked, rows_of
from tresse.datasets.scores.distribution import behind, distribution, edges_between, movement
from tresse.kernel.errors import TresseError
from tresse.sources.versions import engine

USES = [
    {"score": "orders_count"},
    {"score": "revenue_total"},
    {"score": "average_order_value"},
    {"score": "customer_status"},
    {"score": "is_repeat"},
    {"score": "last_order_at"},
]
NUMBER = 60


def mail(number):
    return f"p{number}@x.fr"


def orders_of(*, more=()):
    """Person n of sixty has n % 7 orders, of n each."""
    found = []
    for number in range(NUMBER):
        for _ in range(number % 7):
            found.append(order(len(found), mail(number), 1 + number % 18, number or 1))
    return [*found, *(order(10_000 + at, mail(who), 19, 5) for at, who in enumerate(more))]


@pytest.fixture
def people(home):  # noqa: ARG001, F811  it stands there
    """Sixty people with orders and scores, built."""
    whole, _ = shop(scores=USES)
    fed("crm", [person(str(number), mail(number), f"P{number}") for number in range(NUMBER)])
    sold(orders_of())
    assert built(whole).state == "published"
    return whole


def test_every_bar_has_the_people_behind_it(people):
    """SC73: counts of bars and nulls add up to the base; the filter of a bar finds its people."""
    version = published(people)
    with engine() as session:
        for column in (each["name"] for each in version.computed if each["sort"] == "score"):
            found = distribution(session, version, column)
            total = sum(each.count for each in found.bars) + found.nulls + found.others
            assert total == NUMBER, column
            assert len(found.bars) <= 20
            for bar in found.bars:
                asked = Asked(behind(version, column, bar), columns=("_id",), limit=None)
                assert len(rows_of(session, version, asked)) == bar.count, (column, bar)


def test_few_whole_numbers_and_categories_are_bars_of_their_own(people):
    """SC73: values, not ranges; categories in the order of their score, those of nobody too."""
    version = published(people)
    with engine() as session:
        counts = distribution(session, version, "orders_count")
        status = distribution(session, version, "customer_status")
        revenue = distribution(session, version, "revenue_total")

    assert [(each.value, each.count) for each in counts.bars] == [
        (0, 9), (1, 9), (2, 9), (3, 9), (4, 8), (5, 8), (6, 8)
    ]  # fmt: skip
    assert [(each.value, each.label, each.count) for each in status.bars] == [
        ("lead", status.bars[0].label, 9),
        ("one_time", status.bars[1].label, 9),
        ("repeat", status.bars[2].label, 26),
        ("loyal", status.bars[3].label, 16),
    ]
    assert all(each.is_range for each in revenue.bars)
    assert (revenue.bars[0].low, revenue.bars[-1].is_last) == (Decimal(0), True)


def test_a_column_that_is_not_there_is_refused(people):
    """SC73: with the nearest."""
    with engine() as session, pytest.raises(TresseError) as refused:
        distribution(session, published(people), "order_count")

    assert refused.value.code == "unknown_name"
    assert 'Did you mean "orders_count"?' in str(refused.value)


def test_people_move_between_categories_since_a_version_or_a_day(people):
    """SC73: from → to of those who are elsewhere now; who came back is not among them."""
    sold(orders_of(more=[0, 7, 1, 14]))
    change(people, as_of="2026-03-21")
    built(people)
    sold(orders_of(more=[0, 7, 1]))
    change(people, as_of="2026-03-23")
    built(people)
    version = published(people)

    with engine() as session:
        moves = {
            since: [
                (each.old, each.new, each.count)
                for each in movement(session, version, "customer_status", since)
            ]
            for since in (1, 2, date(2026, 3, 21), date(2026, 3, 22), 3)
        }

    both = [("lead", "one_time", 2), ("one_time", "repeat", 1)]
    assert moves[1] == both
    assert moves[date(2026, 3, 21)] == both
    assert moves[2] == moves[date(2026, 3, 22)] == [("one_time", "lead", 1)]
    assert moves[3] == []


@pytest.mark.parametrize(
    ("low", "high", "edges"),
    [
        (0, 100, [0, 5, 95, 100]),
        (3, 399, [0, 20, 380, 400]),
        (0.0, 1.0, [0.0, 0.05, 0.95, 1.0]),
        (Decimal("1.5"), Decimal("9.5"), [Decimal("1.5"), Decimal(2), Decimal(9), Decimal("9.5")]),
        (5.0, 5.0, [5.0, 6.0]),
        (-10, 10, [-10, -9, 9, 10]),
        (date(2026, 1, 1), date(2026, 1, 31), None),
    ],
)
def test_bars_have_round_edges(low, high, edges):
    """SC73: at most twenty of one round width that hold the least and the greatest value."""
    found = edges_between(low, high, 20, is_whole=isinstance(low, int))

    assert found[0] <= low
    assert found[-1] >= high
    assert 2 <= len(found) <= 21
    gaps = [high - low for low, high in pairwise(found)]
    widths = {gap if isinstance(low, date) else round(float(gap), 9) for gap in gaps}
    assert len(widths) == 1
    if edges is not None and len(edges) == 4:
        assert [*found[:2], *found[-2:]] == edges
    elif edges is not None:
        assert found == edges


def test_bars_of_moments_begin_with_days():
    """SC73: in UTC."""
    low = datetime(2026, 1, 1, 9, tzinfo=UTC)
    found = edges_between(low, datetime(2026, 12, 31, 23, 59, tzinfo=UTC), 20)

    assert found[0] == datetime(2026, 1, 1, tzinfo=UTC)
    assert found[-1] > datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert len(found) <= 21
