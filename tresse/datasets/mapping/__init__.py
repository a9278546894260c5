"""From sources to records of a dataset: which column goes where, as what, and cleaned how."""

from tresse.datasets.mapping.feeds import Fed, Golden, feeds_of, golden_of
from tresse.datasets.mapping.planning import Mapped, columns_of_plan, mapped, planned
from tresse.datasets.mapping.records import (
    Records,
    books,
    cleaned,
    mapping_facts,
    records,
    worked_out,
)
from tresse.datasets.mapping.relations import Related, Target, related

__all__ = [
    "Fed",
    "Golden",
    "Mapped",
    "Records",
    "Related",
    "Target",
    "books",
    "cleaned",
    "columns_of_plan",
    "feeds_of",
    "golden_of",
    "mapped",
    "mapping_facts",
    "planned",
    "records",
    "related",
    "worked_out",
]
