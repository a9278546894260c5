"""What follows from the end of a run: its state, who is told, which sources are read next."""

from datetime import timedelta
from itertools import pairwise
from statistics import median

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM
from tresse.accounts.answers import said
from tresse.jobs.changes import notify
from tresse.jobs.models import Job
from tresse.jobs.runs import broken_off, took
from tresse.kernel.clock import now
from tresse.kernel.marks import N_
from tresse.sources.changes.runs import extract, page_of
from tresse.sources.extraction.publishing import give_up
from tresse.sources.extraction.registries import FOLLOWERS
from tresse.sources.models import LIVE, Rejection, Source, SourceRun

NOTICE = "source"
"Kind of notification."
READ = ("published", "unchanged")
TITLES = {
    "failed": N_("{name} could not be read"),
    "held": N_("{name} waits for your decision"),
    "rejected": N_("Rows of {name} were rejected"),
    "quiet": N_("{name} has brought nothing new"),
}
REJECTED = N_("{number} of the {rows} rows read were rejected. They are kept, each with why.")
QUIET = N_("The last new rows came {days} days ago; usually they come every {usual} days.")
QUIET_HOURS = N_("The last new rows came {hours} hours ago; usually they come every {usual} hours.")
INTERVALS = 10
TIMES = 3
"How many usual intervals without anything new are odd (S116)."
LEAST_INTERVALS = 3


def end_run(job: Job) -> None:
    """Bring a run in line with how its job ended, in the transaction that ends the job.

    A run that published, found nothing new or is held has said so itself, in the transaction that
    did it; all else is said here.
    """
    run = (
        SourceRun.objects.select_for_update(of=("self",))
        .select_related("source")
        .filter(pk=job.arguments.get("run_id"))
        .first()
    )
    if run is None:
        return
    if run.state in LIVE:
        _broken_off(run, job)
    asked_again = bool(run.arguments.pop("again", False))
    run.log = list(job.log)
    run.save()
    _tell(run)
    for follower in FOLLOWERS:
        follower.ended(run)
    if run.state in READ:
        _read_next(run)
    if asked_again and run.state != "cancelled":
        extract(run.source, actor=SYSTEM, cause="after", cause_name=run.source.name)


def _broken_off(run: SourceRun, job: Job) -> None:
    """A run that failed or was cancelled: the old version stays, what was read goes (S71)."""
    broken_off(run, job)
    run.seconds = took(run)
    give_up(run)


def _read_next(run: SourceRun) -> None:
    """Read the sources that come after this one (S114)."""
    followers = run.source.followers.filter(is_enabled=True, is_reviewed=True).order_by("pk")
    for source in followers:
        extract(source, actor=SYSTEM, cause="after", cause_name=run.source.name)


def _tell(run: SourceRun) -> None:
    """Tell the owner of a change of state, once (S116)."""
    source = Source.objects.select_for_update().get(pk=run.source_id)
    state = _state_of(run)
    if state is None or state == source.told:
        return
    source.told = state
    source.save(update_fields=["told"])
    if state in TITLES and source.owner is not None:
        with translation.override(source.owner.language):
            words = _sentence(run, state)
            _notify(source, state, words, page_of(run), cause=f"source_run:{run.pk}")


def _state_of(run: SourceRun) -> str | None:
    """What the owner knows of a source; None: this run says nothing about it."""
    if run.state in ("failed", "held"):
        return run.state
    if run.state not in READ:
        return None
    rejected = Rejection.objects.filter(run=run, state=Rejection.OPEN).exists()
    return "rejected" if rejected else "good"


def _sentence(run: SourceRun, state: str) -> str:
    if state == "rejected":
        return gettext(REJECTED).format(number=run.rejected, rows=run.read)
    return said(run.message, run.details) if run.message else ""


def _notify(source: Source, state: str, sentence: str, link: str, *, cause: str) -> None:
    if source.owner_id is None:
        return
    title = gettext(TITLES[state]).format(name=source.name)
    notify(source.owner_id, NOTICE, title=title, sentence=sentence, link=link, cause=cause)


def tell_of_quiet_sources() -> int:
    """Tell owners of sources that brought nothing new for three usual intervals; how many (S116).

    The usual interval is the median between the last eleven versions. Each quiet time is told once.
    """
    told = 0
    for source in Source.objects.filter(is_enabled=True, version__isnull=False).order_by("pk"):
        usual = usual_interval(source)
        if usual is None or source.version is None:
            continue
        quiet = now() - source.version.created_at
        if quiet > TIMES * usual:
            cause = f"source_quiet:{source.pk}:{source.version_id}"
            link = f"/sources/{source.name}/"
            language = source.owner.language if source.owner else None
            with transaction.atomic(), translation.override(language):
                _notify(source, "quiet", _quiet_words(quiet, usual), link, cause=cause)
            told += 1
    return told


def usual_interval(source: Source) -> timedelta | None:
    """How often a source brings something new; None where that cannot be said yet."""
    newest = source.versions.order_by("-number").values_list("created_at", flat=True)
    times = list(newest[: INTERVALS + 1])
    seconds = [(later - earlier).total_seconds() for later, earlier in pairwise(times)]
    return timedelta(seconds=median(seconds)) if len(seconds) >= LEAST_INTERVALS else None


def _quiet_words(quiet: timedelta, usual: timedelta) -> str:
    if usual >= timedelta(days=1):
        return gettext(QUIET).format(days=quiet.days, usual=round(usual / timedelta(days=1)))
    hour = timedelta(hours=1)
    return gettext(QUIET_HOURS).format(hours=round(quiet / hour, 1), usual=round(usual / hour, 1))
