"""What is put into the queue, taken out of it, and comes again (C119a)."""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from tests.jobs.conftest import claimed
from tresse.accounts.actor import SYSTEM
from tresse.accounts.models import User
from tresse.accounts.paging import page_and_back
from tresse.jobs import worker
from tresse.jobs.changes import (
    add_schedule,
    cancel,
    claim,
    enqueue,
    enqueue_due,
    purge_jobs,
    remove_schedule,
    resume,
)
from tresse.jobs.changes.schedules import next_time
from tresse.jobs.facts import seconds_left
from tresse.jobs.models import Job, Schedule
from tresse.jobs.queries import fresh, job, jobs_of
from tresse.jobs.work import LOG_LINES, Work
from tresse.kernel import clock
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def any_kind(kind):
    return kind("any", lambda _work: None)


def test_a_job_has_kind_author_target_state_and_waits(ada, any_kind):
    """C119a."""
    queued = enqueue(any_kind, arguments={"a": 1}, target="contacts.csv", actor=ada)
    assert (queued.state, queued.author_id, queued.target) == (
        "queued",
        ada.user_id,
        "contacts.csv",
    )


def test_a_job_is_enqueued_with_its_cause_or_not_at_all(ada, any_kind):
    """Architecture 7: in the caller's transaction."""
    with transaction.atomic():
        enqueue(any_kind, arguments={}, actor=ada)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


@pytest.mark.usefixtures("any_kind")
def test_an_unknown_kind_is_refused(ada):
    with pytest.raises(TresseError) as refusal:
        enqueue("ani", arguments={}, actor=ada)
    assert str(refusal.value) == 'There is no job kind "ani". Did you mean "any"?'


def test_of_a_key_one_job_lives(ada, any_kind):
    first = enqueue(any_kind, arguments={}, actor=ada, unique="segment:3")
    assert enqueue(any_kind, arguments={}, actor=ada, unique="segment:3") == first
    assert enqueue(any_kind, arguments={}, actor=ada, unique="segment:4") != first

    cancel(first.pk, actor=ada)
    assert enqueue(any_kind, arguments={}, actor=ada, unique="segment:3") != first
    with pytest.raises(TresseError) as refusal:
        resume(first.pk, actor=ada)
    assert refusal.value.code == "wrong_state"


@pytest.mark.django_db(transaction=True)
def test_of_a_key_one_job_lives_however_many_ask_at_once(ada, any_kind):
    made = []

    def ask():
        made.append(enqueue(any_kind, arguments={}, actor=ada, unique="segment:3").pk)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1


def test_the_job_that_waits_longest_comes_first(ada, any_kind):
    late = enqueue(any_kind, arguments={}, actor=ada, run_at=clock.now() - timedelta(hours=1))
    early = enqueue(any_kind, arguments={}, actor=ada, run_at=clock.now() - timedelta(hours=2))
    assert [claimed().pk, claimed().pk, claim()] == [early.pk, late.pk, None]


def test_only_a_job_that_lives_can_be_cancelled(ada, any_kind):
    """C119a, C129."""
    ended = enqueue(any_kind, arguments={}, actor=ada)
    worker.run(until_idle=True)
    with pytest.raises(TresseError) as refusal:
        cancel(ended.pk, actor=ada)
    assert str(refusal.value) == f"Job {ended.pk} is done; this needs queued, running."
    with pytest.raises(TresseError, match="this needs cancelled, failed, held, partial, skipped"):
        resume(ended.pk, actor=ada)


def test_a_resumed_job_goes_on_at_its_cursor(ada, kind):
    """T67."""
    seen = []

    def run(work):
        seen.append(work.cursor)
        if work.cursor is None:
            work.save({"line": 40}, done=40)
            work.cancel_asked.set()
        work.check_cancelled()

    kind("reading", run)
    begun = enqueue("reading", arguments={}, actor=ada)
    worker.run(until_idle=True)
    assert fresh(begun.pk).state == "cancelled"
    resume(begun.pk, actor=ada)
    worker.run(until_idle=True)

    assert seen == [None, {"line": 40}]
    assert fresh(begun.pk).state == "done"


def test_the_job_of_a_dead_command_is_cancelled_at_once(ada, any_kind):
    """C119a: nobody is there who could hear of it."""
    begun = enqueue(any_kind, arguments={}, actor=ada)
    claim()
    Job.objects.update(lease_until=None)
    assert cancel(begun.pk, actor=ada).state == "cancelled"


def test_one_sees_jobs_of_ones_own_and_an_administrator_all(make_person, ada, admin, any_kind):
    """C119a: all one may see."""
    mine = enqueue(any_kind, arguments={}, actor=ada)
    ours = enqueue(any_kind, arguments={}, actor=SYSTEM)
    bob = make_person("Bob")

    assert list(jobs_of(ada)) == [mine]
    assert list(jobs_of(bob)) == []
    assert list(jobs_of(admin)) == [ours, mine]
    for reach in (job, cancel, resume):
        with pytest.raises(TresseError) as refusal:
            reach(mine.pk, actor=bob)
        assert str(refusal.value) == f"There is no job {mine.pk} that you may see."


def test_says_how_long_it_will_take(ada, any_kind):
    """C119a: done of total, seconds left."""
    with clock.at(NOON):
        enqueue(any_kind, arguments={}, actor=ada)
        begun = claimed()
        begun.done, begun.total = 100, 400
        assert seconds_left(begun) == 0
    with clock.at(NOON + timedelta(seconds=10)):
        assert seconds_left(begun) == 30
        # After a break only what this attempt did tells its pace.
        begun.done_at_start = 50
        assert seconds_left(begun) == 60
        begun.total = None
        assert seconds_left(begun) is None


