"""One golden record of many records: merge methods, groups, consents, pins, provenance (D70)."""

from tresse.datasets.layout import result_type
from tresse.datasets.merging.finishing import PINS, Before
from tresse.datasets.merging.merge import Merged, merge
from tresse.datasets.merging.methods import METHODS, fits, fits_group

__all__ = ["METHODS", "PINS", "Before", "Merged", "fits", "fits_group", "merge", "result_type"]
