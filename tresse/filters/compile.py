"""The one compiler: a checked filter becomes one Core condition on the rows of a table.

Every value is a bound parameter. Time is read once for the whole filter (G39). Negation is carried
down to the conditions, so that each stays one that an index can serve.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tresse.accounts.account import Account
from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.queries import account as current_account
from tresse.engine.constructs import Normal, PlainText
from tresse.filters.paths import Hop, Path
from tresse.filters.shape import AnyOf, Base, Checked, Condition, Node, Not
from tresse.filters.stores import CHOSEN, LINKS
from tresse.kernel import clock
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, Side
from tresse.objects.kinds import Moment, Subject
from tresse.objects.kinds.operators import joined

Where = sa.ColumnElement[bool]


def condition(
    checked: Checked,
    table: sa.FromClause,
    *,
    model: DataModel,
    actor: Actor,
    account: Account | None = None,
) -> Where:
    """The rows of `table` that a checked filter means.

    Args:
        checked: What `filters.checked` gave.
        table: The base's table, or an alias of it.
        model: The definitions.
        actor: Linked records out of this person's sight do not count (G24); `SYSTEM` sees all.
        account: In whose zone days begin; read if not given.

    Returns:
        A condition for WHERE. It says nothing of the bin and of sight of the rows themselves,
        which is the caller's to add.
    """
    zone = ZoneInfo((account or current_account()).zone)
    moment = Moment(checked.base.moment or clock.now(), zone)
    compiling = Compiling(model, actor, moment)
    with compiling.inside(checked.base):
        return compiling.node(checked.node, checked.base, table)


class Compiling:
    """What conditions share while one filter is compiled."""

    def __init__(self, model: DataModel, actor: Actor, moment: Moment) -> None:
        self.model = model
        self.actor = actor
        self.moment = moment
        self._enclosing: list[str] = []
        self._pairs: dict[tuple[int, bool, int], sa.FromClause] = {}
        self._visible: dict[tuple[str, sa.FromClause], Where] = {}

    @contextmanager
    def inside(self, base: Base) -> Iterator[None]:
        """Within the block, the table of a base stands in a statement around what is compiled."""
        self._enclosing.append(base.name)
        try:
            yield
        finally:
            self._enclosing.pop()

    def for_everyone(self) -> "Compiling":
        """The same place, where linked records count whoever looks (G24)."""
        other = Compiling(self.model, SYSTEM, self.moment)
        other._enclosing = self._enclosing
        return other

    def table_of(self, base: Base) -> sa.FromClause:
        """A base's table; an alias, which costs a column each, only where it stands around."""
        return base.table.alias() if base.name in self._enclosing else base.table

    def node(self, node: Node, base: Base, table: sa.FromClause, *, negated: bool = False) -> Where:
        """A group or condition on the rows of a table; with `negated` its exact complement."""
        if isinstance(node, Not):
            return self.node(node.part, base, table, negated=not negated)
        if isinstance(node, Condition):
            return node.kind.compile(node.facts, base, table, self, negated=negated)
        parts = [self.node(part, base, table, negated=negated) for part in node.parts]
        if isinstance(node, AnyOf) != negated:
            return joined(sa.or_, parts, empty=sa.false())
        return joined(sa.and_, parts, empty=sa.true())

    def visible(self, base: Base, table: sa.FromClause) -> Where:
        """Rows of another table that count: out of the bin and in sight."""
        key = (base.name, table)
        if key not in self._visible:
            self._visible[key] = LINKS[CHOSEN].visible(base, self.actor, table)
        return self._visible[key]

    def pairs(self, side: Side) -> sa.FromClause:
        """All links of a side; one description serves all statements of the same depth."""
        key = (side.association.id, side.forward, len(self._enclosing))
        if key not in self._pairs:
            self._pairs[key] = LINKS[CHOSEN].pairs(side)
        return self._pairs[key]

    def subject(self, path: Path, table: sa.FromClause) -> Subject:
        """The property at the end of a path, on the rows of its own table."""
        return subject_of(path, table, self.model, self.moment)

    def over(
        self, hops: Sequence[Hop], table: sa.FromClause, where: Callable[[sa.FromClause], Where]
    ) -> Where:
        """Whether the row at the end of the hops is there and passes `where`."""
        joined_rows, last = self._steps(hops, table)
        return joined_rows.where(where(last)).exists()

    def subject_over(self, path: Path, table: sa.FromClause) -> Subject:
        """The property at the end of a path as values of the rows of `table`."""
        if not path.hops:
            return self.subject(path, table)
        rows, last = self._steps(path.hops, table)
        found = self.subject(path, last)
        first = rows.order_by(last.c.id).limit(1)
        return Subject(
            first.with_only_columns(found.column).scalar_subquery(),
            first.with_only_columns(found.normal).scalar_subquery(),
            self.moment,
        )

    def _steps(
        self, hops: Sequence[Hop], table: sa.FromClause
    ) -> tuple[sa.Select[Any], sa.FromClause]:
        """Rows at the end of the hops, correlated with `table`, and their table."""
        pairs = self.pairs(hops[0].side)
        last: sa.FromClause = hops[0].base.table.alias()
        source: sa.FromClause = pairs.join(last, last.c.id == pairs.c.other)
        conditions = [pairs.c.here == table.c.id, self.visible(hops[0].base, last)]
        for hop in hops[1:]:
            pairs = LINKS[CHOSEN].pairs(hop.side)
            step = hop.base.table.alias()
            source = source.join(pairs, pairs.c.here == last.c.id)
            source = source.join(step, step.c.id == pairs.c.other)
            conditions.append(self.visible(hop.base, step))
            last = step
        rows: sa.Select[Any] = (
            sa.select(sa.literal_column("1")).select_from(source).where(*conditions)
        )
        return rows.correlate(table), last


def subject_of(path: Path, table: sa.FromClause, model: DataModel, moment: Moment) -> Subject:
    """A property as conditions see it: its value, and its compared form."""
    prop = path.prop
    column = value_of(prop, path.base, table, model)
    if prop.has_normal:
        return Subject(column, table.c[prop.normal_column], moment)
    if not prop.kind.has_normal:
        return Subject(column, column, moment)
    return Subject(column, Normal(PlainText(column) if prop.kind.is_markup else column), moment)
