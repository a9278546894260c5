"""Runs the jobs of a test in its own process."""

from tresse.jobs.models import Job
from tresse.jobs.worker import run_here
from tresse.kernel import clock


def run_jobs():
    """Run what is due, one after the other."""
    due = Job.objects.filter(state="queued", run_at__lte=clock.now()).order_by("id")
    while job := due.first():
        run_here(job)
