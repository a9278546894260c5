"""The kinds of condition a filter may hold.

`property` and `field` stand here. Others are members of higher rooms, handed over by
`config/members.py`; one that nobody has handed over is no condition, so that a filter with it is
refused (`bad_filter`).
"""

from tresse.filters.fields import FieldCondition
from tresse.filters.formula import FormulaCondition
from tresse.filters.property import PropertyCondition
from tresse.filters.shape import ConditionKind
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry

CONDITIONS: Registry[ConditionKind] = Registry(
    N_("condition"), (PropertyCondition(), FieldCondition(), FormulaCondition())
)
