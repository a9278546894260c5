"""Taking an import or a bulk change back from the command line."""

from typing import Any

import click
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.jobs.queries import fresh
from tresse.jobs.worker import run_here
from tresse.kernel.marks import N_
from tresse.records.changes.undo import ENDED, check_undo
from tresse.records.changes.undo import undo as undo_change
from tresse.records.undo.shown import report_of
from tresse.records.undo.sources import undoable_named

GOOD = ("checked", "done", "partial")
PRINTED = 20
"Items that stay as they are and are printed; with `--json` all of them are."
PLANNED = N_(
    "{reversed} would be taken back, {kept} kept because they were edited since, {failed} failed."
)


@click.command()
@click.argument("what", metavar="ID")
@click.option("--dry-run", is_flag=True, help="Say what would be taken back; change nothing.")
@acting
def undo(actor: Actor, answer: Answer, what: str, *, dry_run: bool) -> None:
    """Take an import or a bulk change back: ID is that of an import, or bulk:ID, change:ID."""
    begin = check_undo if dry_run else undo_change
    row = begin(undoable_named(what, actor), actor=actor)
    if row.job_id is not None and fresh(row.job_id).is_live:
        run_here(fresh(row.job_id))
        row.refresh_from_db()
    counts = {"reversed": row.reversed, "kept": row.kept, "failed": row.failed}
    report = report_of(row, actor=actor)
    sentence = gettext(PLANNED) if dry_run else gettext(ENDED)
    answer(report, sentence.format(**counts), *_lines(report))
    if row.state not in GOOD:
        raise SystemExit(1)


def _lines(report: dict[str, Any]) -> list[str]:
    """The first items that stay as they are: contact 12, city: value_changed_since."""
    staying = [*report["kept_because_edited"], *report["failed"]]
    lines = [
        f"{each['object']} {each['id']}"
        + "".join(f", {each[name]}" for name in ("property", "relation", "other_id") if each[name])
        + f": {each['code']}"
        for each in staying[:PRINTED]
    ]
    return lines + [f"… {len(staying) - PRINTED}"] * (len(staying) > PRINTED)


COMMANDS = (undo,)
