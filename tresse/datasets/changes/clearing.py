"""What this room forgets by itself: old builds, and versions that nobody needs."""

from datetime import timedelta

from tresse.datasets.builds.publishing import retire
from tresse.datasets.models import LIVE, Dataset, DatasetBuild
from tresse.kernel.clock import now

BUILD_DAYS = 400
CHUNK = 2_000


def clear_datasets() -> dict[str, int]:
    """Forget what is too old (D85); answers how much of each."""
    return {
        "builds": _forget_builds(),
        "versions": sum(retire(pk) for pk in Dataset.objects.values_list("pk", flat=True)),
    }


def _forget_builds() -> int:
    old = DatasetBuild.objects.filter(requested_at__lt=now() - timedelta(days=BUILD_DAYS))
    old = old.exclude(state__in=(*LIVE, "held"))
    number = 0
    while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
        DatasetBuild.objects.filter(pk__in=ids).delete()
        number += len(ids)
    return number
