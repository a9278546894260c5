"""Mails with the link of a scheduled export (T87).

A mail is a job of its own, put into the queue in the transaction that ends the export, and sent
outside of any transaction. What a server does not take is tried again at ever longer pauses.
"""

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from tresse.accounts.models import User
from tresse.accounts.queries import account, actor_of, users
from tresse.jobs import changes as jobs
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.transfers.changes.exporting import LIST
from tresse.transfers.models import Export
from tresse.transfers.refusals import MAIL_NOT_SENT

logger = logging.getLogger(__name__)
MOST_ATTEMPTS = 12
FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=6)


def send_export_mail(work: Work) -> None:
    """Send one mail; a later job tries again if no server took it.

    Raises:
        TresseError: `mail_not_sent`; there is no mail server, or it refused for a day and a half.
    """
    row = Export.objects.select_related("author", "schedule").get(pk=work.arguments["export_id"])
    address, attempt = work.arguments["address"], work.arguments["attempt"]
    if not settings.EMAIL_HOST:
        with translation.override(work.actor.language):
            raise MAIL_NOT_SENT(address=address, reason=gettext("there is no mail server"))
    try:
        _mail(row, address).send()
    except (OSError, SMTPException) as error:
        logger.warning("Mail of export %s: %s", row.pk, error)
        if attempt >= MOST_ATTEMPTS or row.author is None:
            raise MAIL_NOT_SENT(address=address, reason=str(error).rstrip(".")) from None
        pause = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)
        jobs.enqueue(
            work.kind,
            arguments={**work.arguments, "attempt": attempt + 1},
            actor=actor_of(row.author),
            target=work.target,
            run_at=now() + pause,
        )
        work.finish("partial")


def _mail(row: Export, address: str) -> EmailMessage:
    reader: User | None = users().filter(email=address).first() or row.author
    with translation.override(reader.language if reader else settings.LANGUAGE_CODE):
        subject = gettext("{file} is ready").format(file=row.file_name)
        text = render_to_string(
            "transfers/export_mail.txt",
            {
                "row": row,
                "link": f"{account().public_url.rstrip('/')}{LIST}{row.pk}/download/",
            },
        )
    return EmailMessage(
        " ".join(subject.split()),
        text.strip() + "\n",
        to=[address],
        headers={
            "Message-ID": f"<export.{row.pk}.{address.replace('@', '.')}@{settings.EMAIL_DOMAIN}>",
            "Auto-Submitted": "auto-generated",
        },
    )
