"""What the page of an identity shows (D52); `test_engines.py` compares engines."""

import sqlalchemy as sa

from tests.datasets.matching.test_counts import shared
from tests.datasets.matching.world import plan_of, world
from tresse.datasets.definition import Direction, Guard
from tresse.datasets.matching import figures

BLOCKED = Guard(blocked={"phone": ("0000000000",)})


def test_figures_by_key_set(duck):
    """D52: per key set values, records, blocked and fanned out, with the top of each."""
    rows = {
        **{f"pos/{n}": {"phone": "0000000000", "customer_id": f"C{n}"} for n in range(12)},
        **shared("info@shop.fr", "email", 22, 30),
        "crm/1": {"email": "a@x.fr", "phone": "06 11 11 11 11", "customer_id": "C1"},
        "crm/2": {"email": "A@x.fr", "last_name": "Dupont", "postal_code": "75001"},
        "crm/3": {"email": "test@x.fr"},
    }
    plan = plan_of(
        [["customer_id"], ["email"], ["phone"], ["last_name", "postal_code"]], guard=BLOCKED
    )
    here = world(duck, plan, rows)
    attached = here.attached()
    ids, mails, phones, homes = figures(duck, plan, attached.attachments, attached.guards)
    assert (ids.keys.label, ids.values, ids.records, ids.shared) == ("customer_id", 12, 13, 1)
    assert ids.top[:2] == (("C1", 2), ("C0", 1))
    assert (ids.blocked.values, ids.fanned_out.values, ids.refused.values) == (0, 0, 0)
    assert (mails.values, mails.records, mails.shared) == (1, 2, 1)
    assert (mails.blocked.values, mails.blocked.records) == (1, 1)
    assert (mails.fanned_out.values, mails.fanned_out.records) == (1, 30)
    assert (phones.blocked.values, phones.blocked.records) == (1, 12)
    assert homes.top == (("dupont, 75001", 1),)
    assert [str(each) for each in phones.sentences] == [
        "12 records were not matched on phone: 0000000000 is blocked."
    ]
    assert [str(each) for each in mails.sentences] == [
        "One record was not matched on email: test@x.fr is blocked.",
        "30 records were not matched on email: info@shop.fr meets 22 different values of "
        "first_name (22 > 20).",
    ]


def test_sentences_of_other_guards(duck):
    """D52: DG2b, DG7 and DG13 say what they counted."""
    guard = Guard(cap=2, direction=(Direction("email", "customer_id", 1),))
    plan = plan_of([["email"], ["phone"]], guard=guard)
    rows = {
        "crm/1": {"email": "a@x.fr", "customer_id": "C1"},
        "crm/2": {"email": "a@x.fr", "customer_id": "C2"},
        **{f"pos/{n}": {"phone": "06 11 11 11 11"} for n in range(3)},
        "events/1": {"email": "eve@x.fr"},
    }
    here = world(duck, plan, rows, untrusted=frozenset({"events/1"}))
    attached = here.attached()
    found = figures(duck, plan, attached.attachments, attached.guards)
    assert [str(said) for each in found for said in each.sentences] == [
        "2 records were not matched on email: a@x.fr meets 2 values of customer_id (2 > 1).",
        "One record was not matched on email: its source only claims eve@x.fr.",
        "3 records were not matched on phone: +33611111111 is on more than 2 records (3 > 2).",
    ]
    assert [each.claimed.values for each in found] == [1, 0]


def test_refused_attachments(duck):
    """D52: what D42 refused, by value and constraint, once identity has said so."""
    plan = plan_of([["email"]])
    rows = {f"crm/{n}": {"email": "a@x.fr"} for n in range(3)} | {"crm/9": {"email": "b@x.fr"}}
    here = world(duck, plan, rows)
    attached = here.attached()
    ties = attached.attachments
    is_refused = sa.and_(ties.c.value == "a@x.fr", ties.c.rid != here.rids["crm/0"])
    accepted = sa.case((is_refused, sa.false()), else_=sa.true()).label("is_accepted")
    reason = sa.case((is_refused, "DG3")).label("reason")
    decided = duck.keep("decided", sa.select(ties, accepted, reason))
    [mails] = figures(duck, plan, decided, attached.guards)
    assert (mails.values, mails.records) == (2, 4)
    assert (mails.refused.values, mails.refused.records) == (1, 2)
    assert [str(each) for each in mails.sentences] == [
        "2 records were not joined by the email a@x.fr: the guard DG3 forbids it."
    ]


def test_only_the_largest_are_listed(duck):
    """D52: the top 20 of each, largest first, then by value."""
    rows = {
        f"crm/{n}-{again}": {"email": f"a{n:02}@x.fr"}
        for n in range(25)
        for again in range(1 + n % 3)
    }
    here = world(duck, plan_of([["email"]]), rows)
    attached = here.attached()
    [mails] = figures(duck, here.plan, attached.attachments, attached.guards)
    counts = [number for _, number in mails.top]
    assert (len(counts), counts[0], counts) == (20, 3, sorted(counts, reverse=True))
    assert mails.top[0] == ("a02@x.fr", 3)
