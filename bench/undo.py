"""Undo of an import of contacts with links, beside the import: half are created, half updated.

The bar: an undo takes at most the time of its import (T74, `docs/reference/benchmarks.md`).
"""

import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection

from bench.import_contacts import Waiter, companies, lines, write
from bench.measured import cpu_seconds
from tresse.accounts.queries import first_administrator
from tresse.jobs.queries import fresh
from tresse.jobs.worker import run_here
from tresse.objects.described import data_model
from tresse.records.changes import update_record
from tresse.records.models import Undo
from tresse.transfers import changes
from tresse.transfers.models import Import

ROWS = 1_000_000
EDITED = 3


def _done(row: Import, job: Any) -> Import:
    run_here(job, show=lambda _: None)
    row.refresh_from_db()
    if row.state not in ("checked", "done"):
        message = f"The import ended {row.state}: {row.error}"
        raise RuntimeError(message)
    return row


def _imported(path: Path, actor: Any) -> Import:
    row = changes.add_import("contacts", file=path, file_name=path.name, actor=actor)
    row = _done(*changes.check_import(row, actor=actor))
    return _done(*changes.run_import(row, actor=actor))


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand, which should be fresh.

    Returns:
        Fields of `tresse bench`; `floor_ratio`: time of the undo to that of check and run of the
        import.
    """
    actor = first_administrator()
    ids = companies(max(rows // 50, 10))
    waiter = Waiter()
    with TemporaryDirectory() as folder:
        half, whole = Path(folder) / "half.csv", Path(folder) / "contacts.csv"
        write(half, lines(rows // 2, ids, seed=1, step=2, start=0))
        write(whole, lines(rows, ids, seed=2, step=1, start=0))
        first = _imported(half, actor)
        began, cpu = time.perf_counter(), cpu_seconds()
        row = _imported(whole, actor)
        imported, imported_cpu = time.perf_counter() - began, cpu_seconds() - cpu
    _edit_some(first.first_id or 0, actor)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    waiter.start()
    began, cpu = time.perf_counter(), cpu_seconds()
    undo = changes.undo_import(row, actor=actor)
    if undo.job_id:
        run_here(fresh(undo.job_id), show=lambda _: None)
    seconds, undo_cpu = time.perf_counter() - began, cpu_seconds() - cpu
    waiter.stop()
    undo = Undo.objects.get(pk=undo.pk)
    if undo.state != "partial":
        message = f"The undo ended {undo.state}"
        raise RuntimeError(message)
    return {
        "name": "undo",
        "database": connection.vendor,
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "import_seconds": round(imported, 2),
        "floor_ratio": round(seconds / imported, 2),
        "cpu_seconds": round(undo_cpu, 2),
        "import_cpu_seconds": round(imported_cpu, 2),
        "cpu_ratio": round(undo_cpu / imported_cpu, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "peak_mib_before": before,
        "longest_wait_seconds": round(waiter.longest, 3),
        "reversed": undo.reversed,
        "kept": undo.kept,
        "failed": undo.failed,
        "links_removed": undo.links_removed,
    }


def _edit_some(first: int, actor: Any) -> None:
    """A few of the updated records are edited after the import."""
    model = data_model()
    contact = model.object("contact")
    for id in range(first, first + EDITED):
        update_record(model, contact, id, values={"street": "Elsewhere"}, actor=actor)
