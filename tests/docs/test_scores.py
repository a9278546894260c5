"""The page about scores says of every member what the library knows (SC71)."""

import re

import pytest

from scripts.scores_page import EMPTY
from tests.datasets.scores.worlds import order, world
from tests.docs.pages import DOCS, FENCE
from tresse.datasets.scores.base import GROUPS
from tresse.datasets.scores.members.rfm_tables import PRESETS
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.saying import GROUPS as LABELS

PAGE = (DOCS / "reference" / "scores.md").read_text("utf-8")


def part_of(name):
    """What stands under the heading of a score."""
    return re.split(r"\n##", PAGE.partition(f"\n### {name}\n")[2])[0]


def words_of(text):
    """A text without regard to how its lines are cut."""
    return " ".join(text.split())


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)
def test_every_score_is_documented_with_its_formula(score):
    """SC71: label, formula, inputs, outputs, parts, settings with defaults, and the source."""
    part = part_of(score.name)
    said = words_of(part)

    assert part
    assert score.label in said
    assert score.meaning in said
    assert words_of(score.formula.replace(";", "")) in said.replace(";", "")
    fields = {name for need in score.needs for name in (*need.fields, *need.any_of)}
    columns = {each.name for each in (*score.outputs, *score.parts)}
    choices = {name for each in score.outputs for name, _ in each.choices}
    settings = {each.name for each in score.settings}
    named = set(re.findall(r"`([^`]+)`", FENCE.sub("", part)))
    assert fields | columns | choices | settings <= named
    for each in (*score.outputs, *score.parts):
        assert re.search(rf"`{each.name}` \([^)]*\b{each.type}\b", said), each.name
    for each in score.settings:
        if isinstance(each.default, int | float) and not isinstance(each.default, bool):
            assert f"default `{each.default:g}`" in said, each.name
        elif isinstance(each.default, str):
            assert f"default `{each.default}`" in said, each.name
    assert not score.source or f"**From**: {words_of(score.source)}" in said


def test_scores_stand_under_their_groups_in_their_order():
    groups = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    names = re.findall(r"^### ([a-z_0-9]+)$", PAGE, re.MULTILINE)

    assert groups[1:] == [LABELS[name] for name in GROUPS]
    assert names == [score.name for score in SCORES]


@pytest.mark.parametrize("name", PRESETS)
def test_every_segment_of_rfm_is_in_its_table(name):
    """SC35, SC36"""
    rows = PAGE.partition(f"\nOf `{name}`:\n")[2].partition("\n##")[0].partition("\nOf ")[0]

    for segment, recency, other in PRESETS[name].ranges:
        cells = f"{recency} | {other} |".replace("-", "–")
        assert re.search(rf"^\| `{segment}` \|.*\| {re.escape(cells)}$", rows, re.MULTILINE)


FEWEST = {
    "without a valid order": 1,
    "with fewer than two orders": 2,
    "with fewer than two purchase days": 2,
    "with fewer than three purchase days": 3,
    "with fewer than `min_orders` orders": 0,
    "with fewer than `min_orders` orders, and where the greatest share is below `min_share`": 0,
    "where nothing was paid": 1,
    "without a valid order in the window; the segment is then `prospect`": 1,
    "for whoever has no valid order, now or then": 1,
    "for whoever never did any of it": 1,
    "where discount and net are 0": 1,
    "without lines": 1,
    "without pieces": 1,
}
"Purchase days that a value needs, by who is said to have none; 0: as many as `min_orders`."
NOT_OF_ORDERS = ("email_", "preferred_send_hour", "cart_", "points_", "revenue_trend", "clv_model")
PLACES = {"status": "paid", "channel": "web", "store": "s", "payment_method": "card"}


@pytest.fixture(scope="module")
def buyers(duck):
    """People with no, one, two … five purchase days, who told everything there is to orders."""
    orders, lines = [], []
    for days in range(1, 6):
        for number in range(days):
            day = f"2026-0{1 + number % 3}-{10 + number}T10:00"
            key = f"o{days}{number}"
            more = {"amount": 60, "refunded": 5, "discount": 1, "coupon": "A", **PLACES}
            orders.append(order(f"p{days}", day, 50, order_id=key, **more))
            line = {"line_id": key, "order": key, "name": "x", "category": "A", "brand": "b"}
            lines.append({**line, "quantity": 1, "returned_quantity": 0, "line_amount": 50})
    return world(duck, people=["p0"], orders=orders, order_items=lines)


@pytest.mark.parametrize(
    "score",
    [each for each in SCORES if not each.name.startswith(NOT_OF_ORDERS)],
    ids=lambda score: score.name,
)
def test_who_has_no_value_is_who_is_said_to_have_none(score, buyers):
    """SC8, SC71: nulls as the page states them, for no, one, two and three purchase days."""
    said = [text for text, names in EMPTY.items() if score.name in names.split()]
    least = {each.name: each.default for each in score.settings}.get("min_orders", 0)
    fewest = (FEWEST[said[0]] or int(least)) if said else 0

    rows = buyers.scores(score.name)

    first = score.outputs[0].name
    assert [rows[f"p{days}"][first] is not None for days in range(6)] == [
        days >= fewest for days in range(6)
    ]


def test_every_score_is_said_to_be_empty_once():
    listed = [name for names in EMPTY.values() for name in names.split()]

    assert len(listed) == len(set(listed))
    assert set(listed) <= {score.name for score in SCORES}
