"""Runs of sources and their refused rows as tables that `tresse rows` prints (S111)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.kernel.errors import WRONG_VALUE
from tresse.records.row_tables import RowTable, Wanted
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
CHUNK = 2_000


def _runs(actor: Actor, wanted: Wanted) -> Iterator[dict[str, Any]]:
    found = SourceRun.objects.select_related("source", "author")
    return _rows(found, RUNS, wanted, actor, run_row)


def _rejections(actor: Actor, wanted: Wanted) -> Iterator[dict[str, Any]]:
    found = Rejection.objects.select_related("source", "file")
    return _rows(
        found, REJECTIONS, wanted, actor, lambda row: rejection_told(row, row.source.name), ORDER
    )


def _rows(
    found: QuerySet[Any],
    columns: Mapping[str, str],
    wanted: Wanted,
    actor: Actor,
    told: Callable[[Any], dict[str, Any]],
    order: Sequence[OrderBy] = (F("pk").desc(),),
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
    if wanted.sort:
        by = F(_field(columns, wanted.sort.removeprefix("-")))
        is_falling = wanted.sort.startswith("-")
        order = (by.desc() if is_falling else by.asc(), *order)
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
    RowTable("source_runs", tuple(RUNS), _runs),
    RowTable("source_rejections", tuple(REJECTIONS), _rejections),
)
