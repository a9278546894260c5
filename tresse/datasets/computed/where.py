"""Which related rows count (G66): a formula that is true, or a filter."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM
from tresse.datasets.computed.reach import Reach
from tresse.datasets.computed.windows import setting_of
from tresse.datasets.computed.world import Side, World
from tresse.datasets.golden_filter import KINDS, Golden
from tresse.engine.columns import list_text
from tresse.engine.formulas import CALLED, Type, built, columns_named, read, typed
from tresse.engine.formulas.refusals import FORMULA_TYPE
from tresse.filters import checked
from tresse.filters.compile import Compiling
from tresse.filters.fields import described, field
from tresse.kernel.marks import N_
from tresse.objects.described import PropertyDef, data_model

Condition = sa.ColumnElement[bool]
TRUE_OR_FALSE = N_("true or false")
DOT = "\N{ONE DOT LEADER}"
"Stands in filters where names have a dot, which is a step over a relation of objects there."


def names_in(where: Any) -> list[str]:
    """Columns that a formula or a filter names, over relations too, each once, in order.

    Raises:
        TresseError: What a formula is refused for before its columns are known.
    """
    if where is None:
        return []
    if isinstance(where, str):
        return list(columns_named(read(where)))
    return list(dict.fromkeys(_named(where)))


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _named(each)
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if key == "property" and isinstance(value, str):
            yield value
        elif key == "formula" and isinstance(value, str):
            yield from columns_named(read(value))
        else:
            yield from _named(value)


def ids_chosen(world: World, side: Side, where: Any) -> sa.Select[Any]:
    """`id` of the rows of a dataset that count.

    Args:
        world: The datasets.
        side: Whose rows.
        where: A formula text, or a filter (G66), over its columns and those of to-one relations.

    Raises:
        TresseError: What a formula or a filter is refused for.
    """
    reach = Reach(world, side, ["_id", *names_in(where)], said_by=f"{side.name}: where")
    rows, condition = condition_over(world, reach, where)
    column = rows.c[reach.columns["_id"]]
    return sa.select(column.label("id")).select_from(rows).where(condition)


def condition_over(world: World, reach: Reach, where: Any) -> tuple[sa.FromClause, Condition]:
    """Which rows of a reach count, as a condition over them: nothing is read twice.

    Args:
        world: The datasets; time is its `as_of`, never the clock.
        reach: Of all `names_in` the condition.
        where: A formula text, a filter, or None: all rows.

    Returns:
        The rows that the condition is over (`reach.table`), and the condition: true or false.

    Raises:
        TresseError: What a formula or a filter is refused for.
    """
    if where is None:
        return reach.table, sa.true()
    if isinstance(where, str):
        return reach.table, is_true(world, where, reach)
    return reach.table, sa.func.coalesce(_filtered(world, where, reach), sa.false())


def is_true(world: World, text: str, reach: Reach) -> Condition:
    """Whether a formula is true of a row; where it is NULL it is not.

    Raises:
        TresseError: One of the codes of D104.
    """
    setting = setting_of(world)
    value = built(text, reach.formula_columns(), setting)
    found = typed(value, Type.BOOLEAN, setting)
    if found is None:
        raise FORMULA_TYPE(
            name=text.strip(),
            type=CALLED[value.type],
            operator="where",
            wanted=TRUE_OR_FALSE,
            position=1,
        )
    return sa.func.coalesce(sa.type_coerce(found.expression, sa.Boolean()), sa.false())


class _Asked:
    """A reach as the compiler of filters reads a table: expressions by name of column."""

    def __init__(self, world: World, reach: Reach) -> None:
        self.c: dict[str, sa.ColumnElement[Any]] = {}
        self.properties: list[PropertyDef] = []
        self._world, self._reach = world, reach
        for name in reach.columns:
            type_, value = reach.types[name], reach[name]
            # A list is to a filter the text of its values.
            value = list_text(value, "; ") if type_ == "list" else value
            self._add(name, KINDS[type_], value)

    def rewritten(self, node: Any) -> Any:
        """The filter with names that hold no dots; a formula becomes a column of its own."""
        if isinstance(node, list):
            return [self.rewritten(each) for each in node]
        if not isinstance(node, Mapping):
            return node
        if set(node) == {"formula"} and isinstance(node["formula"], str):
            text = node["formula"]
            value = is_true(self._world, text, self._reach)
            name = self._add(f"{text}#{len(self.c)}", "boolean", value)
            return {"property": name, "operator": "is", "value": True}
        return {
            key: _dotless(value)
            if key == "property" and isinstance(value, str) and value in self._reach.columns
            else self.rewritten(value)
            for key, value in node.items()
        }

    def _add(self, label: str, kind: str, value: sa.ColumnElement[Any]) -> str:
        name = _dotless(label)
        made = field(len(self.c) + 1, name, label, kind)
        self.properties.append(made)
        self.c[name] = value
        return name


def _dotless(name: str) -> str:
    return name.replace(".", DOT)


def _filtered(world: World, where: Any, reach: Reach) -> Condition:
    table: Any = _Asked(world, reach)
    said = table.rewritten(where)
    base = described(Golden, "(rows)", reach.name, table.properties)
    model = data_model()
    # Columns are for all who may read datasets: nothing is hidden from one of them.
    found = checked(said, base, model=model, actor=SYSTEM, personal=False)
    compiling = Compiling(model, SYSTEM, setting_of(world))
    with compiling.inside(base):
        return compiling.node(found.node, base, table)
