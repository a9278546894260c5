"""Runs of sources and their refused rows as tables that `tresse rows` prints (S111)."""

from collections.abc import Iterator, Mapping
from typing import Any

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.records.row_tables import RowTable, Wanted, rows_among
from tresse.sources.models import COUNTERS, Rejection, SourceRun
from tresse.sources.queries import READ
from tresse.sources.refused_order import ORDER
from tresse.sources.told import rejection_told, run_row

RUNS: Mapping[str, str] = {
    "id": "pk",
    "source": "source__name",
    "state": "state",
    "mode": "mode",
    "full": "is_full",
    "cause": "cause",
    "cause_name": "cause_name",
    "author": "author__email",
    "version": "number",
    "cursor_from": "",
    "cursor_to": "",
    "files": "files",
    **{name: name for name in COUNTERS},
    "bytes": "bytes",
    "seconds": "seconds",
    "peak_bytes": "peak_bytes",
    "warnings": "",
    "code": "code",
    "message": "",
    "job": "job_id",
    "requested_at": "requested_at",
    "started_at": "started_at",
    "ended_at": "ended_at",
}
"Columns of `source_runs`, and by which of ours each is found; empty: it is only shown."
REJECTIONS: Mapping[str, str] = {
    "id": "pk",
    "run": "run_id",
    "source": "source__name",
    "file": "file__path",
    "line": "line",
    "key": "key",
    "column": "column",
    "value": "value",
    "code": "code",
    "message": "",
    "state": "state",
    "raw": "",
    "created_at": "created_at",
}
"The same of `source_rejections`."


def _runs(actor: Actor, wanted: Wanted) -> Iterator[dict[str, Any]]:
    require_right(actor, READ)
    found = SourceRun.objects.select_related("source", "author")
    return rows_among(found, RUNS, wanted, run_row)


def _rejections(actor: Actor, wanted: Wanted) -> Iterator[dict[str, Any]]:
    require_right(actor, READ)
    found = Rejection.objects.select_related("source", "file")
    return rows_among(
        found, REJECTIONS, wanted, lambda row: rejection_told(row, row.source.name), ORDER
    )


TABLES = (
    RowTable("source_runs", tuple(RUNS), _runs),
    RowTable("source_rejections", tuple(REJECTIONS), _rejections),
)
