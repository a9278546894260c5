"""Where a run keeps what it has read, until its version is published."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from tresse.sources.versions import house, owner_of

CORRECTED = "corrected.csv"
"The corrected file of a run that reads rejected rows again."


def root() -> Path:
    """The folder of all of them."""
    return Path(settings.HOME) / "extraction"


def place(run_id: int) -> Path:
    """The folder of one run; it may not exist."""
    return root() / str(run_id)


def made(run_id: int) -> Path:
    """The folder of one run, made if it is not there."""
    folder = place(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def clear(run_id: int) -> None:
    """Remove what a run kept; nothing there is no fault."""
    shutil.rmtree(place(run_id), ignore_errors=True)


def forget(source_id: int, run_ids: Iterable[int]) -> None:
    """Remove all files of a source that is no more: its versions, and what its runs kept."""
    for run_id in run_ids:
        clear(run_id)
    house().remove_owner(owner_of(source_id))
