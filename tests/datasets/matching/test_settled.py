"""What `attach` warns of (D12), and that nothing depends on the order of rows (D43)."""

from datetime import date

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.matching.world import plan_of, world
from tresse.datasets.definition import Direction, Guard
from tresse.sources.columns import RuleUse

ROWS = {
    "crm/1": {"email": " JANE@x.fr", "phone": "+33611111111", "customer_id": "C1"},
    "crm/2": {"email": "ada@x.fr", "phone": "06 11 11 11 11", "customer_id": "C2"},
    "crm/3": {"birth_date": date(1990, 3, 1)},
}
KEYS = [["customer_id"], ["email"], ["phone", "birth_date"]]


def test_keys_that_nobody_cleans(duck):
    """D12: `key_not_normalised` of text columns without rules, with the cells that differ."""
    here = world(duck, plan_of(KEYS), ROWS)
    assert here.attached().warnings == {
        "key_not_normalised": {
            "count": 2,
            "columns": {"customer_id": 0, "email": 1, "phone": 1},
            "examples": [" JANE@x.fr", "06 11 11 11 11"],
        }
    }
    assert ("crm/1", 1, "jane@x.fr") in here.ties()


def test_keys_that_somebody_cleans(duck):
    """D12: rules of the dataset, or those of the sources, are enough."""
    here = world(duck, plan_of(KEYS, rules={"email": "email"}), ROWS)
    assert here.plan.of("email").column.rules == (RuleUse("email"),)
    found = here.attached(normalised={"phone", "customer_id"})
    assert found.warnings == {}


WORDS = st.sampled_from([None, "", "a", "A ", "b", "c", "test", "0", "N/A", "na"])
NAMES = st.sampled_from([None, "Ada", "ÁDA", "Bob", "Eve", "Mia", "no"])
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": WORDS,
            "email": st.sampled_from([None, "a@x.fr", " A@x.fr", "b@x.fr", "test@x.fr", "?"]),
            "first_name": NAMES,
            "last_name": NAMES,
            "is_trusted": st.sampled_from([True, True, True, False]),
        }
    ),
    max_size=12,
)
GUARD = Guard(
    cap=4,
    direction=(Direction("email", "customer_id", 1),),
    blocked={"customer_id": ("b",)},
    allowed={"last_name": ("No",)},
)


def world_of(engine, rows, order):
    """The same records in another order."""
    keys = [["customer_id"], ["email"], ["last_name", "first_name"], ["last_name"]]
    named = {f"web/{n}": row for n, row in enumerate(rows)}
    untrusted = frozenset(name for name, row in named.items() if not row["is_trusted"])
    shuffled = {name: named[name] for name in order}
    return world(engine, plan_of(keys, guard=GUARD), shuffled, untrusted=untrusted)


@settings(max_examples=8, deadline=None)
@given(data=st.data(), rows=RECORDS)
def test_the_order_of_rows_never_matters(duck, data, rows):
    """D43, DG1, DG2b, DG7, DG13: shuffle the records, and all answers are the same."""
    names = [f"web/{n}" for n in range(len(rows))]
    order = data.draw(st.permutations(names))
    found = []
    for each in (names, order):
        here = world_of(duck, rows, each)
        attached = here.attached()
        found.append(
            (
                here.told(attached.attachments),
                here.told(attached.claims),
                set(duck.rows(sa.select(attached.guards))),
                attached.warnings["key_not_normalised"]["columns"],
            )
        )
    assert found[0] == found[1]


@settings(max_examples=8, deadline=None)
@given(rows=RECORDS)
def test_every_value_is_tied_or_told(duck, rows):
    """D40, D50: a value ties its records, or a row says which guard keeps it from it."""
    here = world_of(duck, rows, [f"web/{n}" for n in range(len(rows))])
    attached = here.attached()
    guards = duck.rows(sa.select(attached.guards))
    blocked = {row[2] for row in guards if row[0] != "DG13" and row[1] == "customer_id"}
    tied = {row for row in here.told(attached.attachments) if row[1] == 0}
    claimed = {row for row in here.told(attached.claims) if row[1] == 0}
    column, records = here.plan.of("customer_id"), here.records
    held = duck.rows(sa.select(records.c.rid, records.c[column.match], records.c.trusted))
    for rid, value, is_trusted in held:
        row = (here.names[rid], 0, value)
        if value is not None:
            assert (row in tied) == (is_trusted and value not in blocked)
            assert (row in claimed) == (not is_trusted and value not in blocked)
