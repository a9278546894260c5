"""Explaining identity: why records are one, why others are apart, why a value stands (D62)."""

from tresse.datasets.explaining.explain import Explanation, Refused, explain
from tresse.datasets.explaining.two import Apart, Two, explain_two

__all__ = ["Apart", "Explanation", "Refused", "Two", "explain", "explain_two"]
