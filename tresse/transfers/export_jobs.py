"""Background work of exports: those on a schedule, their mails, files whose time has come."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.jobs.changes import notify
from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.transfers.changes.export_mails import send_export_mail
from tresse.transfers.changes.exporting import clear_exports, end_export, ending
from tresse.transfers.changes.schedules import end_scheduled, export_scheduled


def run_scheduled(work: Work) -> Mapping[str, Any] | None:
    """Write the file of a scheduled export."""
    written = export_scheduled(work)
    if written is None:
        return None
    row, position = written
    result = {"export_id": row.pk, "rows": row.rows, "position": position}
    return {**result, "sentence": ending(row)}


def scheduled_ended(job: Job) -> None:
    """Bring the export and its schedule in line with how the job ended."""
    end_scheduled(job, end_export(job))


def mail_ended(job: Job) -> None:
    """Tell the owner of a mail that nobody took."""
    if job.state == "failed" and job.author_id is not None:
        notify(
            job.author_id,
            "export",
            title=gettext("A mail was not sent: {target}").format(target=job.target)[:200],
            sentence=job.error,
            link=job.link or "/exports/",
            cause=f"job:{job.pk}:{job.attempt}",
        )


def _clear(_work: Work) -> dict[str, int]:
    return clear_exports()


KINDS = (
    JobKind(
        "export_scheduled",
        N_("Scheduled export"),
        run_scheduled,
        ended=scheduled_ended,
        notice="export",
    ),
    JobKind("export_mail", N_("Mail about an export"), send_export_mail, ended=mail_ended),
    JobKind("clear_exports", N_("Clearing up of exports"), _clear),
)
SCHEDULES = (StandingSchedule("clear_exports", kind="clear_exports", cron="47 3 * * *"),)
