"""The undo of an import by REST, command line and page: same numbers, same refusals (T3, T71)."""

import json

import pytest
from click.testing import CliRunner
from django.test import Client

from tests.program import Program
from tests.transfers.imports.house import numbers
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_token, add_user
from tresse.accounts.models import User
from tresse.accounts.queries import actor_of
from tresse.config.doors import cli
from tresse.connections.models import Delivery, Webhook
from tresse.jobs.models import Notification
from tresse.jobs.processes import place
from tresse.jobs.work import Work
from tresse.jobs.worker import run
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.records.changes import update_record
from tresse.records.models import BulkEdit
from tresse.transfers import changes
from tresse.transfers.models import Import
from tresse.transfers.prepare import file_of

DEALS = "Deal ID,Name,Associated Contact\n61,Renewal 2027,anna@ex.org\n62,Other,\n"


@pytest.fixture
def user(start):
    return User.objects.get(pk=start.ada.user_id)


@pytest.fixture
def api(client, user, start):
    return Program(client, add_token(user, name="test", actor=start.ada)[1])


@pytest.fixture
def page(user):
    browser = Client()
    browser.force_login(user, backend="tresse.accounts.backends.Passwords")
    return browser


@pytest.fixture
def row(start):
    """An import of deals, one of which was renamed since."""
    row = start.load("deals", DEALS, name="deals.csv")
    assert numbers(row) == {"rows": 2, "updated": 2}
    deal = start.model.object("deal")
    update_record(start.model, deal, 61, values={"name": "Renewal XL"}, actor=start.ada)
    return row


def command(*words):
    ran = CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False)
    return ran.exit_code, json.loads(ran.stdout)


def test_by_command(start, row):
    """T72, TE4, cli.md: a bare number means an import; the dry run changes nothing."""
    words = ("undo", str(row.pk), "--dry-run")
    code, planned = command(*words)
    assert code == 0
    assert start.values("deal", "name")[62] == "Other"

    code, done = command("undo", str(row.pk))

    assert (code, done) == (0, planned)
    assert (done["reversed"], done["links_removed"], done["links_restored"]) == (2, 1, 0)
    [kept] = done["kept_because_edited"]
    assert (kept["id"], kept["property"], kept["code"]) == (61, "name", "value_changed_since")
    assert start.values("deal", "name") == {61: "Renewal XL", 62: "Extension"}
    code, problem = command("undo", str(row.pk))
    assert (code, problem["code"]) == (1, "already_undone")
    assert command("resume", str(row.pk))[1]["code"] == "wrong_state"


def test_a_bare_number_that_is_no_import_is_a_bulk_edit(start, row):
    """cli.md: an import or bulk change."""
    edit = BulkEdit.objects.create(
        id=row.pk + 100,
        object_name="deal",
        settings={"act": "delete"},
        selection={},
        number=0,
        author_id=start.ada.user_id,
    )
    code, problem = command("undo", str(edit.pk))
    assert (code, problem["code"]) == (1, "record_not_found")
    code, problem = command("undo", "9999")
    assert (code, problem["code"]) == (1, "unknown_name")


def test_by_rest(api, row, monkeypatch):
    """T72, T74: counts and lists first; then a job whose address is answered."""
    status, nothing = api("GET", f"/imports/{row.pk}/undo")
    assert (status, nothing["state"]) == (200, None)
    status, planned = api("POST", f"/imports/{row.pk}/undo", {"dry_run": True})
    assert (status, planned["state"], planned["reversed"]) == (200, "checked", 2)
    assert [each["id"] for each in planned["kept_because_edited"]] == [61]
    monkeypatch.setattr("tresse.records.changes.undo.AT_ONCE", 0)

    status, begun = api("POST", f"/imports/{row.pk}/undo", {})
    assert (status, begun["import_state"]) == (202, "undoing")
    assert api.response["Location"] == f"/api/v1/jobs/{begun['job_id']}"
    status, problem = api("POST", f"/imports/{row.pk}/undo", {})
    assert (status, problem["code"]) == (409, "wrong_state")
    run(until_idle=True)

    _, done = api("GET", f"/imports/{row.pk}/undo")
    assert (done["state"], done["import_state"]) == ("partial", "undone")
    assert (done["reversed"], len(done["kept_because_edited"])) == (2, 1)
    assert api("GET", f"/imports/{row.pk}")[1]["state"] == "undone"
    told = Notification.objects.get(kind="undo")
    assert told.link == f"/imports/{row.pk}/undo/"
    api("GET", f"/imports/{row.pk}/undo?list=kept")
    lines = b"".join(api.response).decode().splitlines()
    assert lines[1].startswith("value,deal,61,name,,,Renewal 2027,Renewal,")
    status, problem = api("POST", f"/imports/{row.pk}/undo", {})
    assert (status, problem["code"]) == (409, "already_undone")
    assert api("GET", f"/imports/{row.pk}/undo?list=all")[0] == 422


