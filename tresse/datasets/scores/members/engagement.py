"""How lately and how much people open, click, visit and order (section 6)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import (
    MONEY,
    count,
    counted,
    exact,
    number,
    or_zero,
    share,
    total,
)
from tresse.datasets.scores.base import (
    Facts,
    Figures,
    Measures,
    Need,
    Output,
    Row,
    Score,
    Setting,
    Settings,
)
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.inputs_events import CART, FORM, ORDER, PAGE
from tresse.datasets.scores.members.figures import ORDERS, double, step
from tresse.datasets.scores.refusals import THRESHOLDS_ORDER, WEIGHTS
from tresse.engine import columns as do
from tresse.engine.types import Instant
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
MAIL_OPENED, MAIL_CLICKED, UNSUBSCRIBED = "email_opened", "email_clicked", "email_unsubscribed"
WEIGHTS_OF_SHIPMENT: Mapping[str, int] = {
    MAIL_OPENED: 1,
    PAGE: 1,
    MAIL_CLICKED: 3,
    FORM: 4,
    "Product Added": 5,
    ORDER: 10,
    UNSUBSCRIBED: -10,
}
ENGAGED = (MAIL_CLICKED, PAGE, FORM, CART, ORDER, MAIL_OPENED)
"Deeds that tell that somebody is there; opens only by people."
EVENTS = Need("events", ("at", "name"))
HALF = 20
"Points that make half of the highest score."
MOST_WEIGHT = 1_000
COUNT_MACHINE = Setting(
    "count_machine",
    "flag",
    N_("Count machines too"),
    False,
    hint=N_("Opens and clicks of scanners, and opens by Apple's mail proxy."),
)


def by_people(table: sa.FromClause, settings: Settings) -> Value:
    """Whether a deed counts: those of machines only if the settings say so (SC40)."""
    return sa.true() if settings["count_machine"] else sa.not_(table.c.is_machine)


class _OfActs(Score):
    """What these have in common: e-mail events, events and orders, whichever there are."""

    group = "engagement"
    over = "events"
    needs: tuple[Need, ...] = (
        Need("email_events", ("at", "kind"), is_alternative=True),
        Need("events", ("at", "name"), is_alternative=True),
        replace(ORDERS, is_alternative=True),
    )
    settings: tuple[Setting, ...] = (COUNT_MACHINE,)


class Engagement(_OfActs):
    """Deeds by weight, halved every so many days."""

    name = "engagement"
    label = N_("Engagement")
    formula = "100 × (1 − 2^(−s ÷ 20)), s = max(0, Σ weight × 2^(−age in days ÷ 30))"
    meaning = N_(
        "How much the person does with mails, pages and carts, from 0 to 100; recent deeds "
        "count more."
    )
    told = N_(
        "Points: opens {opens}, pages {pages}, clicks {clicks}, forms {forms}, carts "
        "{carts}, orders {orders}, unsubscribing {unsubscribes}, other events {others}. "
        "Together {points}, or {engagement} of 100."
    )
    outputs = (Output(name, "number", label, 0, 100),)
    parts = (
        Output("opens", "number", N_("Points for opens")),
        Output("pages", "number", N_("Points for pages")),
        Output("clicks", "number", N_("Points for clicks")),
        Output("forms", "number", N_("Points for forms")),
        Output("carts", "number", N_("Points for carts")),
        Output("orders", "number", N_("Points for orders")),
        Output("unsubscribes", "number", N_("Points for unsubscribing")),
        Output("others", "number", N_("Points for other events")),
        Output("points", "number", N_("Points in all"), 0),
    )
    settings = (
        Setting(
            "weights",
            "table",
            N_("Weights of events"),
            dict(WEIGHTS_OF_SHIPMENT),
            hint=N_("Points for each event by its name; those that are not named count nothing."),
        ),
        Setting("half_life", "number", N_("Days until a point is half a point"), 30, 1, 3_650),
        COUNT_MACHINE,
    )
    _NAMES: Mapping[str, str] = {
        MAIL_OPENED: "opens",
        PAGE: "pages",
        MAIL_CLICKED: "clicks",
        FORM: "forms",
        CART: "carts",
        ORDER: "orders",
        UNSUBSCRIBED: "unsubscribes",
    }

    def check(self, settings: Settings) -> None:
        """See the base.

        Raises:
            TresseError: `wrong_value`: weights that are no numbers by name.
        """
        weights = settings["weights"]
        if not isinstance(weights, Mapping) or not all(map(_is_weight, weights.values())):
            raise WEIGHTS(value=str(weights), most=f"{MOST_WEIGHT:,}")
        names = [_act_named(each) for each in weights]
        if len(set(names)) < len(names):
            raise WEIGHTS(value=", ".join(map(str, weights)), most=f"{MOST_WEIGHT:,}")

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`points`: `id`, and points by part, of whoever did anything of weight."""
        weights = {_act_named(name): float(weight) for name, weight in settings["weights"].items()}
        acts = inputs.table("acts")
        daily = (
            sa.select(acts.c.id, acts.c.day, acts.c.name, count().label("number"))
            .where(by_people(acts, settings), acts.c.name.in_(sorted(weights)))
            .group_by(acts.c.id, acts.c.day, acts.c.name)
            .subquery("daily")
        )
        age = do.days_between(daily.c.day, sa.literal(inputs.today, sa.Date()))
        decay = do.power(2.0, share(age * -1, double(settings["half_life"])))
        weight = sa.case(*((daily.c.name == name, double(each)) for name, each in weights.items()))
        # Rounded for each deed, so that many of a day are worth no other than one by one.
        each = exact(weight * decay) if weights else sa.cast(0, MONEY)
        worth = sa.select(
            daily.c.id,
            daily.c.name,
            do.try_cast(each * sa.cast(daily.c.number, sa.Numeric(12, 0)), MONEY).label("points"),
        ).subquery("worth")
        cells = [
            total(worth.c.points, worth.c.name == name).label(part)
            for name, part in self._NAMES.items()
        ]
        others = total(worth.c.points, worth.c.name.not_in(list(self._NAMES))).label("others")
        every = total(worth.c.points).label("points")
        statement = sa.select(worth.c.id, *cells, others, every).group_by(worth.c.id)
        return {"points": inputs.keep(step(self.name, settings), statement)}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """0 without deeds."""
        names = (*self._NAMES.values(), "others")
        points = number(or_zero(row.of("points", "points")))
        held = sa.case((points < double(0), double(0)), else_=points)
        left = do.power(2.0, share(held * double(-1), double(HALF)))
        return {
            self.name: double(100) * (double(1) - left),
            **{name: number(or_zero(row.of("points", name))) for name in names},
            "points": held,
        }


