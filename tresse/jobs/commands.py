"""Jobs and the worker from the command line."""

import signal
import threading

import click
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting, say
from tresse.jobs import changes, queries
from tresse.jobs.facts import STATE_LABELS, all_facts_of, facts_of, label_of
from tresse.jobs.models import Job
from tresse.jobs.progress import watch
from tresse.jobs.worker import end_with, listening, run

SHOWN = 50
NOT_CARRIED_OUT = ("failed", "cancelled")


@click.command("jobs")
@click.argument("job_id", type=int, required=False)
@click.option("--wait", is_flag=True, help="Wait until the job has ended.")
@click.option("--cancel", is_flag=True, help="Cancel the job; what it has done stays.")
@acting
def jobs(*, actor: Actor, answer: Answer, job_id: int | None, wait: bool, cancel: bool) -> None:
    """Background work: all you may see, or one job with its log."""
    if job_id is None:
        if wait or cancel:
            message = "--wait and --cancel need a JOB_ID."
            raise click.UsageError(message)
        found = list(queries.jobs_of(actor)[:SHOWN])
        answer({"jobs": [facts_of(job) for job in found]}, *(line_of(job) for job in found))
        return
    job = queries.job(job_id, actor=actor)
    if cancel:
        job = changes.cancel(job_id, actor=actor)
    if wait:
        job = watch(job)
    log = [f"{at[:19]} {text}" for at, text in job.log]
    answer({"jobs": [all_facts_of(job)]}, line_of(job), *log, *filter(None, [job.error]))
    if wait and not cancel and job.state in NOT_CARRIED_OUT:
        raise SystemExit(1)


def line_of(job: Job) -> str:
    """A job on one line, for people."""
    total = f" / {job.total}" if job.total is not None else ""
    state = gettext(STATE_LABELS[job.state].label)
    author = job.author.email if job.author else "–"
    return f"{job.pk:>6}  {state:<12} {label_of(job)}: {job.target}  {job.done}{total}  {author}"


@click.command("worker")
@click.option("--until-idle", is_flag=True, help="End when nothing waits any more.")
@click.option("--beside", type=int, hidden=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def worker(*, until_idle: bool, beside: int | None, as_json: bool) -> None:
    """Do background work until told to stop. Any number of workers may run at once."""
    stop = threading.Event()
    if beside is not None:
        end_with(beside, stop)
    if not until_idle:
        say(gettext("Working. Ctrl-C ends it; what is begun goes on later where it stopped."))
    with listening({signal.SIGTERM: stop, signal.SIGINT: stop}):
        ran = run(until_idle=until_idle, stop=stop)
    Answer(as_json=as_json)({"jobs": ran}, gettext("{number} jobs were run.").format(number=ran))


COMMANDS = (jobs, worker)
