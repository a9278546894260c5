"""The drawing of what ties records (D62): where cards and values stand, without a database."""

import itertools

from tresse.datasets.views.drawing import REFUSED, Shown, Tie, drawn, two_apart


def records(*names):
    return [Shown(name, name, f"shop/{name}", "teal") for name in names]


def tie(id_, a, b):
    return Tie(id_, a, b, "email", id_)


def test_a_path_is_drawn_from_its_first_record_on():
    """Cards from left to right, a value between each two."""
    found = drawn(records("a", "b", "c"), [tie("x", "a", "b"), tie("y", "b", "c")], is_path=True)

    assert [card.name for card in found.cards] == ["a", "b", "c"]
    assert [card.x for card in found.cards] == sorted({card.x for card in found.cards})
    assert len({card.y for card in found.cards}) == 1
    assert [pill.text for pill in found.pills] == ["x", "y"]
    assert len(found.lines) == 4
    assert found.width > found.cards[-1].x + found.card_width


def test_a_value_of_many_records_is_drawn_once():
    """A hub: one value, a line to each of those that share it; nothing overlaps."""
    found = drawn(records("a", "b", "c", "d"), [tie("x", "a", name) for name in "bcd"])

    assert len(found.pills) == 1
    spots = {(card.x, card.y) for card in found.cards}
    assert len(spots) == 4
    right = sorted(card.y for card in found.cards if card.x > found.pills[0].x)
    assert len(right) == 3
    assert all(b - a >= found.card_height for a, b in itertools.pairwise(right))
    assert found.height >= right[-1] + found.card_height


def test_a_long_chain_is_drawn_from_its_middle():
    """So that it is half as wide; every record is there once."""
    names = "abcdefg"
    ties = [tie(f"{a}{b}", a, b) for a, b in itertools.pairwise(names)]

    whole, path = drawn(records(*names), ties), drawn(records(*names), ties, is_path=True)

    assert sorted(card.name for card in whole.cards) == list(names)
    assert whole.cards[0].name == "d"
    assert whole.width < 0.6 * path.width


def test_records_that_nothing_ties_stand_below():
    """Beyond what is drawn of a large golden record, ties of others are left out."""
    found = drawn(records("a", "b", "z"), [tie("x", "a", "b"), tie("y", "b", "gone")])

    assert len(found.pills) == 1
    [alone] = [card for card in found.cards if card.name == "z"]
    assert alone.y > max(card.y for card in found.cards if card.name != "z")


def test_two_that_are_apart_stand_on_both_sides_of_why():
    """Each reason between them, long texts cut, the whole one in the title."""
    left, right = records("a", "b")
    long = "a.very.long.address@of.somebody.example"

    found = two_apart(left, right, [Tie(n, "a", "b", "email", long) for n in range(3)])

    assert [card.is_end for card in found.cards] == [True, True]
    assert {pill.kind for pill in found.pills} == {REFUSED}
    assert found.pills[0].text.endswith("…")
    assert found.pills[0].whole == f"email: {long}"
    assert found.height > found.pills[-1].y + found.pill_height
