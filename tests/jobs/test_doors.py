"""Pages, REST and the command line show the same jobs and refuse in the same words (C119a)."""

import json

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.jobs import worker
from tresse.jobs.changes import enqueue, notify
from tresse.jobs.models import Job
from tresse.jobs.queries import fresh, notifications_of, unread_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def any_kind(kind):
    return kind("any", lambda work: work.log("Went well") or {"rows": 3}, label="Any work")


@pytest.fixture
def at_page(client):
    """A browser in which a person is signed in: `at_page(ada).get(…)`."""

    def sign_in(actor):
        client.force_login(
            User.objects.get(pk=actor.user_id), backend=settings.AUTHENTICATION_BACKENDS[-1]
        )
        return client

    return sign_in


@pytest.fixture
def api(client):
    """Calls the API with a token: `api(ada, "GET", "/jobs")` answers status and JSON."""
    secrets = {}

    def call(actor, method, address):
        if actor.user_id not in secrets:
            user = User.objects.get(pk=actor.user_id)
            secrets[actor.user_id] = add_token(user, name="test", actor=actor)[1]
        answer = client.generic(
            method,
            f"/api/v1{address}",
            headers={"Authorization": f"Bearer {secrets[actor.user_id]}"},
        )
        return answer.status_code, answer.json()

    return call


def command(*arguments):
    result = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_the_api_pages_through_jobs(ada, api, any_kind):
    """C119a, C125."""
    for n in range(3):
        enqueue(any_kind, arguments={}, target=f"file {n}", actor=ada)
    _, first = api(ada, "GET", "/jobs?limit=2")
    _, second = api(ada, "GET", f"/jobs?limit=2&cursor={first['cursor']}")

    assert [job["target"] for job in first["jobs"] + second["jobs"]] == [
        "file 2",
        "file 1",
        "file 0",
    ]
    assert second["cursor"] is None
    assert first["jobs"][0].keys() >= {
        *("id", "kind", "state", "done", "total", "seconds_left", "author", "target"),
    }
    assert first["jobs"][0]["author"] == "ada@example.com"
    assert api(ada, "GET", "/jobs?cursor=x")[1]["code"] == "bad_cursor"
    assert api(ada, "GET", "/jobs?state=gone")[1]["detail"] == (
        "state needs queued | running | done | partial | held | failed | cancelled | skipped, "
        "not gone."
    )
    assert api(ada, "GET", "/jobs?state=done")[1]["jobs"] == []


def test_the_api_shows_cancels_and_resumes(ada, api, any_kind):
    """C119a, C126: the address of a job."""
    job = enqueue(any_kind, arguments={}, actor=ada)
    assert api(ada, "POST", f"/jobs/{job.pk}/cancel")[1]["state"] == "cancelled"
    assert api(ada, "POST", f"/jobs/{job.pk}/resume")[1]["state"] == "queued"
    worker.run(until_idle=True)
    status, shown = api(ada, "GET", f"/jobs/{job.pk}")

    assert (status, shown["state"], shown["result"]) == (200, "done", {"rows": 3})
    assert [line["line"] for line in shown["log"]] == ["Went well"]


def test_nobody_without_session_or_token_sees_anything(client, ada, any_kind):
    job = enqueue(any_kind, arguments={}, actor=ada)
    for address in ("/jobs", f"/jobs/{job.pk}", "/notifications"):
        assert client.get(f"/api/v1{address}").status_code == 401
        assert client.get(f"{address}/").status_code == 302


def test_the_command_line_lists_what_the_api_lists(admin, ada, api, any_kind):
    """C119a and the fixed fields of cli.md."""
    job = enqueue(any_kind, arguments={}, target="contacts.csv", actor=ada)
    code, out, _ = command("jobs", "--json")
    by_command = json.loads(out)["jobs"]
    by_api = api(admin, "GET", "/jobs")[1]["jobs"]

    assert code == 0
    assert [row["id"] for row in by_command] == [row["id"] for row in by_api] == [job.pk]
    assert by_command[0].keys() == by_api[0].keys()
    _, out, _ = command("jobs")
    assert "Any work: contacts.csv" in out
    assert "ada@example.com" in out


@pytest.mark.usefixtures("admin")
def test_the_command_line_runs_waits_and_cancels(ada, any_kind):
    job = enqueue(any_kind, arguments={}, actor=ada)
    cancelled = enqueue(any_kind, arguments={}, actor=ada)
    assert command("jobs", str(cancelled.pk), "--cancel", "--json")[0] == 0
    assert json.loads(command("worker", "--until-idle", "--json")[1])["jobs"] >= 1
    code, out, _ = command("jobs", str(job.pk), "--wait", "--json")

    assert (code, json.loads(out)["jobs"][0]["state"]) == (0, "done")
    # What was asked for did not come about: exit 1, as cli.md has it.
    assert command("jobs", str(cancelled.pk), "--wait")[0] == 1
    assert command("jobs", "--wait")[0] == 2


