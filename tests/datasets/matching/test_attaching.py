"""From records to attachments (D40, D45, D46, DG13), on every engine."""

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


def test_example_of_records_and_values(any_engine):
    """D45: attachments of the example; web/9 holds nothing but a blocked value."""
    guard = Guard(blocked={"phone": ("0000000000",)})
    plan = plan_of([["customer_id"], ["email"], ["phone"]], guard=guard)
    here = world(any_engine, plan, D45)
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
    assert any_engine.rows(sa.select(attached.guards)) == [
        ("DG1", "phone", "0000000000", 1, None, "definition")
    ]
    assert any_engine.scalar(blocked_values(attached.guards)) == 1
