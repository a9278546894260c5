"""Asking for suggestions (D64): a job that looks for likely duplicates, for the review only."""

from django.db import transaction

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.changes.decisions import MANAGE
from tresse.datasets.models import Dataset
from tresse.datasets.queries import published
from tresse.datasets.suggestions.model import is_there
from tresse.datasets.suggestions.refusals import BAD_THRESHOLD, NO_SPLINK
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job

SUGGEST = "suggest"
"Kind of the job."
THRESHOLD = 0.9
"Least probability that two golden records are one, unless said otherwise."


def ask_for_suggestions(dataset: Dataset, *, actor: Actor, threshold: float = THRESHOLD) -> Job:
    """Look for golden records that are likely one, as a job; one that goes on is joined.

    What it finds enters the review; nothing is merged by itself.

    Args:
        dataset: A built one.
        actor: Needs `datasets.manage`.
        threshold: Least probability, 0.5 to 1.

    Raises:
        TresseError: `not_permitted`, `not_built`, `wrong_value`, `suggestions_missing`.
    """
    require_right(actor, MANAGE)
    published(dataset)
    if not 0.5 <= threshold <= 1:
        raise BAD_THRESHOLD(value=threshold)
    if not is_there():
        raise NO_SPLINK()
    with transaction.atomic():
        return jobs.enqueue(
            SUGGEST,
            arguments={"dataset_id": dataset.pk, "threshold": threshold},
            actor=actor,
            target=dataset.name,
            link=f"/datasets/{dataset.name}/review/",
            unique=f"{SUGGEST}:{dataset.pk}",
        )
