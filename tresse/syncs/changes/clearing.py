"""What this room forgets by itself: old runs and rows, and what killed runs left (Y60)."""

import shutil
from pathlib import Path

from django.conf import settings

from tresse.kernel.clock import now
from tresse.syncs.limits import KEPT
from tresse.syncs.models import LIVE, Sync, SyncRow, SyncRun

CHUNK = 5_000


def clear_syncs() -> dict[str, int]:
    """Forget runs and their rows after 90 days; rows that failed stay until they succeed."""
    rows = runs = 0
    old = now() - KEPT
    while ids := list(SyncRow.objects.filter(at__lt=old).values_list("pk", flat=True)[:CHUNK]):
        rows += SyncRow.objects.filter(pk__in=ids).delete()[0]
    last = Sync.objects.exclude(last_run=None).values("last_run")
    found = SyncRun.objects.filter(requested_at__lt=old).exclude(state__in=(*LIVE, "held"))
    for id in found.exclude(pk__in=last).values_list("pk", flat=True):
        SyncRun.objects.filter(pk=id).delete()
        runs += 1
    return {"rows": rows, "runs": runs, "places": _clear_places()}


def _clear_places() -> int:
    """Folders of stages of runs that have ended."""
    root = Path(settings.HOME) / "syncs"
    if not root.is_dir():
        return 0
    live = {str(id) for id in SyncRun.objects.filter(state__in=LIVE).values_list("pk", flat=True)}
    left = [folder for folder in root.iterdir() if folder.name not in live]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)
