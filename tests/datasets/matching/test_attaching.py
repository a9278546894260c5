"""From records to attachments (D40, D45, D46, DG13); `test_engines.py` compares engines."""

from datetime import date

import sqlalchemy as sa

from tests.datasets.matching.world import plan_of, world
from tresse.datasets.definition import Guard
from tresse.datasets.matching import blocked_values

D45 = {
    "crm/1": {"customer_id": "C1", "email": "jane@x.fr", "phone": "+33 6 11 11 11 11"},
    "web/7": {"email": " JANE@x.fr"},
    "pos/A": {"phone": "06 11 11 11 11"},
    "crm/2": {"customer_id": "C2", "email": "jane@x.fr", "phone": "+33622222222"},
    "pos/B": {"phone": "06.22.22.22.22"},
    "web/9": {"phone": "0000000000"},
}


def test_example_of_records_and_values(duck):
    """D45: attachments of the example; web/9 holds nothing but a blocked value."""
    guard = Guard(blocked={"phone": ("0000000000",)})
    plan = plan_of([["customer_id"], ["email"], ["phone"]], guard=guard)
    here = world(duck, plan, D45)
    attached = here.attached()
    assert here.told(attached.attachments) == {
        ("crm/1", 0, "C1"),
        ("crm/2", 0, "C2"),
        ("crm/1", 1, "jane@x.fr"),
        ("web/7", 1, "jane@x.fr"),
        ("crm/2", 1, "jane@x.fr"),
        ("crm/1", 2, "+33611111111"),
        ("pos/A", 2, "+33611111111"),
        ("crm/2", 2, "+33622222222"),
        ("pos/B", 2, "+33622222222"),
    }
    assert duck.rows(sa.select(attached.guards)) == [
        ("DG1", "phone", "0000000000", 1, None, "definition")
    ]
    assert duck.scalar(blocked_values(attached.guards)) == 1


PARTS = {
    "crm/1": {"last_name": "Dupont", "birth_date": date(1990, 3, 1)},
    "crm/2": {"last_name": "DUPONT "},
    "crm/3": {"last_name": "Unknown", "birth_date": date(1990, 3, 1)},
    "crm/4": {"phone": "nonsense", "email": "a@x.fr"},
    "crm/5": {"phone": "06 11 11 11 11", "email": "A@x.fr"},
}


def test_a_set_needs_all_of_its_parts(duck):
    """D40: AND inside a set; every part present, readable and not blocked."""
    plan = plan_of([["last_name", "birth_date"], ["phone", "email"]])
    here = world(duck, plan, PARTS)
    assert here.ties() == {
        ("crm/1", 0, "dupont\x1f1990-03-01"),
        ("crm/5", 1, "+33611111111\x1fa@x.fr"),
    }


def test_no_keys(duck):
    """D5: without identity keys nothing is tied."""
    here = world(duck, plan_of([]), D45)
    assert (here.ties(), here.guards()) == (set(), set())


def test_a_set_that_is_there_twice_counts_once(duck):
    """D40: the stronger of two equal sets."""
    here = world(duck, plan_of([["email"], ["phone"], ["email"]]), D45)
    assert {strength for _, strength, _ in here.ties()} == {0, 1}


CLAIMS = {
    "crm/1": {"email": "jane@x.fr", "anonymous_id": "d1"},
    "events/2": {"email": "Jane@x.fr", "anonymous_id": "d2"},
    "events/3": {"email": "new@x.fr", "phone": "06 11 11 11 11", "anonymous_id": "d2"},
    "events/4": {"email": "test@x.fr"},
}
UNTRUSTED = frozenset(name for name in CLAIMS if name.startswith("events"))


def test_untrusted_records_attach_by_devices_only(duck):
    """DG13: their other values are claims, told by value, and whether somebody holds them."""
    plan = plan_of([["email"], ["phone"], ["anonymous_id"], ["anonymous_id", "email"]])
    here = world(duck, plan, CLAIMS, untrusted=UNTRUSTED)
    attached = here.attached()
    assert here.told(attached.attachments) == {
        ("crm/1", 0, "jane@x.fr"),
        ("crm/1", 2, "d1"),
        ("events/2", 2, "d2"),
        ("events/3", 2, "d2"),
        ("crm/1", 3, "d1\x1fjane@x.fr"),
    }
    claims = attached.claims.c
    held = sa.select(claims.rid, claims.strength, claims.value, claims.is_held)
    assert {(here.names[rid], *row) for rid, *row in duck.rows(held)} == {
        ("events/2", 0, "jane@x.fr", True),
        ("events/3", 0, "new@x.fr", False),
        ("events/3", 1, "+33611111111", False),
        ("events/2", 3, "d2\x1fjane@x.fr", False),
        ("events/3", 3, "d2\x1fnew@x.fr", False),
    }
    assert set(duck.rows(sa.select(attached.guards))) == {
        ("DG1", "email", "test@x.fr", 1, None, "mailboxes/1"),
        ("DG13", "email", "jane@x.fr", 1, None, None),
        ("DG13", "email", "new@x.fr", 1, None, None),
        ("DG13", "phone", "+33611111111", 1, None, None),
        ("DG13", "anonymous_id, email", "d2\x1fjane@x.fr", 1, None, None),
        ("DG13", "anonymous_id, email", "d2\x1fnew@x.fr", 1, None, None),
    }


def test_accepted_claims_attach(duck):
    """DG13, D60: once a person accepted a record's claims, they tie as any other values."""
    here = world(duck, plan_of([["email"], ["phone"]]), CLAIMS, untrusted=UNTRUSTED)
    attached = here.attached(claims=["events/2"])
    assert here.told(attached.attachments) == {
        ("crm/1", 0, "jane@x.fr"),
        ("events/2", 0, "jane@x.fr"),
    }
    assert {name for name, _, _ in here.told(attached.claims)} == {"events/3"}
