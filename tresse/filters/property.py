"""The condition on a property: `{property: country, operator: is_any_of, value: [FR, BE]}`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.filters import property_controls
from tresse.filters.constants import wrong_value
from tresse.filters.paths import Path, path_of
from tresse.filters.phrases import one_value, phrase, value_words
from tresse.filters.refusals import BAD_SHAPE, NO_OPERATOR, NO_SUCH_FACTS, UNKNOWN_OPERATOR
from tresse.filters.shape import Base, ConditionKind, Read
from tresse.filters.shown import shown
from tresse.kernel.errors import TresseError, nearest
from tresse.kernel.marks import N_
from tresse.objects.described import PropertyDef
from tresse.objects.labels import shown_label
from tresse.objects.readings import reading_for

if TYPE_CHECKING:
    from tresse.filters.check import Checking
    from tresse.filters.compile import Compiling
    from tresse.filters.editing import Asking, Control, Head, Offer

EMPTINESS = ("is_empty", "is_not_empty")
A_PROPERTY = N_("the name of a property")
YES_OR_NO = N_("true or false")
NOT_TAKEN = N_("no such key")
SAME_KIND = N_("a property that compares with it")
PROPERTIES = N_("properties")
NO_PROPERTY = N_("a value and not a property")


@dataclass(frozen=True, slots=True)
class PropertyFacts:
    """What a condition on a property says; `operand` or `other` holds what it compares with."""

    path: Path
    operator: str
    operand: Any = None
    other: Path | None = None
    only_with_value: bool = False
    value: Any = None
    "As given, for the words."


class PropertyCondition(ConditionKind):
    """A property of the row, or of one linked by relations with limit 1."""

    name = "property"
    keys = ("property", "operator", "value", "only_with_value")

    def check(
        self, node: Mapping[str, Any], base: Base, checking: "Checking"
    ) -> PropertyFacts | None:
        """Read the condition."""
        if base.condition != self.name:
            checking.refuse(NO_SUCH_FACTS(base=shown_label(base), name=gettext(PROPERTIES)))
            return None
        try:
            path = _path(node[self.name], base, checking)
            operator = _operator(node, path)
            only = _only_with_value(node, operator)
            value = node.get("value")
            if isinstance(value, Mapping) and set(value) == {"property"}:
                other = _other(value["property"], operator, path, base, checking=checking)
                return PropertyFacts(path, operator, None, other, only, value)
            operand = checking.constants.operand(path.prop, operator, value)
            return PropertyFacts(path, operator, operand, None, only, value)
        except TresseError as error:
            checking.refuse(error)
            return None

    def compile(
        self,
        facts: PropertyFacts,
        base: Base,  # noqa: ARG002  the path knows its own
        table: sa.FromClause,
        compiling: "Compiling",
        *,
        negated: bool,
    ) -> sa.ColumnElement[bool]:
        """The condition; over a path as EXISTS, so that no row shows twice."""
        kind = facts.path.prop.kind
        operator = kind.operators[facts.operator]

        def where(last: sa.FromClause) -> sa.ColumnElement[bool]:
            subject = compiling.subject(facts.path, last)
            operand = facts.operand
            if facts.other is not None:
                operand = compiling.subject_over(facts.other, table)
            found = kind.where(subject, facts.operator, operand)
            if not (operator.is_negative and facts.only_with_value):
                return found
            given = [subject.column.is_not(None)]
            if facts.other is not None:
                given.append(operand.column.is_not(None))
            return sa.and_(*given, found)

        if not facts.path.hops:
            return sa.not_(where(table)) if negated else where(table)
        if operator.is_negative and not facts.only_with_value:
            fails = compiling.over(facts.path.hops, table, lambda last: sa.not_(where(last)))
            return fails if negated else sa.not_(fails)
        passes = compiling.over(facts.path.hops, table, where)
        return sa.not_(passes) if negated else passes

    def words(self, facts: PropertyFacts) -> str:
        """`Country is any of France, Belgium`."""
        prop = facts.path.prop
        if facts.other is not None:
            value = facts.other.label
        else:
            value = value_words(facts.path.base, prop, facts.operator, facts.value)
        text = phrase(facts.operator, facts.path.label, value)
        if facts.only_with_value:
            return gettext("%(condition)s (only with a value)") % {"condition": text}
        return text

    def offers(self, asking: "Asking") -> "Iterable[Offer]":
        """Own properties by group, then those of what the row has one of at most."""
        return property_controls.offers(asking) if asking.base.condition == self.name else ()

    def head(self, node: Mapping[str, Any], asking: "Asking") -> "Head | None":
        """Icon and label of the property."""
        is_at_home = asking.base.condition == self.name
        return property_controls.head(node, asking) if is_at_home else None

    def controls(self, node: Mapping[str, Any], asking: "Asking") -> "Sequence[Control]":
        """Operator, value, only with a value."""
        return property_controls.controls(node, asking)

    def read(
        self,
        facts: PropertyFacts,
        base: Base,  # noqa: ARG002  the path knows its own
        table: sa.FromClause,
        compiling: "Compiling",
    ) -> Read:
        """The value of the property."""
        prop, within = facts.path.prop, facts.path.base
        reading = reading_for(prop, within, actor=compiling.actor)

        def said(value: Any) -> str:
            if value is None:
                return gettext("no value")
            return one_value(within, prop, prop.kind.to_json(value, reading))

        return Read(compiling.subject_over(facts.path, table).column, said)


def _path(name: Any, base: Base, checking: "Checking") -> Path:
    if not isinstance(name, str):
        raise BAD_SHAPE(name='"property"', wanted=gettext(A_PROPERTY), value=shown(name))
    return path_of(name, base, model=checking.model, actor=checking.actor)


def _operator(node: Mapping[str, Any], path: Path) -> str:
    known = list(path.prop.kind.operators)
    if "operator" not in node:
        raise NO_OPERATOR(name=path.label, known=known)
    given = node["operator"]
    if not isinstance(given, str) or given not in known:
        near = nearest(str(given), known)
        raise UNKNOWN_OPERATOR(property=path.label, operator=given, known=known, nearest=near)
    return given


def _only_with_value(node: Mapping[str, Any], operator: str) -> bool:
    if "only_with_value" not in node:
        return False
    given = node["only_with_value"]
    if not isinstance(given, bool):
        raise BAD_SHAPE(name='"only_with_value"', wanted=gettext(YES_OR_NO), value=shown(given))
    if operator in EMPTINESS:
        raise wrong_value(operator, NOT_TAKEN, "only_with_value")
    return given


def _other(name: Any, operator: str, path: Path, base: Base, *, checking: "Checking") -> Path:
    prop = path.prop
    if not prop.kind.operators[operator].takes_property:
        raise wrong_value(path.label, NO_PROPERTY, {"property": name})
    other = _path(name, base, checking)
    if not _compare(prop, other.prop):
        raise wrong_value(path.label, SAME_KIND, other.label)
    return other


def _compare(one: PropertyDef, two: PropertyDef) -> bool:
    """Whether one may be compared with the other: the same operators, and of money the currency."""
    if one.kind.name == two.kind.name == "money":
        return one.settings.get("currency") == two.settings.get("currency")
    return set(one.kind.operators) == set(two.kind.operators)
