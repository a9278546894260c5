"""Exports on a schedule: definitions, runs, mails, failures (T87)."""

import csv
import io
import socket
import time
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role, add_user, change_role, change_settings
from tresse.accounts.queries import actor_of
from tresse.connections.changes import add_connection
from tresse.connections.uses import uses_of
from tresse.engine.constructs import OpenTransactions
from tresse.jobs.changes import enqueue_due
from tresse.jobs.models import Job, Notification, Schedule
from tresse.jobs.worker import run, run_here
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects.database import scalar
from tresse.objects.uses import USERS_OF_DEFINITIONS, Target
from tresse.records.changes import update_record
from tresse.transfers import changes, queries
from tresse.transfers.changes import schedules
from tresse.transfers.changes.exporting import clear_exports, path_of, write_export
from tresse.transfers.downloads import export_file
from tresse.transfers.export_definitions import read_scheduled, write_scheduled
from tresse.transfers.models import Export, ScheduledExport

WEEKLY = {
    "name": "weekly",
    "object": "contact",
    "columns": ["email"],
    "only_changed": True,
    "schedule": {"cron": "0 6 * * 1", "zone": "Europe/Paris"},
    "to": {"download": True, "file": "contacts_{date}.csv"},
}


@pytest.fixture
def weekly(start):
    assert write_scheduled(WEEKLY, start.ada, False) == "created"
    return ScheduledExport.objects.get()


def ran(row, actor):
    """The export that a run now writes, once nobody else writes to the database server."""
    until = time.monotonic() + 10
    while scalar(sa.select(OpenTransactions())) and time.monotonic() < until:
        time.sleep(0.05)
    job = run_here(changes.run_scheduled_export(row, actor=actor), show=lambda _: None)
    row.refresh_from_db()
    return job, Export.objects.filter(job_id=job.pk).first()


def ids(export):
    text = path_of(export.pk).read_text("utf-8-sig")
    return [row[0] for row in csv.reader(io.StringIO(text))][1:]


def test_a_schedule_writes_files_at_its_times(start, weekly):
    """T87: due by its cron in its zone, with the rights of its owner, the day in the name."""
    due = Schedule.objects.get(name=f"export:{weekly.pk}").next_at
    assert due is not None
    assert (due.weekday(), due.minute, due.hour in (4, 5)) == (0, 0, True)

    with clock.at(due + timedelta(seconds=1)):
        assert enqueue_due() == 1
        run(until_idle=True)

    export = Export.objects.get()
    assert (export.state, export.rows, export.author_id) == ("done", 3, start.ada.user_id)
    assert export.file_name == f"contacts_{due:%Y-%m-%d}.csv"
    told = Notification.objects.get(kind="export")
    assert told.link == f"/exports/{export.pk}/download/"
    later = queries.due_at(weekly)
    assert later
    assert later > due


def test_only_what_changed_since_the_last_success(start, weekly):
    """T87: the first file has all records, the next those changed or linked since."""
    assert ids(ran(weekly, start.ada)[1]) == ["51", "52", "53"]
    assert ids(ran(weekly, start.ada)[1]) == []

    contact = start.model.object("contact")
    update_record(start.model, contact, 52, values={"city": "Lyon"}, actor=start.ada)
    start.link("contact", 53, "company", 41)
    assert ids(ran(weekly, start.ada)[1]) == ["52", "53"]
    assert ids(ran(weekly, start.ada)[1]) == []

    changes.change_scheduled_export(weekly, actor=start.ada, asked={"columns": ["city"]})
    assert ids(ran(weekly, start.ada)[1]) == ["51", "52", "53"]


def test_other_columns_chosen_during_a_run_are_not_forgotten(start, weekly, monkeypatch):
    """T87: the run that goes on ends with the old ones; the next file has all records."""

    def meanwhile(*given, **more):
        write_export(*given, **more)
        mine = ScheduledExport.objects.get()
        changes.change_scheduled_export(mine, actor=start.ada, asked={"columns": ["city"]})

    with monkeypatch.context() as patched:
        patched.setattr(schedules, "write_export", meanwhile)
        assert ids(ran(weekly, start.ada)[1]) == ["51", "52", "53"]
    assert ids(ran(weekly, start.ada)[1]) == ["51", "52", "53"]
    assert ids(ran(weekly, start.ada)[1]) == []


def test_a_change_of_what_is_removed_meanwhile_is_refused(start, weekly):
    """T87: it does not come back."""
    stale = ScheduledExport.objects.get()
    changes.remove_scheduled_export(weekly, actor=start.ada)
    with pytest.raises(TresseError) as refused:
        changes.change_scheduled_export(stale, actor=start.ada, only_changed=False)
    assert refused.value.code == "unknown_name"
    assert not ScheduledExport.objects.exists()


