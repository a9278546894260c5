"""Notifications by e-mail from an outbox, through a real mail server (C118)."""

import socket
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.core import mail as django_mail

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import change_settings
from tresse.accounts.models import User
from tresse.jobs.changes import choose_email, mark_all_read, notify
from tresse.jobs.changes.notifications import next_morning
from tresse.jobs.mail import MOST_ATTEMPTS, send_due
from tresse.jobs.models import MailCopy
from tresse.kernel import clock

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class Box:
    """What a mail server got; `refuses` makes it answer with that line instead."""

    def __init__(self):
        self.mails = []
        self.refuses = ""

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  the server's name for it
        if self.refuses:
            return self.refuses
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
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
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "crm@example.com"
    yield kept
    controller.stop()


@pytest.fixture(autouse=True)
def noon():
    with clock.at(NOON):
        yield


def tell(actor, cause="import:7", kind="import", title="Import finished"):
    notify(
        actor.user_id, kind, title=title, sentence="3 contacts.", link="/imports/7/", cause=cause
    )


def test_a_copy_goes_at_once_to_who_chose_so(box, ada, make_person):
    """C118: one cause, one mail, also when it is told again."""
    change_settings({"public_url": "https://crm.example.com/"}, actor=SYSTEM)
    choose_email({"import": "at_once"}, actor=ada)
    tell(ada)
    tell(ada)
    tell(make_person("Bob"))

    assert send_due() is True
    assert send_due() is False
    [letter] = box.mails
    assert (letter["To"], letter["From"], letter["Subject"]) == (
        ada.email,
        "crm@example.com",
        "Import finished",
    )
    text = letter.get_content()
    assert "3 contacts." in text
    assert "https://crm.example.com/imports/7/" in text
    assert "https://crm.example.com/settings/notifications/" in text


def test_nobody_who_did_not_choose_gets_mail(box, ada):
    """C118: none is what one begins with."""
    tell(ada)
    choose_email({"mention": "at_once"}, actor=ada)
    tell(ada, cause="import:8")
    assert send_due() is False
    assert box.mails == []


def test_a_day_goes_in_one_summary_without_what_was_read(box, ada):
    """C118: at seven in the zone of the person; what was read meanwhile is left out."""
    choose_email({"import": "daily"}, actor=ada)
    tell(ada, title="Old")
    mark_all_read(actor=ada)
    for number in (8, 9):
        tell(ada, cause=f"import:{number}", title=f"Import {number}")

    assert send_due() is False
    with clock.at(NOON + timedelta(hours=20)):
        assert send_due() is True
    [letter] = box.mails
    assert letter["Subject"] == "2 notifications from Tresse"
    text = letter.get_content()
    assert ("Import 8" in text, "Import 9" in text, "Old" in text) == (True, True, False)
    assert not MailCopy.objects.filter(sent_at=None).exists()


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("UTC", datetime(2026, 3, 11, 7, tzinfo=UTC)),
        ("Europe/Paris", datetime(2026, 3, 11, 6, tzinfo=UTC)),
        ("Pacific/Honolulu", datetime(2026, 3, 10, 17, tzinfo=UTC)),
    ],
)
def test_the_summary_is_due_at_seven(zone, due):
    """C118."""
    assert next_morning(zone) == due


def test_what_the_server_refuses_is_tried_again_and_given_up(box, ada):
    """C118: the reason is kept; after many attempts no more are made."""
    choose_email({"import": "at_once"}, actor=ada)
    tell(ada)
    box.refuses = "451 Try later"
    send_due()

    copy = MailCopy.objects.get()
    assert (copy.attempts, copy.sent_at, copy.due_at) == (1, None, NOON + timedelta(minutes=2))
    assert "Try later" in copy.error
    assert send_due() is False
    box.refuses = ""
    with clock.at(NOON + timedelta(minutes=3)):
        send_due()
    assert len(box.mails) == 1
    MailCopy.objects.update(sent_at=None, attempts=MOST_ATTEMPTS - 1, due_at=NOON)
    box.refuses = "550 No"
    send_due()
    assert MailCopy.objects.get().sent_at is not None


def test_a_server_that_is_away_loses_nothing(box, settings, ada):
    """C118: the copy waits in the outbox."""
    choose_email({"import": "at_once"}, actor=ada)
    tell(ada)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    send_due()
    settings.EMAIL_PORT = port
    with clock.at(NOON + timedelta(minutes=3)):
        send_due()
    assert len(box.mails) == 1


def test_who_left_gets_none(box, ada):
    """C111: not even what was told before."""
    choose_email({"import": "at_once"}, actor=ada)
    tell(ada)
    User.objects.filter(pk=ada.user_id).update(is_active=False)
    send_due()
    assert box.mails == []
    assert not MailCopy.objects.filter(sent_at=None).exists()


def test_without_a_mail_server_nothing_waits(settings, ada):
    """C118: no copies pile up."""
    settings.EMAIL_HOST = ""
    choose_email({"import": "at_once"}, actor=ada)
    tell(ada)
    assert not MailCopy.objects.exists()
    assert send_due() is False
    assert getattr(django_mail, "outbox", []) == []
