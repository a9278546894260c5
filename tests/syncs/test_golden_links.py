"""From the page of a golden record to its records in the CRM (D130a)."""

from tests.syncs.worlds import contacts, people, sent, sync_to_crm
from tresse.accounts.actor import SYSTEM, Actor, Rights
from tresse.syncs.golden_links import written_to
from tresse.syncs.models import SyncState


def test_a_golden_record_leads_to_the_contact_that_a_sync_made():
    """D130a: only what was acknowledged, and only for those who may see contacts."""
    dataset = people({"id": "1", "email": "a@x.fr"}, {"id": "2", "email": "b@x.fr"})
    sync = sync_to_crm(dataset)
    sent(sync)
    state = SyncState.objects.filter(sync=sync).first()

    [link] = written_to(dataset, state.golden_id, SYSTEM)

    assert link.address == f"/contacts/{state.remote}/"
    assert int(state.remote) in [each["id"] for each in contacts()]
    assert link.label in {"a@x.fr", "b@x.fr"}
    assert link.about == "by the sync contacts_to_crm"
    assert list(written_to(dataset, "0" * 32, SYSTEM)) == []
    assert list(written_to(dataset, state.golden_id, Actor(1, "Bob", Rights()))) == []
