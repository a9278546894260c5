"""The report of an import: what the command, REST and the page say of it (T76 to T78)."""

import csv
from typing import Any, TextIO

from tresse.transfers.counters import Counters
from tresse.transfers.files.texts import guarded
from tresse.transfers.models import Import
from tresse.transfers.queries import (
    codes_of,
    facts_of_finding,
    findings_of,
    streamed,
)

SHOWN = 1_000
"Findings in the answer of a command; all of them are in the file of findings."
ENDED = ("done", "failed", "cancelled")
PLAN_FACTS = (
    "changes",
    "unknown_options",
    "new_options",
    "pairs_without_type",
    "email_companies",
)


def counters_of(row: Import) -> Counters:
    """Counters of the run, or of the check where nothing ran yet."""
    has_run = row.state in ("running", "done", "cancelled", "undoing", "undone") or row.cursor
    return Counters.read((row.counters if has_run else row.planned) or {})


def facts_of(row: Import) -> dict[str, Any]:
    """Fields of `tresse import` but the findings themselves."""
    counters = counters_of(row)
    return {
        "import_id": row.pk,
        "object": row.object_name,
        "file": row.file_name,
        "state": row.state,
        "author": row.author.email if row.author else None,
        "started": row.started_at or row.created_at,
        "finished": row.finished_at,
        "rows": counters.rows,
        "created": counters.created,
        "updated": counters.updated,
        "unchanged": counters.unchanged,
        "repeated": counters.repeated,
        "skipped": counters.skipped,
        "failed": counters.failed,
        "blank": counters.blank,
        "links": counters.links,
        "links_by_pair": counters.pairs,
        "through_links": counters.through,
        "cells_left_out": counters.cells_left_out,
        "primary_links": counters.primary_links,
        "replaced_links": counters.replaced_links,
        "companies_by_domain": counters.companies_by_domain,
        "seconds": round(row.seconds, 3),
    }


def report(row: Import) -> dict[str, Any]:
    """All fields, with the first findings, planned numbers and findings by code."""
    found = findings_of(row)
    facts = facts_of(row)
    facts["planned"] = row.planned
    facts["settings"] = row.settings
    facts["codes"] = codes_of(row)
    facts["plan"] = {name: row.plan_facts.get(name) for name in PLAN_FACTS}
    facts["errors"] = [facts_of_finding(each) for each in found[:SHOWN]]
    if row.error_code:
        facts["code"], facts["message"] = row.error_code, row.error.get("message", "")
    return facts


def write_findings(row: Import, out: TextIO) -> int:
    """All findings as CSV, one line each (T78); answers how many."""
    writer = csv.writer(out)
    names = ("level", "line", "sheet", "column", "value", "code", "message", "hint", "record_id")
    writer.writerow(names)
    number = 0
    for finding in streamed(findings_of(row)):
        facts = facts_of_finding(finding)
        # Header and value are of the file, where anything may stand (T84).
        facts |= {name: guarded(facts[name] or "") for name in ("column", "value", "hint")}
        writer.writerow(["" if facts[name] is None else facts[name] for name in names])
        number += 1
    return number


def lines_of(row: Import) -> list[str]:
    """The report in a few lines for people."""
    facts, links = facts_of(row), counters_of(row).links
    outcome = ", ".join(
        f"{facts[name]} {name}"
        for name in ("created", "updated", "unchanged", "repeated", "skipped", "failed")
        if facts[name]
    )
    linked = ", ".join(
        f"{number} {name.replace('_', ' ')}" for name, number in links.items() if number
    )
    lines = [f"{row.file_name}: {row.state}", f"{facts['rows']} rows: {outcome or '–'}"]
    if linked:
        lines.append(f"Links: {linked}")
    for name, each in facts["through_links"].items():
        lines.append(f"Through links: {each['created']} {name} created, {each['updated']} updated")
    return lines
