"""What follows from the end of a build, and of a reading of a source (S115)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM
from tresse.accounts.answers import said
from tresse.datasets.builds.publishing import give_up
from tresse.datasets.builds.registries import FOLLOWERS
from tresse.datasets.changes.builds import build, live_build, page_of
from tresse.datasets.feeding import feeding_sources
from tresse.datasets.models import LIVE, Dataset, DatasetBuild
from tresse.datasets.stored import definition_of
from tresse.jobs.changes import notify
from tresse.jobs.models import Job
from tresse.jobs.runs import broken_off, took
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.sources.models import LIVE as READING
from tresse.sources.models import Source, SourceRun

NOTICE = "dataset"
"Kind of notification."
DONE = ("published", "unchanged")
TITLES = {
    "failed": N_("{name} could not be built"),
    "held": N_("{name} waits for your decision"),
}


def end_builds(job: Job) -> None:
    """Bring builds in line with how their job ended, in the transaction that ends the job.

    A build that published, found nothing new or is held has said so itself, in the transaction
    that did it; all else is said here.
    """
    ids = job.arguments.get("build_ids", [])
    rows = DatasetBuild.objects.select_for_update(of=("self",)).select_related("dataset")
    asked_again = []
    for row in rows.filter(pk__in=ids).order_by("pk"):
        if row.state in LIVE:
            _broken_off(row, job)
        if row.arguments.pop("again", False) and row.state != "cancelled":
            asked_again.append(row.dataset)
        row.log = list(job.log)
        row.save()
        _tell(row)
        for follower in FOLLOWERS:
            follower.ended(row.dataset, row)
    if asked_again:
        build(asked_again, actor=SYSTEM, cause="after", cause_name=asked_again[0].name)


def _broken_off(row: DatasetBuild, job: Job) -> None:
    """A build that failed or was cancelled: the old version stays, what was made goes (D84)."""
    broken_off(row, job)
    row.seconds, row.number = took(row), None
    give_up(row)


def _tell(row: DatasetBuild) -> None:
    """Tell the owner of a change of state, once (as S116)."""
    dataset = Dataset.objects.select_for_update().get(pk=row.dataset_id)
    state = row.state if row.state in TITLES else "good" if row.state in DONE else ""
    if not state or state == dataset.told:
        return
    dataset.told = state
    dataset.save(update_fields=["told"])
    owner = dataset.owner
    if state not in TITLES or owner is None:
        return
    with translation.override(owner.language):
        notify(
            owner.pk,
            NOTICE,
            title=gettext(TITLES[state]).format(name=dataset.name),
            sentence=said(row.message, row.details) if row.message else "",
            link=page_of(row),
            cause=f"dataset_build:{row.pk}",
        )


def build_due(work: Work) -> dict[str, Any] | None:
    """Ask for a build of the dataset whose time has come; one that goes on is joined (D84)."""
    dataset = Dataset.objects.filter(pk=work.arguments["dataset_id"], is_enabled=True).first()
    if dataset is None:
        return None
    [made], job = build(dataset, actor=SYSTEM, cause="schedule")
    return {"build": made.pk, "job": job.pk}


def source_ended(run: SourceRun) -> None:
    """Build what a source feeds, once its other sources are read too (S115).

    A dataset is built the first time by a person or a schedule (D1a); one with times of its own is
    built then, one that comes after a source after that one alone.
    """
    if run.state in READING:
        return
    for dataset in _following(run.source):
        if run.cause == "system" and live_build(dataset):
            continue  # which reads it before it begins
        sources = feeding_sources(dataset)
        if _are_read(sources) and _has_news(dataset, sources):
            build(dataset, actor=SYSTEM, cause="after", cause_name=run.source.name)


def _following(source: Source) -> Iterable[Dataset]:
    found = Dataset.objects.filter(is_enabled=True, version__isnull=False).order_by("pk")
    for dataset in found.select_related("version", "rules"):
        when = definition_of(dataset).schedule
        if when.cron or (when.after and when.after != source.name):
            continue
        if source.pk in {each.pk for each in feeding_sources(dataset)} or when.after:
            yield dataset


def _are_read(sources: QuerySet[Source]) -> bool:
    """Whether none of them is being read, or waits to be."""
    return not SourceRun.objects.filter(source__in=sources, state__in=READING).exists()


def _has_news(dataset: Dataset, sources: QuerySet[Source]) -> bool:
    if dataset.version is None:
        return False
    known = dataset.version.inputs
    numbers = sources.filter(version__isnull=False).values_list("name", "version__number")
    return any(known.get(name) != number for name, number in numbers)
