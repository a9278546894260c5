"""What members of several groups have in common: needs, the window, steps of their own."""

import hashlib
import json
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import DOUBLE, count, total
from tresse.datasets.scores.base import Need, Setting, Settings
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.windows import ALL
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
ORDERS = Need("orders", ("ordered_at",), ("net_amount", "amount"))
"What valid orders need (SC5)."
LINE_VALUE = ("line_amount", "unit_price")
"One of which tells what a line is worth."
WINDOW = Setting("window", "window", N_("Window"), ALL, hint=N_("What is earlier does not count."))
"Of those that take all there is unless told otherwise (SC4)."


def double(value: Any) -> Value:
    """A number as a constant, a double."""
    return sa.literal(float(value), DOUBLE)


def by_category(inputs: Inputs, window: Any) -> sa.TableClause:
    """What each person's lines of each category come to: `id`, `category`, `value`, `lines`.

    `value`: a decimal, NULL where no line tells its amount. Lines without a category are left out.
    Kept, as several scores are made of it.
    """
    lines = inputs.lines
    statement = (
        sa.select(
            lines.c.id,
            lines.c.category,
            total(lines.c.amount).label("value"),
            count().label("lines"),
        )
        .where(lines.c.category.is_not(None), inputs.within(window, lines.c.day))
        .group_by(lines.c.id, lines.c.category)
    )
    return inputs.keep(step("by_category", {"window": window}), statement)


def step(name: str, settings: Settings) -> str:
    """The name of a step of `Inputs.keep` that depends on settings: one for those alike."""
    said = json.dumps(dict(settings), sort_keys=True, default=str)
    mark = hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()
    return f"{name}_{mark[:10]}"