def test_by_page(page, start, row):
    """T72, T74: first what would happen, with links to what stays; then it happens."""
    event = f'{{"change_set": {row.change_set_id}, "quiet": true}}'
    hook = Webhook.objects.create(
        name="erp", label="ERP", url="https://x.example", created_at=now()
    )
    Delivery.objects.create(
        webhook=hook,
        message="m1",
        body=f'{{"webhook": "erp", "events": [{event}]}}',
        number=1,
        state="done",
        created_at=now(),
    )
    address = f"/imports/{row.pk}/undo/"
    text = page.get(address).content.decode()
    assert 'href="/deals/61/"' in text
    assert "Renewal XL" in text
    assert "1 message to webhooks" in text
    assert start.values("deal", "name")[62] == "Other"

    answered = page.post(address)
    assert (answered.status_code, answered["Location"]) == (302, address)

    text = page.get(address).content.decode()
    assert "Partly undone" in text
    listed = b"".join(page.get(f"{address}reversed.csv").streaming_content).decode()
    assert len(listed.splitlines()) == 3
    assert page.post(address).status_code == 409
    assert page.get(f"/imports/{row.pk}/").status_code == 200


def test_stopped_and_gone_on_with(start, row, page, monkeypatch):
    """T74, T67: what is taken back stays so; `resume`, REST and page go on."""
    monkeypatch.setattr("tresse.records.changes.undo.AT_ONCE", 0)
    changes.undo_import(row, actor=start.ada)
    changes.cancel_import(Import.objects.get(pk=row.pk), actor=start.ada)
    assert Import.objects.get(pk=row.pk).state == "done"

    undo = changes.undo_import(row, actor=start.ada)
    asked, check = [0], Work.check_cancelled

    def cancelling(self):
        asked[0] += 1
        if self.kind == "undo" and "reversed_2" in (self.cursor or {}):
            self.cancel_asked.set()
        check(self)

    with monkeypatch.context() as patch:
        patch.setattr(Work, "check_cancelled", cancelling)
        run(until_idle=True)
    undo.refresh_from_db()
    assert (undo.state, Import.objects.get(pk=row.pk).state) == ("cancelled", "undoing")
    assert "stopped half way" in page.get(f"/imports/{row.pk}/undo/").content.decode()

    code, done = command("resume", str(row.pk))

    assert (code, done["state"]) == (0, "undone")
    undo.refresh_from_db()
    assert (undo.state, undo.reversed, undo.kept) == ("partial", 2, 1)
    assert start.values("deal", "name") == {61: "Renewal XL", 62: "Extension"}


def test_only_who_ran_it_or_may_undo_others(row):
    """T71: `not_permitted`, at every door."""
    mia = actor_of(add_user(email="mia@ex.org", name="Mia", role="member", actor=SYSTEM))
    with pytest.raises(TresseError) as refused:
        changes.undo_import(row, actor=mia)
    assert refused.value.code == "not_permitted"


def test_a_draft_killed_while_its_file_came_in(start):
    """T66: it says so instead of breaking."""
    row = start.add("contacts", "E-mail\na@ex.org\n")
    file_of(row.pk).unlink()
    with pytest.raises(TresseError) as refused:
        changes.check_import(row, actor=start.ada)
    assert refused.value.code == "link_expired"


def test_an_import_killed_in_its_check_can_be_checked_run_and_resumed(start):
    """T66: nobody has to wait for a worker to find out."""
    for act in (changes.check_import, changes.run_import, changes.resume_import):
        row = start.add("contacts", "E-mail\na@ex.org\n")
        row, job = changes.check_import(row, actor=start.ada)
        # A worker that claimed it and died: a process that is not there.
        type(job).objects.filter(pk=job.pk).update(
            state="running", attempt=1, worker=f"{place()}/999999/1", lease_until=now()
        )
        row, again = act(Import.objects.get(pk=row.pk), actor=start.ada)
        run(until_idle=True)
        again.refresh_from_db()
        state = Import.objects.get(pk=row.pk).state
        wanted = "done" if act is changes.run_import else "checked"
        assert (again.state, state) == ("done", wanted)
