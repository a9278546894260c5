"""Whether people rose or fell: RFM of two days, side by side (SC38)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.base import (
    Facts,
    Figures,
    Measures,
    Output,
    Row,
    Score,
    Setting,
    Settings,
)
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.members.rfm_binning import binning_of
from tresse.datasets.scores.members.rfm_people import (
    NEED,
    SETTINGS,
    WHOLE,
    buyers,
    check_cuts,
    cuts_by_letter,
    measures_of,
    scores_of,
)
from tresse.datasets.scores.members.rfm_tables import MOST_BINS
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]


class RfmMove(Score):
    """Whether people rose or fell since a day: R + F then and now (SC38).

    Both are worked out of the orders as they are known now: those up to the one day, and those up
    to the other, each cut anew over the people of its day. So nothing depends on which builds
    there were. While nobody had ordered by the earlier day there is nothing to compare with, and
    all values are NULL.
    """

    name = "rfm_move"
    label = N_("RFM movement")
    group = "rfm"
    needs = (NEED,)
    formula = "sign of (R + F at t0) − (R + F at t0 − days)"
    meaning = N_("Whether the person's RFM scores rose or fell.")
    told = N_("R {r} and F {f} now; {days} before, R {r_before} and F {f_before}: {rfm_move}.")
    outputs = (
        Output(
            name,
            "text",
            label,
            choices=(
                ("up", N_("Up")),
                ("down", N_("Down")),
                ("same", N_("Same")),
                ("new", N_("New buyer")),
                ("lost_buyer", N_("Lost buyer")),
            ),
        ),
    )
    parts = (
        Output("r", "integer", N_("R now"), 1, MOST_BINS),
        Output("f", "integer", N_("F now"), 1, MOST_BINS),
        Output("r_before", "integer", N_("R before"), 1, MOST_BINS),
        Output("f_before", "integer", N_("F before"), 1, MOST_BINS),
        Output("days", "integer", N_("Days between"), 1, unit="days"),
    )
    settings = (
        Setting("days", "whole", N_("Days between"), 30, 1, 3650),
        *(each for each in SETTINGS if each.name not in ("segments", "preset")),
    )

    def check(self, settings: Settings) -> None:
        """Refuse cut-points and windows that are none; it has no segments.

        Raises:
            TresseError: `thresholds_order`, `wrong_value`.
        """
        check_cuts(settings)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """As those of RFM, and the same of the orders up to the earlier day: `…_before`."""
        now = measures_of(inputs, settings, inputs.today)
        before = measures_of(inputs, settings, _earlier(inputs, settings))
        return {"orders": now | {f"{name}_before": each for name, each in before.items()}}

    def facts(self, inputs: Inputs, settings: Settings, row: Row) -> Facts:
        """`t0`, `before` (the earlier day), `cut_points` of both, and how many buyers then."""
        day = _earlier(inputs, settings)
        now = buyers(row, settings, inputs.today)
        before = buyers(row, settings, day, "_before")
        engine = inputs.engine
        many = engine.scalar(sa.select(sa.func.count()).select_from(before))
        return {
            "t0": inputs.today.isoformat(),
            "before": day.isoformat(),
            "cut_points": cuts_by_letter(engine, now, settings),
            "cut_points_before": cuts_by_letter(engine, before, settings),
            "population_before": int(many or 0),
        }

    def cuts(self, facts: Facts) -> Facts:
        """The cut-points of now are those of both days, so that only time and deeds move one.

        Without `population_before`: there was a run before, the one that they are frozen from.
        """
        return {"cut_points": facts["cut_points"], "cut_points_before": facts["cut_points"]}

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`now` and `before`: `id r f m`."""
        binning = binning_of(settings)
        before = buyers(row, settings, _earlier(inputs, settings), "_before")
        return {
            "now": scores_of(buyers(row, settings, inputs.today), facts["cut_points"], binning),
            "before": scores_of(before, facts["cut_points_before"], binning),
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for those who are buyers on neither day, and while there were none before."""
        r, f = row.of("now", "r"), row.of("now", "f")
        r_before, f_before = row.of("before", "r"), row.of("before", "f")
        now, before = r + f, r_before + f_before
        move = sa.case(
            (sa.and_(r.is_(None), r_before.is_(None)), sa.null()),
            (r_before.is_(None), "new"),
            (r.is_(None), "lost_buyer"),
            (now > before, "up"),
            (now < before, "down"),
            else_="same",
        )
        is_first = facts.get("population_before") == 0
        nothing = sa.cast(sa.null(), sa.Text())
        return {
            self.name: nothing if is_first else sa.type_coerce(move, sa.Text()),
            "r": r,
            "f": f,
            "r_before": r_before,
            "f_before": f_before,
            "days": sa.literal(int(settings["days"]), WHOLE),
        }


def _earlier(inputs: Inputs, settings: Settings) -> date:
    """The day that is compared with."""
    return date.fromordinal(max(inputs.today.toordinal() - int(settings["days"]), 1))
