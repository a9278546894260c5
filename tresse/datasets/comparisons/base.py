"""What a comparison states: which prepared column it compares, and how alike two values can be."""

from dataclasses import dataclass

EXACT, SIMILAR, EDITS, LOCAL = "exact", "similar", "edits", "local"
"""Sorts of levels: equal; Jaro–Winkler similarity of at least a number; at most so many typing
errors (Damerau–Levenshtein); the part before @ is equal."""


@dataclass(frozen=True, slots=True)
class Level:
    """How alike two values are: the first level that holds counts; else they differ."""

    sort: str
    label: str
    number: float = 0
    rarity: bool = False
    "A rare value that is equal weighs more than a frequent one."


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares one prepared column (`suggestions.prepared`) of two records.

    It is symmetric, a value and itself reach the first level, and an unknown value on either side
    is a level of its own that weighs nothing.
    """

    name: str
    "The prepared column, too."
    label: str
    levels: tuple[Level, ...]
    "From the most alike on."
