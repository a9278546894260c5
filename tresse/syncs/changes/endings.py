"""What follows from the end of a run, and of a build: states, notices, the next run (Y41, Y63)."""

from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM
from tresse.accounts.answers import said
from tresse.datasets.models import Dataset, DatasetBuild
from tresse.jobs.changes import notify
from tresse.jobs.models import Job
from tresse.jobs.runs import broken_off, took
from tresse.kernel.clock import now
from tresse.kernel.marks import N_
from tresse.syncs.changes.runs import page_of, start
from tresse.syncs.changes.syncs import stop
from tresse.syncs.limits import INTERVALS, STUCK
from tresse.syncs.models import LIVE, Sync, SyncRun
from tresse.syncs.stored import definition_of

NOTICE = "sync_failed"
"Kind of notification."
TITLES = {
    "failed": N_("{name} could not be sent"),
    "held": N_("{name} waits for your decision"),
    "many": N_("Many rows of {name} failed"),
    "partial": N_("Some rows of {name} were not sent"),
    "stuck": N_("Rows of {name} are stuck"),
    "quiet": N_("{name} has not been sent for long"),
}
LEFT = N_("{refused} rows were refused and {failed} failed, of {rows}. Each is listed with why.")
STUCK_WORDS = N_("{number} rows have failed {times} runs in a row. Try them now, or give them up.")
QUIET = N_("The last run was {hours} hours ago; usually one comes every {usual} hours.")
LEAST = 3
"Intervals that are needed to say what is usual."
LOOKED_AT = 11
BROKEN = frozenset(
    {"unknown_reference", "field_unknown", "field_required", "type_mismatch", "consent_field"}
)
"Refusals of the definition itself: the sync is broken until somebody mends it (Y4)."


def end_run(job: Job) -> None:
    """Bring a run in line with how its job ended, in the transaction that ends the job.

    A run that ended by itself has said so already; all else is said here.
    """
    run = (
        SyncRun.objects.select_for_update(of=("self",))
        .select_related("sync")
        .filter(pk=job.arguments.get("run_id"))
        .first()
    )
    if run is None:
        return
    if run.state in LIVE:
        # What was acknowledged stands (Y35).
        broken_off(run, job)
        run.seconds = took(run) or 0
    again = bool(run.arguments.pop("again", False))
    run.log = list(job.log)
    run.save()
    if run.is_preview:
        return
    if run.state == "failed" and run.code in BROKEN:
        row = Sync.objects.select_for_update().get(pk=run.sync_id)
        stop(row, "broken", run.code, run.message, run.details)
    _tell(run)
    if again and run.state != "cancelled":
        _send(run.sync)


def _send(sync: Sync) -> None:
    row = Sync.objects.select_related("dataset").get(pk=sync.pk)
    if row.state == "active" and row.dataset.version_id is not None:
        start(row, actor=SYSTEM, cause="build")


def build_ended(dataset: Dataset, build: DatasetBuild | None) -> None:
    """Send the syncs of a dataset that follow its builds, once a new version is published."""
    if build is None or build.state != "published":
        return
    for sync in Sync.objects.filter(dataset=dataset, state="active").order_by("pk"):
        if definition_of(sync).is_after_build:
            _send(sync)


def _tell(run: SyncRun) -> None:
    """Tell the owner of a change of state, once (Y41, Y63)."""
    sync = Sync.objects.select_for_update().get(pk=run.sync_id)
    state = _state_of(run)
    if state is None or state == sync.told:
        return
    sync.told = state
    sync.save(update_fields=["told"])
    if state not in TITLES or sync.owner is None:
        return
    with translation.override(sync.owner.language):
        words = _sentence(run, state)
        _notify(sync, state, words, page_of(run), cause=f"sync_run:{run.pk}")


def _state_of(run: SyncRun) -> str | None:
    """What the owner knows of a sync; None: this run says nothing about it."""
    if run.state in ("failed", "held"):
        return run.state
    if run.state == "cancelled" or run.arguments.get("keys"):
        return None
    if stuck_of(run.sync):
        return "stuck"
    if run.facts.get("many_failed"):
        return "many"
    return "partial" if run.state == "partial" else "good"


def stuck_of(sync: Sync) -> int:
    """Rows that failed so many runs in a row."""
    stuck = sync.faults.filter(status="failed", tries__gte=STUCK, given_up_at=None)
    return stuck.count()


def _sentence(run: SyncRun, state: str) -> str:
    if state in ("many", "partial"):
        counts: dict[str, Any] = {"refused": run.refused, "failed": run.failed, "rows": run.rows}
        return gettext(LEFT).format(**counts)
    if state == "stuck":
        return gettext(STUCK_WORDS).format(number=stuck_of(run.sync), times=STUCK)
    return said(run.message, run.details) if run.message else ""


def _notify(sync: Sync, state: str, sentence: str, link: str, *, cause: str) -> None:
    if sync.owner_id is not None:
        title = gettext(TITLES[state]).format(name=sync.name)
        notify(sync.owner_id, NOTICE, title=title, sentence=sentence, link=link, cause=cause)


def tell_of_quiet_syncs() -> int:
    """Tell owners of active syncs without a run for three usual intervals; how many (Y63)."""
    told = 0
    for sync in Sync.objects.filter(state="active").select_related("owner").order_by("pk"):
        usual = usual_interval(sync)
        last = sync.runs.filter(is_preview=False).order_by("-id").first()
        if usual is None or last is None:
            continue
        quiet = now() - last.requested_at
        if quiet > INTERVALS * usual:
            language = sync.owner.language if sync.owner else None
            with transaction.atomic(), translation.override(language):
                hour = timedelta(hours=1)
                words = gettext(QUIET).format(
                    hours=round(quiet / hour, 1), usual=round(usual / hour, 1)
                )
                cause = f"sync_quiet:{sync.pk}:{last.pk}"
                _notify(sync, "quiet", words, f"/syncs/{sync.name}/", cause=cause)
            told += 1
    return told


def usual_interval(sync: Sync) -> timedelta | None:
    """How often a sync is sent; None where that cannot be said yet, or it is sent by hand."""
    definition = definition_of(sync)
    if not definition.is_after_build and not definition.schedule.cron:
        return None
    times = list(
        sync.runs.filter(is_preview=False)
        .order_by("-id")
        .values_list("requested_at", flat=True)[:LOOKED_AT]
    )
    seconds = [(later - earlier).total_seconds() for later, earlier in pairwise(times)]
    return timedelta(seconds=median(seconds)) if len(seconds) >= LEAST else None
