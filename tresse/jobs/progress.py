"""Shows how far a job is, on standard error: a bar on a terminal, else a line every 5 seconds."""

import time
from collections.abc import Callable

import click
from django.utils.translation import gettext

from tresse.accounts.commandline import is_terminal, say
from tresse.jobs.models import Job
from tresse.jobs.queries import fresh
from tresse.jobs.work import Progress

LINE_SECONDS = 5.0
WATCH_SECONDS = 0.5
WIDTH = 30

Show = Callable[[Progress], None]


class Shown:
    """Call it as often as there is something new: `Shown("contacts.csv")(work.progress)`."""

    def __init__(self, name: str = "", *, terminal: bool | None = None) -> None:
        self._name = name
        self._terminal = is_terminal() if terminal is None else terminal
        self._began = self._said = time.monotonic()
        self._drawn = False

    def __call__(self, progress: Progress) -> None:
        """Draw the bar anew, or say a line if the last one is five seconds old."""
        moment = time.monotonic()
        text = figures(progress.done, progress.total, moment - self._began)
        if self._terminal:
            click.echo(f"\r\033[K{self._name} {bar(progress)} {text}".rstrip(), err=True, nl=False)
            self._drawn = True
        elif moment - self._said >= LINE_SECONDS:
            say(f"{self._name} {text}".strip())
            self._said = moment

    def end(self) -> None:
        """Leave the last bar where it is and go on below."""
        if self._drawn:
            click.echo("", err=True)
            self._drawn = False


def bar(progress: Progress) -> str:
    """A bar of characters; empty as long as the total is not known."""
    if not progress.total:
        return ""
    filled = min(WIDTH, WIDTH * progress.done // progress.total)
    return "█" * filled + "░" * (WIDTH - filled)


def figures(done: int, total: int | None, seconds: float) -> str:
    """Done of total and the time it took, in words."""
    shown = {"done": f"{done:,}", "total": f"{total or 0:,}", "seconds": f"{seconds:.0f}"}
    if total is None:
        return gettext("{done} done, {seconds} s").format(**shown)
    return gettext("{done} of {total}, {seconds} s").format(**shown)


def watch(job: Job, *, show: Show | None = None) -> Job:
    """Wait until a job has ended, showing how far it is; answers its end."""
    shown = Shown(job.target)
    while job.is_live:
        (show or shown)(Progress(job.done, job.total))
        time.sleep(WATCH_SECONDS)
        job = fresh(job.pk)
    shown.end()
    return job