def test_all_doors_refuse_in_the_same_words(ada, make_person, any_kind, at_page, api):
    """C119a, C129."""
    bob = make_person("Bob")
    job = enqueue(any_kind, arguments={}, actor=ada)
    Job.objects.update(state="done")
    hidden = f"There is no job {job.pk} that you may see."
    ended = f"Job {job.pk} is done; this needs queued, running."

    for actor, sentence in ((bob, hidden), (ada, ended)):
        assert api(actor, "POST", f"/jobs/{job.pk}/cancel")[1]["detail"] == sentence
        page = at_page(actor).post(f"/jobs/{job.pk}/cancel/")
        assert page.status_code in {404, 409}
        assert sentence in page.content.decode()
        code, _, err = command("jobs", str(job.pk), "--cancel", "--as", actor.email)
        assert code == 1
        assert sentence in err


def test_the_page_of_a_job_lives_as_long_as_the_job(ada, at_page, any_kind):
    """C119a: progress by polling; every address works without JavaScript."""
    job = enqueue(any_kind, arguments={}, target="contacts.csv", actor=ada)
    Job.objects.update(state="running", done=1200, total=4800)
    page = at_page(ada).get(f"/jobs/{job.pk}/").content.decode()
    assert "1,200 of 4,800" in page
    assert 'hx-trigger="every 1s"' in page

    fragment = at_page(ada).get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"})
    assert fragment.content.decode().lstrip().startswith("<section")
    assert at_page(ada).post(f"/jobs/{job.pk}/cancel/").url == f"/jobs/{job.pk}/"
    assert "Cancelled" in at_page(ada).get(f"/jobs/{job.pk}/").content.decode()

    Job.objects.update(state="failed", error="Age needs a number, not x.")
    page = at_page(ada).get(f"/jobs/{job.pk}/").content.decode()
    assert "Age needs a number, not x." in page
    assert 'hx-trigger="every 1s"' not in page
    at_page(ada).post(f"/jobs/{job.pk}/resume/")
    assert fresh(job.pk).state == "queued"


def test_the_page_of_jobs_shows_ones_own(ada, make_person, at_page, any_kind):
    """C119a."""
    enqueue(any_kind, arguments={}, target="contacts.csv", actor=ada)
    assert "contacts.csv" in at_page(ada).get("/jobs/").content.decode()
    assert "contacts.csv" not in at_page(ada).get("/jobs/?state=failed").content.decode()
    assert "No background work" in at_page(make_person("Bob")).get("/jobs/").content.decode()


@pytest.mark.parametrize("address", ["/jobs/", "/notifications/"])
def test_pages_ask_the_database_as_often_for_many_rows_as_for_few(ada, at_page, any_kind, address):
    client, asked = at_page(ada), []
    for rows in (2, 20):
        for n in range(rows):
            enqueue(any_kind, arguments={}, actor=ada)
            notify(ada.user_id, "job", title="T", sentence="", link="/", cause=f"{rows} {n}")
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_the_notification_centre_opens_and_marks(ada, make_person, at_page, api):
    """C117: bell with its unread number, title, sentence, link."""
    for n in range(2):
        notify(
            ada.user_id,
            "import",
            title=f"Import {n}",
            sentence="Fine.",
            link="/jobs/",
            cause=str(n),
        )
    told = notifications_of(ada).latest("id")
    page = at_page(ada).get("/notifications/").content.decode()
    assert "Import 1" in page
    assert '<span class="nav__count">2</span>' in page

    assert at_page(ada).get(f"/notifications/{told.pk}/").url == "/jobs/"
    assert unread_number(ada) == 1
    row = at_page(ada).post(
        f"/notifications/{told.pk}/mark/", {"read": "0"}, headers={"HX-Request": "true"}
    )
    assert "Mark as read" in row.content.decode()
    assert unread_number(ada) == 2

    _, listed = api(ada, "GET", "/notifications?unread=true&limit=1")
    assert (listed["unread"], listed["notifications"][0]["title"]) == (2, "Import 1")
    assert api(ada, "POST", f"/notifications/{told.pk}/read")[1]["read_at"] is not None
    assert api(ada, "POST", f"/notifications/{told.pk}/unread")[1]["read_at"] is None
    assert api(ada, "POST", "/notifications/read")[1] == {"marked": 2}
    assert api(make_person("Bob"), "POST", f"/notifications/{told.pk}/read")[0] == 404
    at_page(ada).post("/notifications/read/")
    assert "Nothing unread" in at_page(ada).get("/notifications/?unread").content.decode()


def test_a_notification_leads_to_no_other_site(ada, at_page):
    notify(ada.user_id, "job", title="T", sentence="", link="https://other.test/", cause="x")
    told = notifications_of(ada).get()
    assert at_page(ada).get(f"/notifications/{told.pk}/").url == "/notifications/"
