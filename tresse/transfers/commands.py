"""Imports from the command line (`cli.md`, section 2)."""

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
from tresse.transfers import changes, queries
from tresse.transfers.activities import import_model
from tresse.transfers.error_file import write_error_file
from tresse.transfers.mapping.template import read_template
from tresse.transfers.models import Import, ImportFinding
from tresse.transfers.refusals import ASSOCIATE_OR_DISSOCIATE
from tresse.transfers.report import (
    counters_of,
    facts_of,
    lines_of,
    report,
    write_findings,
)
from tresse.transfers.samples import write_sample
from tresse.transfers.template_contents import of_template

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
    asked = _asked(flags, object_name, actor)
    row = changes.add_import(object_name, file=file, file_name=file.name, actor=actor, **asked)
    begin = changes.check_import if dry_run else changes.run_import
    row, job = begin(row, actor=actor)
    if flags["save_template"]:
        changes.keep_template(row, name=flags["save_template"], actor=actor)
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
        write_error_file(row, errors)
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


def _asked(flags: Mapping[str, Any], object_name: str, actor: Actor) -> dict[str, Any]:
    """Arguments of `add_import`: those of a file or template, flags over them."""
    content: Any = {}
    if flags["template"]:
        row = queries.template_named(flags["template"], actor=actor)
        object = import_model(object_name).object(object_name)
        kept = of_template(row, object=object, actor=actor)
        content = kept.content
        for sentence in kept.sentences:
            click.echo(sentence, err=True)
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
        write_error_file(row, errors)
    answer(report(row), *lines_of(row))


@click.command("resume")
@click.argument("import_id", type=int)
@acting
def resume(*, actor: Actor, answer: Answer, import_id: int) -> None:
    """Go on with an import that was cancelled, failed or killed."""
    row = queries.import_with_id(import_id, actor=actor)
    row, job = changes.resume_import(row, actor=actor)
    _told(_run(row, job, answer), answer, errors=None, strict=False)


@click.command("sample")
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(path_type=Path))
@acting
def sample(*, actor: Actor, answer: Answer, object_name: str, file: Path) -> None:
    """Write a sample file to be filled in and imported, such as: sample contacts people.xlsx."""
    format = file.suffix.lower().removeprefix(".") or "csv"
    columns = write_sample(object_name, format, file, actor=actor)
    answer({"columns": columns}, f"{file}: {len(columns)} columns")


COMMANDS: tuple[click.Command, ...] = (import_, imports, sample, resume)
