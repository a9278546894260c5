"""Writes how large watched segments are, a row a day (G58)."""

from datetime import timedelta

from django.db import transaction

from tresse.segments.models import Segment, SegmentSize
from tresse.segments.sizes import YEARS, day_of, measured, today


def keep_sizes(base: str = "") -> int:
    """Write the row of today as it is so far, and that of yesterday as it ended.

    Args:
        base: Of segments over this one alone, by its key.
    """
    this = today()
    written = 0
    for segment in Segment.objects.exclude(watched_since=None).filter(keeps_size=True):
        if base and segment.base != base:
            continue
        for day in (this - timedelta(days=1), this):
            whole = day_of(day)
            if segment.watched_since is None or segment.watched_since >= whole.ends:
                continue
            size, entered, left = measured(segment, whole)
            with transaction.atomic():
                SegmentSize.objects.update_or_create(
                    segment=segment,
                    day=day,
                    defaults={"size": size, "entered": entered, "left": left},
                )
            written += 1
    return written


def forget_sizes() -> int:
    """Drop rows older than five years."""
    oldest = today() - timedelta(days=366 * YEARS)
    return SegmentSize.objects.filter(day__lt=oldest).delete()[0]
