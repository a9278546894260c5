"""Runs of syncs and what became of their rows, as tables that `tresse rows` prints (Y60)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.kernel.errors import WRONG_VALUE
from tresse.records.row_tables import RowTable, Wanted
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
CHUNK = 2_000


def _runs(actor: Actor, wanted: Wanted) -> Iterator[dict[str, Any]]:
    found = SyncRun.objects.filter(is_preview=False).select_related("sync", "author")
    return _rows(found, RUNS, wanted, actor, run_row)


def _sent(actor: Actor, wanted: Wanted) -> Iterator[dict[str, Any]]:
    found = SyncRow.objects.select_related("sync")
    return _rows(found, ROWS, wanted, actor, lambda row: row_told(row, row.sync.name))


def _rows(
    found: QuerySet[Any],
    columns: Mapping[str, str],
    wanted: Wanted,
    actor: Actor,
    told: Callable[[Any], dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    require_right(actor, READ)
    for name, value in wanted.equal.items():
        field = _field(columns, name)
        given = list(value) if isinstance(value, list | tuple) else [value]
        try:
            found = found.filter(**{f"{field}__in": given})
        except (TypeError, ValueError):
            fits = gettext("a value of its sort")
            raise WRONG_VALUE(name=name, wanted=fits, value=str(value)[:80]) from None
    order = [F("pk").desc()]
    if wanted.sort:
        by = F(_field(columns, wanted.sort.removeprefix("-")))
        order.insert(0, by.desc() if wanted.sort.startswith("-") else by.asc())
    found = found.order_by(*order)
    chosen = found[: wanted.limit] if wanted.limit else found
    return (told(row) for row in chosen.iterator(CHUNK))


def _field(columns: Mapping[str, str], name: str) -> str:
    if not columns[name]:
        wanted = gettext("one of {known}").format(
            known=", ".join(each for each, field in columns.items() if field)
        )
        raise WRONG_VALUE(name=gettext("A filter or order"), wanted=wanted, value=name)
    return columns[name]


TABLES = (
    RowTable("sync_runs", tuple(RUNS), _runs),
    RowTable("sync_rows", tuple(ROWS), _sent),
)