class Box:
    """What a mail server got."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  the server's name for it
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def box(settings):
    """A real mail server on this machine, and the settings that lead to it."""
    kept = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield kept
    controller.stop()


def test_a_link_by_mail(start, box):
    """T87: each address gets one mail; who it went to may sign in and download."""
    change_settings({"public_url": "https://crm.example.com"}, actor=SYSTEM)
    lea = actor_of(add_user(email="lea@example.com", name="Lea", role="reader", actor=SYSTEM))
    to = {"email": ["Lea@example.com", "team@example.com"]}
    row = changes.add_scheduled_export(
        "daily", object_name="contacts", actor=start.ada, cron="0 6 * * *", to=to
    )
    ran(row, start.ada)
    run(until_idle=True)

    export = Export.objects.get()
    assert sorted(each["To"] for each in box.letters) == ["lea@example.com", "team@example.com"]
    text = box.letters[0].get_content()
    assert f"https://crm.example.com/exports/{export.pk}/download/" in text
    assert queries.export_with_id(export.pk, actor=lea) == export
    bob = actor_of(add_user(email="bob@example.com", name="Bob", role="reader", actor=SYSTEM))
    with pytest.raises(TresseError):
        queries.export_with_id(export.pk, actor=bob)


def test_a_mail_that_no_server_takes_is_tried_again(start, settings):
    """T87: the pauses grow; without any mail server the owner is told at once."""
    row = changes.add_scheduled_export(
        "d",
        object_name="contacts",
        actor=start.ada,
        cron="0 6 * * *",
        to={"email": "l@example.com"},
    )
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    ran(row, start.ada)
    run(until_idle=True)
    again = Job.objects.get(kind="export_mail", state="queued")
    assert again.arguments["attempt"] == 2
    assert again.run_at > clock.now()

    settings.EMAIL_HOST = ""
    with clock.at(again.run_at):
        run(until_idle=True)
    told = Notification.objects.latest("id")
    assert "there is no mail server." in told.sentence


def test_five_failures_in_a_row_pause_it(start, weekly):
    """T87: each failure is told; the fifth pauses (`export_paused`); resuming forgets them."""
    contact = start.model.object("contact")
    ScheduledExport.objects.update(settings={"columns": ["no_such_property"]})
    for number in range(1, 6):
        job, _ = ran(weekly, start.ada)
        assert (job.state, weekly.failures) == ("failed", number)
        assert weekly.is_paused == (number == 5)
    assert queries.due_at(weekly) is None
    told = Notification.objects.filter(cause__startswith="export_paused").get()
    assert told.sentence.startswith("Paused after 5 failures: ")
    assert Notification.objects.filter(title__startswith="Scheduled export failed").count() == 5

    changes.resume_scheduled_export(weekly, actor=start.ada)
    changes.change_scheduled_export(weekly, actor=start.ada, asked={"columns": ["email"]})
    assert (weekly.failures, weekly.is_paused) == (0, False)
    assert queries.due_at(weekly) is not None
    assert ran(weekly, start.ada)[1].rows == 3
    assert contact.name == weekly.object_name


def test_it_runs_with_the_rights_its_owner_has_then(start):
    """T87: who may not export any more has no further file."""
    to = {"download": True}
    rights = {"objects": {"contact": {"view": "all", "export": "all"}}}
    role = add_role(name="narrow", label="Narrow", rights=rights, actor=start.ada)
    mia = actor_of(add_user(email="mia@example.com", name="Mia", role="narrow", actor=SYSTEM))
    row = changes.add_scheduled_export(
        "m", object_name="contacts", actor=mia, cron="0 6 * * *", to=to
    )
    assert ran(row, start.ada)[1].author_id == mia.user_id
    rights = {"objects": {"contact": {"view": "all"}}}
    change_role(role, rights=rights, actor=start.ada)
    job, export = ran(row, start.ada)
    assert (job.state, job.error_code, export.state) == ("failed", "not_permitted", "failed")

    bob = actor_of(add_user(email="bob@example.com", name="Bob", role="reader", actor=SYSTEM))
    for act in (changes.pause_scheduled_export, changes.remove_scheduled_export):
        with pytest.raises(TresseError) as refused:
            act(row, actor=bob)
        assert refused.value.code == "not_permitted"
    assert not queries.scheduled_exports_of(bob)


def test_a_file_goes_to_a_connection(start, weekly, tmp_path):
    """T87, S7: written again it replaces the one of its day; a failure is one of the run."""
    away = tmp_path / "away"
    away.mkdir()
    connection = add_connection(
        name="erp", kind="folder", settings={"url": str(away)}, actor=start.ada
    )
    to = {"connection": "erp", "file": "contacts.csv"}
    assert write_scheduled({**WEEKLY, "only_changed": False, "to": to}, start.ada, False)
    weekly.refresh_from_db()

    for _ in range(2):
        job, export = ran(weekly, start.ada)
        assert job.state == "done"
        assert (away / "contacts.csv").read_bytes() == path_of(export.pk).read_bytes()
    assert [each.name for each in away.iterdir()] == ["contacts.csv"]
    assert uses_of(connection) == ['scheduled export "weekly"']

    (away / "contacts.csv").unlink()
    away.rmdir()
    job, _ = ran(weekly, start.ada)
    weekly.refresh_from_db()
    assert (job.state, job.error_code, weekly.failures) == ("failed", "folder_missing", 1)


def test_only_who_manages_connections_writes_to_one(start, weekly, tmp_path):
    """T87, S4: at any time of the export's life, since it runs with the rights of its owner."""
    add_connection(name="erp", kind="folder", settings={"url": str(tmp_path)}, actor=start.ada)
    rights = {"objects": {"contact": {"view": "all", "export": "all"}}}
    add_role(name="exporter", label="Exporter", rights=rights, actor=start.ada)
    mia = actor_of(add_user(email="mia@example.com", name="Mia", role="exporter", actor=SYSTEM))
    asked = {"asked": {}, "cron": "0 6 * * 1", "to": {"connection": "erp"}}
    with pytest.raises(TresseError) as refused:
        changes.add_scheduled_export("hers", object_name="contact", actor=mia, **asked)
    assert refused.value.code == "not_permitted"
    _ = weekly


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"to": {"connection": "erp_sftp", "file": "x.csv"}}, "unknown_reference"),
        ({"to": {"email": ["nobody"]}}, "invalid_email"),
        ({"to": {"email": []}}, "wrong_value"),
        ({"to": {"download": False}}, "wrong_value"),
        ({"to": {"post": True}}, "unknown_key"),
        ({"schedule": {"cron": "0 6 * *"}}, "wrong_value"),
        ({"schedule": {"cron": "0 6 * * 1", "zone": "Mars/Olympus"}}, "wrong_value"),
        ({"schedule": {"crom": "0 6 * * 1"}}, "unknown_key"),
        ({"columns": ["emial"]}, "unknown_reference"),
        ({"colums": ["email"]}, "unknown_key"),
        ({"format": "xls"}, "wrong_value"),
        ({"object": "company"}, "wrong_value"),
        ({"view": "nowhere"}, "unknown_reference"),
        ({"filter": {"property": "x"}}, None),
    ],
)
def test_what_cannot_be_is_refused(start, weekly, facts, code):  # noqa: ARG001
    """T87: with a sentence that names it; nothing is changed."""
    with pytest.raises(TresseError) as refused:
        write_scheduled({**WEEKLY, **facts}, start.ada, False)
    assert code is None or refused.value.code == code
    assert read_scheduled()[0]["columns"] == ["email"]


