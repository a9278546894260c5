"""The shortest path between two records (D62)."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tresse.datasets.identity.paths import Step, path

PLACES = {rid: rid for rid in range(10)}


def test_the_path_goes_over_the_fewest_values():
    """D62."""
    ties = [
        (1, 0, "C1"),
        (2, 0, "C1"),
        (2, 1, "a@x.fr"),
        (3, 1, "a@x.fr"),
        (1, 2, "+33"),
        (4, 2, "+33"),
    ]

    assert path(ties, 1, 3, places=PLACES) == (Step(1, 2, 0, "C1"), Step(2, 3, 1, "a@x.fr"))
    assert path(ties, 4, 3, places=PLACES)[0] == Step(4, 1, 2, "+33")
    assert path(ties, 3, 3, places=PLACES) == ()
    assert path(ties, 3, 9, places=PLACES) is None


def test_of_equal_paths_the_one_of_stronger_keys_and_earlier_records_is_taken():
    """D62: ties by the order of D42; devices come last."""
    ties = [(1, 2, "p"), (2, 2, "p"), (1, 1, "e"), (2, 1, "e"), (1, 0, "device"), (2, 0, "device")]
    assert path(ties, 1, 2, places=PLACES, devices={0}) == (Step(1, 2, 1, "e"),)

    ways = [(1, 0, "x"), (5, 0, "x"), (4, 0, "x"), (5, 1, "y"), (4, 1, "y"), (9, 1, "y")]
    assert path(ways, 1, 9, places=PLACES)[0] == Step(1, 4, 0, "x")
    assert path(ways, 1, 9, places={**PLACES, 5: 0})[0] == Step(1, 5, 0, "x")


def test_links_are_steps_too():
    """DG8, D62."""
    ties = [(1, 0, "x"), (2, 0, "x")]

    assert path(ties, 1, 3, places=PLACES, links=[(3, 2), (7, 77)]) == (
        Step(1, 2, 0, "x"),
        Step(2, 3, None, ""),
    )
    assert path(ties, 2, 1, places=PLACES, links=[(1, 2)]) == (Step(2, 1, None, ""),)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1), st.sampled_from("abc")), unique=True),
    st.randoms(use_true_random=False),
)
def test_every_path_is_one_and_none_is_shorter(ties, dice):
    """D62: against all orders of records, on small graphs; the order of rows does not matter."""
    found = path(ties, 0, 6, places=PLACES)
    held = {}
    for rid, *tie in ties:
        held.setdefault(rid, set()).add(tuple(tie))
    lengths = [
        n + 1
        for n in range(6)
        for between in itertools.permutations(range(1, 6), n)
        if all(
            held.get(a, set()) & held.get(b, set()) for a, b in itertools.pairwise((0, *between, 6))
        )
    ]

    assert (found is None) == (not lengths)
    if found is not None:
        assert len(found) == min(lengths)
        assert [found[0].a, *(each.b for each in found)][-1] == 6
        assert all({(e.strength, e.value)} <= held[e.a] & held[e.b] for e in found)
    shuffled = list(ties)
    dice.shuffle(shuffled)
    assert path(shuffled, 0, 6, places=PLACES) == found
