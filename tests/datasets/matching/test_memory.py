"""Values that a record had before (D46); `test_engines.py` compares engines."""

import pyarrow as pa
import sqlalchemy as sa

from tests.datasets.matching.world import plan_of, world
from tresse.datasets.definition import Direction, FanOut, Guard, KeySet
from tresse.datasets.layout import ATTACHMENTS

KEYS = [KeySet(("email",), remembers=True), KeySet(("last_name", "postal_code"), remembers=True)]
ROWS = {
    "crm/1": {"email": "ada@x.fr", "last_name": "King", "postal_code": "75001"},
    "crm/2": {"email": "old@x.fr"},
    "events/3": {"email": "eve@x.fr"},
}
NOW = {
    ("crm/1", 0, "ada@x.fr"),
    ("crm/2", 0, "old@x.fr"),
    ("crm/1", 1, "king\x1f75001"),
    ("events/3", 0, "eve@x.fr"),
}


def before(here, rows):
    """Attachments of the version before."""
    columns = ATTACHMENTS[:3]
    rids, strengths, values = zip(
        *((here.rids.get(name, 7), strength, value) for name, strength, value in rows), strict=True
    )
    names = ["rid", "strength", "value"]
    batch = pa.RecordBatch.from_arrays(
        [pa.array(each) for each in (rids, strengths, values)], names
    )
    return here.engine.load("matching_before", [batch], columns)


PAST = [
    ("crm/1", 0, "old@x.fr"),
    ("crm/1", 0, "ada@x.fr"),
    ("crm/1", 1, "byron\x1f75001"),
    ("gone/1", 0, "ada@x.fr"),
]


def test_values_of_before_tie_too(duck):
    """D46: `memory: all` also uses values the record had; those of records that are gone do not."""
    here = world(duck, plan_of(KEYS), ROWS)
    earlier = before(here, PAST)
    past = {("crm/1", 0, "old@x.fr"), ("crm/1", 1, "byron\x1f75001")}
    assert here.ties(earlier=earlier) == NOW | past


def test_a_corrected_typo_separates_again(duck):
    """D46: a set without memory uses current values only."""
    here = world(duck, plan_of([key.columns for key in KEYS]), ROWS)
    assert here.ties(earlier=before(here, PAST)) == NOW


GUARD = Guard(
    cap=2,
    blocked={"last_name": ("Byron",)},
    fan_out=(FanOut("email", "first_name", 1),),
    direction=(Direction("email", "customer_id", 1),),
)
GUARDED = {
    "crm/1": {"email": "a@x.fr", "first_name": "Ada", "customer_id": "C1"},
    "crm/2": {"email": "b@x.fr", "first_name": "Bob", "customer_id": "C2"},
    "crm/3": {"email": "c@x.fr", "first_name": "Ada", "customer_id": "C1"},
}
GUARDED_PAST = [
    ("crm/1", 0, "b@x.fr"),
    ("crm/3", 0, "b@x.fr"),
    ("crm/3", 0, "a@x.fr"),
    ("crm/2", 0, "test@x.fr"),
    ("crm/1", 1, "byron\x1f75001"),
    ("crm/1", 1, "king\x1f75001"),
]


def test_values_of_before_are_guarded_alike(duck):
    """D46, DG1, DG2, DG2b, DG7: what is remembered is blocked and counted as what is there."""
    here = world(duck, plan_of(KEYS, guard=GUARD), GUARDED)
    earlier = before(here, GUARDED_PAST)
    assert here.ties(earlier=earlier) == {
        ("crm/1", 0, "a@x.fr"),
        ("crm/3", 0, "a@x.fr"),
        ("crm/3", 0, "c@x.fr"),
        ("crm/1", 1, "king\x1f75001"),
    }
    assert here.guards(earlier=earlier) == {
        ("DG2", "email", "b@x.fr", 3, 2, "first_name"),
        ("DG2b", "email", "b@x.fr", 3, 3, None),
        ("DG7", "email", "b@x.fr", 3, 2, "customer_id"),
        ("DG1", "email", "test@x.fr", 1, None, "mailboxes/1"),
        ("DG1", "last_name", "byron", 1, None, "definition"),
    }


def test_claims_of_before_are_claims(duck):
    """D46, DG13: a record that nobody trusts any more ties by nothing it had before."""
    here = world(duck, plan_of(KEYS), ROWS, untrusted=frozenset({"events/3"}))
    earlier = before(here, [("events/3", 0, "ada@x.fr")])
    attached = here.attached(earlier=earlier)
    assert here.told(attached.attachments) == {row for row in NOW if row[0] != "events/3"}
    accepted = here.attached(earlier=earlier, claims=["events/3"])
    assert here.told(accepted.attachments) == NOW | {("events/3", 0, "ada@x.fr")}
    assert duck.rows(sa.select(accepted.claims)) == []
