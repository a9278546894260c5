"""An erasure that is killed anywhere, goes on, and is whole (D91)."""

from typing import Any

import pytest

from tests.datasets.erasing.worlds import EMAIL, golden, holding_files, revenue, world
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.erasures import erase, find
from tresse.datasets.erasing import run as running
from tresse.datasets.erasing import versions
from tresse.datasets.models import Erasure
from tresse.jobs.changes import recover
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here


class Killed(BaseException):
    """As `kill -9`: nothing of ours may catch it."""


class Deadly:
    """Lets the process die at the n-th call of a function, before it or after it."""

    def __init__(self, real: Any, at: int, *, after: bool) -> None:
        self.real, self.left, self.after = real, at, after

    def __call__(self, *args: Any, **named: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed
        answer = self.real(*args, **named)
        if self.left == 0:
            raise Killed
        return answer


POINTS: dict[str, tuple[Any, str, int, bool]] = {
    "before a source is noted": (running, "note_source", 2, False),
    "after golden records of a version are cut": (versions, "rewrite", 57, True),
    "before members of the published one are cut": (versions, "rewrite", 76, False),
    "before the database is compacted": (running, "_compact", 1, False),
}


@pytest.mark.parametrize("point", POINTS)
def test_an_erasure_killed_anywhere_ends_as_an_undisturbed_one(monkeypatch, home, point):
    """D91: one resumable job; after `kill -9` the next attempt leaves nothing."""
    made = world()
    before = revenue()
    row = erase(find(made["people"], EMAIL, actor=SYSTEM), actor=SYSTEM)
    owner, name, at, after = POINTS[point]
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, Deadly(getattr(owner, name), at, after=after))
        with pytest.raises(Killed):
            run_here(row.job, show=lambda _: None)

    recover()
    run_here(Job.objects.get(pk=row.job.pk), show=lambda _: None)

    row = Erasure.objects.get(pk=row.pk)
    assert (row.state, row.removed) == ("done", row.found)
    assert [each["_keys"] for each in golden(made["people"])] == [["shop/2"], ["till/T2"]]
    assert revenue() == before
    assert holding_files(home) == []
    assert "scope" not in Job.objects.get(pk=row.job.pk).arguments
