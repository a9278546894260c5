"""The notification centre: told once per cause, read, kept 90 days (C117, C118)."""

from datetime import timedelta

import pytest

from tresse.jobs import worker
from tresse.jobs.changes import mark, mark_all_read, notify, purge_notifications
from tresse.jobs.changes.notifications import KEPT
from tresse.jobs.kinds import NOTIFICATIONS
from tresse.jobs.models import Notification
from tresse.jobs.queries import notifications_of, unread_number
from tresse.kernel import clock
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db


def tell(actor, cause="import:7", **more):
    words = {"title": "Import finished", "sentence": "3 contacts.", "link": "/imports/7/"} | more
    notify(actor.user_id, "import", cause=cause, **words)


def test_a_notification_has_title_sentence_link_and_time(ada):
    """C117."""
    tell(ada)
    told = notifications_of(ada).get()
    assert (told.title, told.sentence, told.link) == (
        *("Import finished", "3 contacts."),
        "/imports/7/",
    )
    assert told.created_at <= clock.now()


def test_every_sort_of_c117_is_known():
    """C117."""
    assert {kind.name for kind in NOTIFICATIONS} >= {
        *("import", "export", "bulk", "undo", "assigned", "mention", "task_due"),
        *("sync_failed", "automation_failed", "duplicates"),
    }
    with pytest.raises(TresseError, match='no notification kind "imports"'):
        notify(1, "imports", title="", sentence="", link="", cause="x")


def test_one_cause_tells_a_person_once(ada, make_person):
    """C118: also when it was read, and from another process after a restart."""
    bob = make_person("Bob")
    tell(ada)
    mark_all_read(actor=ada)
    tell(ada, title="Import finished again")
    tell(bob)
    tell(ada, cause="import:8")

    assert [told.cause for told in notifications_of(ada)] == ["import:8", "import:7"]
    assert notifications_of(ada).earliest("id").title == "Import finished"
    assert unread_number(ada) == 1
    assert unread_number(bob) == 1


def test_read_and_unread(ada):
    """C117: the number on the bell."""
    for cause in "abc":
        tell(ada, cause)
    first = notifications_of(ada).earliest("id")

    assert mark(first.pk, read=True, actor=ada).read_at is not None
    assert unread_number(ada) == 2
    mark(first.pk, read=False, actor=ada)
    assert unread_number(ada) == 3
    assert mark_all_read(actor=ada) == 3
    assert unread_number(ada) == 0


def test_nobody_reads_those_of_another_not_even_an_administrator(ada, admin):
    tell(ada)
    told = notifications_of(ada).get()
    assert not notifications_of(admin).exists()
    with pytest.raises(TresseError) as refusal:
        mark(told.pk, read=True, actor=admin)
    assert str(refusal.value) == f"There is no notification {told.pk} that is yours."


def test_read_ones_go_after_90_days(ada):
    """C118: unread ones stay."""
    tell(ada, "read")
    mark_all_read(actor=ada)
    tell(ada, "unread")

    assert purge_notifications() == 0
    with clock.at(clock.now() + KEPT + timedelta(seconds=1)):
        assert purge_notifications() == 1
    assert notifications_of(ada).get().cause == "unread"


def test_a_worker_purges_every_night(ada):
    """C118: by a schedule that every installation has."""
    tell(ada, "read")
    mark_all_read(actor=ada)
    worker.run(until_idle=True)
    with clock.at(clock.now() + KEPT + timedelta(days=2)):
        worker.run(until_idle=True)
    assert not Notification.objects.exists()
