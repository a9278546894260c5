"""How runs of jobs end, whatever they did; see `models.Run`."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from tresse.jobs.models import Job, Run
from tresse.kernel.clock import now


def remember(run: Run, **facts: Any) -> None:
    """Add to the arguments of a run, whoever else adds something at the same time."""
    with transaction.atomic():
        there = type(run)._default_manager.select_for_update().get(pk=run.pk)
        run.arguments = {**there.arguments, **facts}
        run.save(update_fields=["arguments"])


def asked_again(run: Run) -> dict[str, Any]:
    """What was added to the arguments since the run began; what it is of is locked."""
    there = type(run)._default_manager.values_list("arguments", flat=True).get(pk=run.pk)
    return {"again": True} if there.get("again") else {}


def kept(run: Run, names: Iterable[str]) -> dict[str, Any]:
    """Of the arguments of a run those that outlive it."""
    return {name: run.arguments[name] for name in names if name in run.arguments}


def took(run: Run) -> float | None:
    """Seconds from its start to its end, or to now; None: it has not begun."""
    if run.started_at is None:
        return None
    return ((run.ended_at or now()) - run.started_at).total_seconds()


def broken_off(run: Run, job: Job) -> None:
    """Say of a run whose job failed or was cancelled how it ended; the caller saves it.

    A run that was refused has said so; else the sentence is that of the job.
    """
    run.state = "cancelled" if job.state == "cancelled" else "failed"
    run.ended_at = now()
    if run.state == "failed" and run.code != job.error_code:
        run.code, run.message, run.details = job.error_code, "{reason}", {"reason": job.error}
