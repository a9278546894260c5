"""Builds of datasets as people ask for them: build, publish what is held, cancel, roll back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.permission import require_right
from tresse.datasets.builds.publishing import give_up, outdate
from tresse.datasets.builds.refusals import (
    ALREADY_PUBLISHED,
    BUILD_BROKEN,
    BUILD_GOING_ON,
    BUILD_STATE,
    HELD_OUTDATED,
    NO_BUILDS_NAMED,
    NO_SPARK,
    NOTHING_HELD,
    VERSION_GONE,
)
from tresse.datasets.builds.registries import FOLLOWERS, PAUSES
from tresse.datasets.builds.tables import folder_of
from tresse.datasets.changes.schedules import set_times
from tresse.datasets.computed.along import built_along
from tresse.datasets.models import LIVE, Dataset, DatasetBuild, DatasetVersion
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.jobs.runs import remember
from tresse.kernel.clock import now
from tresse.kernel.marks import N_
from tresse.sources.definition import When

KIND = "build"
MANAGE = "datasets.manage"
AGAIN = ("after", "decision")
"Causes that a build which goes on may not have seen: it is followed by another one."
A_SCHEDULE = N_('schedule of "{name}"')
Asked = tuple[list[DatasetBuild], Job]


def build(
    datasets: Dataset | Iterable[Dataset],
    *,
    actor: Actor,
    full: bool = False,
    engine: str = "",
    publish_held: bool = False,
    cause: str = "person",
    cause_name: str = "",
) -> Asked:
    """Build a dataset, or several that are published together, as one job (D80).

    A request while a build of them waits or goes on joins that build (D84).

    Args:
        datasets: What to build. Those whose computed columns read each other are built along.
        actor: Needs `datasets.manage`.
        full: Everything is worked out anew (D81).
        engine: `duckdb` or `spark`; empty: that of the installation.
        publish_held: Publish the build that waits for a decision instead (`publish_held`).
        cause: What starts it: `person schedule after decision system`.
        cause_name: Of `after`: the source it comes after.

    Returns:
        The builds in the order of `datasets`, those along last, and their job.

    Raises:
        TresseError: `not_permitted`, `engine_missing`, `build_going_on` (a full build is asked for
            while another one goes on, or some of the datasets are being built with others),
            `wrong_state` and `held_outdated` (of `publish_held`).
    """
    asked = [datasets] if isinstance(datasets, Dataset) else list(datasets)
    if not asked:
        raise NO_BUILDS_NAMED()
    if publish_held:
        return _let_through(held_build(asked[0]), actor)
    require_right(actor, MANAGE)
    if engine == "spark" and not settings.ENGINE.startswith("spark://"):
        raise NO_SPARK()
    with transaction.atomic():
        rows = _locked([*asked, *built_along(asked)])
        live = [live_build(row) for row in rows]
        if any(live):
            return _joined(rows, live, full=full, again=cause in AGAIN)
        wanted = {each.pk for each in asked}
        facts: dict[str, Any] = {"cause": cause, "cause_name": cause_name}
        arguments = {"asked_engine": engine} if engine else {}
        builds = [
            DatasetBuild.objects.create(
                dataset=row,
                is_full=full and row.pk in wanted,
                author_id=actor.user_id,
                arguments=arguments,
                **facts,
            )
            for row in rows
        ]
        return builds, _enqueue(builds, actor)


def _locked(asked: Sequence[Dataset]) -> list[Dataset]:
    """The rows of datasets, each once, locked in the order of their keys, in the order asked."""
    ids = list(dict.fromkeys(each.pk for each in asked))
    rows = Dataset.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    by_id = {each.pk: each for each in rows}
    return [by_id[pk] for pk in ids if pk in by_id]


def live_build(dataset: Dataset) -> DatasetBuild | None:
    """The build of a locked dataset that waits or goes on; one that was lost is ended first."""
    live = dataset.builds.filter(state__in=LIVE).select_related("job", "dataset").first()
    if live is None or (live.job is not None and live.job.is_live):
        return live
    # Its job ended without telling it, by a bug; it must not block its dataset for ever.
    lost = BUILD_BROKEN()
    live.state, live.ended_at = "failed", now()
    live.code, live.message = lost.code, lost.template
    live.save()
    return None


def _joined(
    rows: Sequence[Dataset],
    live: Sequence[DatasetBuild | None],
    *,
    full: bool,
    again: bool,
) -> Asked:
    there = [each for each in live if each is not None]
    if len(there) < len(rows) or len({each.job_id for each in there}) > 1:
        # They would be published one after the other.
        raise BUILD_GOING_ON(build=there[0].pk, dataset=there[0].dataset.name)
    job = there[0].job
    if job is None:
        raise AssertionError
    for each in there:
        if full and not each.is_full:
            if each.state != "queued":
                raise BUILD_GOING_ON(build=each.pk, dataset=each.dataset.name)
            each.is_full = True
            each.save(update_fields=["is_full"])
        if again and each.state == "running":
            remember(each, again=True)
    return there, job


def _enqueue(builds: Sequence[DatasetBuild], actor: Actor) -> Job:
    ids = [each.pk for each in builds]
    names = [each.dataset.name for each in builds]
    job = jobs.enqueue(
        KIND,
        arguments={"build_ids": ids},
        actor=actor,
        target=", ".join(names)[:200],
        link=page_of(builds[0]),
        unique=f"{KIND}:{ids[0]}",
    )
    for each in builds:
        each.job = job
        if len(ids) > 1:
            each.arguments = {**each.arguments, "group": ids}
        each.save(update_fields=["job", "state", "arguments"])
        Dataset.objects.filter(pk=each.dataset_id).update(last_build=each)
    return job


def page_of(build: DatasetBuild) -> str:
    """The page of a build, from the root of the site."""
    return f"/datasets/{build.dataset.name}/builds/{build.pk}/"


def held_build(dataset: Dataset) -> DatasetBuild:
    """The newest build of a dataset that waits for a decision.

    Raises:
        TresseError: `wrong_state`; there is none.
    """
    found = dataset.builds.filter(state="held").select_related("dataset").order_by("-id").first()
    if found is None:
        raise NOTHING_HELD(dataset=dataset.name)
    return found


def publish_held(build: DatasetBuild, *, actor: Actor) -> Asked:
    """Let a build that is held through its health checks, with all that was built with it (D88).

    Raises:
        TresseError: `not_permitted`, `wrong_state` (it is not held), `held_outdated` (another
            version was published since), `build_going_on`.
    """
    return _let_through(build, actor)


def _let_through(build: DatasetBuild, actor: Actor) -> Asked:
    require_right(actor, MANAGE)
    with transaction.atomic():
        group = build.arguments.get("group") or [build.pk]
        found = DatasetBuild.objects.select_related("dataset").filter(pk__in=group)
        builds = [each for each in found.order_by("pk") if each.pk == build.pk or _waits(each)]
        datasets = {each.pk: each for each in _locked([each.dataset for each in builds])}
        for each in builds:
            each.refresh_from_db()
            each.dataset = datasets[each.dataset_id]
            _require_publishable(each, each.dataset)
            each.state, each.is_confirmed = "queued", True
            each.code, each.message, each.details, each.ended_at = "", "", {}, None
            each.save()
            audit.log(actor, "dataset_build.publish", each.dataset.name, after={"build": each.pk})
        return builds, _enqueue(builds, actor)


def _waits(build: DatasetBuild) -> bool:
    return build.state == "held"


def _require_publishable(build: DatasetBuild, dataset: Dataset) -> None:
    _require_state(build, ("held",))
    live = live_build(dataset)
    if live is not None:
        raise BUILD_GOING_ON(build=live.pk, dataset=dataset.name)
    if build.arguments.get("base") != dataset.version_id:
        raise HELD_OUTDATED(build=build.pk, dataset=dataset.name)


def cancel_build(build: DatasetBuild, *, actor: Actor) -> DatasetBuild:
    """Stop a build with all that is built with it; what was published before stays.

    One that is held is thrown away, with those that are held with it.

    Raises:
        TresseError: `not_permitted`, `wrong_state` (it has ended).
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        build = DatasetBuild.objects.select_for_update().get(pk=build.pk)
        _require_state(build, (*LIVE, "held"))
        if build.state == "held":
            for each in _held_with(build):
                each.state, each.ended_at = "cancelled", now()
                give_up(each)
                each.save()
        elif build.job_id is not None:
            # Whoever manages datasets may also stop a build that somebody else began.
            jobs.cancel(build.job_id, actor=SYSTEM)
        audit.log(actor, "dataset_build.cancel", build.dataset.name, after={"build": build.pk})
    build.refresh_from_db()
    return build