def test_of_a_long_log_the_last_lines_are_kept(ada, any_kind):
    """C119a."""
    work = Work(enqueue(any_kind, arguments={}, actor=ada), ada)
    for n in range(LOG_LINES + 5):
        work.log(f"line {n}" + "x" * 1000)
    assert len(work.progress.log) == LOG_LINES
    assert work.progress.log[0][1].startswith("line 5x")
    assert len(work.progress.log[0][1]) == 500


def test_a_schedule_enqueues_when_it_is_due_and_makes_up_missed_times_once(ada, any_kind):
    """Architecture 7: schedules belong to the same queue."""
    with clock.at(NOON):
        add_schedule("each minute", kind=any_kind, actor=ada, every_seconds=60)
        assert enqueue_due() == 0
    with clock.at(NOON + timedelta(minutes=10)):
        assert enqueue_due() == 1
        assert enqueue_due() == 0
    assert Job.objects.count() == 1
    assert Job.objects.get().author_id == ada.user_id
    with clock.at(NOON + timedelta(minutes=11)):
        assert enqueue_due() == 1  # the earlier job still lives: no second one
    assert Job.objects.count() == 1
    remove_schedule("each minute")
    assert not Schedule.objects.exists()


def test_changing_a_schedule_does_not_put_off_what_is_due(ada, any_kind):
    with clock.at(NOON):
        add_schedule("s", kind=any_kind, actor=ada, every_seconds=60)
    with clock.at(NOON + timedelta(hours=1)):
        add_schedule("s", kind=any_kind, actor=ada, every_seconds=60, target="other")
        assert enqueue_due() == 1
        changed = add_schedule("s", kind=any_kind, actor=ada, cron="0 6 * * *")
        assert changed.next_at == datetime(2026, 3, 3, 6, tzinfo=UTC)


def test_the_schedule_of_somebody_who_left_pauses(ada, any_kind):
    """C111."""
    with clock.at(NOON):
        add_schedule("s", kind=any_kind, actor=ada, every_seconds=60)
    User.objects.update(is_active=False)
    with clock.at(NOON + timedelta(hours=1)):
        enqueue_due()
    assert Schedule.objects.get().next_at is None
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        ("30 6 * * 1-5", "2026-03-06T07:00+01:00", "2026-03-09T06:30+01:00"),
        ("30 2 * * *", "2026-03-28T12:00+01:00", "2026-03-29T03:00+02:00"),
        ("30 2 * * *", "2026-10-24T12:00+02:00", "2026-10-25T02:30+02:00"),
        ("0 0 31 * *", "2026-04-01T00:00+02:00", "2026-05-31T00:00+02:00"),
    ],
    ids=["weekdays", "the hour that is left out", "the hour that comes twice", "the 31st"],
)
def test_cron_times_are_those_of_the_zone(cron, after, due):
    found = next_time(
        after=datetime.fromisoformat(after), every_seconds=None, cron=cron, zone="Europe/Warsaw"
    )
    assert found == datetime.fromisoformat(due)


def test_a_time_that_comes_twice_is_due_once():
    every_night = partial(next_time, every_seconds=None, cron="30 2 * * *", zone="Europe/Warsaw")
    first = every_night(after=datetime.fromisoformat("2026-10-24T12:00+02:00"))
    assert every_night(after=first) == datetime.fromisoformat("2026-10-26T02:30+01:00")


@pytest.mark.parametrize("cron", ["", "x", "61 * * * *", "0 0 30 2 *", "* * * *"])
def test_refuses_cron_times_that_cannot_be(ada, any_kind, cron):
    with pytest.raises(TresseError) as refusal:
        add_schedule("s", kind=any_kind, actor=ada, cron=cron)
    assert str(refusal.value) == (
        f'Schedule "{cron}" is not five fields for minute, hour, day, month and weekday, '
        "as in 30 6 * * 1-5."
    )


def test_pages_lead_on_and_back(ada, any_kind):
    """C125."""
    ids = [enqueue(any_kind, arguments={}, actor=ada).pk for _ in range(7)][::-1]

    def look(cursor):
        rows, previous, following = page_and_back(jobs_of(ada), cursor=cursor, limit=3)
        return [row.pk for row in rows], previous, following

    first, none, second = look(None)
    assert (first, none) == (ids[:3], None)
    middle, back, third = look(second)
    assert (middle, back) == (ids[3:6], "first")
    last, back, end = look(third)
    assert (last, end) == (ids[6:], None)
    assert look(back) == (middle, "first", third)
    assert look("first") == (first, None, second)


def test_jobs_of_the_system_go_after_90_days_and_those_of_people_stay(ada, any_kind):
    mine = enqueue(any_kind, arguments={}, actor=ada)
    enqueue(any_kind, arguments={}, actor=SYSTEM)
    worker.run(until_idle=True)
    assert purge_jobs() == 0
    with clock.at(clock.now() + timedelta(days=91)):
        waiting = enqueue(any_kind, arguments={}, actor=SYSTEM)
        assert purge_jobs() >= 1
    assert set(Job.objects.all()) == {mine, waiting}


def test_a_schedule_of_an_unknown_kind_stops_no_other(ada, any_kind):
    with clock.at(NOON):
        add_schedule("a", kind=any_kind, actor=ada, every_seconds=60)
        add_schedule("b", kind=any_kind, actor=ada, every_seconds=60)
    Schedule.objects.filter(name="a").update(kind="of_another_version")
    with clock.at(NOON + timedelta(hours=1)):
        assert enqueue_due() == 2
    assert Job.objects.count() == 1
    assert Schedule.objects.filter(name="a", next_at__gt=NOON + timedelta(hours=1)).exists()
