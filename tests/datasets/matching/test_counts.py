"""Guards by counts: fan-out (DG2), frequency (DG2b), direction (DG7), with the examples of D52.

`test_engines.py` compares engines.
"""

import pytest

from tests.datasets.matching.world import plan_of, world
from tresse.datasets.definition import Direction, FanOut, Guard

NAMES = [f"Name{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(60)]


WRITTEN = [*NAMES[:20], *(name.upper() + " " for name in NAMES[:20]), None, "É-" + NAMES[0][1:]]
FOLDED = {f"web/f{n}": {"email": "a@x.fr", "first_name": name} for n, name in enumerate(WRITTEN)}
"One e-mail with twenty-one names."
DEFAULTS = [
    ("email", "info@shop.fr", "last_name", 20),
    ("phone", "+33140000001", "first_name", 20),
    ("address_line1", "1ruedubac", "first_name", 40),
]
"Column, value, what is counted and how many are too few, of D51."
SETS = {
    f"web/m{n}": {"last_name": "Martin", "postal_code": "75001" if n < 4 else f"7500{n}"}
    for n in range(7)
}
"Four of one name and postal code."
CLAIMS = {
    f"events/{n}": {"email": "jane@x.fr", "first_name": name, "customer_id": name}
    for n, name in enumerate(NAMES[:25])
}
CLAIMED = {"crm/j": {"email": "jane@x.fr", "customer_id": "C1"}, **CLAIMS}


def shared(value, column, names, records, of="first_name", *, label="s"):
    """Records that share a value, with so many names."""
    return {f"web/{label}{n}": {column: value, of: NAMES[n % names]} for n in range(records)}


def acted(engine, plan, rows, **given):
    """Guard rows, and whether anything was tied."""
    here = world(engine, plan, rows)
    return here.guards(**given), bool(here.ties(**given))


@pytest.mark.parametrize(("names", "is_kept"), [(20, True), (22, False)])
def test_an_address_of_many_first_names(duck, names, is_kept):
    """DG2, D52: `info@shop.fr` on 30 records with 22 first names is dropped, with 20 kept."""
    rows = shared("info@shop.fr", "email", names, 30)
    guards, tied = acted(duck, plan_of([["email"]]), rows)
    row = ("DG2", "email", "info@shop.fr", 30, names, "first_name")
    assert (guards, tied) == ((set(), True) if is_kept else ({row}, False))


@pytest.mark.parametrize(("column", "value", "of", "most"), DEFAULTS)
def test_defaults_by_semantic_field(duck, column, value, of, most):
    """DG2, D51: e-mail 20 last names, phone 20 first names, address 40 first names."""
    plan = plan_of([[column]])
    rows = shared(value, column, most, most + 3, of)
    assert acted(duck, plan, rows) == (set(), True)
    rows = shared(value, column, most + 1, most + 3, of)
    row = ("DG2", column, value, most + 3, most + 1, of)
    assert acted(duck, plan, rows) == ({row}, False)


def test_names_are_counted_folded(duck):
    """DG2: names that differ in case, accents and blanks only are one; no name is none."""
    guards, _ = acted(duck, plan_of([["email"]]), FOLDED)
    assert guards == {("DG2", "email", "a@x.fr", len(FOLDED), 21, "first_name")}


def test_own_fan_out(duck):
    """DG2: a given rule takes the place of the default of the same columns; others stay."""
    rules = (FanOut("email", "first_name", 2), FanOut("email", "customer_id", 1))
    plan = plan_of([["email"]], guard=Guard(fan_out=rules))
    rows = {
        "web/1": {"email": "a@x.fr", "first_name": "Ada", "customer_id": "C-1"},
        "web/2": {"email": "a@x.fr", "first_name": "Bob", "customer_id": "c1"},
        "web/3": {"email": "b@x.fr", "first_name": "Ada", "customer_id": "C1"},
        "web/4": {"email": "b@x.fr", "first_name": "Bob", "customer_id": "C2"},
        "web/5": {"email": "b@x.fr", "first_name": "Eve"},
    }
    here = world(duck, plan, rows | shared("c@x.fr", "email", 21, 21, "last_name"))
    assert here.guards() == {
        ("DG2", "email", "b@x.fr", 3, 3, "first_name"),
        ("DG2", "email", "b@x.fr", 3, 2, "customer_id"),
        ("DG2", "email", "c@x.fr", 21, 21, "last_name"),
    }


@pytest.mark.parametrize("records", [200, 201])
def test_a_phone_on_too_many_records(duck, records):
    """DG2b, D52: one phone on 201 records is dropped, on 200 kept."""
    rows = shared("06 11 11 11 11", "phone", 3, records)
    guards, tied = acted(duck, plan_of([["phone"]]), rows)
    row = ("DG2b", "phone", "+33611111111", records, records, None)
    assert (guards, tied) == ((set(), True) if records == 200 else ({row}, False))


def test_a_value_of_several_columns_on_too_many_records(duck):
    """DG2b: of a set of columns all of them together count, not each of them."""
    plan = plan_of([["last_name", "postal_code"]], guard=Guard(cap=3))
    here = world(duck, plan, SETS)
    assert here.guards() == {("DG2b", "last_name, postal_code", "martin\x1f75001", 4, 4, None)}
    assert {name for name, _, _ in here.ties()} == {"web/m4", "web/m5", "web/m6"}
    lifted = {("last_name, postal_code", "martin\x1f75001")}
    assert (len(here.ties(lifted=lifted)), here.guards(lifted=lifted)) == (7, set())


def test_a_dropped_column_drops_the_sets_it_is_in(duck):
    """D40, DG2: a record has a value of a set only if no part of it is dropped."""
    plan = plan_of([["email", "last_name"], ["email"], ["phone"]])
    rows = shared("info@shop.fr", "email", 22, 22)
    rows = {
        n: {**row, "last_name": "Martin", "phone": f"06111111{i:02}"}
        for i, (n, row) in enumerate(rows.items())
    }
    here = world(duck, plan, rows)
    assert {strength for _, strength, _ in here.ties()} == {2}


DIRECTIONS = {
    "crm/1": {"email": "a@x.fr", "customer_id": "C1"},
    "crm/2": {"email": "a@x.fr", "customer_id": "C2"},
    "crm/3": {"email": "b@x.fr", "customer_id": "C3"},
    "crm/4": {"email": "B@x.fr", "customer_id": " C3"},
    "crm/5": {"email": "b@x.fr"},
}


def test_an_address_that_meets_two_customers(duck):
    """DG7: a value that meets more of another column than allowed is dropped; NULL meets none."""
    guard = Guard(direction=(Direction("email", "customer_id", 1),))
    here = world(duck, plan_of([["customer_id"], ["email"]], guard=guard), DIRECTIONS)
    assert here.guards() == {("DG7", "email", "a@x.fr", 2, 2, "customer_id")}
    assert {(name, value) for name, strength, value in here.ties() if strength == 1} == {
        ("crm/3", "b@x.fr"),
        ("crm/4", "b@x.fr"),
        ("crm/5", "b@x.fr"),
    }


def test_no_direction_by_default(duck):
    """DG7: without a rule nothing is dropped; with a higher number neither."""
    for direction in ((), (Direction("email", "customer_id", 2),)):
        plan = plan_of([["email"]], guard=Guard(direction=direction))
        assert acted(duck, plan, DIRECTIONS)[0] == set()


def test_blocked_values_are_not_counted(duck):
    """D50: each value has the rows of what dropped it: blocked ones are not looked at further."""
    guard = Guard(cap=2, blocked={"email": ("info@shop.fr",)})
    rows = shared("info@shop.fr", "email", 22, 30)
    guards, tied = acted(duck, plan_of([["email"]], guard=guard), rows)
    assert (guards, tied) == ({("DG1", "email", "info@shop.fr", 30, None, "definition")}, False)


def test_allowed_and_lifted_values_are_not_counted(duck):
    """D50: neither `allowed` nor lifted values are dropped by counts."""
    rows = shared("info@shop.fr", "email", 22, 30)
    allowed = Guard(cap=2, allowed={"email": ("Info@Shop.fr",)})
    assert acted(duck, plan_of([["email"]], guard=allowed), rows) == (set(), True)
    lifted = {("email", "info@shop.fr")}
    plan = plan_of([["email"]], guard=Guard(cap=2))
    assert acted(duck, plan, rows, lifted=lifted) == (set(), True)
    assert {row[0] for row in acted(duck, plan, rows)[0]} == {"DG2", "DG2b"}


def test_claims_count_for_nothing(duck):
    """DG2, DG2b, DG7, DG13: nobody can have a value dropped by claiming it again and again."""
    guard = Guard(cap=3, direction=(Direction("email", "customer_id", 1),))
    plan = plan_of([["email"]], guard=guard)
    here = world(duck, plan, CLAIMED, untrusted=frozenset(CLAIMS))
    assert here.ties() == {("crm/j", 0, "jane@x.fr")}
    assert {row[0] for row in here.guards()} == {"DG13"}
    assert here.ties(claims=["events/0"]) == set()
    assert {row[0] for row in here.guards(claims=["events/0"])} == {"DG7"}
