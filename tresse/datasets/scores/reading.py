"""Orders and their lines as scores read them: by semantic field, in the types they take (SC2)."""

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.datasets.computed.world import Lead, Side
from tresse.datasets.scores.arithmetic import DOUBLE, MONEY, exact, or_zero, times
from tresse.datasets.scores.fields import Fields
from tresse.engine import columns as do
from tresse.engine.types import Instant

if TYPE_CHECKING:
    from tresse.datasets.scores.inputs import Inputs

Value = sa.ColumnElement[Any]
TEXTS = ("coupon", "channel", "store", "payment_method", "campaign")
"Fields of orders that `orders` has as texts, NULL where nothing is mapped."
GOODS = ("name", "category", "brand")
"Texts of a line that its product may tell."
AMOUNTS = ("net", "amount", "refunded", "discount")


def orders(inputs: "Inputs", lead: Lead) -> sa.Select[Any]:
    """Orders of wanted people as they are, amounts in their own `currency`; a row each.

    `id` is NULL of those that belong to nobody, which are there where all people are wanted.
    """
    side = inputs.world.sides[lead.of]
    rows = side.rows
    source: Any = rows
    owner: Value = rows.c[lead.column]
    if (moved := inputs.owners.get(lead.of)) is not None:
        source = rows.join(moved, moved.c.id == rows.c.id)
        owner = moved.c.owner
    read = Fields(side, rows, inputs.zone)
    at = read.instant("ordered_at")
    if (days := _days(inputs, side)) is not None:
        told = side.with_field("ordered_at")
        source = source.outerjoin(days, days.c.day == rows.c[told.column if told else ""])
        at = days.c.at
    amount, refunded = read.money("amount"), read.money("refunded")
    rest = do.try_cast(amount - or_zero(refunded), MONEY)
    net = sa.func.coalesce(read.money("net_amount"), rest)
    has_promotion = read.has("discount") or read.has("coupon")
    promoted = _is_promoted(read) if has_promotion else sa.cast(sa.null(), sa.Boolean())
    statement = sa.select(
        owner.label("id"),
        rows.c.id.label("order"),
        sa.func.coalesce(read.text("order_id"), rows.c.id).label("key"),
        at.label("at"),
        read.day("ordered_at").label("day"),
        sa.type_coerce(net, MONEY).label("net"),
        sa.type_coerce(sa.func.coalesce(amount, net), MONEY).label("amount"),
        refunded.label("refunded"),
        read.money("discount").label("discount"),
        promoted.label("is_promoted"),
        _is_paid(read, inputs.restriction.statuses).label("is_paid"),
        read.text("currency").label("currency"),
        *(
            read.text(name).label(name)
            for name in TEXTS
            if inputs.fields is None or name in inputs.fields
        ),
    ).select_from(source)
    if inputs.wanted is not None:
        statement = statement.where(owner.in_(sa.select(inputs.wanted.c.id)))
    return statement


def _days(inputs: "Inputs", side: Side) -> sa.TableClause | None:
    """The instants at which the days of orders begin, each worked out once; None: not of days."""
    cell = side.with_field("ordered_at")
    if cell is None or cell.type != "date":
        return None
    day = sa.type_coerce(side.rows.c[cell.column], sa.Date())
    days = sa.select(day.label("day")).distinct().subquery("days")
    at = do.instant_at(do.local_of(days.c.day), inputs.zone)
    return inputs.keep("order_days", sa.select(days.c.day, at.label("at")))


def _is_promoted(read: Fields) -> Value:
    has_discount = sa.func.coalesce(read.money("discount") > 0, sa.false())
    return sa.or_(has_discount, read.text("coupon").is_not(None))


def _is_paid(read: Fields, statuses: tuple[str, ...]) -> Value:
    """Orders without a status count: a source that tells none has only real ones."""
    if not read.has("status"):
        return sa.true()
    status = do.lowered(read.text("status"))
    return sa.or_(status.is_(None), status.in_([each.lower() for each in statuses]))


def _nothing(name: str, type_: Any) -> Value:
    return sa.cast(sa.null(), type_).label(name)


def no_orders(people: sa.FromClause) -> sa.Select[Any]:
    """As `orders` once their amounts are converted; without rows."""
    return sa.select(
        people.c.id,
        *(_nothing(name, sa.Text()) for name in ("order", "key")),
        _nothing("at", Instant()),
        _nothing("day", sa.Date()),
        *(_nothing(name, MONEY) for name in AMOUNTS),
        _nothing("is_promoted", sa.Boolean()),
        sa.false().label("is_paid"),
        _nothing("currency", sa.Text()),
        *(_nothing(name, sa.Text()) for name in TEXTS),
        sa.false().label("rate_missing"),
    ).where(sa.false())


def lines(inputs: "Inputs", lead: Lead, valid: sa.FromClause) -> sa.Select[Any]:
    """Lines of valid orders, amounts in their own `currency`; a row each. See `Inputs.lines`."""
    side = inputs.world.sides[lead.of]
    rows = side.rows
    read = Fields(side, rows, inputs.zone)
    source: Any = rows.join(valid, valid.c.order == rows.c[lead.column])
    product = next(
        (each for each in side.definition.relations if _is_product(inputs, each.to)), None
    )
    goods: Fields | None = None
    number: Value = sa.func.coalesce(read.text("product"), read.text("name"))
    if product is not None:
        other = inputs.world.sides[product.to]
        goods = Fields(other, other.rows, inputs.zone)
        led = rows.c[f"{product.name}_id"]
        source = source.outerjoin(other.rows, other.rows.c.id == led)
        # One text for each product, whatever its lines say, and one that people know.
        told = [goods.text(name) for name in ("product_id", "sku")]
        number = sa.case((led.is_(None), number), else_=sa.func.coalesce(*told, number, led))

    def text(name: str) -> Value:
        own = read.text(name)
        return own if goods is None else sa.func.coalesce(own, goods.text(name))

    quantity, cost = read.number("quantity"), read.money("cost")
    if goods is not None:
        cost = sa.func.coalesce(cost, goods.money("cost"))
    price = times(read.money("unit_price"), exact(quantity))
    rest = do.try_cast(price - or_zero(read.money("discount")), MONEY)
    amount = sa.func.coalesce(read.money("line_amount"), rest)
    return sa.select(
        valid.c.id,
        valid.c.order,
        valid.c.at,
        valid.c.day,
        rows.c.id.label("line"),
        sa.type_coerce(number, sa.Text()).label("product"),
        *(sa.type_coerce(text(name), sa.Text()).label(name) for name in GOODS),
        quantity.label("quantity"),
        read.number("returned_quantity").label("returned_quantity"),
        sa.type_coerce(amount, MONEY).label("amount"),
        sa.type_coerce(cost, MONEY).label("cost"),
        sa.func.coalesce(read.text("currency"), valid.c.currency).label("currency"),
    ).select_from(source)


def _is_product(inputs: "Inputs", name: str) -> bool:
    return name in inputs.world.sides and inputs.world.sides[name].entity == "products"


def no_lines(valid: sa.FromClause) -> sa.Select[Any]:
    """As `Inputs.lines`; without rows."""
    return sa.select(
        valid.c.id,
        valid.c.order,
        valid.c.at,
        valid.c.day,
        *(_nothing(name, sa.Text()) for name in ("line", "product", *GOODS)),
        *(_nothing(name, DOUBLE) for name in ("quantity", "returned_quantity")),
        *(_nothing(name, MONEY) for name in ("amount", "cost")),
    ).where(sa.false())
