"""Imports and exports from the command line (`cli.md`, section 2)."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import yaml
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.jobs.models import Job
from tresse.jobs.progress import Shown
from tresse.jobs.worker import run_here
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.transfers import changes, queries
from tresse.transfers.changes.exporting import path_of
from tresse.transfers.changes.templates import template_named
from tresse.transfers.mapping.template import read_template
from tresse.transfers.models import Export, Import, ImportFinding
from tresse.transfers.refusals import ASSOCIATE_OR_DISSOCIATE, EXPORT_FAILED
from tresse.transfers.report import (
    counters_of,
    facts_of,
    lines_of,
    report,
    write_error_file,
    write_findings,
)

NOT_CARRIED_OUT = ("failed", "cancelled")
PRINTED = 20
"Findings that are printed; all of them are in the file of findings."
READING = ("sheet", "encoding", "delimiter", "zone")


@click.command("import")
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "map_file", type=click.File(), help="Mapping and settings from a file.")
@click.option("--template", help="Mapping and settings from a saved template.")
@click.option("--save-template", help="Keep mapping and settings under this name.")
@click.option("--sheet", help="Name of the sheet.")
@click.option("--encoding", help="Such as cp1250; found by itself if left out.")
@click.option("--delimiter", help="Such as ';'; found by itself if left out.")
@click.option("--no-header", is_flag=True, help="The first line is data.")
@click.option("--zone", help="Time zone of times without one.")
@click.option("--match", help="Keys in order, joined by commas; a set is first_name+last_name.")
@click.option("--mode", help="upsert, create or update.")
@click.option("--links", multiple=True, help="associate, dissociate or ignore.")
@click.option("--missing", help="Missing records to link: finding, create or upsert.")
@click.option("--existing", help="Existing links: keep or replace.")
@click.option("--pairs", help="all or own.")
@click.option("--erase-empty", is_flag=True, help="Empty cells empty the property.")
@click.option("--all-or-nothing", is_flag=True, help="Write nothing if anything is refused.")
@click.option("--fire-automations", is_flag=True, help="Let automations see the changes.")
@click.option("--to-list", help="A list that every record of the file joins.")
@click.option("--set", "more", multiple=True, metavar="NAME=VALUE", help="Any other setting.")
@click.option("--dry-run", is_flag=True, help="Check only; nothing is written.")
@click.option("--errors", type=click.Path(path_type=Path), help="Write the error file here.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a row failed.")
@acting
def import_(  # one parameter per flag of the command line
    *,
    actor: Actor,
    answer: Answer,
    object_name: str,
    file: Path,
    dry_run: bool,
    errors: Path | None,
    strict: bool,
    **flags: Any,
) -> None:
    """Import one file into one object type, such as: import contacts people.csv."""
    asked = _asked(flags)
    row = changes.add_import(object_name, file=file, file_name=file.name, actor=actor, **asked)
    if flags["save_template"]:
        content = {**asked["settings"], "reading": asked["reading"]}
        content |= {"match": list(asked["match"]), "columns": asked["mapping"]}
        changes.save_template(flags["save_template"], content=content, actor=actor)
    begin = changes.check_import if dry_run else changes.run_import
    row, job = begin(row, actor=actor)
    _told(_run(row, job, answer), answer, errors=errors, strict=strict)


def _run(row: Import, job: Job, answer: Answer) -> Import:
    shown = Shown(row.file_name)
    run_here(job, show=None if answer.as_json else shown)
    shown.end()
    row.refresh_from_db()
    return row


def _told(row: Import, answer: Answer, *, errors: Path | None, strict: bool) -> None:
    """Print the report, write the error file, exit as the outcome says."""
    if errors is not None:
        with errors.open("w", encoding="utf-8", newline="") as out:
            write_error_file(row, out)
    message = [row.error["message"]] if row.error.get("message") else []
    found = queries.findings_of(row)
    lines = [_line(each, row.file_name) for each in found[:PRINTED]]
    if (left := found.count() - PRINTED) > 0:
        lines.append(f"… and {left} more: tresse imports {row.pk} --findings FILE.csv")
    answer(report(row), *lines_of(row), *lines, *message)
    if row.state in NOT_CARRIED_OUT or (strict and counters_of(row).failed):
        raise SystemExit(1)


def _line(finding: ImportFinding, file_name: str) -> str:
    """A finding with its place and, where the sentence does not say it, what would be right."""
    hint = gettext(finding.hint) if finding.hint else ""
    return " ".join(filter(None, (queries.placed(finding, file_name), hint)))


def _asked(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `add_import`: those of a file or template, flags over them."""
    content: Any = {}
    if flags["template"]:
        content = template_named(flags["template"]).content
    if flags["map_file"] is not None:
        content = {**content, **_loaded(flags["map_file"])}
    template = read_template(content)
    settings = {**template.settings, **_flagged(flags)}
    reading = {**template.reading, **{n: flags[n] for n in READING if flags[n]}}
    if flags["no_header"]:
        reading["header"] = False
    match = flags["match"].split(",") if flags["match"] else list(template.match)
    return {
        "settings": settings,
        "mapping": dict(template.columns),
        "match": [key.strip() for key in match],
        "reading": reading,
    }


