"""Why a row is, or is not, among those a filter means: each condition with what it saw (G73)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.account import Account
from tresse.accounts.actor import Actor
from tresse.filters.compile import Compiling
from tresse.filters.shape import AnyOf, Checked, Condition, Node, Not, Read
from tresse.filters.stores import store_of
from tresse.kernel import clock
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel
from tresse.objects.kinds import Moment

MARKS = {"all": N_("All of these"), "any": N_("Any of these"), "none": N_("Not")}


@dataclass(frozen=True, slots=True)
class Reason:
    """A node in words, whether it is true of the row, the value it read, and the nodes in it.

    `title`: of the root, what the row is called.
    """

    words: str
    is_true: bool
    value: str = ""
    parts: tuple["Reason", ...] = ()
    title: str = ""


def why(
    checked: Checked, id: str, *, model: DataModel, actor: Actor, account: Account
) -> Reason | None:
    """Each condition of a filter, true or false of one row in sight.

    Returns:
        The root; None if there is no such row. One statement reads all conditions at once, at the
        same moment.
    """
    base, table = checked.base, checked.base.table
    moment = Moment(base.moment or clock.now(), ZoneInfo(account.zone))
    compiling = Compiling(model, actor, moment)
    columns: list[sa.ColumnElement[Any]] = []
    reads: list[Read | None] = []
    conditions = list(_conditions(checked.node))
    with compiling.inside(base):
        for each in conditions:
            where = each.kind.compile(each.facts, base, table, compiling, negated=False)
            reads.append(each.kind.read(each.facts, base, table, compiling))
            columns.append(sa.case((where, 1), else_=0).label(f"is_{len(reads)}"))
            read = reads[-1]
            seen = sa.null() if read is None else read.column
            columns.append(seen.label(f"seen_{len(reads)}"))
    row = store_of(base).asked(base, id, actor, columns)
    if row is None:
        return None
    title, *values = row
    leaves = []
    for at, (each, read) in enumerate(zip(conditions, reads, strict=True)):
        value = read.words(values[2 * at + 1]) if read else ""
        leaves.append(Reason(each.kind.words(each.facts), bool(values[2 * at]), value))
    return replace(_reason(checked.node, iter(leaves)), title=title)


def _conditions(node: Node) -> Iterator[Condition]:
    if isinstance(node, Condition):
        yield node
    elif isinstance(node, Not):
        yield from _conditions(node.part)
    else:
        for part in node.parts:
            yield from _conditions(part)


def _reason(node: Node, leaves: Iterator[Reason]) -> Reason:
    if isinstance(node, Condition):
        return next(leaves)
    if isinstance(node, Not):
        part = _reason(node.part, leaves)
        return Reason(gettext(MARKS["none"]), not part.is_true, parts=(part,))
    parts = tuple(_reason(part, leaves) for part in node.parts)
    truths = [part.is_true for part in parts]
    is_any = isinstance(node, AnyOf)
    return Reason(
        gettext(MARKS["any" if is_any else "all"]),
        any(truths) if is_any else all(truths),
        parts=parts,
    )
