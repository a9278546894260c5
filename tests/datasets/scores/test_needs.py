"""What scores need before they can be used (SC2): fields, one of several, one need of several."""

import pytest

from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.settings import fields_of_lines, missing_fields, unmet

ORDERS = {"ordered_at", "net_amount"}


@pytest.mark.parametrize(
    "known",
    [
        {"events": {"at", "name"}},
        {"email_events": {"at", "kind"}},
        {"orders": ORDERS},
        {"events": set(), "email_events": {"at", "kind"}},
        {"events": None},
    ],
)
def test_one_of_several_needs_is_enough(known):
    """SC40: engagement takes e-mail events, events or orders, whichever there are."""
    assert missing_fields(SCORES["engagement"], known) == []


def test_of_needs_of_which_none_is_met_the_first_is_named():
    """SC2: the sentence names a field to map."""
    assert missing_fields(SCORES["engagement"], {"events": {"at"}}) == [
        ("email_events", "at"),
        ("email_events", "kind"),
    ]
    assert [each.entity for each in unmet(SCORES["engagement"], {})] == ["email_events"]
    assert missing_fields(SCORES["cart_abandonment_rate"], {"carts": {"created_at"}}) == [
        ("carts", "status")
    ]


def test_needs_beside_them_must_all_be_met():
    """Section 8: carts, and how one knows that they became an order."""
    by_orders = {"carts": {"created_at"}, "orders": {"cart_id"}}

    assert missing_fields(SCORES["cart_abandonment_rate"], by_orders) == []
    assert missing_fields(SCORES["cart_abandonment_rate"], {"orders": {"cart_id"}}) == [
        ("carts", "created_at")
    ]
    assert missing_fields(SCORES["tenure_days"], {"contacts": set()}) == []


def test_lines_have_what_their_products_tell():
    """Section 8: a category of the product is one of its lines."""
    lines = fields_of_lines({"quantity"}, {"category", "price"})

    assert lines == {"quantity", "product", "category"}
    known = {"orders": ORDERS, "order_items": lines}
    assert missing_fields(SCORES["preferred_category"], known) == []
    assert missing_fields(SCORES["preferred_brand"], known) == [("order_items", "brand")]
    assert fields_of_lines(None, set()) is None
    assert fields_of_lines({"quantity"}, None) is None