def _is_weight(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and -MOST_WEIGHT <= value <= MOST_WEIGHT


def _act_named(name: Any) -> str:
    """A name of an event as `acts` has it."""
    said = str(name).strip().lower()
    return PAGE if said == "screen" else said


class _OfLastDeed(_OfActs):
    """What these have in common: when somebody was last there."""

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """The last click, page, form, cart, order, or open by a person."""
        acts = inputs.table("acts")
        counts = sa.and_(by_people(acts, settings), acts.c.name.in_(ENGAGED))
        last, day = (sa.func.max(sa.case((counts, each))) for each in (acts.c.at, acts.c.day))
        return {
            "acts": {
                "at": sa.type_coerce(last, Instant()),
                "day": sa.type_coerce(day, sa.Date()),
            }
        }

    @staticmethod
    def _ago(inputs: Inputs, row: Row) -> Value:
        return do.days_between(row["day"], sa.literal(inputs.today, sa.Date()))


class LastEngagedAt(_OfLastDeed):
    """When somebody was last there."""

    name = "last_engaged_at"
    label = N_("Last engaged at")
    has_time = False
    formula = "latest of click, page, form, cart, order, human open"
    meaning = N_("When the person last clicked, visited, ordered or opened a mail.")
    told = N_("The last click, page, form, cart, order or open was at {last_engaged_at}.")
    outputs = (Output(name, "datetime", label),)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without any."""
        return {self.name: row["at"]}


class DaysSinceEngaged(_OfLastDeed):
    """For how long somebody has not been there."""

    name = "days_since_engaged"
    label = N_("Days since engaged")
    formula = "t0 − day of last_engaged_at"
    meaning = N_("Days since the person last clicked, visited, ordered or opened a mail.")
    told = N_(
        "The last click, page, form, cart, order or open was on {last_day}: "
        "{days_since_engaged} ago."
    )
    outputs = (Output(name, "integer", label, 0, unit="days"),)
    parts = (Output("last_day", "date", N_("Last day")),)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL without any."""
        return {self.name: self._ago(inputs, row), "last_day": row["day"]}


class EngagementStatus(_OfLastDeed):
    """Active, cooling, inactive, asleep, or never there."""

    name = "engagement_status"
    label = N_("Engagement status")
    formula = "active ≤ 30 days, cooling ≤ 90, inactive ≤ 180, asleep > 180, never"
    meaning = N_("How long the person has done nothing, as a label from active to asleep.")
    told = N_("{days} since the last click, page, form, cart, order or open: {engagement_status}.")
    outputs = (
        Output(
            name,
            "text",
            label,
            choices=(
                ("active", N_("Active")),
                ("cooling", N_("Cooling")),
                ("inactive", N_("Inactive")),
                ("asleep", N_("Asleep")),
                ("never", N_("Never engaged")),
            ),
        ),
    )
    parts = (Output("days", "integer", N_("Days since engaged"), 0, unit="days"),)
    settings = (
        Setting("active", "whole", N_("Active up to this many days"), 30, 0),
        Setting("cooling", "whole", N_("Cooling up to this many days"), 90, 0),
        Setting("inactive", "whole", N_("Inactive up to this many days"), 180, 0),
        COUNT_MACHINE,
    )

    def check(self, settings: Settings) -> None:
        """See the base.

        Raises:
            TresseError: `thresholds_order`.
        """
        for first, second in (("active", "cooling"), ("cooling", "inactive")):
            low, high = settings[first], settings[second]
            if not low < high:
                raise THRESHOLDS_ORDER(first=first, second=second, low=low, high=high)

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """Never NULL."""
        days = self._ago(inputs, row)
        status = sa.case(
            (row["day"].is_(None), sa.literal("never")),
            *(
                (days <= int(settings[each]), sa.literal(each))
                for each in ("active", "cooling", "inactive")
            ),
            else_=sa.literal("asleep"),
        )
        return {self.name: status, "days": days}


class Visits(_OfActs):
    """How often somebody came by."""

    name = "visits_90d"
    label = N_("Visits in 90 days")
    over = "events"
    formula = "sessions begun in 90 days; a pause of 30 minutes ends one"
    meaning = N_("Visits to the site in the window.")
    told = N_("Visits in the window: {visits_90d}, of {visits} in all.")
    needs = (EVENTS,)
    outputs = (Output(name, "integer", label, 0),)
    parts = (Output("visits", "integer", N_("Visits in all"), 0),)
    settings = (Setting("window", "window", N_("Window"), "90 days"),)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Visits in the window, and all of them."""
        visits = inputs.table("visits")
        counts = inputs.within(settings["window"], visits.c.day)
        return {"visits": {"number": counted(counts), "all": count()}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """0 without any."""
        return {
            self.name: sa.func.coalesce(row["number"], 0),
            "visits": sa.func.coalesce(row["all"], 0),
        }


ENGAGEMENT: tuple[Score, ...] = (
    Engagement(),
    LastEngagedAt(),
    DaysSinceEngaged(),
    EngagementStatus(),
    Visits(),
)