def test_apply_of_what_config_prints_changes_nothing(start, weekly):
    """T87: `exports` of `tresse apply` and `tresse config`."""
    [said] = read_scheduled()
    assert said == WEEKLY
    assert write_scheduled(said, start.ada, False) == "unchanged"
    assert write_scheduled({**said, "paused": True}, start.ada, False) == "changed"
    assert queries.due_at(weekly) is None
    assert read_scheduled() == [{**WEEKLY, "paused": True}]


def test_what_a_schedule_names_is_told_to_those_who_delete_it(start, weekly):  # noqa: ARG001
    """C31: a property that a scheduled export writes has a user."""
    [user] = [each for each in USERS_OF_DEFINITIONS if each.name == "exports"]
    assert list(user.uses(Target("property", "email", "contact"))) == ['scheduled export "weekly"']
    assert list(user.uses(Target("property", "city", "contact"))) == []


def test_files_go_after_thirty_days(start):
    """T80: the link is valid for 30 days, then the file is gone."""
    export, job = changes.add_export("contacts", file_name="x.csv", asked={}, actor=start.ada)
    run_here(job, show=lambda _: None)
    export.refresh_from_db()
    assert export.expires_at
    assert export.finished_at
    assert export.expires_at - export.finished_at == timedelta(days=30)
    with clock.at(export.expires_at - timedelta(minutes=1)):
        clear_exports()
        assert path_of(export.pk).exists()
    with clock.at(export.expires_at + timedelta(minutes=1)):
        assert clear_exports() == {"files": 1}
        with pytest.raises(TresseError) as refused:
            export_file(export)
    assert (refused.value.code, refused.value.status) == ("link_expired", 410)


def test_a_file_named_after_its_schedule_has_a_name_every_system_takes(start):
    """T87: signs of folders become hyphens; a name somebody gives stays as given."""
    facts = {**WEEKLY, "name": 'North/West: "A"', "to": {"download": True}}
    write_scheduled(facts, start.ada, False)
    assert ScheduledExport.objects.get().file_name == "North-West- -A-_{date}.csv"


def test_when_each_is_due_is_asked_once(start, weekly, django_assert_num_queries):
    """T87: however many a page lists; a paused one is never due."""
    write_scheduled({**WEEKLY, "name": "paused"}, start.ada, False)
    paused = changes.pause_scheduled_export(
        ScheduledExport.objects.get(name="paused"), actor=start.ada
    )
    rows = list(queries.scheduled_exports_of(start.ada))

    with django_assert_num_queries(1):
        due = queries.due_times(rows)

    assert due == {weekly.pk: queries.due_at(weekly), paused.pk: None}
    assert due[weekly.pk] is not None
