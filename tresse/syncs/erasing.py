"""What syncs remember of a person, and what their destinations are told (D91, Y45)."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from tresse.jobs.models import Job
from tresse.kernel.clock import now
from tresse.kernel.marks import N_
from tresse.records.erasing import Person, Place, dropping, holding, scrubbing
from tresse.syncs.models import LIVE, Sync, SyncFault, SyncRow, SyncRun, SyncState

CRM = "crm"
ACKNOWLEDGED, NOT_POSSIBLE = "acknowledged", "not possible here"


def _of(found: QuerySet[Any], person: Person) -> QuerySet[Any]:
    return found.filter(Q(golden_id__in=person.ids) | Q(key__in=person.texts))


def _states(person: Person) -> QuerySet[Any]:
    return _of(SyncState.objects.all(), person)


def _records(person: Person) -> Mapping[str, Iterable[int]]:
    """Records of the CRM that syncs wrote for the person."""
    found: dict[str, set[int]] = {}
    states = _states(person).filter(sync__kind=CRM).exclude(remote="")
    for target, remote in states.values_list("sync__target", "remote"):
        if remote.isdecimal():
            found.setdefault(target, set()).add(int(remote))
    return found


def _answers(person: Person) -> Iterator[Mapping[str, Any]]:
    """What every destination that holds the person answers; of the CRM, this program itself."""
    ids = set(_states(person).values_list("sync_id", flat=True))
    for sync in Sync.objects.filter(pk__in=ids).order_by("name"):
        yield {"name": sync.name, "answer": ACKNOWLEDGED if sync.kind == CRM else NOT_POSSIBLE}


def _is_busy(since: datetime) -> bool:
    jobs = Job.objects.filter(state="running", lease_until__gt=now())
    return SyncRun.objects.filter(state="running", started_at__lte=since, job__in=jobs).exists()


def _rows(person: Person) -> QuerySet[Any]:
    said = holding(SyncRow.objects.all(), ("key", "message", "details"), person)
    own = _of(SyncRow.objects.all(), person)
    return SyncRow.objects.filter(Q(pk__in=said.values("pk")) | Q(pk__in=own.values("pk")))


def _faults(person: Person) -> QuerySet[Any]:
    said = holding(SyncFault.objects.all(), ("key", "message", "details"), person)
    own = _of(SyncFault.objects.all(), person)
    return SyncFault.objects.filter(Q(pk__in=said.values("pk")) | Q(pk__in=own.values("pk")))


def _folders() -> list[Path]:
    """What runs that have ended left on disk."""
    root = Path(settings.HOME) / "syncs"
    live = {str(pk) for pk in SyncRun.objects.filter(state__in=LIVE).values_list("pk", flat=True)}
    if not root.is_dir():
        return []
    return sorted(each for each in root.iterdir() if each.name not in live)


def _drop_folders(person: Person) -> int:  # noqa: ARG001  whoever they are about
    found = _folders()
    for each in found:
        shutil.rmtree(each, ignore_errors=True)
    return len(found)


PLACES = (
    Place(
        "sync_states",
        N_("What destinations have taken"),
        lambda person: _states(person).count(),
        lambda person: int(_states(person).delete()[0]),
        answers=_answers,
        records=_records,
        is_busy=_is_busy,
    ),
    dropping("sync_rows", N_("Rows that syncs have sent"), _rows),
    dropping("sync_faults", N_("Rows that syncs could not send"), _faults),
    scrubbing(
        "sync_runs",
        N_("Examples and logs of syncs"),
        lambda: SyncRun.objects.exclude(state__in=LIVE),
        ("examples", "log", "message", "details", "facts"),
    ),
    Place(
        "sync_files", N_("Files that syncs left"), lambda _person: len(_folders()), _drop_folders
    ),
)
