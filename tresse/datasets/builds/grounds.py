"""Versions that share their merged rows: which one made them, so that nothing is done twice.

Computed columns change by the day, merged rows by what was read. A version whose computed columns
alone are new has the merged rows of one before it, its ground; what depends on merged rows only
(relations, datasets that are fed) goes by grounds.
"""

from collections.abc import Mapping

from tresse.datasets.models import DatasetVersion
from tresse.datasets.parsing_rules import PREFIX


def ground_of(version: DatasetVersion) -> int:
    """Number of the version that made the merged rows of a version: mostly its own."""
    return int(version.basis.get("ground", version.number))


def grounds_of(inputs: Mapping[str, int]) -> dict[str, int]:
    """Inputs of a build with the grounds of datasets in place of their versions.

    A version that has no row yet is being made by the same job.
    """
    found = dict(inputs)
    for name, number in inputs.items():
        if name.startswith(PREFIX):
            versions = DatasetVersion.objects.filter(dataset__name=name[len(PREFIX) :])
            version = versions.filter(number=number).first()
            found[name] = number if version is None else ground_of(version)
    return found
