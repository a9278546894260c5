"""Erasing from the command line, over REST and on pages (D90, D93; `cli.md`), with the CRM."""

import json

import pytest
from click.testing import CliRunner
from django.test import Client

from tests.datasets.erasing.test_erasing import holding_tables
from tests.datasets.erasing.worlds import holding_files, is_trace
from tests.program import Program
from tests.syncs.worlds import contacts, counts, people, sent, sync_to_crm
from tresse.accounts.actor import SYSTEM, Actor, Rights
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.datasets.changes.erasures import erasures, find, find_record
from tresse.datasets.models import Erasure
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.objects.described import data_model
from tresse.syncs.models import SyncRow, SyncState

EMAIL = "zelda.quill@example.org"
ROWS = (
    {"id": "1", "email": EMAIL, "first_name": "Zelda", "last_name": "Quillfeather"},
    {"id": "2", "email": "bob@example.org", "first_name": "Bob", "last_name": "Baker"},
)


@pytest.fixture
def made(house):  # noqa: ARG001  people and definitions
    """Two people, sent into the CRM by a sync."""
    dataset = people(*ROWS)
    sync = sync_to_crm(dataset)
    assert counts(sent(sync)) == {"added": 2}
    return dataset, sync


@pytest.fixture
def tresse():
    def run(*arguments, code=0):
        result = CliRunner().invoke(cli, [*map(str, arguments), "--json"], prog_name="tresse")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    return run


@pytest.fixture
def browser(house):
    client = Client()
    client.force_login(User.objects.get(pk=house.ada.user_id))
    return client


def test_the_command_shows_and_then_erases(made, tresse, home):
    """D90, D93, Y45: without --yes nothing changes; the CRM's record goes with its history."""
    _, sync = made
    assert len(contacts()) == 2

    seen = tresse("erase", "dataset:people", EMAIL)
    assert set(seen) == {"found", "removed", "destinations", "certificate"}
    assert (seen["found"]["crm_records"], seen["found"]["sync_states"]) == (1, 1)
    assert seen["destinations"] == [{"name": sync.name, "answer": "acknowledged"}]
    assert (seen["removed"], seen["certificate"]) == ({}, None)
    assert tresse("erase", "dataset:people", EMAIL, "--yes", "--dry-run")["removed"] == {}
    assert len(contacts()) == 2

    done = tresse("erase", "dataset:people", EMAIL, "--yes")
    assert done["removed"] == done["found"]
    assert done["destinations"] == seen["destinations"]
    assert done["certificate"]["state"] == "done"
    assert not is_trace(json.dumps(done))
    assert [each["email"] for each in contacts()] == ["bob@example.org"]
    assert SyncState.objects.count() == SyncRow.objects.count() == 1
    assert holding_files(home) == holding_tables() == []
    assert counts(sent(sync)) == {"unchanged": 1}
    assert tresse("erase", "dataset:people", EMAIL, code=1)["code"] == "unknown_record"


def test_a_contact_alone_is_erased_too(house, tresse):
    """D90: a record of the CRM that no dataset holds; its singular name means the object."""
    id_ = house.make("contact", email=EMAIL, first_name="Zelda", last_name="Quillfeather")
    house.make("contact", email="bob@example.org")

    done = tresse("erase", "contact", EMAIL, "--yes")

    assert done["removed"]["crm_records"] == 1
    assert [each["email"] for each in contacts()] == ["bob@example.org"]
    assert holding_tables() == []
    with pytest.raises(TresseError) as refused:
        find_record(data_model().object("contact"), id_, actor=house.ada)
    assert refused.value.code == "record_not_found"


def test_programs_confirm_and_read_the_certificate(made, house, client):  # noqa: ARG001
    """D90, D93, D130: `dry_run` and `confirm`; the certificate; a lift."""
    _, secret = add_token(User.objects.get(pk=house.ada.user_id), name="test", actor=house.ada)
    api = Program(client, secret)

    status, seen = api("POST", "/datasets/people/erase", {"key": EMAIL})
    assert (status, seen["certificate"]) == (200, None)
    status, asked = api("POST", "/datasets/people/erase", {"key": EMAIL, "confirm": True})
    assert (status, asked["certificate"]["state"]) == (202, "queued")
    number = asked["certificate"]["id"]
    again = api("POST", "/datasets/people/erase", {"key": EMAIL, "confirm": True})[1]
    assert again["certificate"]["id"] == number
    run_here(Job.objects.get(kind="erase"), show=lambda _: None)

    status, told = api("GET", f"/erasures/{number}")
    assert (status, told["state"], told["removed"]) == (200, "done", told["found"])
    assert [each["id"] for each in api("GET", "/erasures")[1]["items"]] == [number]
    status, lifted = api("POST", f"/erasures/{number}/lift")
    assert status == 200
    assert lifted["lifted_at"]
    assert api("POST", f"/erasures/{number}/lift")[0] == 409
    assert api("GET", "/erasures/999")[0] == 404


def test_a_page_shows_what_was_found_and_asks_again(made, browser):
    """D90: the menu of a golden record; a tick, then the certificate."""
    dataset, _ = made
    [id_] = find(dataset, EMAIL, actor=SYSTEM).scope.person.ids
    address = f"/datasets/{dataset.name}/rows/{id_}/erase/"

    shown = browser.get(address)
    assert shown.status_code == 200
    assert b"Records of the CRM, with their history" in shown.content
    assert browser.post(address).status_code == 422
    assert not Erasure.objects.exists()
    asked = browser.post(address, {"sure": "1"})
    row = Erasure.objects.get()
    assert asked["Location"] == f"/erasures/{row.pk}/"
    assert browser.get(asked["Location"]).status_code == 200
    run_here(row.job, show=lambda _: None)

    page = browser.get(f"/erasures/{row.pk}/").content.decode()
    assert "Certificate of erasure" in page
    assert not is_trace(page)
    assert not is_trace(browser.get("/erasures/").content.decode())
    assert browser.post(f"/erasures/{row.pk}/lift/").status_code == 302
    row.refresh_from_db()
    assert row.lifted_at is not None


def test_a_contact_has_it_in_its_menu(made, browser):  # noqa: ARG001  they are there
    """D90: the menu of a contact leads to the same question; other records have none."""
    contact = contacts()[0]
    page = browser.get(f"/contacts/{contact['id']}/").content.decode()
    address = f"/erasures/new/contacts/{contact['id']}/"
    assert address in page
    assert browser.get(address).status_code == 200


def test_it_needs_its_right(made):
    """D90: `people.erase`; who lacks it is refused at every door."""
    dataset, _ = made
    nobody = Actor(user_id=None, name="x", rights=Rights(general=frozenset({"datasets.read"})))
    for act in (
        lambda: find(dataset, EMAIL, actor=nobody),
        lambda: erasures(nobody),
        lambda: find_record(data_model().object("contact"), 1, actor=nobody),
    ):
        with pytest.raises(TresseError) as refused:
            act()
        assert refused.value.code == "not_permitted"
