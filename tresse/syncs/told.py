"""Syncs, runs and rows as programs are told of them: REST, and the rows of the command line."""

import json
from typing import Any

from tresse.accounts.answers import said
from tresse.syncs.models import COUNTERS, Sync, SyncFault, SyncRow, SyncRun
from tresse.syncs.running.run import answer
from tresse.syncs.stored import facts_of


def sync_told(row: Sync) -> dict[str, Any]:
    """A sync with its definition, state and last run."""
    last = row.last_run
    return {
        "name": row.name,
        "dataset": row.dataset.name,
        "destination": row.kind,
        "target": row.target,
        "state": row.state,
        "code": row.code,
        "message": said(row.message, row.details) if row.message else "",
        "definition": facts_of(row),
        "revision": row.revision,
        "owner": row.owner.email if row.owner else None,
        "failed_rows": getattr(row, "open_faults", 0),
        "next_at": row.schedule.next_at if row.schedule else None,
        "last_run": run_told(last, of=row) if last else None,
    }


def run_told(run: SyncRun, *, of: Sync | None = None, log: bool = False) -> dict[str, Any]:
    """A run with its counts; `log` adds what it said while it ran, and examples of a preview."""
    if of is not None:
        run.sync = of
    facts = answer(run)
    facts |= {
        "mode": run.mode,
        "preview": run.is_preview,
        "first": run.is_first,
        "cause": run.cause,
        "author": run.author.email if run.author else None,
        "job": run.job_id,
        "facts": run.facts,
        "calls": run.calls,
        "bytes": run.bytes,
        "code": run.code,
        "message": said(run.message, run.details) if run.message else "",
        "requested_at": run.requested_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
    }
    if log:
        facts |= {"log": run.log, "examples": run.examples}
    return facts


def run_row(run: SyncRun) -> dict[str, Any]:
    """A run as a row of `sync_runs` (Y60)."""
    return {
        "id": run.pk,
        "sync": run.sync.name,
        "version": run.number,
        "mode": run.mode,
        "state": run.state,
        "cause": run.cause,
        "author": run.author.email if run.author else None,
        "total": run.rows,
        **{name: getattr(run, name) for name in COUNTERS},
        "calls": run.calls,
        "bytes": run.bytes,
        "seconds": run.seconds,
        "code": run.code,
        "message": said(run.message, run.details) if run.message else "",
        "job": run.job_id,
        "requested_at": run.requested_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
    }


def row_told(row: SyncRow, sync: str) -> dict[str, Any]:
    """A row of a run (Y60)."""
    details = json.loads(row.details) if row.message else {}
    return {
        "id": row.pk,
        "sync": sync,
        "run": row.run_id,
        "key": row.key,
        "_id": row.golden_id,
        "class": row.sort,
        "status": row.status,
        "remote": row.remote,
        "code": row.code,
        "field": row.field,
        "message": said(row.message, details) if row.message else "",
        "tries": row.tries,
        "at": row.at,
    }


def fault_told(row: SyncFault, sync: str) -> dict[str, Any]:
    """A row that could not be sent (Y40)."""
    return {
        "sync": sync,
        "run": row.run_id,
        "key": row.key,
        "_id": row.golden_id,
        "class": row.sort,
        "status": row.status,
        "code": row.code,
        "field": row.field,
        "message": said(row.message, row.details) if row.message else "",
        "tries": row.tries,
        "first_at": row.first_at,
        "last_at": row.last_at,
        "given_up_at": row.given_up_at,
        "given_up_by": row.given_up_by.email if row.given_up_by else None,
        "reason": row.reason,
    }