def _held_with(build: DatasetBuild) -> list[DatasetBuild]:
    group = build.arguments.get("group") or [build.pk]
    return list(DatasetBuild.objects.filter(pk__in=group, state="held").order_by("pk"))


def _require_state(build: DatasetBuild, wanted: tuple[str, ...]) -> None:
    if build.state not in wanted:
        raise BUILD_STATE(
            build=build.pk, dataset=build.dataset.name, state=build.state, wanted=wanted
        )


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did: numbers of versions, and what it paused, for people."""

    version: int
    was: int | None
    paused: tuple[str, ...]


def rollback(version: DatasetVersion, *, actor: Actor) -> RolledBack:
    """Publish a version that is kept, and pause the schedule and syncs of its dataset (D85).

    The next build takes a new number, and goes on from this version.

    Raises:
        TresseError: `not_permitted`, `already_published`, `version_gone`, `build_going_on`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=version.dataset_id)
        live = live_build(dataset)
        if live is not None:
            raise BUILD_GOING_ON(build=live.pk, dataset=dataset.name)
        if dataset.version_id == version.pk:
            raise ALREADY_PUBLISHED(number=version.number, dataset=dataset.name)
        if not folder_of(version).is_dir():
            raise VERSION_GONE(number=version.number, dataset=dataset.name)
        was = dataset.version.number if dataset.version else None
        paused = _paused(dataset, actor)
        dataset.version = version
        dataset.save(update_fields=["version", "is_enabled"])
        outdate(dataset)
        for follower in FOLLOWERS:
            follower.ended(dataset, None)
        audit.log(
            actor,
            "dataset.rollback",
            dataset.name,
            before={"version": was},
            after={"version": version.number, "paused": paused},
        )
    return RolledBack(version.number, was, tuple(paused))


def _paused(dataset: Dataset, actor: Actor) -> list[str]:
    """Pause what would undo or spread it: the dataset is not built by itself, syncs wait."""
    paused = []
    if dataset.is_enabled:
        dataset.is_enabled = False
        set_times(dataset, When())
        paused.append(gettext(A_SCHEDULE).format(name=dataset.name))
    return paused + [each for pauses in PAUSES for each in pauses.pause(dataset, actor)]
