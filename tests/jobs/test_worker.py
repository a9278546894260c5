"""Killed, cancelled, several at once: what a job comes to (C119a), on the database of this run."""

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import translation

from tests.jobs.conftest import claimed, tally, tally_table, wait_until
from tests.jobs.process import count
from tresse.accounts.answers import message
from tresse.accounts.models import User
from tresse.jobs import processes
from tresse.jobs import worker as workers
from tresse.jobs.changes import End, cancel, claim, enqueue, finish, recover, resume
from tresse.jobs.changes.leasing import CRASHES
from tresse.jobs.models import Job, Notification
from tresse.jobs.queries import fresh
from tresse.jobs.work import LEASE, Cancelled, LeaseLost, Work
from tresse.kernel import clock
from tresse.kernel.errors import Refusal

REFUSED = Refusal("wrong_value", 422, "{name} needs {wanted}, not {value}.")


@pytest.fixture
def counting(kind, transactional_db):
    """The kind of job that the processes of these tests know too."""
    _ = transactional_db
    kind("count", count, notice="job")
    with tally_table():
        yield


def enqueue_count(actor, to=300, pause=0.0):
    return enqueue("count", arguments={"to": to, "pause": pause}, target="to the end", actor=actor)


def enqueue_of(kind, actor, **more):
    return enqueue(kind, arguments={}, target="things", actor=actor, **more)


def all_of(job, to):
    return [(job.pk, n) for n in range(to)]


@pytest.mark.usefixtures("counting")
def test_killed_and_started_again_gives_the_result_of_an_uninterrupted_run(worker, ada):
    """C119a, T66: `kill -9` twice in the middle; every number is there once, told once (C118)."""
    job = enqueue_count(ada, to=600, pause=0.02)

    for done in (50, 250):
        process = worker()
        wait_until(lambda done=done: fresh(job.pk).done > done)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert fresh(job.pk).state == "running"
    killed_at = time.monotonic()
    assert worker().wait() == 0

    job = fresh(job.pk)
    assert (job.state, job.done, job.total, job.attempt) == ("done", 600, 600, 3)
    assert tally() == all_of(job, 600)
    assert Notification.objects.filter(user_id=ada.user_id).count() == 1
    # A dead process of this machine is known to be dead: nobody waits for its lease.
    assert time.monotonic() - killed_at < LEASE.total_seconds()


@pytest.mark.usefixtures("counting")
def test_a_killed_command_is_gone_on_with_by_a_worker(worker, ada):
    """C119a: a job that runs in a command is not lost with the command."""
    job = enqueue_count(ada, to=400, pause=0.02)
    process = worker("run_here", str(job.pk))
    wait_until(lambda: fresh(job.pk).done > 50)
    process.kill()
    process.wait()

    workers.run(until_idle=True)

    assert fresh(job.pk).state == "done"
    assert tally() == all_of(job, 400)


@pytest.mark.usefixtures("counting")
def test_ctrl_c_cancels_the_job_of_a_command(worker, ada):
    """T67: what was written stays and is counted; the job can go on."""
    job = enqueue_count(ada, to=400, pause=0.02)
    process = worker("run_here", str(job.pk))
    wait_until(lambda: fresh(job.pk).done > 50)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0

    cancelled = fresh(job.pk)
    assert cancelled.state == "cancelled"
    assert len(tally()) == cancelled.done
    resume(job.pk, actor=ada)
    workers.run(until_idle=True)
    assert tally() == all_of(job, 400)


@pytest.mark.usefixtures("counting")
def test_two_workers_never_run_one_job_twice(worker, ada):
    """C119a: forty jobs, two processes, each job once."""
    jobs = [enqueue_count(ada, to=20) for _ in range(40)]

    both = [worker(), worker()]
    assert [process.wait() for process in both] == [0, 0]

    assert tally() == [row for job in jobs for row in all_of(job, 20)]
    ended = Job.objects.filter(pk__in=[job.pk for job in jobs])
    assert set(ended.values_list("state", "attempt")) == {("done", 1)}


@pytest.mark.usefixtures("counting")
def test_a_worker_told_to_end_gives_its_job_back(worker, ada):
    """C119a: SIGTERM, as a new version of the program sends it, costs no work and no attempt."""
    job = enqueue_count(ada, to=600, pause=0.02)
    process = worker()
    wait_until(lambda: fresh(job.pk).done > 50)
    process.terminate()
    assert process.wait() == 0

    given_back = fresh(job.pk)
    assert (given_back.state, given_back.crashes) == ("queued", 0)
    assert given_back.cursor == given_back.done > 0


