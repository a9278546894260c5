"""Sends the copies of notifications that people want by e-mail (C118).

A copy is claimed for five minutes, sent outside of any transaction, then marked. A worker killed in
between sends it again: the same message id lets mail programs show it once.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import ngettext

from tresse.accounts.queries import account
from tresse.jobs.models import MailCopy
from tresse.jobs.ticks import Tick
from tresse.kernel import clock

logger = logging.getLogger(__name__)
CLAIM = timedelta(minutes=5)
FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=6)
MOST_ATTEMPTS = 12
AT_A_TIME = 50
EVERY_SECONDS = 5


def send_due() -> bool:
    """Send what is due; answers whether there was anything. Without a mail server nothing is."""
    if not settings.EMAIL_HOST:
        return False
    claimed = _claimed()
    for letter in _letters(claimed):
        _send(letter)
    return bool(claimed)


def _claimed() -> list[MailCopy]:
    """Copies that are due, this worker's for five minutes."""
    now = clock.now()
    with transaction.atomic():
        due = MailCopy.objects.filter(sent_at=None, due_at__lte=now)
        ids = list(
            due.select_for_update(skip_locked=True)
            .order_by("due_at", "id")
            .values_list("id", flat=True)[:AT_A_TIME]
        )
        MailCopy.objects.filter(pk__in=ids).update(due_at=now + CLAIM)
    found = MailCopy.objects.filter(pk__in=ids).select_related("notification__user")
    return list(found.order_by("notification__user_id", "is_daily", "id"))


def _letters(copies: Sequence[MailCopy]) -> Iterable[list[MailCopy]]:
    """Copies that go in one mail: each by itself, those of a summary together, read ones not."""
    for copy in copies:
        if not copy.is_daily:
            yield [copy]
    daily = [copy for copy in copies if copy.is_daily]
    for _, group in groupby(daily, key=lambda copy: copy.notification.user_id):
        yield list(group)


def _send(letter: Sequence[MailCopy]) -> None:
    user = letter[0].notification.user
    told = [
        copy.notification
        for copy in letter
        if not (copy.is_daily and copy.notification.read_at) and user.is_active
    ]
    if not told:
        _mark(letter)
        return
    address = account().public_url.rstrip("/")
    with translation.override(user.language):
        subject = told[0].title
        if len(told) > 1:
            number = len(told)
            subject = ngettext(
                "{n} notification from Tresse", "{n} notifications from Tresse", number
            ).format(n=number)
        text = render_to_string("jobs/mail.txt", {"told": told, "address": address})
        mail = EmailMessage(
            " ".join(subject.split()),
            text.strip() + "\n",
            to=[user.email],
            headers={
                "Message-ID": f"<notification.{letter[0].pk}@{settings.EMAIL_DOMAIN}>",
                "Auto-Submitted": "auto-generated",
            },
        )
    try:
        mail.send()
    except (OSError, SMTPException) as error:
        _put_off(letter, str(error))
    else:
        _mark(letter)


def _mark(letter: Sequence[MailCopy]) -> None:
    ids = [copy.pk for copy in letter]
    MailCopy.objects.filter(pk__in=ids).update(sent_at=clock.now(), error="")


def _put_off(letter: Sequence[MailCopy], error: str) -> None:
    """Try again later, at ever longer pauses; after a day and a half no more."""
    attempts = max(copy.attempts for copy in letter) + 1
    given_up = attempts >= MOST_ATTEMPTS
    pause = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    logger.warning("Mail of notification copy %s: %s", letter[0].pk, error)
    MailCopy.objects.filter(pk__in=[copy.pk for copy in letter]).update(
        attempts=attempts,
        error=error[:1_000],
        due_at=clock.now() + pause,
        sent_at=clock.now() if given_up else None,
    )


TICKS = (Tick("mail", EVERY_SECONDS, send_due),)
