"""Definitions of syncs: read, said again, and judged (Y1 to Y4)."""

import pytest

from tests.syncs.worlds import MAPPED, people, republish, sent, sync_to_crm
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.builds import rollback
from tresse.kernel.errors import TresseError
from tresse.objects.changes import add_property
from tresse.objects.models import ObjectType
from tresse.syncs.changes.syncs import (
    activate_sync,
    add_sync,
    change_sync,
    merged,
    pause_sync,
    remove_sync,
)
from tresse.syncs.models import Sync, SyncState
from tresse.syncs.parsing import parsed
from tresse.syncs.saying import said
from tresse.syncs.stored import facts_of

WHOLE = {
    "name": "contacts_to_crm",
    "dataset": "people",
    "filter": {"property": "email", "operator": "is_not_empty"},
    "to": {"object": "contact"},
    "key": {"email": "email"},
    "match": [{"id": "external_id"}, {"email": "email"}],
    "columns": [{"from": "first_name"}, {"from": "city", "nulls": "erase"}],
    "links": [{"relation": "company", "type": "contact_company"}],
    "mode": "mirror",
    "removed": {"set": {"city": "gone"}},
    "brakes": {"removed": "10 %", "emptied": "50 %"},
    "automations": "never",
    "merge_records": True,
    "schedule": "after_build",
    "active": True,
}


def refusal(**changes):
    item = {"name": "s", "dataset": "people", "to": {"object": "contact"}, "columns": MAPPED}
    with pytest.raises(TresseError) as refused:
        add_sync({**item, **changes}, actor=SYSTEM)
    return refused.value


@pytest.fixture
def dataset():
    return people({"id": "1", "email": "ada@x.fr", "last_name": "Roe"})


def test_a_whole_definition_is_said_as_it_was_read():
    """Y1: nothing is lost between a file and the next."""
    assert said(parsed(WHOLE)) == WHOLE
    cron = {**WHOLE, "schedule": {"cron": "0 6 * * *", "zone": "Europe/Paris"}}
    assert said(parsed(cron)) == cron


def test_what_goes_without_saying_is_left_out():
    """Y1: names that are the same on both sides, defaults."""
    short = parsed({"name": "s", "dataset": "d", "to": {"object": "contact"}, "columns": ["city"]})

    assert said(short) == {
        "name": "s",
        "dataset": "d",
        "to": {"object": "contact"},
        "columns": [{"from": "city"}],
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mode": "mirrors"}, "wrong_value"),
        ({"columns": []}, "wrong_value"),
        ({"columns": [{"from": "a", "to": "city"}, {"from": "b", "to": "city"}]}, "field_taken"),
        ({"removed": "empty"}, "wrong_value"),
        ({"brakes": {"removed": "many"}}, "wrong_value"),
        ({"schedule": {"cron": "at dawn"}}, "wrong_value"),
        ({"match": [{}]}, "wrong_value"),
        ({"colums": []}, "unknown_key"),
        ({"to": {"object": "contakt"}}, "unknown_reference"),
        ({"to": {"connection": "brevo", "object": "contacts"}}, "unknown_reference"),
        ({"dataset": "peeple"}, "unknown_reference"),
        ({"columns": [{"from": "emial", "to": "email"}]}, "unknown_reference"),
        ({"columns": [{"from": "email", "to": "emial"}]}, "field_unknown"),
        ({"columns": [{"from": "email", "to": "created_at"}]}, "field_unknown"),
        ({"columns": [{"from": "email", "to": "birthday"}]}, "type_mismatch"),
        ({"match": [{"city": "city"}]}, "wrong_value"),
        ({"links": [{"relation": "boss", "type": "order_contact"}]}, "unknown_reference"),
        ({"filter": {"segment": "vip"}}, "unknown_reference"),
        ({"filter": {"all": [{"segment": "vip"}]}}, "unknown_reference"),
        ({"filter": {"property": "emial", "operator": "is_empty"}}, "unknown_property"),
        ({"to": {"object": "company"}, "columns": [{"from": "city"}]}, "field_required"),
    ],
)
def test_what_fits_nothing_is_refused(dataset, changes, code):  # noqa: ARG001  it stands there
    """Y3: with its code; a near name is proposed."""
    error = refusal(**changes)

    assert error.code == code
    assert str(error)


def test_consent_goes_to_consent_alone(dataset):  # noqa: ARG001  it stands there
    """Y47: a column that is no consent may not go to a field of consent."""
    contact = ObjectType.objects.get(name="contact")
    add_property(contact, name="email_consent", label="Consent", kind="text", actor=SYSTEM)

    assert refusal(columns=[{"from": "city", "to": "email_consent"}]).code == "consent_field"


def test_fields_belong_to_one_active_sync(dataset):
    """Y2: refused on switching on, with the sync and the field; the key may be the same."""
    sync_to_crm(dataset, name="one", columns=[{"from": "city"}, {"from": "last_name"}])
    other = sync_to_crm(
        dataset, name="two", columns=[{"from": "city"}, {"from": "first_name"}], active=False
    )

    with pytest.raises(TresseError) as refused:
        activate_sync(other, actor=SYSTEM)
    pause_sync(Sync.objects.get(name="one"), actor=SYSTEM)

    assert refused.value.code == "field_taken"
    assert refused.value.details["other"] == "one"
    assert "city" in refused.value.message


def test_states_go_from_draft_to_active_and_paused(dataset):
    """Y4: a rollback of the dataset pauses its syncs, with the reason."""
    sync = sync_to_crm(dataset, active=False)
    drafted = sync.state
    activate_sync(sync, actor=SYSTEM)
    republish(dataset, [])
    dataset.refresh_from_db()
    rolled = rollback(dataset.versions.get(number=1), actor=SYSTEM)
    paused = Sync.objects.get()

    assert drafted == "draft"
    assert (paused.state, paused.code) == ("paused", "rolled_back")
    assert any("contacts_to_crm" in each for each in rolled.paused)
    with pytest.raises(TresseError) as refused:
        sent(paused)
    assert refused.value.code == "wrong_state"


def test_a_change_of_mapping_sends_new_fields_alone(dataset):
    """Y43: rows get other hashes; only the new field is sent."""
    sync = sync_to_crm(dataset, columns=[{"from": "email"}])
    sent(sync)
    item = merged(sync, {"columns": [{"from": "email"}, {"from": "last_name"}]})
    change_sync(sync, item, actor=SYSTEM, revision=Sync.objects.get().revision)

    run = sent(sync)

    assert (run.changed, run.added) == (1, 0)
    with pytest.raises(TresseError) as refused:
        change_sync(sync, item, actor=SYSTEM, revision=1)
    assert refused.value.code == "changed_meanwhile"


def test_a_sync_goes_with_what_it_knows(dataset):
    """Y1: what it wrote stays in the CRM."""
    sync = sync_to_crm(dataset)
    sent(sync)
    remove_sync(Sync.objects.get(pk=sync.pk), actor=SYSTEM)

    assert not Sync.objects.exists()
    assert not SyncState.objects.exists()


def test_facts_are_those_of_the_file(dataset):
    """Y66: `config` prints what `apply` reads."""
    sync = sync_to_crm(dataset)

    assert parsed(facts_of(sync)).is_active
    assert facts_of(sync)["match"] == [{"email": "email"}]
