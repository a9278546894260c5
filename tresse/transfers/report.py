"""The report of an import: what the command, REST and the page say of it (T76 to T78)."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from tresse.transfers.counters import Counters
from tresse.transfers.files import FileForm, rows
from tresse.transfers.mapping.words import ERROR_FILE
from tresse.transfers.models import Import, ImportFinding
from tresse.transfers.prepare import file_of, stored_form
from tresse.transfers.queries import (
    codes_of,
    facts_of_finding,
    findings_of,
    message_of,
    streamed,
)

SHOWN = 1_000
"Findings in the answer of a command; all of them are in the file of findings."
ENDED = ("done", "failed", "cancelled")


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
    facts["plan"] = {
        name: row.plan_facts.get(name)
        for name in ("changes", "unknown_options", "new_options", "pairs_without_type")
    }
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
        writer.writerow(["" if facts[name] is None else facts[name] for name in names])
        number += 1
    return number


def write_error_file(row: Import, out: TextIO) -> int:
    """Rows with a finding of level row, cell or link, as in the file, with five columns more (T77).

    Same delimiter and header; UTF-8. Answers how many rows.
    """
    if not row.form:
        return 0  # The file was never opened, so no row of it is known.
    form = stored_form(row)
    writer = csv.writer(out, delimiter=form.delimiter)
    if form.has_header:
        writer.writerow([*form.titles, *ERROR_FILE])
    wanted = _by_line(streamed(findings_of(row).filter(level__in=("row", "cell", "link"))))
    number = 0
    current = next(wanted, None)
    for line, cells in _lines(row, form):
        while current is not None and current[0] < line:
            current = next(wanted, None)
        if current is None:
            break
        if current[0] == line:
            writer.writerow([*cells, *_told(line, current[1])])
            number += 1
    return number


def _lines(row: Import, form: FileForm) -> Iterator[tuple[int, Sequence[str]]]:
    """Every row with its line number, unreadable ones too, in the order of the file."""
    for chunk in rows(file_of(row.pk), form):
        good = list(zip(chunk.lines, chunk.rows, strict=True))
        # A row with too few cells is filled up, so that what is added stands under its header.
        bad = [
            (each.line, [*each.cells, *[""] * (form.width - len(each.cells))])
            for each in chunk.rejected
        ]
        both: list[tuple[int, Sequence[str]]] = [*good, *bad]
        yield from sorted(both, key=lambda each: each[0]) if bad else both


def _by_line(
    findings: Iterator[ImportFinding],
) -> Iterator[tuple[int, list[ImportFinding]]]:
    line, group = 0, list[ImportFinding]()
    for finding in findings:
        if group and finding.line != line:
            yield line, group
            group = []
        line = finding.line
        group.append(finding)
    if group:
        yield line, group


def _told(line: int, findings: Sequence[ImportFinding]) -> list[str]:
    def joined(texts: list[str]) -> str:
        return "; ".join(dict.fromkeys(filter(None, texts)))

    return [
        str(line),
        joined([each.code for each in findings]),
        joined([each.column for each in findings]),
        joined([each.value for each in findings]),
        joined([each.hint or message_of(each) for each in findings]),
    ]


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
