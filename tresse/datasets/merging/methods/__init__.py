"""Merge methods (D70): the registry, and which types they take."""

from tresse.datasets.merging.methods.base import Combine, Method, Pick
from tresse.datasets.merging.methods.combined import All, Any, Sum, Union
from tresse.datasets.merging.methods.consent import Consent
from tresse.datasets.merging.methods.records import Earliest, Latest, LatestRecord, SourcePriority
from tresse.datasets.merging.methods.values import (
    Greatest,
    Least,
    Longest,
    MostFrequent,
    Shortest,
)
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry

__all__ = ["METHODS", "Combine", "Method", "Pick", "fits", "fits_group"]

METHODS: Registry[Method] = Registry(
    N_("merge method"),
    (
        Latest(),
        LatestRecord(),
        Earliest(),
        SourcePriority(),
        MostFrequent(),
        Longest(),
        Shortest(),
        Least(),
        Greatest(),
        Sum(),
        Union(),
        Any(),
        All(),
        Consent(),
    ),
)


def fits(method: str, type_: str) -> bool:
    """Whether a column of a type (of S52) can be merged so; False for an unknown method."""
    return method in METHODS and type_ in METHODS[method].takes


def fits_group(method: str) -> bool:
    """Whether a column group can be merged so (D72): methods that pick a record."""
    return method in METHODS and METHODS[method].for_groups
