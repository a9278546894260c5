"""What this room forgets by itself: old runs, refused rows, and what killed runs left."""

import shutil
from datetime import timedelta
from pathlib import Path

from tresse.kernel.clock import now
from tresse.sources.extraction import places
from tresse.sources.extraction.publishing import retire
from tresse.sources.limits import rejection_days
from tresse.sources.models import LIVE, Rejection, Source, SourceRun

RUN_DAYS = 400
CHUNK = 2_000


def clear_sources() -> dict[str, int]:
    """Forget what is too old (S100, S111, S117); answers how much of each."""
    return {
        "rejections": _forget_rejections(),
        "runs": _forget_runs(),
        "versions": sum(retire(pk) for pk in Source.objects.values_list("pk", flat=True)),
        "places": _forget_places(),
    }


def _forget_rejections() -> int:
    old = Rejection.objects.filter(created_at__lt=now() - timedelta(days=rejection_days()))
    number = 0
    while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
        number += Rejection.objects.filter(pk__in=ids).delete()[0]
    return number


def _forget_runs() -> int:
    old = SourceRun.objects.filter(requested_at__lt=now() - timedelta(days=RUN_DAYS))
    old = old.exclude(state__in=(*LIVE, "held"))
    number = 0
    while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
        SourceRun.objects.filter(pk__in=ids).delete()
        number += len(ids)
    return number


def _forget_places() -> int:
    """Folders of runs that have ended, or that are no more."""
    number = 0
    for folder in stray_places():
        shutil.rmtree(folder, ignore_errors=True)
        number += 1
    return number


def stray_places() -> list[Path]:
    """Folders of runs that neither go on nor wait for a person."""
    root = places.root()
    if not root.is_dir():
        return []
    kept = SourceRun.objects.filter(state__in=(*LIVE, "held")).values_list("pk", flat=True)
    names = {str(pk) for pk in kept}
    return sorted(folder for folder in root.iterdir() if folder.name not in names)
