"""The job that erases a person (D91): every step may be repeated, so a kill anywhere costs nothing.

Tombstones first, so that no reading brings the person back meanwhile; then versions, then rows of
this database; at last it looks again, writes the certificate and forgets who it was.
"""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction

from tresse.datasets.builds.publishing import give_up as give_up_build
from tresse.datasets.erasing.looking import destinations_of, found
from tresse.datasets.erasing.refusals import ERASED_MEANWHILE, FORGOTTEN
from tresse.datasets.erasing.scope import Scope
from tresse.datasets.erasing.versions import (
    SourcePlan,
    cut_source,
    cut_version,
    datasets_of,
    hits_of,
    note_source,
    note_version,
    source_versions,
    versions_of,
)
from tresse.datasets.models import DatasetBuild, DatasetVersion, Erasure, Tombstone
from tresse.engine.base import Engine
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.records.erasing import PLACES
from tresse.sources.extraction.publishing import give_up as give_up_run
from tresse.sources.models import SourceRun, SourceVersion
from tresse.sources.versions import engine

POLL_SECONDS = 0.5
MOST_COMPACTINGS = 3
CHECKPOINT_SECONDS = 10.0
FULL_TEXT = "CREATE VIRTUAL TABLE%fts5%"


def run(work: Work) -> Mapping[str, Any]:
    """Erase the person of an erasure; answers what was removed, by place."""
    erasure = Erasure.objects.get(pk=work.arguments["erasure_id"])
    if erasure.state != "done":
        if "scope" not in work.arguments:
            raise FORGOTTEN(number=erasure.pk)
        scope = Scope.read(work.arguments["scope"])
        with engine() as session:
            _bury(erasure, scope, work)
            _count(erasure, scope, session)
            _cut_all(erasure, scope, session, work)
            for place in PLACES:
                work.check_cancelled()
                place.remove(scope.person)
            _end(erasure, scope, session, work)
    _compact(work)
    return {"erasure": erasure.pk, "removed": erasure.removed}


def _bury(erasure: Erasure, scope: Scope, work: Work) -> None:
    """The tombstones; from now on no row of the person enters (D92)."""
    with transaction.atomic():
        known = set(erasure.tombstones.values_list("sort", "hash"))
        Tombstone.objects.bulk_create(
            Tombstone(erasure=erasure, sort=sort, hash=each)
            for sort, hashes in scope.tombstones().items()
            for each in hashes
            if (sort, each) not in known
        )
        erasure.state = "running"
        erasure.save(update_fields=["state"])
        work.save({"step": "buried"})


def _count(erasure: Erasure, scope: Scope, session: Engine) -> None:
    """What there is, and what destinations answer, noted once: after a kill, less is left."""
    if erasure.found:
        return
    seen = found(session, scope)
    erasure.found, erasure.destinations = dict(seen.counts), list(destinations_of(scope))
    erasure.save(update_fields=["found", "destinations"])


def _cut_all(erasure: Erasure, scope: Scope, session: Engine, work: Work) -> None:
    """All versions, and those that builds and readings publish which had begun before."""
    _throw_held(scope)
    while True:
        cut = _cut_versions(erasure, scope, session, work)
        if not _waited(now(), work) and not cut:
            return


def _cut_versions(erasure: Erasure, scope: Scope, session: Engine, work: Work) -> int:
    """Versions that were not looked at yet; answers how many there were."""
    number = 0
    plan = SourcePlan(scope)
    for source_version in source_versions():
        if _is_noted(source_version, erasure):
            continue
        number += 1
        work.check_cancelled()
        hits = plan.hits(session, source_version)
        if hits.keys:
            cut_source(source_version, scope, hits)
        note_source(session, source_version, erasure.pk, hits)
    for dataset, related in datasets_of(scope):
        for version in versions_of(dataset):
            if _is_noted(version, erasure):
                continue
            number += 1
            work.check_cancelled()
            dataset_hits = hits_of(session, version, scope, related)
            cut_version(session, version, scope, dataset_hits)
            note_version(session, version, erasure.pk, dataset_hits)
    work.tell(done=number)
    return number


def _is_noted(version: DatasetVersion | SourceVersion, erasure: Erasure) -> bool:
    return any(each["erasure"] == erasure.pk for each in version.erasures)


def _throw_held(scope: Scope) -> None:
    """Readings and builds that wait for a person: what they read may hold who is erased."""
    with transaction.atomic():
        for run_row in SourceRun.objects.select_for_update(of=("self",)).filter(state="held"):
            _outdate(run_row, run_row.source.name)
            give_up_run(run_row)
            run_row.save()
        names = [dataset.name for dataset, _ in datasets_of(scope)]
        held = DatasetBuild.objects.select_for_update(of=("self",)).filter(
            state="held", dataset__name__in=names
        )
        for build in held:
            _outdate(build, build.dataset.name)
            give_up_build(build)
            build.save()


def _outdate(row: Any, name: str) -> None:
    refusal = ERASED_MEANWHILE(name=name)
    row.state = "cancelled"
    row.code, row.message, row.details = refusal.code, refusal.template, refusal.details


def _waited(since: datetime, work: Work) -> bool:
    """Wait for what began before a moment and may publish the person; whether there was any."""
    was_busy = False
    while _is_busy(since):
        was_busy = True
        work.check_cancelled()
        time.sleep(POLL_SECONDS)
    return was_busy


def _is_busy(since: datetime) -> bool:
    jobs = Job.objects.filter(state="running", lease_until__gt=now())
    facts = {"state": "running", "started_at__lte": since, "job__in": jobs}
    if SourceRun.objects.filter(**facts).exists() or DatasetBuild.objects.filter(**facts).exists():
        return True
    return any(place.is_busy(since) for place in PLACES if place.is_busy is not None)


def _end(erasure: Erasure, scope: Scope, session: Engine, work: Work) -> None:
    """Look again, write down what went, and forget who it was."""
    left = Counter(dict(found(session, scope).counts))
    removed = Counter(erasure.found)
    removed.subtract(left)
    with transaction.atomic():
        erasure.removed = {name: number for name, number in removed.items() if number > 0}
        erasure.state, erasure.ended_at = "done", now()
        erasure.save(update_fields=["removed", "state", "ended_at"])
        work.mine().update(arguments={"erasure_id": erasure.pk})
        work.save({"step": "done"})


def _compact(work: Work) -> None:
    """Write the SQLite file anew, and its journal: what was deleted stands in neither any more.

    On PostgreSQL, dead rows go with its own VACUUM.
    """
    tries = int((work.cursor or {}).get("compactings", 0))
    if connection.vendor != "sqlite" or connection.in_atomic_block or tries >= MOST_COMPACTINGS:
        return
    work.save({"step": "done", "compactings": tries + 1})
    end = time.monotonic() + CHECKPOINT_SECONDS
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE %s", [FULL_TEXT])
        for (name,) in cursor.fetchall():
            # Its words of deleted rows stay in it until it is merged.
            cursor.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'optimize\')')  # noqa: S608
        while True:
            try:
                cursor.execute("VACUUM")
                break
            except OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(POLL_SECONDS)
        while True:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_blocked = cursor.fetchone()[0]
            if not is_blocked or time.monotonic() > end:
                return
            time.sleep(POLL_SECONDS)
