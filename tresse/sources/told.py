"""Sources, their runs and refused rows as programs get them: over REST, as JSON of commands."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tresse.accounts.answers import said
from tresse.sources.changes.sources import Effect
from tresse.sources.detection import Detected
from tresse.sources.keys import KeyCounts, RelationCounts
from tresse.sources.models import COUNTERS, Rejection, SourceFile, SourceRun, SourceVersion
from tresse.sources.preview import Preview
from tresse.sources.proposals import Proposal
from tresse.sources.queries import Entry, new_columns
from tresse.sources.saying import column_said
from tresse.sources.stored import facts_of, resolved_of


def entry_told(entry: Entry) -> dict[str, Any]:
    """A source of the catalogue."""
    source, run = entry.source, entry.last_run
    return {
        "name": source.name,
        "connection": source.connection.name,
        "entity": source.entity,
        "enabled": source.is_enabled,
        "reviewed": source.is_reviewed,
        "revision": source.revision,
        "rows": entry.rows,
        "version": source.version.number if source.version else None,
        "state": run.state if run else None,
        "last_run": run.pk if run else None,
        "last_run_at": run.requested_at if run else None,
        "next_run_at": entry.next_at,
        "rejected": entry.rejected,
        "refused_files": entry.refused_files,
        "newest_modified_at": entry.newest_modified_at,
        "feeds": list(entry.feeds),
        "reads_again": source.needs_full,
        "definition": facts_of(source),
    }


def source_told(entry: Entry) -> dict[str, Any]:
    """One source, with the columns that are new at the other side (S51)."""
    read = [column.name for column in resolved_of(entry.source).columns or ()]
    return entry_told(entry) | {"new_columns": new_columns(entry.source, read)}


def effect_told(effect: Effect) -> dict[str, Any]:
    """What a changed definition would do."""
    return asdict(effect)


def run_told(run: SourceRun, *, log: bool = False) -> dict[str, Any]:
    """A run with its counters; the log if asked for."""
    return {
        "id": run.pk,
        "source": run.source.name,
        "state": run.state,
        "mode": run.mode,
        "full": run.is_full,
        "cause": run.cause,
        "cause_name": run.cause_name,
        "author": run.author.email if run.author else None,
        "version": run.number,
        "cursor_from": run.cursor_from,
        "cursor_to": run.cursor_to,
        "files": run.files,
        **{name: getattr(run, name) for name in COUNTERS},
        "bytes": run.bytes,
        "seconds": run.seconds,
        "peak_bytes": run.peak_bytes,
        "warnings": run.warnings,
        "code": run.code,
        "message": said(run.message, run.details) if run.message else "",
        "job": run.job_id,
        "requested_at": run.requested_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "log": run.log if log else None,
    }


def rejection_told(row: Rejection, source: str) -> dict[str, Any]:
    """A refused row."""
    return {
        "id": row.pk,
        "run": row.run_id,
        "source": source,
        "file": row.file.path if row.file else None,
        "line": row.line,
        "key": row.key,
        "column": row.column,
        "value": row.value,
        "code": row.code,
        "message": said(row.message, row.details) if row.message else "",
        "state": row.state,
        "raw": row.raw,
        "created_at": row.created_at,
    }


def file_told(row: SourceFile) -> dict[str, Any]:
    """A file that a run took."""
    return {
        "path": row.path,
        "size": row.size,
        "modified_at": row.modified_at,
        "date": row.file_date,
        "sha256": row.sha256,
        "state": row.state,
        "same_as": row.same_as.path if row.same_as else None,
        "form": row.form,
        "lines": row.lines,
        "rejected": row.rejected,
        "code": row.code,
        "message": said(row.message, row.details) if row.message else "",
        "afterwards": row.afterwards,
    }


def version_told(version: SourceVersion, published: int | None) -> dict[str, Any]:
    """A version."""
    return {
        "number": version.number,
        "rows": version.rows,
        "deleted": version.deleted,
        "bytes": version.bytes,
        "run": version.run_id,
        "columns": version.columns,
        "newest_modified_at": version.newest_modified_at,
        "created_at": version.created_at,
        "published": version.pk == published,
    }


def proposal_told(proposal: Proposal) -> dict[str, Any]:
    """What is proposed for a column."""
    return {
        **column_said(proposal.column),
        "rows": proposal.rows,
        "filled": proposal.filled,
        "null_words": dict(proposal.null_words),
        "asks_date_order": proposal.asks_date_order,
        "asks_point": proposal.asks_point,
        "formats": list(proposal.formats),
        "proposed_rules": list(proposal.rules),
        "examples": list(proposal.examples),
    }


def detected_told(detected: Detected) -> dict[str, Any]:
    """What was found out about something to read."""
    return {
        "rows": detected.rows,
        "is_whole": detected.is_whole,
        "files": list(detected.files),
        "files_found": detected.files_found,
        "rejected": detected.rejected,
        "record_key": list(detected.record_key),
        "created_at": detected.created_at,
        "modified_at": detected.modified_at,
        "cursor": detected.cursor,
        "columns": [proposal_told(each) for each in detected.proposals],
        "unreadable": detected.unreadable,
    }


def keys_told(counts: KeyCounts) -> dict[str, Any]:
    """Counts of a key."""
    return asdict(counts) | {"repeated": counts.repeated, "is_unique": counts.is_unique}


def relation_told(counts: RelationCounts | None) -> Mapping[str, Any] | None:
    """Counts of a relation; None where the other side was not read yet."""
    return None if counts is None else asdict(counts)


def preview_told(preview: Preview) -> dict[str, Any]:
    """Rows before and after, with counts."""
    return asdict(preview)


def run_row(run: SourceRun) -> dict[str, Any]:
    """A row of the table `source_runs` (S111)."""
    row = run_told(run)
    for name in ("cursor_from", "cursor_to", "warnings"):
        row[name] = json.dumps(row[name], ensure_ascii=False) if row[name] else ""
    del row["log"]
    return row
