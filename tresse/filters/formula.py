"""The condition that a formula is true: `{formula: "amount > 2 * discount"}` (G2).

Where it is NULL it is not true.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.engine.formulas import CALLED, Type, built, typed
from tresse.engine.formulas.refusals import FORMULA_TYPE
from tresse.filters.editing import Control, Head, Offer
from tresse.filters.refusals import BAD_SHAPE, NO_SUCH_FACTS
from tresse.filters.shape import Base, ConditionKind
from tresse.filters.shown import shown
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.objects.calculated import Columns
from tresse.objects.derived import value_of
from tresse.objects.labels import shown_label

if TYPE_CHECKING:
    from tresse.filters.check import Checking
    from tresse.filters.compile import Compiling
    from tresse.filters.editing import Asking

FORMULAS = N_("formulas")
LABEL = N_("Formula")
HINT = N_("True for the records that count, such as amount > 2 * discount.")


class FormulaCondition(ConditionKind):
    """A formula over the properties of the row, true or false."""

    name = "formula"
    keys = ("formula",)

    def check(self, node: Mapping[str, Any], base: Base, checking: "Checking") -> str | None:
        """Read the formula; what the person may not read, it may not name."""
        text = node[self.name]
        if base.condition != "property":
            checking.refuse(NO_SUCH_FACTS(base=shown_label(base), name=gettext(FORMULAS)))
            return None
        if not isinstance(text, str):
            wanted = gettext("a text")
            checking.refuse(BAD_SHAPE(name='"formula"', wanted=wanted, value=shown(text)))
            return None
        table, model, actor = base.table, checking.model, checking.actor
        columns = Columns(base, table, model, value_of=value_of, actor=actor)
        try:
            value = built(text, columns, columns.setting)
        except TresseError as error:
            checking.refuse(error)
            return None
        if value.type not in {Type.BOOLEAN, Type.NULL}:
            checking.refuse(
                FORMULA_TYPE(
                    name=gettext("The result"),
                    type=CALLED[value.type],
                    operator=gettext("a condition"),
                    wanted=CALLED[Type.BOOLEAN],
                    position=1,
                )
            )
        return text

    def compile(
        self,
        facts: str,
        base: Base,
        table: sa.FromClause,
        compiling: "Compiling",
        *,
        negated: bool,
    ) -> sa.ColumnElement[bool]:
        """The formula, false where it is NULL."""
        model, moment = compiling.model, compiling.moment
        columns = Columns(base, table, model, value_of=value_of, setting=moment)
        found = typed(built(facts, columns, moment), Type.BOOLEAN, moment)
        if found is None:
            return sa.true() if negated else sa.false()
        is_true = sa.type_coerce(found.expression, sa.Boolean()).is_(sa.true())
        return sa.not_(is_true) if negated else is_true

    def words(self, facts: str) -> str:
        """The formula itself."""
        return f"{gettext(LABEL)}: {facts}"

    def offers(self, asking: "Asking") -> Iterable[Offer]:
        """One entry, for records."""
        if asking.base.condition != "property":
            return ()
        label = gettext(LABEL)
        return (Offer(label, label, "calculator", {self.name: ""}, names=(self.name,)),)

    def head(self, node: Mapping[str, Any], asking: "Asking") -> Head | None:  # noqa: ARG002
        """Its icon and name."""
        is_at_home = asking.base.condition == "property"
        return Head("calculator", gettext(LABEL)) if is_at_home else None

    def controls(self, node: Mapping[str, Any], asking: "Asking") -> Sequence[Control]:  # noqa: ARG002
        """The text of the formula."""
        text = node.get(self.name)
        value = text if isinstance(text, str) else None
        return (Control(self.name, "text", gettext(LABEL), value, hint=gettext(HINT)),)
