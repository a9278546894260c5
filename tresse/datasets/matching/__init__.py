"""Which values tie which records (DG1, DG2, DG2b, DG7, DG13, DG17); knows no Django."""

from tresse.datasets.matching.attaching import Attached, attach, blocked_values

__all__ = ["Attached", "attach", "blocked_values"]
