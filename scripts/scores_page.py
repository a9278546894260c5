"""The generated reference page of the score library: what every score is made of and gives."""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from scripts.markdown import filled, table

COUNTED = """*t0* is the day that a build is for (`as_of`), in the time zone of the account. An
order is *valid* if its status is one of the paid ones or it has none, its `ordered_at` is not after
t0, and its net amount is above 0. *Net* is `net_amount`, else `amount` less `refunded`. What does
not count is counted by cause: `tresse score contacts rfm` names the causes."""
STATUSES = """Paid are {statuses}, in any case of letters. Every score that is made of orders has
the setting `statuses`, a list of others."""
DAYS = """*N* is the number of valid orders, *n* that of purchase days: days with at least one valid
order. Σ is the sum over the orders, or lines, of one person. *G* is the median of the mean gaps of
all customers with two purchase days and more, g₁ the first gap of a customer, *r* the `gap_ratio`
and *CV* the `order_regularity`."""
MONEY = """Amounts are in the currency of the account: by the [rate](definitions.md#rates) of the
order's day, else by the last one before. An order whose currency has no rate is left out and
counted. An order without a currency is in that of the account."""
NOTHING = """Every golden record has a value for each score, or none. A score without a value is
empty, never 0 and never infinite; whatever is divided by zero is empty. What `tresse score` calls
its *base* are all golden records of the dataset."""
USES = """`prefix` lets one score be used several times, `where` chooses the orders (or events) that
it is made of, `window` takes those of a time: `12 months`, any other
[window](definitions.md#aggregates), or `all`. `freeze` keeps cut-points, medians and parameters as
they are. See [definitions](definitions.md#scores)."""
FIELDS = """*Made of* names the [semantic fields](source-types.md#semantic-fields) that a score
reads; no column is guessed by its name. `orders` are the rows of the dataset of that entity with a
relation to this one, `order_items` those that lead to the orders, and what a line does not say of
`name`, `category`, `brand` and `cost` its product may. A score whose fields are missing is refused
(`field_missing`). *Beside it* are figures that are shown with the score and not stored."""
CUTS = """In the formula *b* is the number of scores (`bins`), and c₁ … are the cut-points.
`quantile` keeps equal values together: cⱼ is the least value that at least j of b parts of the
people have or are below; a score may stay empty where many are equal. `ntile` makes groups of one
size, so that equal people may get unequal scores. `fixed` takes `cut_points`, as `{recency: [30,
90, 180, 365], frequency: [1, 2, 4, 8], monetary: [50, 100, 200, 400]}`."""
SEGMENTS = """Of the preset `default` R stands beside F, cut in 5 by `quantile`; of `sextile` beside
FxM, the mean of F and M rounded up, cut in 6 by `ntile`. Who has no valid order in the window is a
prospect and has no scores. A table of one's own, `segments`, names every cell once: `[{name: best,
r: 4-5, f: 4-5}, …]`; a hole (`cells_missing`) or an overlap (`cells_twice`) is refused."""
MODEL = """*x* are the repeat purchase days (n − 1), *t_x* the time from the first to the last one,
*T* that from the first one to t0, *h* the `horizon`, all in `unit`; *m* is the mean value of repeat
days. `r α a b` and `p q v` are fitted to all customers by maximum likelihood (BG/NBD or MBG/NBD,
and Gamma-Gamma). With fewer than `min_buyers` customers of two purchase days and more all columns
are empty. Each fit is tried on the last 26 weeks: off by more than 30 %, it says so. What was found
is among the run facts that `tresse score` prints."""
HEADS = {
    "scores.md": (
        "Scores",
        """The library of scores that a dataset may use as columns ([score
        customers](../how-to/score-customers.md)). They are worked out by every build, for all
        golden records, and never by hand. How that is done is in
        [how-scores-are-worked-out.md](../explanation/how-scores-are-worked-out.md).""",
    ),
}
"Title and first paragraph of the page."
KINDS = {
    "whole": "a whole number",
    "number": "a number",
    "share": "a number from 0 to 1",
    "choice": "",
    "flag": "`true` or `false`",
    "words": "a list of texts",
    "window": "a window",
    "money_list": "a list of amounts",
    "table": "a table",
}
"Kinds of settings, as what they take."
UNITS = {"days": "days", "weeks": "weeks", "money": "in the account's currency", "share": "a share"}
NO_ORDER = "without a valid order"
FEW_ORDERS = "with fewer than `min_orders` orders"
FEW_SHARES = f"{FEW_ORDERS}, and where the greatest share is below `min_share`"
EMPTY = {
    NO_ORDER: "average_order_value median_order_value first_order_value last_order_value "
    "max_order_value value_percentile clv_historical first_order_at last_order_at "
    "days_since_last_order days_since_first_order orders_per_year promo_share_orders "
    "promo_share_value channel_mix is_repeat",
    "with fewer than two orders": "full_price_buyer",
    "with fewer than two purchase days": "time_between_orders median_time_between_orders "
    "time_to_second_order purchase_gap",
    "with fewer than three purchase days": "order_regularity",
    FEW_ORDERS: "preferred_weekday preferred_time preferred_month promophile",
    FEW_SHARES: "preferred_channel preferred_store preferred_category preferred_brand "
    "preferred_product preferred_payment_method",
    "where the window before has no revenue": "revenue_trend",
    "where nothing was paid": "refund_rate",
    f"{NO_ORDER} in the window; the segment is then `prospect`": "rfm",
    "for whoever has no valid order, now or then": "rfm_move",
    "for whoever never did any of it": "last_engaged_at days_since_engaged",
    "with fewer than `min_delivered` delivered messages": "email_open_rate email_click_rate",
    "with fewer than `min_deeds` opens and clicks": "preferred_send_hour",
    "with fewer than five delivered messages": "email_fatigue",
    "where discount and net are 0": "discount_rate",
    "without lines": "items_per_order category_diversity",
    "without pieces": "average_item_price item_return_rate",
    "without carts of more than `hours` ago": "cart_abandonment_rate",
    "without entries": "points_balance",
    "without a valid order, and where the model cannot be fitted; `churn_risk` and `lifecycle` of "
    "`bg_nbd` after one purchase day too": "clv_model",
}
"""Who has no value, by the scores of which it is true; of all others everybody has one: 0, an empty
list, or the category of those who did nothing. `tests/docs/test_scores.py` holds it to the code."""
LONGEST_LINE, LONGEST_FORMULA = 120, 90


