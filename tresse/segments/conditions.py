"""Conditions on membership: `{list: vip}`, `{segment: customers_france}` (G2, G30, G37)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.filters.check import Checking
from tresse.filters.compile import Compiling
from tresse.filters.editing import Asking, Choice, Control, Head, Offer
from tresse.filters.refusals import BAD_SHAPE, UNKNOWN_OPERATOR
from tresse.filters.shape import Base, ConditionKind, Node
from tresse.filters.shown import shown
from tresse.kernel.errors import UNKNOWN_REFERENCE, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable
from tresse.objects.labels import shown_plural
from tresse.segments.bases import base_of, called, sort_of
from tresse.segments.models import List, Segment
from tresse.segments.queries import in_sight
from tresse.segments.refusals import (
    NO_MEMBERSHIP,
    SEGMENT_CYCLE,
    SEGMENT_TOO_DEEP,
    WRONG_BASE,
)
from tresse.segments.tables import LIST_MEMBER

OPERATORS = ("is_in", "is_not_in")
DEEPEST = 5
MOST_OPEN = 20
"With more of them, the group of the editor is folded until somebody looks for one."
A_LIST = N_("the name of a list")
A_SEGMENT = N_("the name of a segment")
Where = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class ListFacts:
    """Which list a row must, or must not, be on."""

    id: int
    label: str
    is_in: bool


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """Which segment a row must, or must not, be in, and the filter that stands for it now."""

    id: int
    label: str
    is_in: bool
    filter: Node


class ListCondition(ConditionKind):
    """`{list: vip, operator: is_in}`."""

    name = "list"
    keys = ("list", "operator")

    def check(self, node: Mapping[str, Any], base: Base, checking: Checking) -> ListFacts | None:
        """Read the condition; a list out of the person's sight is not there."""
        try:
            row = _referred(List, node["list"], base, checking)
            return ListFacts(row.pk, row.label, _is_in(node, row.label))
        except TresseError as error:
            checking.refuse(error)
            return None

    def compile(
        self,
        facts: ListFacts,
        base: Base,  # noqa: ARG002  record ids are unique over all objects
        table: sa.FromClause,
        compiling: Compiling,  # noqa: ARG002  members are the same for everyone
        *,
        negated: bool,
    ) -> Where:
        """EXISTS on the members (G37)."""
        member = sa.exists().where(
            LIST_MEMBER.c.list_id == facts.id, LIST_MEMBER.c.record_id == table.c.id
        )
        found = member.correlate(table)
        return found if facts.is_in != negated else sa.not_(found)

    def offers(self, asking: Asking) -> Iterable[Offer]:
        """Every list of the base in sight."""
        return _offers(List, gettext("Lists"), "list", asking)

    def head(self, node: Mapping[str, Any], asking: Asking) -> Head:  # noqa: ARG002
        """What it is on."""
        return Head("list", gettext("List"))

    def controls(self, node: Mapping[str, Any], asking: Asking) -> Sequence[Control]:
        """On it or not, and which."""
        return _controls(List, node, asking, gettext("List"))

    def words(self, facts: ListFacts) -> str:
        """`is on the list VIP`."""
        named = {"name": facts.label}
        if facts.is_in:
            return gettext("is on the list %(name)s") % named
        return gettext("is not on the list %(name)s") % named


