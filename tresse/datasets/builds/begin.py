"""How builds begin: what each is made of, by which rules, as of when; in one transaction (D80)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction

from tresse.accounts.queries import account
from tresse.datasets.builds.marks import Marks, marks_of
from tresse.datasets.builds.refusals import FEED_CIRCLE, NO_SOURCES, NOT_BUILT, NOT_READ
from tresse.datasets.checks import fed_by
from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.feeding import feeding_sources
from tresse.datasets.models import Dataset, DatasetBuild, DatasetVersion
from tresse.datasets.parsing_rules import PREFIX
from tresse.datasets.stored import definition_of, facts_of
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError


@dataclass(slots=True)
class Begun:
    """A build that goes on. `inputs`: versions by name of source, of datasets as `dataset:name`."""

    build: DatasetBuild
    dataset: Dataset
    definition: DatasetDefinition
    inputs: dict[str, int]
    as_of: datetime
    number: int
    base: DatasetVersion | None
    marks: Marks
    zone: str
    country: str
    reads: set[str] = field(default_factory=set)
    "Datasets of the same job that this one needs before it is worked out."


def begin(work: Work) -> list[Begun]:
    """Mark the builds of a job as running, and say what each works by; in an order that works.

    What a build is made of stays over its attempts, so that a killed one ends as it would have.

    Raises:
        TresseError: `source_not_read`, `no_sources`, `dataset_not_built`, `feed_circle`.
    """
    with transaction.atomic():
        builds = list(DatasetBuild.objects.filter(pk__in=work.arguments["build_ids"]))
        ids = [each.dataset_id for each in builds]
        locked = Dataset.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        datasets = {each.pk: each for each in locked}
        together = {each.name: each.last_number + 1 for each in datasets.values()}
        begun = [_begun(each, datasets[each.dataset_id], together) for each in builds]
    return ordered(begun)


def _begun(build: DatasetBuild, dataset: Dataset, together: dict[str, int]) -> Begun:
    build.dataset = dataset
    definition = definition_of(dataset)
    if build.started_at is None:
        build.started_at = now()
        build.is_full = build.is_full or dataset.needs_full or dataset.version_id is None
        build.as_of = definition.as_of or build.started_at
        build.definition, build.rules = facts_of(dataset), dataset.rules
        build.engine = _engine(build)
    if "inputs" not in build.arguments:
        inputs = _inputs(dataset, definition, together)
        build.arguments = {**build.arguments, "inputs": inputs}
    build.state, build.number = "running", dataset.last_number + 1
    build.arguments = {**build.arguments, "base": dataset.version_id}
    build.save()
    here = account()
    if build.as_of is None:
        raise AssertionError
    return Begun(
        build=build,
        dataset=dataset,
        definition=definition,
        inputs=build.arguments["inputs"],
        as_of=build.as_of,
        number=build.number,
        base=dataset.version,
        marks=marks_of(dataset),
        zone=here.zone,
        country=here.country,
        reads={name for name in _led_to(definition) if name in together} - {dataset.name},
    )


def _engine(build: DatasetBuild) -> str:
    asked = build.arguments.get("asked_engine")
    return str(asked or ("spark" if settings.ENGINE.startswith("spark://") else "duckdb"))


def address_of(engine: str) -> str:
    """The address of an engine, by its name."""
    return "duckdb" if engine == "duckdb" else str(settings.ENGINE)


def _inputs(
    dataset: Dataset, definition: DatasetDefinition, together: dict[str, int]
) -> dict[str, int]:
    found: dict[str, int] = {}
    sources = feeding_sources(dataset).select_related("version")
    for source in sources.order_by("name"):
        if source.version is not None:
            found[source.name] = source.version.number
        elif definition.sources is not None:
            raise NOT_READ(source=source.name, dataset=dataset.name)
    if not found and not fed_by(definition):
        raise NO_SOURCES(dataset=dataset.name, entity=dataset.entity)
    for name in _led_to(definition):
        if name in together:
            found[f"{PREFIX}{name}"] = together[name]
            continue
        other = Dataset.objects.select_related("version").filter(name=name).first()
        if other is not None and other.version is not None:
            found[f"{PREFIX}{name}"] = other.version.number
        elif name in fed_by(definition):
            raise NOT_BUILT(other=name, dataset=dataset.name)
    return found


def _led_to(definition: DatasetDefinition) -> list[str]:
    """Datasets that feed it, or that its relations lead to."""
    led = [relation.to for relation in definition.relations if relation.to != definition.name]
    return list(dict.fromkeys([*fed_by(definition), *led]))


def ordered(begun: Sequence[Begun]) -> list[Begun]:
    """Builds in an order in which each comes after what feeds it, and after what it leads to.

    Where relations lead in a circle, those that are named first come first.

    Raises:
        TresseError: `feed_circle`.
    """
    left, done = list(begun), list[Begun]()
    while left:
        ready = _next(left, {each.dataset.name for each in left})
        if ready is None:
            raise _circle(left)
        left.remove(ready)
        done.append(ready)
    return done


def _next(left: Sequence[Begun], waiting: set[str]) -> Begun | None:
    for each in left:
        if not each.reads & (waiting - {each.dataset.name}):
            return each
    return next((each for each in left if not set(fed_by(each.definition)) & waiting), None)


def _circle(left: Iterable[Begun]) -> TresseError:
    return FEED_CIRCLE(path=" → ".join(each.dataset.name for each in left))
