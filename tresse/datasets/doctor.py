"""Compares versions of datasets with their files, says what differs, and mends it (D85)."""

import shutil
from collections.abc import Iterator

from django.utils.translation import gettext

from tresse.datasets.builds.tables import folder_of, owner_of
from tresse.datasets.layout import COMPUTED, TABLES
from tresse.datasets.models import LIVE, DatasetBuild, DatasetVersion
from tresse.kernel.marks import N_
from tresse.objects.doctor import Check, Problem
from tresse.sources.doctor import strays

PLACE = N_("datasets")
STRAY = N_("The folder {folder} belongs to no version.")
MISSING = N_(
    "Version {number} lacks files of {tables}. Build the dataset in full: tresse build {name} "
    "--full"
)


def check_strays(fix: bool) -> Iterator[Problem]:
    """Folders of the warehouse that no version of a dataset owns: what killed builds left."""
    versions = DatasetVersion.objects.values_list("dataset_id", "number")
    known = [(owner_of(dataset_id), number) for dataset_id, number in versions]
    live = DatasetBuild.objects.filter(state__in=(*LIVE, "held"))
    for folder in strays("dataset_", known, live.values_list("arguments", flat=True)):
        if fix:
            shutil.rmtree(folder, ignore_errors=True)
        yield Problem(gettext(PLACE), gettext(STRAY).format(folder=folder), is_fixed=fix)


def check_versions(fix: bool) -> Iterator[Problem]:  # noqa: ARG001  nothing can bring files back
    """Versions that lack files of a table."""
    for version in DatasetVersion.objects.select_related("dataset").order_by("pk"):
        folder = folder_of(version)
        wanted = (*TABLES, *([COMPUTED] if version.computed else []))
        missing = [name for name in wanted if not any((folder / name).glob("*.parquet"))]
        if missing:
            words = gettext(MISSING).format(
                number=version.number, tables=", ".join(missing), name=version.dataset.name
            )
            yield Problem(version.dataset.name, words)


CHECKS = (
    Check("dataset_files", "Files of versions of datasets", check_strays),
    Check("dataset_versions", "Versions of datasets", check_versions),
)