@pytest.mark.usefixtures("counting")
def test_cancelling_acts_within_five_seconds(worker, ada):
    """C119a: from another process, in the middle of the work."""
    job = enqueue_count(ada, to=100_000, pause=0.02)
    worker()
    wait_until(lambda: fresh(job.pk).done > 20)

    asked = time.monotonic()
    assert cancel(job.pk, actor=ada).state == "running"
    wait_until(lambda: not fresh(job.pk).is_live, seconds=5)

    assert time.monotonic() - asked < 5
    assert fresh(job.pk).state == "cancelled"
    assert len(tally()) == fresh(job.pk).done
    assert not Notification.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_renews_the_lease_and_shows_progress(ada, kind, monkeypatch):
    """C119a: while the work itself writes nothing."""
    monkeypatch.setattr("tresse.jobs.heartbeat.BEAT_SECONDS", 0.05)
    monkeypatch.setattr("tresse.jobs.heartbeat.RENEWAL_SECONDS", 0.1)
    seen = {}

    def lease_of(work):
        return Job.objects.values_list("lease_until", flat=True).get(pk=work.job_id)

    def run(work):
        lease = lease_of(work)
        work.tell(done=3, total=9)
        work.log("Three of nine")
        wait_until(lambda: lease_of(work) > lease)
        wait_until(lambda: fresh(work.job_id).done == 3)
        seen["log"] = fresh(work.job_id).log[0][1]

    kind("slow", run)
    job = enqueue_of("slow", ada)
    workers.run(until_idle=True)

    assert fresh(job.pk).state == "done"
    assert seen == {"log": "Three of nine"}


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_does_not_wait_behind_a_long_write(ada, kind, monkeypatch):
    """C119a: with the database locked by the work, cancelling is still heard of at its end."""
    monkeypatch.setattr("tresse.jobs.heartbeat.BEAT_SECONDS", 0.05)
    monkeypatch.setattr("tresse.jobs.heartbeat.RENEWAL_SECONDS", 0.1)

    def run(work):
        with transaction.atomic():
            work.save(1, done=1)
            time.sleep(0.8)  # beats in between find the row or the database locked
        threading.Thread(target=ask, args=(work.job_id,)).start()
        wait_until(work.cancel_asked.is_set, seconds=5)
        work.check_cancelled()

    def ask(job_id):
        cancel(job_id, actor=ada)
        connection.close()

    kind("locking", run)
    job = enqueue_of("locking", ada)
    workers.run(until_idle=True)

    assert fresh(job.pk).state == "cancelled"


@pytest.mark.django_db
def test_an_attempt_that_lost_its_lease_commits_nothing(ada, kind):
    """C119a: a worker that slept through its lease finds its job with another."""
    kind("any", lambda _work: None)
    job = enqueue_of("any", ada)
    begun = claimed()
    slept = Work(begun, ada)
    Job.objects.filter(pk=job.pk).update(attempt=2)

    with pytest.raises(LeaseLost):
        slept.save("further", done=1)
    with pytest.raises(LeaseLost):
        slept.check_cancelled()

    assert fresh(job.pk).cursor is None
    assert finish(begun, End("done")) is None


@pytest.mark.django_db
def test_a_job_of_another_machine_waits_for_the_end_of_its_lease(ada, kind):
    """C119a: whether that process lives is not known here."""
    kind("any", lambda _work: None)
    job = enqueue_of("any", ada)
    claim()
    Job.objects.filter(pk=job.pk).update(worker="elsewhere-0/12/34")

    assert recover() == 0
    with clock.at(clock.now() + LEASE + timedelta(seconds=1)):
        assert recover() == 1
    assert fresh(job.pk).state == "queued"


@pytest.mark.django_db
def test_a_job_that_breaks_off_again_and_again_is_given_up(ada, kind):
    """C119a: a job that kills its worker does not do so for ever."""
    kind("deadly", lambda _work: None, notice="job")
    job = enqueue_of("deadly", ada)
    for _ in range(CRASHES):
        assert claim() is not None
        Job.objects.update(worker=dead())
        recover()

    given_up = fresh(job.pk)
    assert (given_up.state, given_up.error_code) == ("failed", "job_crashed")
    assert given_up.error.startswith("The work was broken off 5 times at the same place")
    assert Notification.objects.get().sentence == given_up.error


@pytest.mark.django_db
def test_progress_makes_earlier_breaks_forgotten(ada, kind):
    """C119a: a long job may be killed any number of times as long as it gets on."""
    kind("any", lambda _work: None)
    job = enqueue_of("any", ada)
    for cursor in range(CRASHES + 2):
        Work(claimed(), ada).save(cursor)
        Job.objects.update(worker=dead())
        recover()

    assert fresh(job.pk).state == "queued"


@pytest.mark.django_db
def test_a_refusal_fails_the_job_with_its_sentence_in_the_language_of_the_author(make_person, kind):
    """C117, C129."""

    def run(_work):
        raise REFUSED(name="Age", wanted="a number", value="x")

    kind("refusing", run, notice="import")
    job = enqueue_of("refusing", make_person("Zofia", language="pl"))
    workers.run(until_idle=True)

    failed = fresh(job.pk)
    assert (failed.state, failed.error_code) == ("failed", "wrong_value")
    with translation.override("pl"):
        assert failed.error == message(REFUSED(name="Age", wanted="a number", value="x"))
    told = Notification.objects.get()
    assert (told.kind, told.link) == ("import", f"/jobs/{job.pk}/")


