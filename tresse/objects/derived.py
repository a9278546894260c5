"""Properties that are worked out when read, as Core expressions, and values that follow others.

A derived property has no column of its own (`PropertyDef.column` is empty); its settings name one
of `DERIVED`, or say how it is calculated (`objects.calculated`). Everyone who reads properties
takes `value_of`, which serves all sorts.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa

from tresse.engine.constructs import PercentOf
from tresse.engine.types import ExactDecimal
from tresse.objects.calculated import expression_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef

# The table itself belongs to `records`, the room above.
LINK = sa.table(
    "link",
    sa.column("association_id", sa.Integer()),
    sa.column("from_id", sa.BigInteger()),
    sa.column("to_id", sa.BigInteger()),
)
CLOSED = ("won", "lost", "closed")
TEN_THOUSANDTH = Decimal("0.0001")
Column = sa.ColumnElement[Any]


def value_of(
    prop: PropertyDef, object_: ObjectDef, table: sa.FromClause, model: DataModel
) -> Column:
    """What a property of the records of a table is: its column, or the expression it derives from.

    Args:
        prop: A property of the object type.
        object_: The object type.
        table: Its record table or an alias of it.
        model: The data model, for relations and stages.
    """
    if prop.column:
        return table.c[prop.column]
    if "derived" in prop.settings:
        return DERIVED[prop.settings["derived"]](object_, table, model).label(prop.name)
    return expression_of(prop, object_, table, model, value_of).label(prop.name)


def _stage(object_: ObjectDef, table: sa.FromClause) -> Column:
    return table.c[object_.property("stage").column]


def _in_stage_of(object_: ObjectDef, table: sa.FromClause, kinds: tuple[str, ...]) -> Column:
    # Stages are few and known: their ids stand in the statement, so that an index on them serves.
    ids = [stage.id for stage in object_.stages.values() if stage.kind in kinds]
    return sa.case((_stage(object_, table).in_(ids), sa.true()), else_=sa.false())


def is_closed(object_: ObjectDef, table: sa.FromClause, _model: DataModel) -> Column:
    """Whether the record is in a won, lost or closed stage; false without a stage."""
    return _in_stage_of(object_, table, CLOSED)


def is_won(object_: ObjectDef, table: sa.FromClause, _model: DataModel) -> Column:
    """Whether the record is in a won stage; false without a stage."""
    return _in_stage_of(object_, table, ("won",))


def weighted_amount(object_: ObjectDef, table: sa.FromClause, _model: DataModel) -> Column:
    """Amount times probability of the stage (C49), exact; NULL without amount or stage."""
    chances = {stage.id: stage.probability for stage in object_.stages.values()}
    if not chances:
        return sa.null().cast(ExactDecimal())
    percent = sa.case(chances, value=_stage(object_, table))
    return PercentOf(table.c[object_.property("amount").column], percent)


def contact_count(object_: ObjectDef, table: sa.FromClause, model: DataModel) -> Column:
    """How many contacts outside the bin are linked by the default association type."""
    side = model.default_side(object_.name, "contact")
    if side is None:
        return sa.literal(0)
    here, there = (LINK.c.from_id, LINK.c.to_id)
    if not side.forward:
        here, there = there, here
    contact = model.object("contact").table.alias()
    return (
        sa.select(sa.func.count())
        .select_from(LINK.join(contact, contact.c.id == there))
        .where(
            LINK.c.association_id == side.association.id,
            here == table.c.id,
            contact.c.deleted_at.is_(None),
        )
        .correlate(table)
        .scalar_subquery()
    )


DERIVED: Mapping[str, Callable[[ObjectDef, sa.FromClause, DataModel], Column]] = {
    "is_closed": is_closed,
    "is_won": is_won,
    "weighted_amount": weighted_amount,
    "contact_count": contact_count,
}


def following(object_name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that a new record gets because of its others, where none was given (C43).

    Args:
        object_name: Name of the object type.
        values: Values of the new record by property name, as the kinds read them.

    Returns:
        Only the added values. Of an order line: `amount` = quantity * unit price - discount, exact
        to four places; nothing where quantity or price is missing.
    """
    if object_name != "order_line" or values.get("amount") is not None:
        return {}
    quantity, price = values.get("quantity"), values.get("unit_price")
    if quantity is None or price is None:
        return {}
    amount = Decimal(quantity) * Decimal(price) - Decimal(values.get("discount") or 0)
    return {"amount": amount.quantize(TEN_THOUSANDTH, ROUND_HALF_UP)}
