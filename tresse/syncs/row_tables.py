"""Runs of syncs and what became of their rows, as tables that `tresse rows` prints (Y60)."""

from collections.abc import Iterator, Mapping
from typing import Any

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.records.row_tables import RowTable, Wanted, rows_among
from tresse.syncs.models import COUNTERS, SyncRow, SyncRun
from tresse.syncs.queries import READ
from tresse.syncs.told import row_told, run_row

RUNS: Mapping[str, str] = {
    "id": "pk",
    "sync": "sync__name",
    "version": "number",
    "mode": "mode",
    "state": "state",
    "cause": "cause",
    "author": "author__email",
    "total": "rows",
    **{name: name for name in COUNTERS},
    "calls": "calls",
    "bytes": "bytes",
    "seconds": "seconds",
    "code": "code",
    "message": "",
    "job": "job_id",
    "requested_at": "requested_at",
    "started_at": "started_at",
    "ended_at": "ended_at",
}
"Columns of `sync_runs`, and by which of ours each is found; empty: it is only shown."
ROWS: Mapping[str, str] = {
    "id": "pk",
    "sync": "sync__name",
    "run": "run_id",
    "key": "key",
    "_id": "golden_id",
    "class": "sort",
    "status": "status",
    "remote": "remote",
    "code": "code",
    "field": "field",
    "message": "",
    "tries": "tries",
    "at": "at",
}
"The same of `sync_rows`."


def _runs(actor: Actor, wanted: Wanted) -> Iterator[dict[str, Any]]:
    require_right(actor, READ)
    found = SyncRun.objects.filter(is_preview=False).select_related("sync", "author")
    return rows_among(found, RUNS, wanted, run_row)


def _sent(actor: Actor, wanted: Wanted) -> Iterator[dict[str, Any]]:
    require_right(actor, READ)
    found = SyncRow.objects.select_related("sync")
    return rows_among(found, ROWS, wanted, lambda row: row_told(row, row.sync.name))


TABLES = (
    RowTable("sync_runs", tuple(RUNS), _runs),
    RowTable("sync_rows", tuple(ROWS), _sent),
)
