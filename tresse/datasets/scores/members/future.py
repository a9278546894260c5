"""Who will buy again, how often and for how much (section 11)."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import DOUBLE, WHOLE, count, money, number, total
from tresse.datasets.scores.base import MONEY as IN_MONEY
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
from tresse.datasets.scores.clv import bgnbd, gammagamma
from tresse.datasets.scores.clv.bgnbd import MODELS, Buying, People
from tresse.datasets.scores.clv.checking import MOST_CORRELATED, Said, check, warning
from tresse.datasets.scores.clv.gammagamma import Spending
from tresse.datasets.scores.inputs import Inputs
from tresse.engine import columns as do
from tresse.kernel.marks import N_
from tresse.sources.types import TYPES

Value = sa.ColumnElement[Any]
MONEY = TYPES["decimal"].column
BG_NBD, MBG_NBD = MODELS
BUYING, WORTH = "buying", "worth"
"Keys of facts: parameters of when people buy, and of what for."
NAMES = {BG_NBD: "BG/NBD", MBG_NBD: "MBG/NBD"}
UNITS = {"day": 1.0, "week": 7.0, "month": 30.4375}
"Days of a unit of time."
MONTH = 52.18 / 12 * 7
"Days of a month of the horizon (SC61)."
CORES = 2
CHECKED_DAYS = 26 * 7
PLACES = 9
"Of doubles, so that every machine has the same ones."
LIFECYCLE = (
    ("active", N_("Active"), 0.6),
    ("cooling", N_("Cooling"), 0.5),
    ("at_risk", N_("At risk"), 0.35),
    ("highly_at_risk", N_("Highly at risk"), 0.2),
    ("lost", N_("Lost for good"), 0.0),
)
"Name, label, and what `p_alive` is above; the last one has the rest."
KEYS = ("x", "recency", "age")
PREDICTED = ("p_alive", "churn_risk", "orders", "discounted")


class ClvModel(Score):
    """BG/NBD and Gamma-Gamma: probability of still buying, orders and value to come (SC60, SC61).

    Facts, all JSON:

    - `model`, `unit_days`, `t0`: what the parameters are of.
    - `buyers`, `repeat_buyers`, `min_buyers`: people with at least one, and two, purchase days.
    - `buying`: `{r, alpha, a, b}`, and `worth`: `{p, q, v}`; None: no values.
    - `log_likelihood`, `worth_log_likelihood`, `correlation` (of x and m): None where unknown.
    - `check`: `{since, days, predicted, real, share_off}`, or None; `is_doubtful`.
    - `warnings`: `[{code, …}]`, whose sentences are `clv.checking.WARNINGS`.
    """

    name = "clv_model"
    label = N_("Churn and lifetime value")
    group = "future"
    formula = (
        "p_alive = 1 ÷ (1 + [x>0] · a ÷ (b + x − 1) · ((α + T) ÷ (α + t_x))^(r + x)); "
        "expected_orders = p_alive · (a+b+x−1)/(a−1) · (1 − ((α+T)/(α+T+h))^(r+x) · "
        "₂F₁(r+x, b+x; a+b+x−1; h/(α+T+h))); for MBG/NBD without [x>0], and with b + 1 for b; "
        "expected_value = p (v + x·m) ÷ (p·x + q − 1); "
        "predicted_clv = expected_orders × expected_value × margin"
    )
    meaning = N_(
        "Whether the person will buy again, how often and for how much, by a model of all buyers."
    )
    told = N_(
        "Repeat purchase days: {repeat_days}, the last one {recency_days} after the first, "
        "which was {age_days} ago; {repeat_value} each on average. Still a customer with a "
        "probability of {p_alive}. Orders expected: {expected_orders}, of {expected_value} "
        "each; together {predicted_clv}."
    )
    needs = (Need("orders", ("ordered_at",), ("net_amount", "amount")),)
    outputs = (
        Output("p_alive", "number", N_("Probability of still buying"), 0, 1, unit="share"),
        Output("churn_risk", "number", N_("Churn risk"), 0, 1, unit="share"),
        Output("expected_orders", "number", N_("Expected orders"), 0),
        Output("expected_value", "decimal", N_("Expected order value"), 0, unit=IN_MONEY),
        Output("predicted_clv", "decimal", N_("Predicted lifetime value"), 0, unit=IN_MONEY),
        Output(
            "lifecycle",
            "text",
            N_("Lifecycle"),
            choices=tuple((name, label) for name, label, _ in LIFECYCLE),
        ),
    )
    parts = (
        Output("repeat_days", "integer", N_("Repeat purchase days"), 0),
        Output("recency_days", "integer", N_("From first to last purchase"), 0, unit="days"),
        Output("age_days", "integer", N_("Since first purchase"), 0, unit="days"),
        Output("repeat_value", "decimal", N_("Mean value of repeat days"), 0, unit=IN_MONEY),
        Output("from_one_order", "boolean", N_("Value from one order")),
    )
    settings = (
        Setting(
            "model",
            "choice",
            N_("Model"),
            BG_NBD,
            choices=tuple(NAMES.items()),
            hint=N_("MBG/NBD knows a churn risk after one order already."),
        ),
        Setting("horizon", "whole", N_("Months ahead"), 12, 1, 60, hint=N_(
            "Orders and lifetime value are predicted for so many months from now on.")),
        Setting("margin", "share", N_("Margin"), 1, 0, 1, hint=N_(
            "What is left of the revenue once the goods are paid for, from 0 to 1; the lifetime "
            "value is multiplied by it. 1: the value is revenue.")),
        Setting("discount", "share", N_("Discount per month"), 0, 0, 1, hint=N_(
            "By how much money of a later month counts less, from 0 to 1: 0.01 is 1 % a month, "
            "about 12 % a year. 0: all months count alike.")),
        Setting("min_buyers", "whole", N_("Fewest repeat buyers"), 200, 10),
        Setting(
            "unit",
            "choice",
            N_("Unit of time"),
            "week",
            choices=(("day", N_("Day")), ("week", N_("Week")), ("month", N_("Month"))),
        ),
    )  # fmt: skip
    source = "Fader, Hardie, Lee 2005; Batislam et al. 2007; Fader, Hardie 2013"

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Purchase days, the first and last of them, and what all but the first were worth."""
        days = inputs.days
        return {
            "days": {
                "n": count(),
                "first": sa.type_coerce(sa.func.min(days.c.day), sa.Date()),
                "last": sa.type_coerce(sa.func.max(days.c.day), sa.Date()),
                "repeat": total(days.c.net, days.c.place > 1),
            }
        }

    def facts(self, inputs: Inputs, settings: Settings, row: Row) -> Facts:
        """Both models fitted to all people, and held against the last 26 weeks."""
        unit = UNITS[settings["unit"]]
        people = _people(inputs, _summary(inputs, row))
        needed = int(settings["min_buyers"])
        found: Facts = {
            "model": settings["model"],
            "unit_days": unit,
            "t0": inputs.today.isoformat(),
            "buyers": people.total,
            "repeat_buyers": people.repeating,
            "min_buyers": needed,
            BUYING: None,
            WORTH: None,
            "log_likelihood": None,
            "worth_log_likelihood": None,
            "correlation": None,
            "check": None,
            "is_doubtful": False,
            "warnings": [],
        }
        if people.repeating < needed:
            few = {"found": people.repeating, "needed": needed}
            found["warnings"] = [warning("not_enough_repeat_buyers", **few)]
            return found
        spending, before = _spending(inputs, row), _before(inputs)
        says: tuple[list[Said], ...] = ([], [], [])
        # None asks for what another finds, and numpy works outside the interpreter's lock.
        with ThreadPoolExecutor(CORES) as pool:
            fits = (
                pool.submit(_fit_buying, found, people.per(unit), says[0]),
                pool.submit(_check, found, before, says[2]),
                pool.submit(_fit_worth, found, spending, says[1]),
            )
            for each in fits:
                each.result()
        return {**found, "warnings": list(chain(*says))}

    def settled(self, facts: Facts, before: Facts) -> Facts:
        """Facts with the last good parameters where a fit came to no end (SC64).

        Args:
            facts: Of now.
            before: Of the version before; empty if it had none.
        """
        alike = all(facts.get(key) == before.get(key) for key in ("model", "unit_days"))
        lacking = {each["part"] for each in facts["warnings"] if each["code"] == "not_converged"}
        kept = {
            part: before[part]
            for part in (BUYING, WORTH)
            if part in lacking and before.get(part) and (alike or part == WORTH)
        }
        since = {
            each["part"]: each["since"]
            for each in before.get("warnings", ())
            if each["code"] == "parameters_kept"
        }
        says = [
            warning(
                "parameters_kept",
                part=part,
                model=_name(part, facts["model"]),
                since=since.get(part, before.get("t0")),
            )
            for part in kept
        ]
        return {**facts, **kept, "warnings": [*facts["warnings"], *says]}

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`model`: `id`, and what is predicted; of whoever bought, if there are parameters."""
        if not facts.get(BUYING):
            return {}
        summary = _summary(inputs, row)
        people = _people(inputs, summary)
        said = [facts["model"], facts["unit_days"], facts[BUYING]]
        said += [settings["horizon"], settings["discount"]]
        text = json.dumps(said, sort_keys=True)
        mark = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:10]
        columns: list[Any] = [sa.column(name, WHOLE) for name in KEYS]
        columns += [sa.column(name, DOUBLE) for name in PREDICTED]
        batch = _predicted(people, facts, settings)
        alike = inputs.load(f"clv_{mark}", [batch], columns)
        joined = summary.join(alike, sa.and_(*(summary.c[k] == alike.c[k] for k in KEYS)))
        cells = [alike.c[name] for name in PREDICTED]
        step = f"clv_by_id_{mark}"
        return {"model": inputs.keep(step, sa.select(summary.c.id, *cells).select_from(joined))}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """See `outputs`; NULL without purchase days, and where there are no parameters."""
        n, repeat = row["n"], row["repeat"]
        first, last = row["first"], row["last"]
        today = sa.literal(inputs.today, sa.Date())
        parts = {
            "repeat_days": sa.type_coerce(n - 1, WHOLE),
            "recency_days": do.days_between(first, last),
            "age_days": do.days_between(first, today),
            "repeat_value": sa.case((n > 1, do.mean(repeat, sa.cast(n - 1, WHOLE)))),
            "from_one_order": sa.type_coerce(n == 1, sa.Boolean()),
        }
        if not facts.get(BUYING):
            nothing = {
                each.name: sa.cast(sa.null(), TYPES[each.type].column) for each in self.outputs
            }
            return {**nothing, **parts}
        p_alive = row.of("model", "p_alive")
        several = n > 1
        is_known = n >= 1 if facts["model"] == MBG_NBD else several
        bands = [(p_alive > above, name) for name, _, above in LIFECYCLE[:-1]]
        value = _value(facts.get(WORTH), n, repeat)
        margin = sa.literal(float(settings["margin"]), DOUBLE)
        worth = row.of("model", "discounted") * value * margin
        return {
            "p_alive": p_alive,
            "churn_risk": sa.case((is_known, row.of("model", "churn_risk"))),
            "expected_orders": row.of("model", "orders"),
            "expected_value": money(value),
            "predicted_clv": money(worth),
            "lifecycle": sa.case((several, sa.case(*bands, else_=LIFECYCLE[-1][0]))),
            **parts,
        }


def _value(worth: Mapping[str, float] | None, n: Value, repeat: Value) -> Value:
    """The value expected of a further order, a double; NULL where there is no finite one."""
    if not worth:
        return sa.cast(sa.null(), DOUBLE)
    p, q, v = (sa.literal(worth[name], DOUBLE) for name in "pqv")
    one = sa.literal(1.0, DOUBLE)
    spent = sa.case((n == 1, sa.literal(0.0, DOUBLE)), else_=number(repeat))
    below = p * number(n - 1) + q - one
    return sa.type_coerce(sa.case((below > 0, do.divided(p * (v + spent), below))), DOUBLE)


# Reading people


def _summary(inputs: Inputs, row: Row) -> sa.Subquery:
    """`id`, `x`, and `recency` and `age` in days, of whoever has a purchase day."""
    today = sa.literal(inputs.today, sa.Date())
    return (
        sa.select(
            row.id.label("id"),
            sa.type_coerce(row["n"] - 1, WHOLE).label("x"),
            do.days_between(row["first"], row["last"]).label("recency"),
            do.days_between(row["first"], today).label("age"),
        )
        .where(row["n"] >= 1)
        .subquery("summary")
    )


def _people(inputs: Inputs, summary: sa.FromClause) -> People:
    """People of a summary, times in days; those alike are put together in the engine."""
    keys = [summary.c[name] for name in KEYS]
    statement = sa.select(*keys, sa.func.count().label("people")).group_by(*keys)
    x, recency, age, people = _columns(inputs, statement)
    return People.of(x, recency, age, people)


def _spending(inputs: Inputs, row: Row) -> Spending:
    """What repeat purchases were worth."""
    keys = [row["n"].label("n"), row["repeat"].label("repeat")]
    statement = (
        sa.select(*keys, sa.func.count().label("people"))
        .where(row["n"] > 1, row["repeat"] > 0)
        .group_by(row["n"], row["repeat"])
    )
    n, repeat, people = _columns(inputs, statement)
    return Spending.of(n - 1, repeat, people)


@dataclass(frozen=True, slots=True)
class _Before:
    """People as they stood at the end of a day, and their purchase days after it."""

    since: str
    people: People
    real: int


def _before(inputs: Inputs) -> _Before:
    """People 26 weeks ago, times in days."""
    end = inputs.today - timedelta(days=CHECKED_DAYS)
    days, last_day = inputs.days, sa.literal(end, sa.Date())
    is_before = days.c.day <= last_day
    known = sa.func.count(sa.case((is_before, sa.literal(1))))
    each = (
        sa.select(
            known.label("n"),
            sa.func.count().label("all"),
            sa.type_coerce(sa.func.min(days.c.day), sa.Date()).label("first"),
            sa.type_coerce(sa.func.max(sa.case((is_before, days.c.day))), sa.Date()).label("last"),
        )
        .group_by(days.c.id)
        .having(known > 0)
        .subquery("each")
    )
    then = (
        sa.select(
            sa.type_coerce(each.c.n - 1, WHOLE).label("x"),
            do.days_between(each.c.first, each.c.last).label("recency"),
            do.days_between(each.c.first, last_day).label("age"),
            sa.type_coerce(each.c.all - each.c.n, WHOLE).label("later"),
        )
    ).subquery("then")
    keys = [then.c[name] for name in KEYS]
    statement = sa.select(
        *keys,
        sa.func.count().label("people"),
        sa.cast(sa.func.sum(then.c.later), WHOLE).label("later"),
    ).group_by(*keys)
    x, recency, age, people, later = _columns(inputs, statement)
    return _Before(end.isoformat(), People.of(x, recency, age, people), int(later.sum()))


def _columns(inputs: Inputs, statement: sa.Select[Any]) -> list[Any]:
    """The columns of a statement as doubles, in no order."""
    batches = list(inputs.engine.batches(statement))
    if not batches:
        return [np.empty(0) for _ in statement.selected_columns]
    table = pa.Table.from_batches(batches)
    return [column.cast(pa.float64()).to_numpy() for column in table.columns]


# Fitting


def _name(part: str, model: str) -> str:
    return NAMES[model] if part == BUYING else "Gamma-Gamma"


def _kept(value: float) -> float:
    """To nine digits: what is beyond them differs between machines."""
    return float(f"{value:.{PLACES}g}")


def _fit_buying(found: Facts, people: People, says: list[Said]) -> None:
    """Put the parameters of when people buy into facts."""
    fit = bgnbd.fitted(people, found["model"])
    named = {"part": BUYING, "model": _name(BUYING, found["model"])}
    if not fit.is_converged:
        says.append(warning("not_converged", **named))
        return
    if fit.at_bound:
        says.append(warning("at_bound", parameters=list(fit.at_bound), **named))
    found[BUYING] = {name: _kept(getattr(fit.buying, name)) for name in ("r", "alpha", "a", "b")}
    found["log_likelihood"] = round(fit.log_likelihood, 3)


def _fit_worth(found: Facts, spending: Spending, says: list[Said]) -> None:
    """Put the parameters of what people buy for into facts."""
    correlation = spending.correlation
    found["correlation"] = None if correlation is None else round(correlation, PLACES)
    if correlation is not None and abs(correlation) > MOST_CORRELATED:
        says.append(warning("values_depend", correlation=round(correlation, 2)))
    fit = gammagamma.fitted(spending)
    named = {"part": WORTH, "model": _name(WORTH, found["model"])}
    if not fit.is_converged:
        says.append(warning("not_converged", **named))
        return
    if fit.at_bound:
        says.append(warning("at_bound", parameters=list(fit.at_bound), **named))
    if fit.worth.q <= 1:
        says.append(warning("no_mean_value", q=round(fit.worth.q, 3)))
    found[WORTH] = {name: _kept(getattr(fit.worth, name)) for name in "pqv"}
    found["worth_log_likelihood"] = round(fit.log_likelihood, 3)


def _check(found: Facts, before: _Before, says: list[Said]) -> None:
    """Hold the model against the last 26 weeks."""
    people, unit, needed = before.people, found["unit_days"], found["min_buyers"]
    held = None
    if people.repeating >= needed:
        held = check(people.per(unit), before.real, found["model"], CHECKED_DAYS / unit)
    if held is None:
        few = {"found": people.repeating, "needed": needed}
        says.append(warning("not_checked", since=before.since, **few))
        return
    off = held.share_off
    found["check"] = {
        "since": before.since,
        "days": CHECKED_DAYS,
        "predicted": round(held.predicted, 3),
        "real": held.real,
        "share_off": None if off is None else round(off, PLACES),
    }
    found["is_doubtful"] = held.is_doubtful
    if held.is_doubtful:
        named = {"predicted": round(held.predicted), "real": held.real}
        says.append(warning("doubtful", since=before.since, **named))


def _predicted(people: People, facts: Facts, settings: Settings) -> pa.RecordBatch:
    """A row per people alike, times in days: `KEYS`, and `PREDICTED` over the horizon."""
    buying = Buying(facts["model"], **facts[BUYING])
    scaled = people.per(facts["unit_days"])
    alive = buying.p_alive(scaled.x, scaled.recency, scaled.age)
    months, share = int(settings["horizon"]), float(settings["discount"])
    month = MONTH / facts["unit_days"]
    orders = buying.orders_if_alive(scaled.x, scaled.age, months * month)
    discounted = orders
    if share:
        # Each month's orders are taken as if they came at its end.
        upto = [
            buying.orders_if_alive(scaled.x, scaled.age, month * number)
            for number in range(months + 1)
        ]
        discounted = np.zeros(len(orders))
        for number in range(1, months + 1):
            discounted += (upto[number] - upto[number - 1]) / (1 + share) ** number
    keys = {name: getattr(people, name).astype(np.int64) for name in KEYS}
    found = (alive, 1 - alive, alive * orders, alive * discounted)
    rounded = {
        name: np.round(values, PLACES) for name, values in zip(PREDICTED, found, strict=True)
    }
    return pa.RecordBatch.from_pydict({**keys, **rounded})


FUTURE: tuple[Score, ...] = (ClvModel(),)
