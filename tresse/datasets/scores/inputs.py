"""What scores are worked out of: valid orders of the people of a dataset, and what belongs to them.

Every table is a step of the engine, made when it is first asked for, and shared by all scores of
the dataset that ask alike. Columns are found by semantic field, never by name (SC2).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

import sqlalchemy as sa

from tresse.datasets.computed.where import ids_chosen
from tresse.datasets.computed.world import Lead, Side, World
from tresse.datasets.scores import reading
from tresse.datasets.scores.arithmetic import total
from tresse.datasets.scores.fields import Fields
from tresse.datasets.scores.inputs_events import TABLES as FURTHER
from tresse.datasets.scores.rates import converted
from tresse.datasets.scores.windows import days_of, in_window
from tresse.engine import columns as do
from tresse.engine.base import Engine
from tresse.engine.types import Instant

Value = sa.ColumnElement[Any]
PAID = (
    "paid",
    "completed",
    "complete",
    "processing",
    "shipped",
    "delivered",
    "fulfilled",
    "closed",
)
"Statuses of orders that count (SC5), compared without regard to case."
STEPS = count()
"Numbers of inputs: several worlds share an engine, which tells its steps apart by name."


@dataclass(frozen=True, slots=True)
class Restriction:
    """What of the orders counts for a use of a score (SC4, SC5); those alike share their steps."""

    where: Any = None
    statuses: tuple[str, ...] = PAID
    over: str = "orders"
    "Entity of the rows that `where` is over."

    @property
    def key(self) -> str:
        """Tells restrictions apart."""
        over = self.over if self.where is not None else ""
        return repr((self.where, self.statuses, over))


class Inputs:
    """The tables, of one dataset under one restriction."""

    def __init__(
        self,
        world: World,
        side: Side,
        restriction: Restriction = Restriction(),
        *,
        people: sa.FromClause | None = None,
        owners: Mapping[str, sa.FromClause] | None = None,
        name: str = "",
        fields: Iterable[str] | None = None,
    ) -> None:
        """See the class.

        Args:
            world: The datasets.
            side: The one that has the scores.
            restriction: What of the orders counts.
            people: `id` of those who are wanted; None: all golden records.
            owners: By dataset: `id owner`, other golden records that its rows belong to than its
                relation says (SC16, steps 3 and 4); rows that are not in it belong to nobody.
            name: Begins the names of steps, for inputs that stand beside others.
            fields: Of orders: semantic fields beside time and amounts that `orders` needs; the
                columns of others are left out. None: all.
        """
        self.world, self.side, self.restriction = world, side, restriction
        self.wanted, self.owners = people, owners or {}
        self.fields = None if fields is None else frozenset(fields)
        self.engine: Engine = world.engine
        self.zone, self.today, self.as_of = world.zone, world.today, world.as_of
        self._made: dict[str, sa.TableClause] = {}
        self._further: dict[str, sa.FromClause] = {}
        self.name = f"{name or 'inputs'}_{next(STEPS)}"

    # What every score may ask

    @property
    def base_count(self) -> int:
        """Golden records of the dataset, whoever is wanted."""
        merged = self.side.tables.merged
        return int(self.engine.scalar(sa.select(sa.func.count()).select_from(merged)) or 0)

    @cached_property
    def people(self) -> sa.FromClause:
        """A row per wanted golden record: `id`, `created_at` (an instant, never NULL)."""
        rows = self.side.rows
        told = Fields(self.side, rows, self.zone).instant("created_at")
        # Else when the first of its records was made or seen.
        created = sa.func.coalesce(told, rows.c.first_seen_at)
        statement = sa.select(
            rows.c.id, sa.type_coerce(created, Instant()).label("created_at")
        ).select_from(rows)
        if self.wanted is not None:
            statement = statement.where(rows.c.id.in_(sa.select(self.wanted.c.id)))
        return self.keep("people", statement)

    def keep(self, name: str, statement: sa.SelectBase) -> sa.TableClause:
        """A step of these inputs; `name` is unique among them."""
        if name not in self._made:
            self._made[name] = self.engine.keep(f"{self.name}_{name}", statement)
        return self._made[name]

    def load(
        self, name: str, batches: Any, columns: Sequence[sa.ColumnClause[Any]]
    ) -> sa.TableClause:
        """A table from memory as a step of these inputs."""
        if name not in self._made:
            self._made[name] = self.engine.load(f"{self.name}_{name}", batches, columns)
        return self._made[name]

    def forget(self) -> None:
        """Free all of its steps; nothing may be asked of it any more."""
        for step in self._made.values():
            self.engine.drop(step.name)
        self._made = {}

    def table(self, name: str) -> sa.FromClause:
        """One of the tables that `measures` are over, by its name here."""
        if name in FURTHER and name not in self._further:
            self._further[name] = FURTHER[name](self)
        found: sa.FromClause = self._further[name] if name in FURTHER else getattr(self, name)
        return found

    def restricts(self, entity: str) -> bool:
        """Whether `where` chooses among the rows of an entity."""
        return self.restriction.where is not None and self.restriction.over == entity

    def within(self, window: Any, day: Value) -> Value:
        """Whether a day, none later than t0, is in a window (SC4, D112), by whole days.

        Args:
            window: What the setting says: `all`, `12 months`, or a mapping as D112 writes it.
            day: In the zone of the account.

        Raises:
            TresseError: `wrong_value`.
        """
        conditions = in_window(day, days_of(window, self.today), self.today)
        return sa.and_(sa.true(), *conditions)

    # Orders

    @cached_property
    def orders(self) -> sa.TableClause:
        """Valid orders (SC5), a row each.

        `id` (golden record of the person, never NULL), `order` (golden id), `key` (order id),
        `at` (instant), `day` (in the zone of the account), `net` (decimal, the account's currency,
        above 0), `amount`, `refunded`, `discount` (decimal, NULL unknown), `is_promoted` (boolean:
        a discount above 0 or a coupon; NULL where neither is mapped), `currency` (that it was in;
        NULL: the account's), and `reading.TEXTS`.
        """
        paid = self.paid
        return self.engine.view(sa.select(*paid.c).where(paid.c.net > 0))

    @cached_property
    def paid(self) -> sa.TableClause:
        """As `orders`, with those whose net is 0 or less too: what a refund rate is of."""
        found = self._every
        conditions = [each for name, each in self._causes if name != "not_above_zero"]
        names = [each for each in found.c if each.name not in ("is_paid", "rate_missing")]
        return self.keep("paid", sa.select(*names).where(*(sa.not_(each) for each in conditions)))

    @cached_property
    def days(self) -> sa.TableClause:
        """Purchase days (SC6), a row each.

        `id`, `day`, `orders`, `net`, `place` (1 is the first), `gap` (whole days since the one
        before; NULL of the first).
        """
        orders = self.orders
        by_day = (
            sa.select(
                orders.c.id,
                orders.c.day,
                sa.func.count().label("orders"),
                total(orders.c.net).label("net"),
            )
            .group_by(orders.c.id, orders.c.day)
            .subquery("by_day")
        )
        over: dict[str, Any] = {"partition_by": by_day.c.id, "order_by": by_day.c.day}
        before = sa.func.lag(by_day.c.day, type_=sa.Date()).over(**over)
        return self.keep(
            "days",
            sa.select(
                *by_day.c,
                sa.func.row_number().over(**over).label("place"),
                do.days_between(before, by_day.c.day).label("gap"),
            ),
        )

    @cached_property
    def lines(self) -> sa.TableClause:
        """Lines of valid orders, a row each; none where no dataset of lines leads to the orders.

        `id`, `order`, `at`, `day` as in `orders`, `line` (golden id), `product` (product_id or sku
        of its product, else its text, else its name), `name`, `category`, `brand` (of the line,
        else of its product), `quantity`, `returned_quantity` (doubles), `amount` (decimal:
        line_amount, else quantity × unit_price − discount), `cost` (decimal, of one piece; of the
        line, else of its product).
        Amounts are in the account's currency; a line without one is in that of its order.
        """
        lead = self._orders_lead
        orders = self.orders
        found = None if lead is None else self.world.related(lead.of, "order_items")
        if lead is None or found is None:
            return self.keep("lines", reading.no_lines(orders))
        read = reading.lines(self, found, orders).subquery("read")
        sides = (self.world.sides[each.of] for each in (lead, found))
        is_told = any(each.with_field("currency") is not None for each in sides)
        known = converted(self, read, ("amount", "cost"), is_told=is_told).subquery("known")
        cells = [each for each in known.c if each.name not in ("currency", "rate_missing")]
        return self.keep("lines", sa.select(*cells))

    @property
    def has_hours(self) -> bool:
        """Whether orders tell a time of day, not a day alone."""
        lead = self._orders_lead
        cell = None if lead is None else self.world.sides[lead.of].with_field("ordered_at")
        return cell is not None and cell.type != "date"

    @cached_property
    def _orders_lead(self) -> Lead | None:
        return self.world.related(self.side.name, "orders")

    @cached_property
    def _every(self) -> sa.TableClause:
        """Orders of wanted people, valid or not; those of nobody too where all are wanted."""
        lead = self._orders_lead
        if lead is None:
            return self.engine.view(reading.no_orders(self.people))
        side = self.world.sides[lead.of]
        statement = reading.orders(self, lead)
        if self.restricts("orders"):
            chosen = ids_chosen(self.world, side, self.restriction.where)
            statement = statement.where(side.rows.c.id.in_(chosen))
        read = statement.subquery("read")
        is_told = side.with_field("currency") is not None
        return self.engine.view(converted(self, read, reading.AMOUNTS, is_told=is_told))

    @property
    def _causes(self) -> list[tuple[str, Value]]:
        """Why an order does not count, in this order; never NULL."""
        found = self._every
        later = found.c.at > sa.literal(self.as_of, Instant())
        return [
            ("without_person", found.c.id.is_(None)),
            ("not_paid", sa.not_(found.c.is_paid)),
            ("without_time", found.c.at.is_(None)),
            ("later", sa.func.coalesce(later, sa.false())),
            ("without_rate", found.c.rate_missing),
            ("without_amount", found.c.net.is_(None)),
            ("not_above_zero", sa.func.coalesce(found.c.net <= 0, sa.false())),
        ]

    @property
    def judged(self) -> sa.Subquery:
        """Orders of wanted people, as in `orders`, with `cause`: `valid`, or why not (SC5)."""
        found = self._every
        cause = sa.case(
            *((condition, sa.literal(name)) for name, condition in self._causes),
            else_=sa.literal("valid"),
        )
        return sa.select(*found.c, cause.label("cause")).select_from(found).subquery("judged")

    def order_counts(self) -> dict[str, int]:
        """Orders that count and those that do not, by cause (SC5); they add up to `all`."""
        judged = self.judged
        rows = self.engine.rows(sa.select(judged.c.cause, sa.func.count()).group_by(judged.c.cause))
        counts = dict.fromkeys(("valid", *(name for name, _ in self._causes)), 0)
        counts |= {str(name): int(number) for name, number in rows}
        return {"all": sum(counts.values()), **counts}
