"""Exports from the command line."""

import json
import shutil
from pathlib import Path
from typing import Any

import click

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.jobs.models import Job
from tresse.jobs.progress import Shown
from tresse.jobs.worker import run_here
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.transfers import changes
from tresse.transfers.changes.exporting import path_of
from tresse.transfers.models import Export
from tresse.transfers.refusals import EXPORT_FAILED

FORMATS = {
    ".csv": "csv",
    ".txt": "txt",
    ".tsv": "txt",
    ".tab": "txt",
    ".xlsx": "xlsx",
    ".ods": "ods",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"Format by the ending of the file's name; CSV for any other."


@click.command("export")
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--columns", help="Properties, joined by commas; all if left out.")
@click.option("--filter", "filter_", help="In the filter language, as JSON or @FILE.")
@click.option("--view", default="", help="Records and columns of this saved view.")
@click.option("--segment", default="", help="Only members of this segment.")
@click.option("--list", "list_", default="", help="Only members of this list.")
@click.option("--no-links", is_flag=True, help="Without association columns.")
@click.option(
    "--associations", help="Association types, joined by commas; those in use if left out."
)
@click.option(
    "--with-names", is_flag=True, help="A column with titles beside each association column."
)
@click.option("--form", default="", help="names: headers by name; brevo: one link per row.")
@click.option("--keys", default="id", help="In association cells: id, email, external_id or title.")
@click.option("--delimiter", default=",", help="Of CSV: ',' or ';'.")
@click.option("--decimal", default=".", help="Decimal sign of CSV and TXT: '.' or ','.")
@click.option("--no-guard", is_flag=True, help="No ' before texts that look like formulas.")
@acting
def export(*, actor: Actor, answer: Answer, object_name: str, file: Path, **flags: Any) -> None:
    """Write records to FILE (.csv, .txt, .xlsx, .ods, .jsonl) with ids and association columns."""
    asked = {
        "columns": _names(flags["columns"]),
        "associations": _names(flags["associations"]),
        "filter": _filter(flags["filter_"]),
        "view": flags["view"],
        "segment": flags["segment"],
        "list": flags["list_"],
        "with_links": not flags["no_links"],
        "with_names": flags["with_names"],
        "form": flags["form"],
        "keys": flags["keys"],
        "format": FORMATS.get(file.suffix.lower(), "csv"),
        "delimiter": flags["delimiter"],
        "decimal": flags["decimal"],
        "guard": not flags["no_guard"],
    }
    row, job = changes.add_export(object_name, file_name=file.name, asked=asked, actor=actor)
    shown = Shown(file.name)
    run_here(job, show=None if answer.as_json else shown)
    shown.end()
    row = Export.objects.get(pk=row.pk)
    if row.state != "done":
        reason = Job.objects.get(pk=job.pk).error or row.state
        raise EXPORT_FAILED(file=file.name, reason=reason)
    shutil.copyfile(path_of(row.pk), file)
    fields = {"export_id": row.pk, "rows": row.rows, "columns": row.columns}
    fields |= {"bytes": row.size_bytes, "seconds": round(row.seconds, 3)}
    answer(fields, f"{row.rows} rows, {len(row.columns)} columns: {file}")


def _names(text: str | None) -> list[str] | None:
    return [each.strip() for each in text.split(",")] if text else None


def _filter(text: str | None) -> Any:
    if not text:
        return None
    given = Path(text[1:]).read_text() if text.startswith("@") else text
    try:
        return json.loads(given)
    except json.JSONDecodeError:
        raise WRONG_VALUE(name="--filter", wanted=N_("JSON or @FILE"), value=given) from None


COMMANDS: tuple[click.Command, ...] = (export,)
