"""What a decision asks for: a build, so that it shows in the golden records."""

from tresse.accounts.actor import Actor
from tresse.datasets.changes.builds import build
from tresse.datasets.models import Dataset
from tresse.jobs.models import Job


def rebuild(dataset: Dataset, actor: Actor) -> Job | None:
    """Have a dataset built after a decision, in the decision's transaction.

    It is an incremental build, which works the touched components out. One that waits takes the
    decision in; one that goes on is followed by another. A dataset that was never built is left
    alone: its first build takes every decision in.
    """
    if dataset.version_id is None:
        return None
    _, job = build(dataset, actor=actor, cause="decision")
    return job
