"""Background work of this room: builds, what asks for them, and what is cleared up."""

from collections.abc import Mapping
from typing import Any

from tresse.datasets.builds.run import run
from tresse.datasets.changes.builds import KIND
from tresse.datasets.changes.clearing import clear_datasets
from tresse.datasets.changes.endings import NOTICE, build_due, end_builds, source_ended
from tresse.datasets.changes.schedules import DUE
from tresse.datasets.models import DatasetVersion
from tresse.datasets.queries import live_inputs
from tresse.jobs.kinds import JobKind, NotificationKind, StandingSchedule
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.sources.extraction.registries import Follower, VersionUsers
from tresse.sources.models import Source


def run_build(work: Work) -> Mapping[str, Any]:
    """Build datasets, and publish them together."""
    return run(work)


def build_ended(job: Job) -> None:
    """Bring the builds in line with how their job ended."""
    end_builds(job)


def run_clearing(_work: Work) -> Mapping[str, Any]:
    """Forget old builds and versions."""
    return clear_datasets()


def versions_read(source: Source) -> list[int]:
    """Versions of a source that builds read, and those that kept versions were built from."""
    inputs = [*DatasetVersion.objects.values_list("inputs", flat=True), *live_inputs()]
    numbers = {each.get(source.name) for each in inputs}
    kept = source.versions.filter(number__in=numbers - {None})
    return list(kept.values_list("pk", flat=True))


KINDS = (
    JobKind(KIND, N_("Build of a dataset"), run_build, ended=build_ended),
    JobKind(DUE, N_("Start of a build"), build_due),
    JobKind("clear_datasets", N_("Clearing up of datasets"), run_clearing),
)
SCHEDULES = (StandingSchedule("clear_datasets", kind="clear_datasets", cron="11 4 * * *"),)
NOTIFICATIONS = (NotificationKind(NOTICE, N_("Dataset"), "layers"),)
SOURCE_FOLLOWERS = (Follower("datasets", source_ended),)
SOURCE_VERSION_USERS = (VersionUsers("datasets", versions_read),)
