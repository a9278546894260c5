"""How two records are compared for suggestions (D64): the registry."""

from tresse.datasets.comparisons.base import Comparison, Level
from tresse.datasets.comparisons.persons import (
    ADDRESS,
    BIRTH_DATE,
    CITY,
    COMPANY,
    EMAIL,
    FIRST_NAME,
    FULL_NAME,
    LAST_NAME,
    PHONE,
    POSTAL_CODE,
)
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry

COMPARISONS: Registry[Comparison] = Registry(
    N_("comparison"),
    (
        FIRST_NAME,
        LAST_NAME,
        FULL_NAME,
        BIRTH_DATE,
        EMAIL,
        PHONE,
        POSTAL_CODE,
        CITY,
        ADDRESS,
        COMPANY,
    ),
)

__all__ = ["COMPARISONS", "Comparison", "Level"]