def scores_page() -> Iterator[str]:
    """Common rules, then every score by group."""
    registry = import_module("tresse.datasets.scores.registry")
    base = import_module("tresse.datasets.scores.base")
    saying = import_module("tresse.datasets.scores.saying")
    paid = import_module("tresse.datasets.scores.inputs").PAID
    yield from ("## What counts", "", *filled(COUNTED))
    statuses = ", ".join(f"`{each}`" for each in paid)
    for text in (STATUSES.format(statuses=statuses), DAYS, MONEY, NOTHING, USES, FIELDS):
        yield from ("", *filled(text))
    for group in base.GROUPS:
        members = [each for each in registry.SCORES if each.group == group]
        yield from ("", f"## {saying.GROUPS[group]}")
        for score in members:
            yield from ("", f"### {score.name}", "", *_score(score))
        if group == "rfm":
            yield from ("", "### Cut-points and segments", "", *filled(CUTS), "", *_segments())
    yield from ("", *filled(MODEL))


def _score(score: Any) -> Iterator[str]:
    """What a score is, made of and gives."""
    yield from (*filled(score.meaning), "")
    first, *others = _formula(score.formula)
    if others or len(first) > LONGEST_FORMULA:
        yield from (f"{score.label}:", "", "```text", first, *others, "```", "")
    else:
        yield from (*filled(f"{score.label}: `{first}`"), "")
    yield from _item("Made of", _needs(score))
    yield from _item("Gives", "; ".join(_output(each, score.label) for each in score.outputs))
    if score.parts:
        last = ", which add up to it" if score.adds_up else ""
        parts = ", ".join(f"`{each.name}` ({_what(each)})" for each in score.parts)
        yield from _item("Beside it", f"{parts}{last}")
    for each in score.settings:
        yield from _item(f"`{each.name}`", _setting(each))
    empty = [text for text, names in EMPTY.items() if score.name in names.split()]
    yield from _item("Empty", empty[0] if empty else "never")
    yield from _item("Changes", "by the day" if score.has_time else "only with what it is made of")
    if score.source:
        yield from _item("From", score.source)


