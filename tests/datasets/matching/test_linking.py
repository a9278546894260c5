"""Persons with known truth: exact keys put nobody together who is not one (`bench/linking.py`)."""

import pytest

from bench.linking import PERSONS, linked, rows_of

RECALL = {
    ("febrl1", "id"): (0.9, 0.9),
    ("febrl1", "names and birth date"): (0.736, 0.736),
    ("febrl1", "names, birth date, address"): (0.898, 0.898),
    ("febrl1", "all"): (0.9, 0.982),
    ("fake_1000", "e-mail"): (0.3358, 0.3358),
    ("fake_1000", "e-mail, names and birth date"): (0.5707, 0.5707),
    ("fake_1000", "all"): (0.6283, 0.6283),
}
"Exact, and once a person decided on what was refused; as `docs/reference/benchmarks.md` has it."
PLACEHOLDERS = ("noreply@shop.fr", "N/A", "test@x.fr", "xxxxxx@x.fr", "unknown", "0", "none@x.pl")


@pytest.mark.parametrize(("name", "label"), RECALL)
def test_exact_keys_find_true_pairs_only(duck, name, label):
    """D40, D42, D60: precision 1 with every set of keys; the review adds what limits refused."""
    persons = PERSONS[name]
    exact, reviewed, _ = linked(duck, persons, persons.keys[label], rows_of(persons))
    assert (exact.precision, reviewed.precision) == (1, 1)
    assert (round(exact.recall, 4), round(reviewed.recall, 4)) == RECALL[name, label]


@pytest.mark.parametrize("label", PERSONS["fake_1000"].keys)
def test_placeholders_and_shared_addresses_join_nobody(duck, label):
    """DG1, DG2, D51: no wrong merge by placeholders on a third, one address on a sixth of all."""
    persons = PERSONS["fake_1000"]
    rows = rows_of(persons)
    for number, row in enumerate(rows):
        if number % 3 == 0:
            row["email"] = PLACEHOLDERS[number % len(PLACEHOLDERS)]
        elif number % 6 == 1:
            row["email"] = "Info@Shop.fr"
        if number % 50 == 0:
            row["surname"] = "not given"
            row["first_name"] = "N/A"
    exact, _, _ = linked(duck, persons, persons.keys[label], rows)
    assert exact.precision == 1
    assert exact.pairs > 100