def _flagged(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Settings given by flags of their own, or by `--set`."""
    if len(set(flags["links"])) > 1:
        raise ASSOCIATE_OR_DISSOCIATE()
    names = ("mode", "missing", "existing", "pairs", "to_list")
    settings: dict[str, Any] = {name: flags[name] for name in names if flags[name]}
    switches = ("erase_empty", "all_or_nothing", "fire_automations")
    settings |= {name: True for name in switches if flags[name]}
    if flags["links"]:
        settings["links"] = flags["links"][0]
    for each in flags["more"]:
        name, sign, value = each.partition("=")
        if not sign:
            raise WRONG_VALUE(name="--set", wanted="NAME=VALUE", value=each)
        settings[name.replace("-", "_")] = value
    return settings


def _loaded(file: Any) -> Any:
    try:
        return yaml.safe_load(file) or {}
    except yaml.YAMLError as error:
        raise WRONG_VALUE(name=file.name, wanted="YAML", value=str(error)) from None


@click.command("imports")
@click.argument("import_id", type=int, required=False)
@click.option("--state", default="", help="Only those in this state.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, help="How many at most.")
@click.option("--findings", type=click.Path(path_type=Path), help="Write all findings as CSV.")
@click.option("--errors", type=click.Path(path_type=Path), help="Write the error file.")
@acting
def imports(
    *,
    actor: Actor,
    answer: Answer,
    import_id: int | None,
    state: str,
    limit: int,
    findings: Path | None,
    errors: Path | None,
) -> None:
    """Imports you may see, or one with its report."""
    if import_id is None:
        if findings or errors:
            message = "--findings and --errors need an IMPORT_ID."
            raise click.UsageError(message)
        found = list(queries.imports_of(actor, state=state)[:limit])
        lines = [
            f"{row.pk:>6}  {row.state:<10} {row.object_name}: {row.file_name}" for row in found
        ]
        answer({"imports": [facts_of(row) for row in found]}, *lines)
        return
    row = queries.import_with_id(import_id, actor=actor)
    if findings is not None:
        with findings.open("w", encoding="utf-8", newline="") as out:
            write_findings(row, out)
    if errors is not None:
        with errors.open("w", encoding="utf-8", newline="") as out:
            write_error_file(row, out)
    answer(report(row), *lines_of(row))


@click.command("resume")
@click.argument("import_id", type=int)
@acting
def resume(*, actor: Actor, answer: Answer, import_id: int) -> None:
    """Go on with an import that was cancelled, failed or killed."""
    row = queries.import_with_id(import_id, actor=actor)
    row, job = changes.resume_import(row, actor=actor)
    _told(_run(row, job, answer), answer, errors=None, strict=False)


@click.command("export")
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--columns", help="Properties, joined by commas; all if left out.")
@click.option("--filter", "filter_", help="In the filter language, as JSON or @FILE.")
@click.option("--segment", help="Only members of this segment.")
@click.option("--list", "list_", help="Only members of this list.")
@click.option("--no-links", is_flag=True, help="Without association columns.")
@click.option("--form", default="", help="names: headers by name; brevo: one link per row.")
@click.option("--keys", default="id", help="In association cells: id, email, external_id or title.")
@acting
def export(  # one parameter per flag of the command line
    *,
    actor: Actor,
    answer: Answer,
    object_name: str,
    file: Path,
    columns: str | None,
    filter_: str | None,
    segment: str | None,
    list_: str | None,
    no_links: bool,
    form: str,
    keys: str,
) -> None:
    """Write records to a CSV file, with ids and association columns."""
    asked = {
        "columns": [each.strip() for each in columns.split(",")] if columns else None,
        "filter": _filter(filter_, segment, list_),
        "with_links": not no_links,
        "form": form,
        "keys": keys,
    }
    row, job = changes.add_export(object_name, file_name=file.name, asked=asked, actor=actor)
    run_here(job, show=None)
    row = Export.objects.get(pk=row.pk)
    if row.state != "done":
        reason = Job.objects.get(pk=job.pk).error or row.state
        raise EXPORT_FAILED(file=file.name, reason=reason)
    shutil.copyfile(path_of(row.pk), file)
    fields = {"export_id": row.pk, "rows": row.rows, "columns": row.columns}
    fields |= {"bytes": row.size_bytes, "seconds": round(row.seconds, 3)}
    answer(fields, f"{row.rows} rows, {len(row.columns)} columns: {file}")


def _filter(text: str | None, segment: str | None, list_: str | None) -> Any:
    parts: list[Any] = []
    if text:
        parts.append(_filter_of(Path(text[1:]).read_text() if text.startswith("@") else text))
    parts += [{"segment": segment}] if segment else []
    parts += [{"list": list_}] if list_ else []
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"all": parts}


def _filter_of(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise WRONG_VALUE(name="--filter", wanted=N_("JSON or @FILE"), value=text) from None


COMMANDS: tuple[click.Command, ...] = (import_, imports, resume, export)
