"""Reads of datasets for all doors: datasets, their builds and versions."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.accounts.rights import NAME
from tresse.datasets.builds.refusals import NO_VERSION, UNKNOWN_VERSION
from tresse.datasets.models import LIVE, STATES, Dataset, DatasetBuild, DatasetVersion
from tresse.kernel.errors import UNKNOWN_NAME, WRONG_VALUE, nearest

READ, MANAGE = "datasets.read", "datasets.manage"


def datasets(actor: Actor) -> QuerySet[Dataset]:
    """All datasets by name, with what their list shows, in one statement.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, READ)
    found = Dataset.objects.select_related(
        "version__build", "last_build", "rules", "schedule", "owner"
    )
    return found.order_by("name")


def dataset_named(name: str, actor: Actor) -> Dataset:
    """One dataset.

    Raises:
        TresseError: `not_permitted`, `unknown_name` with the nearest.
    """
    found = datasets(actor).filter(name=name).first()
    if found is None:
        known = Dataset.objects.values_list("name", flat=True)
        raise UNKNOWN_NAME(sort=gettext("dataset"), name=name, nearest=nearest(name, known))
    return found


def datasets_named(names: Sequence[str], actor: Actor) -> list[Dataset]:
    """Several datasets in the order of their names as given.

    Raises:
        TresseError: As `dataset_named`.
    """
    return [dataset_named(name, actor) for name in names]


def published(dataset: Dataset) -> DatasetVersion:
    """The published version of a dataset.

    Raises:
        TresseError: `not_built`.
    """
    if dataset.version is None:
        raise NO_VERSION(dataset=dataset.name)
    return dataset.version


def is_published(name: str) -> bool:
    """Whether there is a dataset of that name with a published version."""
    # What is no name is not looked for: a database refuses some characters.
    found = Dataset.objects.filter(name=name, version__isnull=False)
    return bool(NAME.fullmatch(name)) and found.exists()


def builds_of(dataset: Dataset, *, state: str = "") -> QuerySet[DatasetBuild]:
    """Builds of a dataset, latest first; of one state or of all.

    Raises:
        TresseError: `wrong_value`.
    """
    found = dataset.builds.select_related("version", "author", "job", "rules", "dataset")
    found = found.order_by("-id")
    if state and state not in STATES:
        wanted = gettext("one of {known}").format(known=", ".join(STATES))
        raise WRONG_VALUE(name="state", wanted=wanted, value=f'"{state}"')
    return found.filter(state=state) if state else found


def build_numbered(dataset: Dataset, number: int) -> DatasetBuild:
    """One build of a dataset.

    Raises:
        TresseError: `unknown_name`.
    """
    fits = 0 < number < 2**63
    found = builds_of(dataset).filter(pk=number).first() if fits else None
    if found is None:
        sort = gettext("build of {name}").format(name=dataset.name)
        raise UNKNOWN_NAME(sort=sort, name=number)
    return found


def live_inputs() -> list[dict[str, int]]:
    """What builds are made of that wait, go on, or are held: versions by name of feed."""
    found = DatasetBuild.objects.filter(state__in=(*LIVE, "held"))
    return [each.get("inputs", {}) for each in found.values_list("arguments", flat=True)]


def versions_of(dataset: Dataset) -> QuerySet[DatasetVersion]:
    """Versions that are kept, latest first (D85)."""
    return dataset.versions.select_related("build", "rules", "dataset").order_by("-number")


def version_numbered(dataset: Dataset, number: int) -> DatasetVersion:
    """One version that is kept.

    Raises:
        TresseError: `unknown_name` with the numbers that are kept.
    """
    fits = 0 < number < 2**31
    found = versions_of(dataset).filter(number=number).first() if fits else None
    if found is None:
        known = list(versions_of(dataset).values_list("number", flat=True))
        raise UNKNOWN_VERSION(dataset=dataset.name, number=number, known=known)
    return found


def health_before(dataset: Dataset, check: str, *, most: int = 5) -> list[float | None]:
    """The last values of a health check, latest first (D88)."""
    found = dataset.versions.order_by("-number").values_list("health", flat=True)[:most]
    return [
        next((each.get("value") for each in health if each.get("name") == check), None)
        for health in found
    ]