class SegmentCondition(ConditionKind):
    """`{segment: customers_france, operator: is_not_in}`: the segment's filter, read now (G51)."""

    name = "segment"
    keys = ("segment", "operator")

    def check(self, node: Mapping[str, Any], base: Base, checking: Checking) -> SegmentFacts | None:
        """Read the condition and the filter it stands for, at most five deep (G30)."""
        try:
            row = _referred(Segment, node["segment"], base, checking)
            is_in = _is_in(node, row.label)
            _refuse_circle(row, checking)
        except TresseError as error:
            checking.refuse(error)
            return None
        with checking.saved(row.name), checking.at("segment"):
            inner = checking.node(row.filter, base)
        return None if inner is None else SegmentFacts(row.pk, row.label, is_in, inner)

    def compile(
        self,
        facts: SegmentFacts,
        base: Base,
        table: sa.FromClause,
        compiling: Compiling,
        *,
        negated: bool,
    ) -> Where:
        """The filter itself; linked records count whoever looks (G24)."""
        inside = compiling.for_everyone()
        return inside.node(facts.filter, base, table, negated=facts.is_in == negated)

    def offers(self, asking: Asking) -> Iterable[Offer]:
        """Every segment of the base in sight."""
        return _offers(Segment, gettext("Segments"), "target", asking)

    def head(self, node: Mapping[str, Any], asking: Asking) -> Head:  # noqa: ARG002
        """What it is on."""
        return Head("target", gettext("Segment"))

    def controls(self, node: Mapping[str, Any], asking: Asking) -> Sequence[Control]:
        """In it or not, and which."""
        return _controls(Segment, node, asking, gettext("Segment"))

    def words(self, facts: SegmentFacts) -> str:
        """`is in the segment Customers in France`."""
        named = {"name": facts.label}
        if facts.is_in:
            return gettext("is in the segment %(name)s") % named
        return gettext("is not in the segment %(name)s") % named


def _referred(model: Any, name: Any, base: Base, checking: Checking) -> Any:
    sort = model._meta.verbose_name
    if sort_of(base.name)[0].find(sort_of(base.name)[1], checking.model) is None:
        raise NO_MEMBERSHIP(base=shown_plural(base).lower())
    if not isinstance(name, str):
        wanted = gettext(A_LIST if model is List else A_SEGMENT)
        raise BAD_SHAPE(name=f'"{sort}"', wanted=wanted, value=shown(name))
    seen = in_sight(model, checking.actor)
    row = seen.filter(name=name).first() if is_storable(name) else None
    if row is None:
        near = nearest(name, seen.values_list("name", flat=True))
        raise UNKNOWN_REFERENCE(sort=gettext(sort), name=name, nearest=near)
    if row.base != base.name:
        made_of = base_of(row, checking.model).inside
        raise WRONG_BASE(name=row.label, base=made_of, wanted=called(base, checking.model))
    return row


def _offers(model: Any, group: str, icon: str, asking: Asking) -> Iterable[Offer]:
    seen = in_sight(model, asking.actor).filter(base=asking.base.name).order_by("label")
    key = model._meta.verbose_name
    rows = list(seen.values_list("name", "label"))
    is_far = len(rows) > MOST_OPEN
    return [
        Offer(label, group, icon, {key: name}, (name, label), is_far=is_far) for name, label in rows
    ]


def _controls(model: Any, node: Mapping[str, Any], asking: Asking, label: str) -> Sequence[Control]:
    key = model._meta.verbose_name
    seen = in_sight(model, asking.actor).filter(base=asking.base.name).order_by("label")
    choices = [Choice(*row) for row in seen.values_list("name", "label")]
    operators = [Choice("is_in", gettext("is")), Choice("is_not_in", gettext("is not"))]
    return (
        Control(
            "operator", "choice", gettext("Condition"), node.get("operator", "is_in"), operators
        ),
        Control(key, "choice", label, node.get(key), choices),
    )


def _is_in(node: Mapping[str, Any], label: str) -> bool:
    operator = node.get("operator", "is_in")
    if operator not in OPERATORS:
        known = list(OPERATORS)
        near = nearest(str(operator), known)
        raise UNKNOWN_OPERATOR(property=label, operator=operator, known=known, nearest=near)
    return bool(operator == "is_in")


def _refuse_circle(row: Segment, checking: Checking) -> None:
    around = checking.inside
    if row.name in around:
        raise SEGMENT_CYCLE(name=row.label, other=_label(around[-1], row))
    if len(around) >= DEEPEST:
        raise SEGMENT_TOO_DEEP(number=len(around) + 1, most=DEEPEST)


def _label(name: str, row: Segment) -> str:
    found = Segment.objects.filter(name=name).first()
    return found.label if found else row.label


CONDITIONS = (ListCondition(), SegmentCondition())
