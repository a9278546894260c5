"""When a dataset is built by itself: at times; `endings` has it follow its sources (S115)."""

from tresse.accounts.actor import SYSTEM
from tresse.accounts.queries import account
from tresse.datasets.models import Dataset
from tresse.jobs.changes import add_schedule, remove_schedule
from tresse.sources.definition import When

DUE = "build_due"
"Job kind that asks for a build when a schedule says so."


def schedule_of(dataset: Dataset) -> str:
    """Name of the schedule of a dataset."""
    return f"dataset:{dataset.pk}"


def set_times(dataset: Dataset, when: When) -> None:
    """Have a dataset built at its times; a disabled one, or one without times, is not.

    Datasets are of the house, not of a person: their schedules go on when their author leaves.
    """
    if when.cron and dataset.is_enabled:
        dataset.schedule = add_schedule(
            schedule_of(dataset),
            kind=DUE,
            actor=SYSTEM,
            arguments={"dataset_id": dataset.pk},
            target=dataset.name,
            cron=when.cron,
            zone=when.zone or account().zone,
        )
    else:
        dataset.schedule = None
        remove_schedule(schedule_of(dataset))
    Dataset.objects.filter(pk=dataset.pk).update(schedule=dataset.schedule)
