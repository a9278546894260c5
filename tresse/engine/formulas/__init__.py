"""Formulas: one safe expression over the columns of a row (D100 to D106).

`built(text, columns, setting)` gives a Core expression with its type, the same on every engine.
"""

from tresse.engine.formulas.build import Column, built
from tresse.engine.formulas.functions import FUNCTIONS, GROUPS, Function
from tresse.engine.formulas.reader import columns_named, read
from tresse.engine.formulas.values import CALLED, COLUMNS, Setting, Type, Value, cast, typed

__all__ = [
    "CALLED",
    "COLUMNS",
    "FUNCTIONS",
    "GROUPS",
    "Column",
    "Function",
    "Setting",
    "Type",
    "Value",
    "built",
    "cast",
    "columns_named",
    "read",
    "typed",
]
