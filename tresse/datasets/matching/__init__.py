"""Which values tie which records (DG1, DG2, DG2b, DG7, DG13, DG17); knows no Django."""

from tresse.datasets.matching.attaching import Attached, attach, blocked_values
from tresse.datasets.matching.figures import KeyFigures, figures

__all__ = ["Attached", "KeyFigures", "attach", "blocked_values", "figures"]
