"""Persons with known truth: suggestions find most of what keys cannot, none is wrong (D64)."""

import pytest

from bench.linking import PERSONS, linked, rows_of

RECALL = {("febrl1", "all"): 0.99, ("fake_1000", "e-mail, names and birth date"): 0.8}
"At least; what `docs/reference/benchmarks.md` has, a little less."


@pytest.mark.parametrize(("name", "label"), RECALL)
def test_accepted_suggestions_are_right(duck, name, label):
    """D64, D60: all that are over the threshold accepted, precision stays 1. Ten seconds: it
    learns weights by expectation maximisation."""
    persons = PERSONS[name]

    exact, _, suggested = linked(
        duck, persons, persons.keys[label], rows_of(persons), suggests=True
    )

    assert suggested.precision == 1
    assert suggested.recall >= RECALL[name, label] > exact.recall
