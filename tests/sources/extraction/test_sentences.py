"""Sentences of runs and of rows that were refused."""

import re

import pytest
from django.utils.translation import override

from tresse.accounts.answers import message
from tresse.sources.extraction.counting import Counts
from tresse.sources.extraction.guards import Before, Limits, suspicion
from tresse.sources.extraction.rejecting import LIMITS, refusal_of


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("9223372036854775808", "too large: whole numbers go up to 9,223,372,036,854,775,807"),
        ("-99999999999999999999", "too large"),
        ("12.5", '"12.5" in the column "id" is not a number.'),
        ("much", "is not a number."),
    ],
)
def test_a_number_beyond_64_bits_is_said_to_be_too_large(value, words):
    """S102: the sentence says what is wrong with the cell: that it is too large, or no number."""
    known = refusal_of("could_not_parse_number", value)

    with override("en"):
        assert words in message(known(column="id", value=value, **LIMITS.get(known, {})))
    assert known.code == "could_not_parse_number"


def test_counts_in_a_sentence_are_written_as_on_the_page():
    """S112: a held run says "1,996" as its page does, and each language writes it its own way."""
    held = suspicion(Counts(), Before(rows=1996, is_whole=True), Limits(), source="shop")

    assert held is not None
    with override("en"):
        assert "had 1,996 before" in message(held)
    with override("fr"):
        assert re.search(r"1\s996", message(held))