def _item(title: str, text: str) -> Iterator[str]:
    """An item of a list, on as many lines as it needs."""
    yield from textwrap.wrap(
        f"- **{title}**: {text}",
        LONGEST_LINE,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _formula(formula: str) -> Iterator[str]:
    """A formula, a line for each part that stands by itself."""
    part, depth = "", 0
    for sign in formula:
        depth += (sign == "(") - (sign == ")")
        if sign == ";" and not depth:
            yield part.strip()
            part = ""
        else:
            part += sign
    yield part.strip()


def _needs(score: Any) -> str:
    needed = [_need(each) for each in score.needs if not each.is_alternative]
    either = [_need(each) for each in score.needs if each.is_alternative]
    if either:
        needed.append("at least one of " + ", ".join(either))
    return "; ".join(needed)


def _need(need: Any) -> str:
    fields = [f"`{name}`" for name in need.fields]
    if need.any_of:
        fields.append(_either([f"`{name}`" for name in need.any_of]))
    entity = "the golden record itself" if need.entity == "contacts" else f"`{need.entity}`"
    return f"{entity} ({', '.join(fields)})" if fields else entity


def _either(names: Sequence[str]) -> str:
    """`a`, `b` or `c`."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _output(output: Any, title: str) -> str:
    """A column; its label where it is not that of the score."""
    one_of = ", ".join(f"`{name}`" for name, _ in output.choices)
    more = f": {one_of}" if one_of else ""
    label = "" if output.label == title else f"{output.label}; "
    return f"`{output.name}` ({label}{_what(output)}){more}"


def _what(output: Any) -> str:
    """Type, unit and bounds."""
    bounds = [each for each in (output.low, output.high) if each is not None]
    facts = [output.type, UNITS.get(output.unit, "")]
    if len(bounds) == 2:
        facts.append(f"{output.low:g} to {output.high:g}")
    elif output.low is not None:
        facts.append(f"from {output.low:g}")
    return ", ".join(filter(None, facts))


def _setting(setting: Any) -> str:
    takes = KINDS[setting.kind]
    if setting.choices:
        takes = _either([f"`{name}`" for name, _ in setting.choices])
    elif setting.kind in ("whole", "number"):
        takes += _bounds(setting)
    default = f"default {_default(setting.default)}" if _is_said(setting.default) else "none given"
    hint = f" {setting.hint}" if setting.hint else ""
    return f"{setting.label}. {takes[0].upper()}{takes[1:]}; {default}.{hint}"


def _bounds(setting: Any) -> str:
    if setting.low is None:
        return "" if setting.high is None else f" up to {setting.high:g}"
    return f" from {setting.low:g}" + ("" if setting.high is None else f" to {setting.high:g}")


def _is_said(value: Any) -> bool:
    return value is not None and value not in ((), [], "")


def _default(value: Any) -> str:
    """A default as a file would say it."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Mapping):
        return ", ".join(f"`{key}`: {_default(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        if all(isinstance(each, str) for each in value):
            return " ".join(f"`{each}`" for each in value)
        return ", ".join(f"`{json.dumps(each, ensure_ascii=False)}`" for each in value)
    return f"`{value:g}`" if isinstance(value, int | float) else f"`{value}`"


def _segments() -> Iterator[str]:
    tables = import_module("tresse.datasets.scores.members.rfm_tables")
    yield from filled(SEGMENTS)
    for name, preset in tables.PRESETS.items():
        labels = {each.name: each.label for each in preset.segments}
        axis = tables.AXES[preset.axis]
        yield from ("", f"Of `{name}`:", "")
        rows = (
            (f"`{segment}`", labels[segment], r.replace("-", "–"), other.replace("-", "–"))
            for segment, r, other in preset.ranges
        )
        yield from table("segment", "is called", "R", axis, rows=rows)