@pytest.mark.django_db
def test_a_bug_fails_the_job_with_a_number_that_the_log_knows(ada, kind, caplog):
    """C124: nothing of the inside in the sentence."""

    def run(_work):
        raise ZeroDivisionError

    kind("broken", run)
    job = enqueue_of("broken", ada)
    workers.run(until_idle=True)

    failed = fresh(job.pk)
    assert (failed.state, failed.error_code) == ("failed", "internal")
    number = failed.error.split()[-1].rstrip(".")
    assert number in caplog.text
    assert "ZeroDivision" not in failed.error


@pytest.mark.django_db
def test_a_bug_at_the_end_ends_the_job_all_the_same(ada, kind):
    """C119a: no job stays running for ever."""

    def ended(_job):
        raise ZeroDivisionError

    kind("broken_end", lambda _work: None, ended=ended)
    job = enqueue_of("broken_end", ada)
    workers.run(until_idle=True)

    assert (fresh(job.pk).state, fresh(job.pk).error_code) == ("failed", "internal")


@pytest.mark.django_db
def test_a_database_that_went_away_is_waited_for(ada, kind):
    """C119a: later, and as an attempt that came to nothing."""

    def run(_work):
        message = "database is locked"
        raise OperationalError(message)

    kind("unlucky", run)
    job = enqueue_of("unlucky", ada)
    workers.run(until_idle=True)

    waiting = fresh(job.pk)
    assert (waiting.state, waiting.crashes) == ("queued", 1)
    assert waiting.run_at > clock.now()


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["done", "partial", "held", "skipped"])
def test_a_kind_says_how_its_job_ends(ada, kind, state):
    """C119a: partial is never shown as success."""

    def run(work):
        work.finish(state)
        return {"rows": 3}

    kind("ending", run, notice="import", label="Import")
    job = enqueue_of("ending", ada, link="/imports/7/")
    workers.run(until_idle=True)

    assert (fresh(job.pk).state, fresh(job.pk).result) == (state, {"rows": 3})
    titles = list(Notification.objects.values_list("title", "link"))
    expected = {
        "done": [("Import finished: things", "/imports/7/")],
        "partial": [("Import finished in part: things", "/imports/7/")],
        "held": [("Import waits for your decision: things", "/imports/7/")],
        "skipped": [],
    }
    assert titles == expected[state]


@pytest.mark.django_db
def test_a_job_of_somebody_who_left_is_refused(ada, kind):
    """C111: with the rights its author has now, and that is none."""
    kind("any", lambda _work: {"done": True})
    job = enqueue_of("any", ada)
    User.objects.update(is_active=False)
    workers.run(until_idle=True)

    assert (fresh(job.pk).state, fresh(job.pk).error_code) == ("failed", "inactive_user")


@pytest.mark.django_db
def test_a_job_that_waits_for_its_time_is_left_alone(ada, kind):
    kind("any", lambda _work: None)
    job = enqueue_of("any", ada, run_at=clock.now() + timedelta(hours=1))
    assert workers.run(until_idle=True) == 0
    with clock.at(clock.now() + timedelta(hours=2)):
        assert workers.run(until_idle=True) >= 1
    assert fresh(job.pk).state == "done"


@pytest.mark.django_db
def test_a_kind_hears_of_a_cancel(ada, kind):
    """T67: `ended` is called whatever the end, also before the work began."""
    heard = []

    def run(work):
        work.cancel_asked.set()
        try:
            work.check_cancelled()
        except Cancelled:
            heard.append("in the work")
            raise

    kind("hearing", run, ended=lambda job: heard.append(job.state))
    enqueue_of("hearing", ada)
    workers.run(until_idle=True)
    waiting = enqueue_of("hearing", ada)
    cancel(waiting.pk, actor=ada)

    assert heard == ["in the work", "cancelled", "cancelled"]


@pytest.mark.django_db
def test_a_worker_outlives_a_database_that_is_away(ada, kind, monkeypatch):
    """C119a: SQLite's one writer may have it longer than anybody waits."""
    monkeypatch.setattr(workers, "PAUSE_SECONDS", 0)
    tries = []

    def locked_at_first():
        tries.append(1)
        if len(tries) < 3:
            message = "database is locked"
            raise OperationalError(message)
        return claim()

    monkeypatch.setattr(workers, "claim", locked_at_first)
    kind("any", lambda _work: None)
    job = enqueue_of("any", ada)
    workers.run(until_idle=True)

    assert fresh(job.pk).state == "done"


def dead():
    """The name of a process of this machine that does not live."""
    return f"{processes.place()}/999999999/1"
