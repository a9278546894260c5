"""What is dropped when its time has come: files of imports, drafts nobody ran, reports (T75)."""

import shutil
from datetime import timedelta
from pathlib import Path

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Q

from tresse.kernel.clock import now
from tresse.transfers.keeping import FILE_KEPT, REPORT_KEPT
from tresse.transfers.models import Import, ImportFinding
from tresse.transfers.prepare import folder_of
from tresse.transfers.stage import Stage

IDLE = ("draft", "checked", "done", "failed", "cancelled", "undone")
"States in which no job may have the file in hand."
PIECE = 10_000


def clear_imports() -> dict[str, int]:
    """Drop files after 30 days, with them imports that wrote nothing, and reports after 24 months.

    A cancelled or failed import whose file is gone can no longer be resumed.
    """
    files = drafts = reports = 0
    old = Q(finished_at__lt=now() - FILE_KEPT) | Q(
        finished_at=None, created_at__lt=now() - FILE_KEPT
    )
    for row in Import.objects.filter(old, state__in=IDLE).order_by("id").iterator():
        folder = folder_of(row.pk)
        if folder.exists():
            Stage(row.pk, folder).remove()
            shutil.rmtree(folder, ignore_errors=True)
            files += 1
        if row.change_set_id is None:
            _drop(row)
            drafts += 1
    ended = Import.objects.filter(state__in=IDLE, created_at__lt=now() - REPORT_KEPT)
    for row in ended.order_by("id").iterator():
        _drop(row)
        reports += 1
    return {"files": files, "drafts": drafts, "reports": reports, "left_over": _clear_left_over()}


def _drop(row: Import) -> None:
    """A report with its findings, in pieces, so that nobody waits for the one write lock."""
    while True:
        few = list(row.findings.values_list("pk", flat=True)[:PIECE])
        if not few:
            break
        with transaction.atomic():
            ImportFinding.objects.filter(pk__in=few).delete()
    row.delete()


def _clear_left_over() -> int:
    """Folders of imports that are no more; one made today may be of a row that is being written."""
    home = Path(django_settings.HOME) / "imports"
    if not home.exists():
        return 0
    yesterday = (now() - timedelta(days=1)).timestamp()
    there = {
        int(each.name): each
        for each in home.iterdir()
        if each.name.isdecimal() and each.stat().st_mtime < yesterday
    }
    known = set(Import.objects.values_list("pk", flat=True))
    left = [folder for id, folder in there.items() if id not in known]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)
