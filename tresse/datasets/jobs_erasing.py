"""The job that erases a person, and who keeps them from coming back (D91, S103)."""

from collections.abc import Mapping
from typing import Any

from tresse.datasets.changes.erasures import ERASE, end_erasure
from tresse.datasets.erasing.run import run
from tresse.datasets.erasing.tombstones import erased
from tresse.jobs.kinds import JobKind
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.sources.extraction.registries import Tombstones


def run_erasure(work: Work) -> Mapping[str, Any]:
    """Erase a person everywhere."""
    return run(work)


def erasure_ended(job: Job) -> None:
    """Bring the erasure in line with how its job ended."""
    end_erasure(job)


KINDS = (JobKind(ERASE, N_("Erasure of a person"), run_erasure, ended=erasure_ended),)
TOMBSTONES = (Tombstones("datasets", erased),)
