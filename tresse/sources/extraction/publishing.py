"""From a version aside to the version of its source: one rename, one row (S71, S75)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from tresse.jobs.runs import asked_again, kept
from tresse.jobs.work import Work
from tresse.kernel import clock
from tresse.sources.extraction import places
from tresse.sources.extraction.refusals import HELD_OUTDATED
from tresse.sources.extraction.registries import VERSION_USERS
from tresse.sources.models import Source, SourceFile, SourceRun, SourceVersion
from tresse.sources.stored import FLAGS
from tresse.sources.versions import house, owner_of

KEPT_VERSIONS = 10
PUBLISHED = "published"
"Step of a job whose version stands: what is left is tidying up."


@dataclass(slots=True)
class Version:
    """A version that stands aside, and what is written with it. JSON, so that a run can be held.

    `cursor`: where the next reading goes on; None: as it is. `seen`: the columns the source has.
    """

    aside: str
    rows: int
    deleted: int
    bytes: int
    columns: list[dict[str, str]]
    record_key: list[str]
    newest: str | None
    cursor: dict[str, Any] | None
    seen: list[dict[str, str]] = field(default_factory=list)

    def stored(self) -> dict[str, Any]:
        """As a held run keeps it."""
        return asdict(self)


def publish(
    run: SourceRun, version: Version, work: Work, *, also: Callable[[], None] = lambda: None
) -> SourceVersion:
    """Make a version that of its source, and end the run.

    Killed before the transaction, the folder belongs to no version, and the next attempt puts it
    away; killed after it, the run is over. `also` writes what else belongs into the transaction.

    Raises:
        TresseError: `held_outdated`; another version was published since the run was compared.
        LeaseLost: Another attempt has the job.
    """
    source = Source.objects.get(pk=run.source_id)
    _require_base(run, source)
    number = source.last_number + 1
    _place(version, owner_of(source.pk), number)
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=run.source_id)
        _require_base(run, source)
        row = SourceVersion.objects.create(
            source=source,
            number=number,
            run=run,
            rows=version.rows,
            deleted=version.deleted,
            bytes=version.bytes,
            columns=version.columns,
            record_key=version.record_key,
            newest_modified_at=version.newest and datetime.fromisoformat(version.newest),
            definition=run.definition,
        )
        source.version, source.last_number = row, number
        _settle(source, version.cursor, version.seen, is_full=_is_settled(source, run))
        source.save(update_fields=[*SETTLED, "version", "last_number"])
        end(run, "published", version=row, number=number)
        _outdate(source, run)
        also()
        work.save({"step": PUBLISHED})
    return row


def _place(version: Version, owner: str, number: int) -> None:
    """Rename the folder aside; a held one may have been renamed before a killed attempt ended."""
    aside, there = Path(version.aside), house().folder(owner, number)
    if not aside.is_dir() and there.is_dir():
        size = sum(file.stat().st_size for file in there.glob("*.parquet"))
        if size == version.bytes:
            return
    house().publish(aside, owner, number)


SETTLED = ("cursor", "seen_columns", "offered_columns", "needs_full")


def settle(
    run: SourceRun,
    version: Mapping[str, Any],
    work: Work,
    *,
    also: Callable[[], None] = lambda: None,
) -> None:
    """End a run that found nothing new: no version, but the cursor it reached (S113, S123)."""
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=run.source_id)
        _settle(source, version["cursor"], version["seen"], is_full=_is_settled(source, run))
        source.save(update_fields=SETTLED)
        end(run, "unchanged")
        also()
        work.save({"step": PUBLISHED})


def _settle(
    source: Source,
    cursor: dict[str, Any] | None,
    seen: list[dict[str, str]],
    *,
    is_full: bool,
) -> None:
    if cursor is not None:
        source.cursor = cursor
    if seen:
        if not source.seen_columns:
            # What a definition left out from the start is not new later (S51).
            source.offered_columns = sorted(column["name"] for column in seen)
        source.seen_columns = seen
    if is_full:
        source.needs_full = False


def _is_settled(source: Source, run: SourceRun) -> bool:
    """Whether everything was read, and by the definition of now: it may have changed meanwhile."""
    read_by = {key: value for key, value in run.definition.items() if key not in FLAGS}
    return run.is_full and read_by == source.definition


def end(run: SourceRun, state: str, **facts: Any) -> None:
    """End a run, in the caller's transaction; its files are read for good."""
    moment = clock.now()
    run.state, run.ended_at = state, moment
    for name, value in facts.items():
        setattr(run, name, value)
    if run.started_at is not None and not run.is_confirmed:
        # Of a run that waited for a person, its reading alone counts.
        run.seconds = (moment - run.started_at).total_seconds()
    run.arguments = kept(run, KEPT) | asked_again(run)
    run.save()
    SourceFile.objects.filter(run=run, state="taken").update(state="read")


KEPT = ("of", "file", "again")
"Arguments of a run that outlive it."


def hold(run: SourceRun, version: Version, work: Work) -> None:
    """Let a run wait for a person: its version stands aside, nothing is published."""
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=run.source_id)
        moment = clock.now()
        run.state, run.ended_at = "held", moment
        run.seconds = (moment - (run.started_at or moment)).total_seconds()
        run.arguments = {**run.arguments, **asked_again(run), "held": version.stored()}
        run.save()
        # One decision at a time: what this run read, an older one that is held read too.
        _outdate(source, run)
        work.save({"step": "held"})


def give_up(run: SourceRun) -> None:
    """Throw away what a run made and did not publish, once the caller's transaction is through."""
    asides = {run.arguments.get("aside"), run.arguments.get("held", {}).get("aside")} - {None, ""}
    run.arguments = kept(run, KEPT)
    SourceFile.objects.filter(run=run, state="taken").delete()

    def remove() -> None:
        for aside in asides:
            house().discard(Path(str(aside)))
        places.clear(run.pk)

    transaction.on_commit(remove)


def _require_base(run: SourceRun, source: Source) -> None:
    if run.arguments.get("base") != source.version_id:
        raise HELD_OUTDATED(run=run.pk, source=source.name)


def _outdate(source: Source, run: SourceRun) -> None:
    """Give up other runs of the source that are held."""
    for other in source.runs.filter(state="held").exclude(pk=run.pk):
        found = HELD_OUTDATED(run=other.pk, source=source.name)
        other.state = "cancelled"
        other.code, other.message, other.details = found.code, found.template, found.details
        give_up(other)
        other.save()


def retire(source_id: int) -> int:
    """Remove versions that nobody needs: all but the last ten and those in use (S117)."""
    source = Source.objects.get(pk=source_id)
    needed = {version_id for user in VERSION_USERS for version_id in user.of(source)}
    needed.add(source.version_id or 0)
    old = list(source.versions.order_by("-number")[KEPT_VERSIONS:])
    removed = 0
    for version in old:
        if version.pk in needed:
            continue
        # The row first: a folder without a row is found by the doctor, the reverse would be a hole.
        SourceVersion.objects.filter(pk=version.pk).delete()
        house().remove(owner_of(source_id), version.number)
        removed += 1
    return removed
