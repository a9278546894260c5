"""Compares versions of sources with their files, says what differs, and mends it (S117)."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from tresse.kernel.marks import N_
from tresse.objects.doctor import Check, Problem
from tresse.sources.changes.clearing import stray_places
from tresse.sources.models import LIVE, SourceRun, SourceVersion
from tresse.sources.versions import files_of, house, owner_of

PLACE = N_("sources")
STRAY = N_("The folder {folder} belongs to no version.")
LEFT = N_("The folder {folder} was left by a run that has ended.")
MISSING = N_("Version {number} has no files. Read the source again, in full.")


def check_strays(fix: bool) -> Iterator[Problem]:
    """Folders of the warehouse that no version of a source owns: what killed runs left."""
    versions = SourceVersion.objects.values_list("source_id", "number")
    known = [(owner_of(source_id), number) for source_id, number in versions]
    live = SourceRun.objects.filter(state__in=(*LIVE, "held"))
    for folder in strays("source_", known, live.values_list("arguments", flat=True)):
        if fix:
            shutil.rmtree(folder, ignore_errors=True)
        yield Problem(gettext(PLACE), gettext(STRAY).format(folder=folder), is_fixed=fix)
    for folder in stray_places():
        if fix:
            shutil.rmtree(folder, ignore_errors=True)
        yield Problem(gettext(PLACE), gettext(LEFT).format(folder=folder), is_fixed=fix)


def check_versions(fix: bool) -> Iterator[Problem]:  # noqa: ARG001  nothing can bring files back
    """Versions without files."""
    for version in SourceVersion.objects.select_related("source").order_by("pk"):
        if not files_of(version):
            yield Problem(version.source.name, gettext(MISSING).format(number=version.number))


def strays(
    owner: str, known: Iterable[tuple[str, int]], live: Iterable[Mapping[str, Any]]
) -> Iterator[Path]:
    """Folders of the warehouse that no version owns and in which nobody writes.

    Args:
        owner: What names of owners begin with: each room has checks of its own.
        known: Owner and number of every version.
        live: Arguments of runs that go on, or whose versions wait for a person.
    """
    asides = [
        Path(each)
        for arguments in live
        for each in (arguments.get("aside"), arguments.get("held", {}).get("aside"))
        if each
    ]
    for folder in house().strays(known, asides):
        is_aside = folder.parent.name == ".aside"
        name = folder.name.partition(".")[0] if is_aside else folder.parent.name
        if name.startswith(owner):
            yield folder


CHECKS = (
    Check("source_files", "Files of versions of sources", check_strays),
    Check("source_versions", "Versions of sources", check_versions),
)
