"""Decisions by themselves: pure, row by row (T27 to T34)."""

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tresse.transfers.decide import (
    CREATED,
    FAILED,
    FOUND,
    NEW,
    REPEATED,
    SKIPPED,
    Decisions,
    Hit,
    Row,
    Rules,
)
from tresse.transfers.infile import HAS_ID, Met, Slots
from tresse.transfers.typed import NO_KEY, NO_VALUE


def decided(rows, *, by_id=None, hits=None, earlier=lambda *_: (), **rules):
    """Outcomes and notes of rows with two keys: the first unique, the second not."""
    facts = {"unique": [True, False], "decides": [True, True], **rules}
    decisions = Decisions(Rules(**facts), Met().is_new, earlier)
    outcomes = [decisions.decide(row, by_id or {}, hits or {}) for row in rows]
    return [each.outcome for each in outcomes], [note.sort for note in decisions.notes]


@pytest.mark.parametrize(
    ("hits", "outcome", "notes"),
    [
        ({}, CREATED, []),
        ({(2, 0): [Hit(41)]}, FOUND, []),
        ({(2, 1): [Hit(41)]}, FOUND, []),
        ({(2, 1): [Hit(41), Hit(42)]}, FAILED, ["ambiguous"]),
        ({(2, 0): [Hit(41)], (2, 1): [Hit(42)]}, FOUND, []),
        ({(2, 1): [Hit(42, differs=1)]}, CREATED, ["possible_duplicate"]),
        ({(2, 1): [Hit(42, differs=1), Hit(43)]}, FOUND, ["possible_duplicate"]),
        ({(2, 0): [Hit(41, may_edit=False)]}, FAILED, ["not_permitted"]),
    ],
    ids=[
        *("nothing found", "by the first key", "by the second", "two records"),
        *("the first key decides", "dropped", "dropped, one left", "not editable"),
    ],
)
def test_keys_in_order(hits, outcome, notes):
    """T30, T31, T34."""
    assert decided([Row(2, None, ("a", "b"))], hits=hits) == ([outcome], notes)


def test_two_unique_keys():
    """T30, T31: other records, or another value held, refuse the row."""
    both = {"unique": [True, True]}
    hits = {(2, 0): [Hit(41)], (2, 1): [Hit(42)]}
    assert decided([Row(2, None, ("a", "b"))], hits=hits, **both) == ([FAILED], ["keys_disagree"])
    hits = {(2, 1): [Hit(42, differs=1)]}
    assert decided([Row(2, None, ("a", "b"))], hits=hits, **both) == ([FAILED], ["held_otherwise"])


def test_a_unique_value_that_decides_nothing():
    """C18, T27: a key that was dropped."""
    rules = {"unique": [False, True], "decides": [True, False]}
    hits = {(2, 1): [Hit(42)]}
    assert decided([Row(2, None, ("a", "b"))], hits=hits, **rules) == (
        [FAILED],
        ["duplicate_value"],
    )
    hits = {(2, 0): [Hit(42)], (2, 1): [Hit(42)]}
    assert decided([Row(2, None, ("a", "b"))], hits=hits, **rules) == ([FOUND], [])


@pytest.mark.parametrize(
    ("mode", "found", "outcome"),
    [
        ("create", True, SKIPPED),
        ("create", False, CREATED),
        ("update", True, FOUND),
        ("update", False, SKIPPED),
    ],
)
def test_modes(mode, found, outcome):
    """T32."""
    hits = {(2, 0): [Hit(41)]} if found else {}
    assert decided([Row(2, None, ("a", None))], hits=hits, mode=mode)[0] == [outcome]


def test_rows_that_mean_one_record():
    """T33: by id and by key; a record of the file found by create only is repeated."""
    by_id, hits = {2: Hit(41)}, {(3, 0): [Hit(41)]}
    rows = [Row(2, 41, (None, None)), Row(3, None, ("a", None))]
    assert decided(rows, by_id=by_id, hits=hits)[0] == [FOUND, REPEATED]

    met = decided([Row(2, None, ("a", None))], earlier=lambda *_: [Hit(NEW + 1)], mode="create")
    assert met[0] == [FOUND]


def test_a_faulty_row_and_an_unknown_id():
    """T29, T36."""
    assert decided([Row(2, None, ("a", None), is_faulty=True)]) == ([FAILED], [])
    assert decided([Row(2, 9, ("a", None))]) == ([FAILED], ["no_such_id"])
    binned = {2: Hit(9, is_binned=True)}
    assert decided([Row(2, 9, ("a", None))], by_id=binned) == ([FAILED], ["in_bin"])


@given(st.lists(st.integers(min_value=1, max_value=NEW + 5_000), max_size=200))
def test_met_is_a_set(refs):
    """T33: exact, whatever the numbers."""
    met, seen = Met(), set()
    for ref in refs:
        assert met.is_new(ref) == (ref not in seen)
        seen.add(ref)


def test_slots_miss_no_repetition():
    """T33: false alarms are allowed, misses are not; rows come back in order, with their flags."""
    slots = Slots(keys=2)
    none = NO_VALUE
    slots.add([2, 3], {0: array("q", [71, none]), 1: array("q", [80, 81])}, np.array([0, HAS_ID]))
    slots.add([5, 6], {0: array("q", [72, 71]), NO_KEY: array("q", [none, 90])})
    slots.add([7], {NO_KEY: array("q", [90])})
    first, last = slots.piece(4), slots.piece(1)
    assert first.lines.tolist() == [2, 3, 5, 6]
    assert first.flags.tolist() == [0, HAS_ID, 0, 0]
    assert first.repeats.tolist() == [
        [True, False, False],
        [False, False, False],
        [False, False, False],
        [True, False, True],
    ]
    assert last.repeats.tolist() == [[False, False, True]]
    slots.close()
