"""What a build reads before it begins: records of this installation that feed it (D1a)."""

from collections.abc import Iterable

from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.crm_sources import make_sources
from tresse.datasets.models import Dataset
from tresse.jobs.work import Work
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.sources.changes.runs import extract
from tresse.sources.models import Source


def read_crm(datasets: Iterable[Dataset], work: Work) -> list[Source]:
    """Read what changed in the CRM since its sources were read, each as a run of its own.

    Sources that a dataset needs and that are not there are made. One that cannot be read now is
    left as it was: the build says so if it has nothing to go on with.

    Returns:
        Those that were read.
    """
    read = []
    for source in make_sources(datasets):
        if not source.is_enabled or not source.is_reviewed:
            continue
        work.check_cancelled()
        try:
            _, job = extract(source, actor=SYSTEM, cause="system")
        except TresseError:  # it was switched off meanwhile; its run says what else there is
            continue
        ended = run_here(job)
        if ended.state != "done":
            work.log(f"{source.name}: {ended.state}")
        read.append(source)
    return read
