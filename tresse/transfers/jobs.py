"""Background work of this room: checks, runs and exports."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.jobs.kinds import JobKind
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.transfers.changes.checking import check, end_check
from tresse.transfers.changes.exporting import end_export, ending, export
from tresse.transfers.changes.running import end_run, run
from tresse.transfers.counters import Counters
from tresse.transfers.limits import imports_at_once
from tresse.transfers.models import Import

ENDING = N_("{created} created, {updated} updated, {failed} failed, {links} links made.")


def run_check(work: Work) -> Mapping[str, Any]:
    """Plan an import."""
    row = check(work)
    return {"import_id": row.pk, "planned": row.planned}


def run_import(work: Work) -> Mapping[str, Any]:
    """Run an import, planning it first if that was not done."""
    row = run(work)
    return {"import_id": row.pk, "counters": row.counters, "sentence": _ending(row)}


def run_export(work: Work) -> Mapping[str, Any]:
    """Write an export."""
    row = export(work)
    return {"export_id": row.pk, "rows": row.rows, "sentence": ending(row)}


def _ending(row: Import) -> str:
    counters = Counters.read(row.counters)
    return gettext(ENDING).format(
        created=counters.created,
        updated=counters.updated,
        failed=counters.failed,
        links=counters.links["created"],
    )


def check_ended(job: Job) -> None:
    """Bring the import's state in line with how its check ended."""
    end_check(job)


def run_ended(job: Job) -> None:
    """Bring the import's state in line with how its run ended."""
    end_run(job)


def export_ended(job: Job) -> None:
    """Bring the export's state in line with how its job ended."""
    end_export(job)


KINDS = (
    JobKind("import_check", N_("Check of an import"), run_check, ended=check_ended),
    JobKind("import_run", N_("Import"), run_import, run_ended, "import", imports_at_once),
    JobKind("export", N_("Export"), run_export, ended=export_ended, notice="export"),
)
