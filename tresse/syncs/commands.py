"""Sending a sync from the command line (`cli.md`)."""

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
from tresse.syncs.changes.runs import asked, preview
from tresse.syncs.models import TAKEN_OVER, SyncRun
from tresse.syncs.queries import sync_named
from tresse.syncs.running.run import answer as facts_of
from tresse.syncs.running.run import examples_of

ENDINGS: Mapping[str, str] = {
    "done": N_("{sync}: everything is as it should be."),
    "partial": N_("{sync}: some rows were not sent. Each is listed: tresse rows sync_rows"),
    "held": N_("{sync}: the run waits for you: tresse sync {sync} --confirm {version}"),
    "failed": N_("{sync}: the run failed."),
    "cancelled": N_("{sync}: the run was cancelled; what was sent stands."),
}
PREVIEWED = N_("{sync}: nothing was sent; a run would do this:")
TAKEN = N_(
    "{sync}: nothing was sent. Rows found there and taken as sent: {taken_over}; not found, so "
    "that the next run adds them: {not_found}."
)
COUNTS = N_(
    "{total} rows: {added} added, {changed} changed, {unchanged} unchanged, {refused} refused, "
    "{failed} failed; {removed} removed, {retried} tried again."
)
NOT_DONE = ("failed", "cancelled", "held")
"How a run may end that makes the command exit with 1; with --strict also `partial`."
SHOWN = 20


@click.command("sync")
@click.argument("name", metavar="SYNC")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
@click.option("--resume", is_flag=True, help="Go on with a run that was cancelled or failed.")
@click.option("--confirm", type=int, metavar="VERSION", help="Let a held run through its brake.")
@click.option("--take-over", is_flag=True, help="Send nothing; take what is there as sent.")
@click.option("--strict", is_flag=True, help="Exit with 1 if any row was not sent.")
@acting
def sync_(
    *,
    actor: Actor,
    answer: Answer,
    name: str,
    dry_run: bool,
    resume: bool,
    confirm: int | None,
    take_over: bool,
    strict: bool,
) -> None:
    """Send the changes of a dataset, such as: sync contacts_to_crm."""
    row = sync_named(name, actor)
    shown = Shown(row.name)
    watch = None if answer.as_json else shown
    if dry_run:
        run = preview(row, actor=actor)
        if run.is_live and run.job is not None:
            run_here(run.job, show=watch)
    else:
        run, job = asked(row, actor=actor, goes_on=resume, confirmed=confirm, take_over=take_over)
        run_here(job, show=watch)
    shown.end()
    run.refresh_from_db()
    answer(told(run), *lines_of(run))
    if run.state in NOT_DONE or (strict and run.state == "partial"):
        raise SystemExit(1)


def is_taken_over(run: SyncRun) -> bool:
    """Whether a run took what is there as sent, to its end (Y12)."""
    return bool(run.arguments.get("take_over")) and run.state == "done"


def told(run: SyncRun) -> dict[str, Any]:
    """What the command answers of a run; of a preview also its rows and brakes."""
    facts = facts_of(run)
    if run.code:
        facts |= {"code": run.code, "message": said(run.message, run.details)}
    if is_taken_over(run):
        facts |= {name: run.facts.get(name, 0) for name in TAKEN_OVER}
    if run.is_preview:
        facts |= {
            "rows": [
                {"class": sort, **_row(each)} for sort, rows in examples_of(run) for each in rows
            ],
            "brakes": [
                {"code": each["code"], "message": said(each["message"], each["details"])}
                for each in run.facts.get("brakes", ())
            ],
            "calls": run.calls,
        }
    return facts


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    fields: Mapping[str, list[Any]] = row.get("fields", {})
    facts: dict[str, Any] = {
        "key": row["key"],
        "before": {name: both[0] for name, both in fields.items()},
        "after": {name: both[1] for name, both in fields.items()},
    }
    if row.get("code"):
        facts |= {"code": row["code"], "message": said(row["message"], row["details"])}
    return facts


def lines_of(run: SyncRun) -> list[str]:
    """The same for people."""
    facts = told(run)
    counts = {key: f"{value:,}" for key, value in facts.items() if isinstance(value, int)}
    if is_taken_over(run):
        return [gettext(TAKEN).format(**{**facts, **counts})]
    ending = PREVIEWED if run.is_preview and run.state != "failed" else ENDINGS[run.state]
    lines = [gettext(ending).format(**facts)]
    if "message" in facts:
        lines.append(facts["message"])
    if run.state != "failed":
        lines.append(gettext(COUNTS).format(**counts))
    lines += [each["message"] for each in facts.get("brakes", ())]
    for each in facts.get("rows", ())[:SHOWN]:
        after = ", ".join(f"{name}={value}" for name, value in each["after"].items())
        lines.append(f"{each['class']:>9}  {each['key']}  {each.get('message', after)}"[:160])
    return lines


COMMANDS: tuple[click.Command, ...] = (sync_,)
