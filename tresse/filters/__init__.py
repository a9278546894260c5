"""Filters: the one language that says which rows are meant, its check and its one compiler."""

from tresse.filters.check import checked
from tresse.filters.compile import condition
from tresse.filters.conditions import CONDITIONS
from tresse.filters.shape import Checked
from tresse.filters.words import words

__all__ = ["CONDITIONS", "Checked", "checked", "condition", "words"]
