"""Reading a source from the command line (`cli.md`)."""

from collections.abc import Mapping
from typing import Any

import click
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.answers import said
from tresse.accounts.commandline import Answer, acting
from tresse.jobs.progress import Shown
from tresse.jobs.worker import run_here
from tresse.kernel.marks import N_
from tresse.sources import queries
from tresse.sources.changes.runs import extract
from tresse.sources.extraction.run import answer as facts_of
from tresse.sources.models import COUNTERS, SourceRun
from tresse.sources.reported import Warned, warnings_of

ENDINGS: Mapping[str, str] = {
    "published": N_("{source}: version {version} is published."),
    "unchanged": N_("{source}: nothing new."),
    "held": N_("{source}: the run waits for your decision: tresse extract {source} --publish-held"),
    "failed": N_("{source}: nothing was published."),
    "cancelled": N_("{source}: the run was cancelled; nothing was published."),
    "skipped": N_("{source}: skipped."),
}
COUNTS = N_(
    "{read} read: {new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected, "
    "{superseded} superseded; {deleted} deleted."
)
NOT_DONE = ("failed", "cancelled", "held")
"How a run may end that makes the command exit with 1."


@click.command("extract")
@click.argument("name", metavar="SOURCE")
@click.option("--full", is_flag=True, help="Read everything, whatever was read before.")
@click.option("--publish-held", is_flag=True, help="Publish the run that waits for a decision.")
@acting
def extract_(*, actor: Actor, answer: Answer, name: str, full: bool, publish_held: bool) -> None:
    """Read a source, such as: extract shop_customers."""
    source = queries.source_named(name, actor)
    run, job = extract(source, actor=actor, full=full, publish_held=publish_held)
    shown = Shown(source.name)
    run_here(job, show=None if answer.as_json else shown)
    shown.end()
    run.refresh_from_db()
    answer(told(run), *lines_of(run))
    if run.state in NOT_DONE:
        raise SystemExit(1)


def told(run: SourceRun) -> dict[str, Any]:
    """What the command and the API answer of a run."""
    facts = facts_of(run)
    if run.code:
        facts |= {"code": run.code, "message": said(run.message, run.details)}
    return facts


def lines_of(run: SourceRun) -> list[str]:
    """The same for people."""
    facts = told(run)
    lines = [gettext(ENDINGS[run.state]).format(**facts)]
    if "message" in facts:
        lines.append(facts["message"])
    if run.read:
        counts = {name: f"{facts[name]:,}" for name in COUNTERS}
        lines.append(gettext(COUNTS).format(**counts))
    return [*lines, *map(_warning, warnings_of(run))]


def _warning(noticed: Warned) -> str:
    columns = f" ({noticed.columns})" if noticed.columns else ""
    return f"{noticed.number:>8,}  {noticed.words}{columns} {noticed.examples}".rstrip()


COMMANDS: tuple[click.Command, ...] = (extract_,)
