"""What people did, as scores take it: e-mail events, events, carts and loyalty entries.

Each is a table of `Inputs`, found by the entity that leads to the people. Nobody's rows, those
without a time and those after `as_of` are left out. Where no dataset of the entity leads to the
people, the table has no rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.datasets.computed.where import ids_chosen
from tresse.datasets.computed.world import Side
from tresse.datasets.scores.arithmetic import MONEY, WHOLE
from tresse.datasets.scores.fields import Fields
from tresse.engine import columns as do
from tresse.engine.types import Instant

if TYPE_CHECKING:
    from tresse.datasets.scores.inputs import Inputs

Value = sa.ColumnElement[Any]
NO_MACHINE = ("none", "false", "no", "0")
"What a column says of a person's deed (E85); nothing said is a person's too."
APPLE = "apple_mpp"
"Its opens say nothing of the person (E86)."
OPENED, CLICKED, DELIVERED = "opened", "clicked", "delivered"
PAGE, FORM, CART, ORDER = "page", "form_submitted", "product added", "order"
PAGES = (PAGE, "screen")
VISITS = (PAGE, FORM, CART, "product removed", "cart viewed")
"Events that a visit is made of; a server may send others when nobody is there."
ORDER_EVENT = "order completed"
MAIL = "email_"
"Begins the names of e-mail events among `events` (E53)."
PAUSE_SECONDS = 30 * 60
"Without an event, ends a visit."
BECAME_ORDER = ("ordered", "converted", "completed", "complete", "purchased", "paid")
"Statuses of a cart that is an order now."
UNSAID: Mapping[str, Any] = {
    "id": sa.Text(), "event": sa.Text(), "at": Instant(), "day": sa.Date(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owned:
    """Rows of a dataset that belong to wanted people."""

    side: Side
    read: Fields
    owner: Value
    source: Any
    conditions: tuple[Value, ...]

    @property
    def id(self) -> Value:
        """Of the row."""
        return self.read.rows.c.id

    def select(self, *cells: Any) -> sa.Select[Any]:
        """These cells of those rows."""
        return sa.select(self.owner.label("id"), *cells).select_from(self.source).where(
            *self.conditions
        )  # fmt: skip


def owned(inputs: "Inputs", entity: str) -> Owned | None:
    """Rows of an entity by the people they belong to; None: none of it leads to them."""
    lead = inputs.world.related(inputs.side.name, entity)
    if lead is None:
        return None
    side = inputs.world.sides[lead.of]
    rows = side.rows
    owner: Value = rows.c[lead.column]
    source: Any = rows
    if (moved := inputs.owners.get(lead.of)) is not None:
        source = rows.join(moved, moved.c.id == rows.c.id)
        owner = moved.c.owner
    conditions = [owner.is_not(None)]
    if inputs.wanted is not None:
        conditions.append(owner.in_(sa.select(inputs.wanted.c.id)))
    if inputs.restricts(entity):
        conditions.append(rows.c.id.in_(ids_chosen(inputs.world, side, inputs.restriction.where)))
    return Owned(side, Fields(side, rows, inputs.zone), owner, source, tuple(conditions))


def messages(inputs: "Inputs") -> sa.FromClause:
    """E-mail events, a row each.

    `id`, `event` (golden id), `at`, `day` and `hour` (0 to 23) in the zone of the account, `kind`
    (E46, without `email_`), `message` (NULL unknown), `is_machine` (never NULL).
    """
    found = owned(inputs, "email_events")
    if found is None:
        return _nothing(
            inputs, "messages", {"hour": WHOLE, "kind": sa.Text(), "message": sa.Text(),
                                 "is_machine": sa.Boolean()},
        )  # fmt: skip
    kind = do.replaced(do.lowered(found.read.text("kind")), f"^{MAIL}", "")
    read = found.select(
        found.id.label("event"),
        found.read.instant("at").label("at"),
        kind.label("kind"),
        found.read.text("message").label("message"),
        _is_machine(found.read, kind).label("is_machine"),
    )
    return inputs.keep("messages", _timed(inputs, read, has_hour=True))


def mails(inputs: "Inputs") -> sa.FromClause:
    """Delivered messages of each person, a row each.

    `id`, `message`, `day` (of its first delivery), `place` (1 is the last one delivered),
    `is_opened`, `is_clicked` (by a person), `is_opened_by_any`, `is_clicked_by_any` (or a machine).
    Events without a message are left out.
    """
    found = inputs.table("messages")

    def any_of(kind: str, *more: Value) -> Value:
        return sa.func.max(sa.case((sa.and_(found.c.kind == kind, *more), 1), else_=0)) == 1

    is_delivered = found.c.kind == DELIVERED
    human = sa.not_(found.c.is_machine)
    grouped = (
        sa.select(
            found.c.id,
            found.c.message,
            sa.func.min(sa.case((is_delivered, found.c.at))).label("at"),
            sa.func.min(sa.case((is_delivered, found.c.day))).label("day"),
            any_of(OPENED, human).label("is_opened"),
            any_of(CLICKED, human).label("is_clicked"),
            any_of(OPENED).label("is_opened_by_any"),
            any_of(CLICKED).label("is_clicked_by_any"),
        )
        .where(found.c.message.is_not(None), found.c.kind.in_((DELIVERED, OPENED, CLICKED)))
        .group_by(found.c.id, found.c.message)
        .subquery("by_message")
    )
    place = sa.func.row_number().over(
        partition_by=grouped.c.id, order_by=(grouped.c.at.desc(), grouped.c.message)
    )
    statement = sa.select(
        *(each for each in grouped.c if each.name != "at"), place.label("place")
    ).where(grouped.c.at.is_not(None))
    return inputs.keep("mails", statement)


def happenings(inputs: "Inputs") -> sa.FromClause:
    """Events of pages, apps and servers, a row each.

    `id`, `event` (golden id), `at`, `day`, `name` (in small letters; `page` for screens too),
    `is_machine` (never NULL).
    """
    found = owned(inputs, "events")
    if found is None:
        return _nothing(inputs, "happenings", {"name": sa.Text(), "is_machine": sa.Boolean()})
    said = do.lowered(found.read.text("name"))
    name = sa.case((said.in_(PAGES), PAGE), else_=said)
    kind = do.replaced(name, f"^{MAIL}", "")
    read = found.select(
        found.id.label("event"),
        found.read.instant("at").label("at"),
        name.label("name"),
        _is_machine(found.read, kind).label("is_machine"),
    )
    return inputs.keep("happenings", _timed(inputs, read))


def acts(inputs: "Inputs") -> sa.FromClause:
    """All that people did, each deed once: `id`, `at`, `day`, `name`, `is_machine`.

    E-mail events are named `email_<kind>`; those among `events` count where no `email_events`
    lead to the people. Valid orders are named `order`; where no orders lead to the people,
    `Order Completed` of `events` is.
    """
    mail, event = inputs.table("messages"), inputs.table("happenings")
    order = inputs.orders
    has_mail = inputs.world.related(inputs.side.name, "email_events") is not None
    has_orders = inputs.world.related(inputs.side.name, "orders") is not None
    name: Value = event.c.name
    if not has_orders:
        name = sa.case((name == ORDER_EVENT, ORDER), else_=name)
    own = sa.select(event.c.id, event.c.at, event.c.day, name.label("name"), event.c.is_machine)
    if has_mail:
        own = own.where(sa.func.coalesce(do.substring(event.c.name, 1, len(MAIL)), "") != MAIL)
    parts = [
        sa.select(
            mail.c.id, mail.c.at, mail.c.day, (sa.literal(MAIL) + mail.c.kind).label("name"),
            mail.c.is_machine,
        ),
        own,
        sa.select(
            order.c.id, order.c.at, order.c.day, sa.literal(ORDER).label("name"),
            sa.false().label("is_machine"),
        ),
    ]  # fmt: skip
    every = sa.union_all(*parts).subquery("every_act")
    return inputs.engine.view(sa.select(*every.c))


def visits(inputs: "Inputs") -> sa.FromClause:
    """Visits, a row each: `id`, `at`, `day` of its beginning (a pause of 30 minutes ends one)."""
    event = inputs.table("happenings")
    before = sa.func.lag(event.c.at, type_=event.c.at.type).over(
        partition_by=event.c.id, order_by=(event.c.at, event.c.event)
    )
    placed = (
        sa.select(
            event.c.id, event.c.at, event.c.day,
            sa.type_coerce(before, Instant()).label("before"),
        )
        .where(event.c.name.in_(VISITS), sa.not_(event.c.is_machine))
        .subquery("placed")
    )  # fmt: skip
    paused = do.seconds_between(placed.c.before, placed.c.at) >= PAUSE_SECONDS
    statement = sa.select(placed.c.id, placed.c.at, placed.c.day).where(
        sa.or_(placed.c.before.is_(None), paused)
    )
    return inputs.keep("visits", statement)


def carts(inputs: "Inputs") -> sa.FromClause:
    """Carts, a row each: `id`, `event` (golden id), `at`, `day` (made), `is_order` (never NULL).

    One became an order if its status says so, or an order of any status, not after `as_of`, has
    its `cart_id`.
    """
    found = owned(inputs, "carts")
    if found is None:
        return _nothing(inputs, "carts", {"is_order": sa.Boolean()})
    status = do.lowered(found.read.text("status"))
    became: list[Value] = [sa.func.coalesce(status.in_(BECAME_ORDER), sa.false())]
    lead = inputs.world.related(inputs.side.name, "orders")
    if lead is not None:
        side = inputs.world.sides[lead.of]
        orders = Fields(side, side.rows, inputs.zone)
        if orders.has("cart_id") and found.read.has("cart_id"):
            known = sa.select(orders.text("cart_id")).select_from(side.rows)
            later = orders.instant("ordered_at") > sa.literal(inputs.as_of, Instant())
            known = known.where(
                orders.text("cart_id").is_not(None), sa.not_(sa.func.coalesce(later, sa.false()))
            )
            became.append(sa.func.coalesce(found.read.text("cart_id").in_(known), sa.false()))
    made = sa.func.coalesce(found.read.instant("created_at"), found.read.instant("updated_at"))
    read = found.select(
        found.id.label("event"),
        sa.type_coerce(made, Instant()).label("at"),
        sa.or_(*became).label("is_order"),
    )
    return inputs.keep("carts", _timed(inputs, read))


def entries(inputs: "Inputs") -> sa.FromClause:
    """Loyalty entries, a row each: `id`, `event` (golden id), `at`, `day`, `points` (decimal)."""
    found = owned(inputs, "loyalty")
    if found is None:
        return _nothing(inputs, "entries", {"points": MONEY})
    read = found.select(
        found.id.label("event"),
        found.read.instant("at").label("at"),
        found.read.money("points").label("points"),
    )
    return inputs.keep("entries", _timed(inputs, read))


TABLES: Mapping[str, Callable[["Inputs"], sa.FromClause]] = {
    "messages": messages,
    "mails": mails,
    "happenings": happenings,
    "acts": acts,
    "visits": visits,
    "carts": carts,
    "entries": entries,
}
"By the name that `Inputs.table` knows them by."


def _timed(
    inputs: "Inputs", read: sa.Select[Any], *, has_hour: bool = False
) -> sa.Select[Any]:  # fmt: skip
    """Rows up to `as_of`, with their `day` (and `hour`) in the zone of the account."""
    rows = read.subquery("read")
    local = do.local_at(rows.c.at, inputs.zone)
    cells = [do.day_of(local).label("day")]
    if has_hour:
        cells.append(do.to_integer(do.formatted(local, "%H")).label("hour"))
    return sa.select(*rows.c, *cells).where(
        rows.c.at.is_not(None), rows.c.at <= sa.literal(inputs.as_of, Instant())
    )


def _is_machine(read: Fields, kind: Value) -> Value:
    """Flagged as a machine's (E85), or an open that Apple made (E86, E87)."""
    said: Value = sa.false()
    if read.has("machine"):
        flag = do.lowered(read.text("machine"))
        said = sa.func.coalesce(flag.not_in(NO_MACHINE), sa.false())
    if not read.has("proxy"):
        return said
    apple = sa.and_(do.lowered(read.text("proxy")) == APPLE, kind == OPENED)
    return sa.or_(said, sa.func.coalesce(apple, sa.false()))


def _nothing(
    inputs: "Inputs", name: str, further: Mapping[str, sa.types.TypeEngine[Any]]
) -> sa.FromClause:
    """A table without rows."""
    cells = [sa.cast(sa.null(), type_).label(each) for each, type_ in {**UNSAID, **further}.items()]
    return inputs.keep(name, sa.select(*cells).select_from(inputs.people).where(sa.false()))
