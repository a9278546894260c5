"""How a job ends: its state, its result or sentence, and the person who is told."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.jobs.changes.notifications import notify
from tresse.jobs.kinds import JOBS, JobKind
from tresse.jobs.models import Job
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_

TITLES = {
    "done": N_("{label} finished: {target}"),
    "partial": N_("{label} finished in part: {target}"),
    "held": N_("{label} waits for your decision: {target}"),
    "failed": N_("{label} failed: {target}"),
}
"Titles of what the author is told. Who cancelled a job knows it; a skipped one had nothing to do."


@dataclass(frozen=True, slots=True)
class End:
    """How a job ends. `result` is JSON; a refusal of it, `error`, is told in the author's words."""

    state: str
    result: Mapping[str, Any] | None = None
    error: TresseError | None = None


def finish(job: Job, end: End, *, hook: bool = True) -> Job | None:
    """End a running job, if this attempt still has it; None if another has.

    State, result, what the kind does about its end, and the notification are one transaction: a
    worker killed at any moment has done all of it or none. Without `hook`, the kind is not asked.
    """
    with transaction.atomic():
        mine = Job.objects.select_for_update().filter(
            pk=job.pk, attempt=job.attempt, state="running"
        )
        row = mine.first()
        return None if row is None else end_row(row, end, hook=hook)


def end_row(job: Job, end: End, *, hook: bool = True) -> Job:
    """Write how a locked job ends, in the caller's transaction."""
    kind = next((kind for kind in JOBS if kind.name == job.kind), None)
    job.state = end.state
    job.finished_at = clock.now()
    job.lease_until, job.worker, job.cancel_asked = None, "", False
    with speaking_to(job):
        if end.error is not None:
            job.error, job.error_code = message(end.error), end.error.code
        if end.result is not None:
            job.result = dict(end.result)
        job.save()
        if hook and kind is not None and kind.ended is not None:
            kind.ended(job)
        if kind is not None:
            _tell(job, kind)
    return job


def _tell(job: Job, kind: JobKind) -> None:
    if not kind.notice or job.state not in TITLES or job.author_id is None:
        return
    label = gettext(kind.label)
    notify(
        job.author_id,
        kind.notice,
        title=gettext(TITLES[job.state]).format(label=label, target=job.target or label),
        sentence=job.error or str((job.result or {}).get("sentence", "")),
        link=job.link or f"/jobs/{job.pk}/",
        cause=f"job:{job.pk}:{job.attempt}",
    )


def speaking_to(job: Job) -> AbstractContextManager[None]:
    """Within the block, texts are in the language of the job's author."""
    return translation.override(job.author.language if job.author else settings.LANGUAGE_CODE)
