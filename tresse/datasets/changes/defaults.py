"""Making the datasets that are there from the start (D1)."""

from django.db import transaction

from tresse.datasets.changes.datasets import made
from tresse.datasets.defaults import DATASETS
from tresse.datasets.models import Dataset
from tresse.datasets.parsing import parsed


@transaction.atomic
def make_defaults() -> None:
    """Make what is missing of the datasets that are there from the start; nothing is built.

    A name that somebody gave to a dataset of their own stays theirs.
    """
    there = set(Dataset.objects.values_list("name", flat=True))
    for item in DATASETS:
        if item["name"] not in there:
            made(parsed(item), owner_id=None, is_builtin=True)
