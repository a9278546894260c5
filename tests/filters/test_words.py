"""Filters in words, and operators on pages."""

import pytest
from django.utils import translation

from tresse.accounts.actor import SYSTEM
from tresse.filters import checked, words
from tresse.filters.counts import OPERATORS as COUNTS
from tresse.filters.phrases import LABELS, PHRASES, label
from tresse.objects.kinds import KINDS


@pytest.mark.parametrize(
    ("filter", "sentence"),
    [
        ([], "every one"),
        (
            {"property": "country", "operator": "is_any_of", "value": ["fr", "be"]},
            "Country is any of France and Belgium",
        ),
        (
            {"all": [
                {"property": "city", "operator": "contains", "value": "ly"},
                {"any": [
                    {"property": "birthday", "operator": "in_last", "value": "30 days"},
                    {"not": {"property": "city", "operator": "is_empty"}},
                ]},
            ]},
            "City contains “ly” and (Birthday is in the last 30 days or not (City is empty))",
        ),
        (
            {"linked": "deal", "by": ["decision_maker"], "operator": "at_least", "value": 2,
             "filter": {"property": "amount", "operator": "more_than", "value": 5000}},
            "linked to at least 2 deals (Decision maker) where (Amount is more than 5,000)",
        ),
        (
            {"linked": "deal", "operator": "exactly", "value": 1},
            "linked to exactly 1 deal",
        ),
        (
            {"linked": "deal", "by": ["deal_contact"],
             "filter": {"property": "amount", "operator": "more_than", "value": 5000}},
            "linked to at least 1 deal where (Amount is more than 5,000)",
        ),
        (
            {"activity": ["call", "meeting"], "in": {"last": "14 days"}, "operator": "none"},
            "has no activities (call, meeting) in the last 14 days",
        ),
        (
            {"property": "birthday", "operator": "between",
             "value": [{"today": "-1 year"}, "today"]},
            "Birthday is between today minus 1 year and today",
        ),
        (
            {"property": "city", "operator": "is_not", "value": {"property": "region"},
             "only_with_value": True},
            "City is not Region (only with a value)",
        ),
        (
            {"property": "birthday", "operator": "in_period", "value": "previous month"},
            "Birthday is in: the previous month",
        ),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_filter_reads_as_a_sentence(model, filter, sentence):
    """G40, G23."""
    with translation.override("en"):
        good = checked(filter, model.object("contact"), model=model, actor=SYSTEM)
        assert words(good) == sentence


def test_every_operator_has_words():
    """G11, C81: none is missing, for sentences and for choices."""
    operators = {operator for kind in KINDS for operator in kind.operators}
    assert operators <= set(PHRASES)
    assert operators | set(COUNTS) <= set(LABELS)
    assert label("at_least", "money") == "≥"
    assert label("is", "integer") == "="
    assert label("is", "text") == "is"
