"""From versions aside to the versions of their datasets: renames, then one transaction (D80)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from tresse.datasets.builds.refusals import HELD_OUTDATED
from tresse.datasets.builds.registries import VERSION_USERS
from tresse.datasets.builds.tables import owner_of
from tresse.datasets.models import Dataset, DatasetBuild, DatasetVersion
from tresse.jobs.runs import asked_again, kept
from tresse.jobs.work import Work
from tresse.kernel import clock
from tresse.sources.versions import house

KEPT_VERSIONS = 11
"The published one and the ten before it (D85)."
PUBLISHED, HELD = "published", "held"
"Steps of a job whose builds are decided: what is left is tidying up."
KEPT = ("group", "again", "asked_engine")
"Arguments of a build that outlive it."


@dataclass(slots=True)
class Version:
    """A version that stands aside, and what is written with it. JSON, so that it can be held."""

    aside: str
    number: int
    rows: int
    source_rows: int
    bytes: int
    columns: list[dict[str, str]]
    relations: list[dict[str, Any]]
    inputs: dict[str, int]
    as_of: str
    engine: str
    health: list[dict[str, Any]]
    basis: dict[str, Any] = field(default_factory=dict)
    computed: list[dict[str, str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """As a held build keeps it."""
        return asdict(self)


def publish(versions: Mapping[int, Version], unchanged: Sequence[int], work: Work) -> None:
    """Publish the versions of builds (by their ids) in one transaction, and end all builds.

    Killed before it, the folders belong to no version and the next attempt makes them anew; killed
    after it, the builds are over.

    Raises:
        TresseError: `held_outdated`; another version was published since a build began.
        LeaseLost: Another attempt has the job.
    """
    builds = {each.pk: each for each in _builds([*versions, *unchanged])}
    for pk, version in versions.items():
        _require_base(builds[pk], builds[pk].dataset)
        _place(version, owner_of(builds[pk].dataset_id))
    with transaction.atomic():
        ids = [build.dataset_id for build in builds.values()]
        locked = Dataset.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        datasets = {each.pk: each for each in locked}
        for pk, build in builds.items():
            dataset = datasets[build.dataset_id]
            _require_base(build, dataset)
            if pk in versions:
                _publish(build, dataset, versions[pk])
            else:
                _settle(dataset, build)
                end(build, "unchanged", number=None)
        work.save({"step": PUBLISHED})


def _publish(build: DatasetBuild, dataset: Dataset, version: Version) -> None:
    row = DatasetVersion.objects.create(
        dataset=dataset,
        number=version.number,
        build=build,
        rules=build.rules,
        rows=version.rows,
        source_rows=version.source_rows,
        bytes=version.bytes,
        columns=version.columns,
        relations=version.relations,
        inputs=version.inputs,
        as_of=datetime.fromisoformat(version.as_of),
        engine=version.engine,
        health=version.health,
        definition=build.definition,
        basis=version.basis,
        computed=version.computed,
        facts=version.facts,
    )
    dataset.version, dataset.last_number = row, version.number
    _settle(dataset, build)
    dataset.save(update_fields=["version", "last_number"])
    end(build, "published", version=row, number=version.number)
    outdate(dataset, build)


def _settle(dataset: Dataset, build: DatasetBuild) -> None:
    """Everything was worked out, if by the rules of now: they may have changed meanwhile."""
    if build.is_full and dataset.needs_full and build.rules_id == dataset.rules_id:
        dataset.needs_full = False
        dataset.save(update_fields=["needs_full"])


def _place(version: Version, owner: str) -> None:
    """Rename the folder aside; one may have been renamed before a killed attempt ended."""
    aside, there = Path(version.aside), house().folder(owner, version.number)
    if not aside.is_dir() and there.is_dir() and size_of(there) == version.bytes:
        return
    house().publish(aside, owner, version.number)


def size_of(folder: Path) -> int:
    """Bytes of the Parquet files of a version, those it shares with others too."""
    return sum(each.stat().st_size for each in folder.rglob("*.parquet"))


def _builds(ids: Iterable[int]) -> list[DatasetBuild]:
    return list(DatasetBuild.objects.select_related("dataset").filter(pk__in=list(ids)))


def hold(
    versions: Mapping[int, Version],
    unchanged: Sequence[int],
    why: Callable[[DatasetBuild], None],
    work: Work,
) -> None:
    """Let builds wait for a person: their versions stand aside, nothing is published (D88).

    `why` notes in each build what it waits for.
    """
    with transaction.atomic():
        for build in _builds([*versions, *unchanged]):
            dataset = Dataset.objects.select_for_update().get(pk=build.dataset_id)
            if build.pk not in versions:
                _settle(dataset, build)
                end(build, "unchanged", number=None)
                continue
            why(build)
            moment = clock.now()
            build.state, build.ended_at, build.number = "held", moment, None
            build.seconds = (moment - (build.started_at or moment)).total_seconds()
            held = {"held": versions[build.pk].stored()}
            build.arguments = {**build.arguments, **asked_again(build), **held}
            build.save()
            # One decision at a time: what an older one holds, this one holds too.
            outdate(dataset, build)
        work.save({"step": HELD})


def end(build: DatasetBuild, state: str, **facts: Any) -> None:
    """End a build, in the caller's transaction."""
    moment = clock.now()
    build.state, build.ended_at = state, moment
    for name, value in facts.items():
        setattr(build, name, value)
    if build.started_at is not None and not build.is_confirmed:
        # Of a build that waited for a person, its working-out alone counts.
        build.seconds = (moment - build.started_at).total_seconds()
    build.arguments = kept(build, KEPT) | asked_again(build)
    build.save()


def give_up(build: DatasetBuild) -> None:
    """Throw away what a build made and did not publish, once the transaction is through."""
    asides = {build.arguments.get("aside"), build.arguments.get("held", {}).get("aside")}
    build.arguments = kept(build, KEPT)

    def remove() -> None:
        for aside in asides - {None, ""}:
            house().discard(Path(str(aside)))

    transaction.on_commit(remove)


def _require_base(build: DatasetBuild, dataset: Dataset) -> None:
    if build.arguments.get("base") != dataset.version_id:
        raise HELD_OUTDATED(build=build.pk, dataset=dataset.name)


def outdate(dataset: Dataset, build: DatasetBuild | None = None) -> None:
    """Give up builds of the dataset that are held, but for one."""
    for other in dataset.builds.filter(state="held").exclude(pk=build.pk if build else 0):
        found = HELD_OUTDATED(build=other.pk, dataset=dataset.name)
        other.state = "cancelled"
        other.code, other.message, other.details = found.code, found.template, found.details
        give_up(other)
        other.save()


def retire(dataset_id: int) -> int:
    """Remove versions that nobody needs: all but the last ones and those in use (D85)."""
    dataset = Dataset.objects.get(pk=dataset_id)
    needed = {version_id for user in VERSION_USERS for version_id in user.of(dataset)}
    needed.add(dataset.version_id or 0)
    bases = DatasetBuild.objects.filter(dataset=dataset, state__in=("queued", "running", "held"))
    needed |= {each.get("base") or 0 for each in bases.values_list("arguments", flat=True)}
    removed = 0
    for version in list(dataset.versions.order_by("-number")[KEPT_VERSIONS:]):
        if version.pk in needed:
            continue
        # The row first: a folder without a row is found by the doctor, the reverse would be a hole.
        DatasetVersion.objects.filter(pk=version.pk).delete()
        house().remove(owner_of(dataset_id), version.number)
        removed += 1
    return removed
