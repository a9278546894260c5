"""What rows of a dataset reach: their own columns, and those of what they lead to (D110).

`product.category` is the column `category` of the row that the relation `product` leads to. Each
relation leads to one row at most, so no row shows twice.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tresse.datasets.computed.paths import Reached, reached
from tresse.datasets.computed.world import Side, World
from tresse.datasets.refusals import UNKNOWN_COLUMN
from tresse.engine.formulas import Column as FormulaColumn
from tresse.engine.formulas import Type
from tresse.engine.types import ExactDecimal
from tresse.kernel.errors import nearest
from tresse.sources.computing import NAME_OF, TYPE_OF
from tresse.sources.types import TYPES

Value = sa.ColumnElement[Any]
FORMULA_TYPES: Mapping[str, Type] = {**TYPE_OF, "list": Type.TEXTS}
"What formulas take columns for, by their type of S52."
RESULT_TYPES: Mapping[Type, str] = {**NAME_OF, Type.TEXTS: "list"}
"The type of S52 of a column that is a formula."
SYSTEM: Mapping[str, tuple[str, str]] = {
    "_id": ("id", "text"),
    "_first_seen_at": ("first_seen_at", "datetime"),
    "_modified_at": ("modified_at", "datetime"),
    "_members": ("members", "integer"),
    "_sources": ("sources", "list"),
    "_keys": ("keys", "list"),
}
"Columns that every golden record has: their name in `Side.rows`, and their type of S52."


class Reach:
    """Rows of a side with all that some names reach, as one statement.

    `table` has a row per golden record of the side, and for every name the column `columns[name]`,
    of the Core type of `types[name]` (S52); NULL where a relation leads nowhere.
    """

    def __init__(
        self, world: World, side: Side, names: Iterable[str], *, said_by: str = ""
    ) -> None:
        """See the class.

        Args:
            world: Where relations lead.
            side: Whose rows.
            names: Paths to columns, in any order; as they are called, else in small letters.
            said_by: What names them, for refusals.

        Raises:
            TresseError: As `paths.reached`; `column_missing` with the nearest.
        """
        self.name, self._world = side.name, world
        self._definitions = {name: each.definition for name, each in world.sides.items()}
        wanted = tuple(dict.fromkeys(names))
        first: Any = side.rows.alias("t0")
        self._source = first
        self._joined: dict[tuple[str, ...], tuple[Side, Any]] = {(): (side, first)}
        self.columns = {name: f"r{number}" for number, name in enumerate(wanted)}
        self.types: dict[str, str] = {}
        cells: list[Any] = []
        for name in wanted:
            found = self._found(side, name, said_by)
            column, self.types[name] = _cell(world.sides[found.dataset], found.column)
            _, rows = self._rows(tuple(lead.relation.name for lead in found.leads))
            core = TYPES[self.types[name]].column
            cells.append(sa.type_coerce(rows.c[column], core).label(self.columns[name]))
        chosen = sa.select(*(cells or [first.c.id])).select_from(self._source)
        self.table: sa.Subquery = chosen.subquery("reached")

    def _found(self, side: Side, name: str, said_by: str) -> Reached:
        own = [*side.cells, *SYSTEM]
        called = name if name in own or name.lower() not in own else name.lower()
        found = reached(self._definitions, side.name, called, own=own, name=said_by or side.name)
        there = self._world.sides[found.dataset]
        known = [*there.cells, *SYSTEM]
        for column in (found.column, found.column.lower()):
            if column in known:
                return Reached(found.leads, found.dataset, column)
        raise UNKNOWN_COLUMN(
            name=said_by or side.name,
            dataset=there.name,
            column=found.column,
            nearest=nearest(found.column, known),
        )

    def _rows(self, relations: tuple[str, ...]) -> tuple[Side, Any]:
        """The rows at the end of relations, joined."""
        if relations not in self._joined:
            side, rows = self._rows(relations[:-1])
            name = relations[-1]
            to = next(each.to for each in side.definition.relations if each.name == name)
            other = self._world.sides[to]
            joined = other.rows.alias(f"t{len(self._joined)}")
            self._source = self._source.outerjoin(joined, joined.c.id == rows.c[f"{name}_id"])
            self._joined[relations] = (other, joined)
        return self._joined[relations]

    def __getitem__(self, name: str) -> Value:
        """What a name reaches, as a column of `table`."""
        return self.table.c[self.columns[name]]

    def formula_columns(self) -> dict[str, FormulaColumn]:
        """What formulas over `table` may name."""
        return {name: formula_column(self.types[name], self[name], name) for name in self.columns}


def formula_column(type_: str, column: Value, label: str = "") -> FormulaColumn:
    """A column of a type of S52 as formulas take it."""
    sort = FORMULA_TYPES[type_]
    if sort is Type.DECIMAL:
        # Six places stay six places: only its name in Core is the one that formulas know.
        column = sa.type_coerce(column, ExactDecimal())
    return FormulaColumn(sort, column, label)


def _cell(side: Side, name: str) -> tuple[str, str]:
    """A column's name in the rows of a side, and its type of S52."""
    if name in side.cells:
        return side.cells[name].column, side.cells[name].type
    return SYSTEM[name]
