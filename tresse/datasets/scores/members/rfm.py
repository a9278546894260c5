"""Recency, frequency and money: scores and segments (SC30 to SC37, SC39)."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import or_zero
from tresse.datasets.scores.base import (
    MONEY,
    Facts,
    Figures,
    Measures,
    Output,
    Row,
    Score,
    Settings,
)
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.members.rfm_binning import (
    QUANTILE,
    Binning,
    binning_of,
    covering,
    split_values,
)
from tresse.datasets.scores.members.rfm_move import RfmMove
from tresse.datasets.scores.members.rfm_people import (
    LETTERS,
    MEAN,
    NEED,
    SETTINGS,
    WHOLE,
    buyers,
    check_cuts,
    cuts_by_letter,
    figures_of,
    measures_of,
    scores_of,
)
from tresse.datasets.scores.members.rfm_tables import (
    DEFAULT,
    FXM,
    LAST,
    MOST_BINS,
    PROSPECT,
    SEXTILE,
    Segments,
    table_of,
)
from tresse.engine import columns as do
from tresse.engine.base import Engine
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
CHOICES = tuple(
    dict.fromkeys((each.name, each.label) for each in (*DEFAULT.segments, *SEXTILE.segments, LAST))
)
"Of the shipped segments; own ones have the names that people gave them."


class Rfm(Score):
    """Scores of recency, frequency and money, and the segment they make."""

    name = "rfm"
    label = N_("RFM")
    group = "rfm"
    needs = (NEED,)
    formula = "R = b − #{cⱼ < t0 − last day}, F = 1 + #{cⱼ < N}, M = 1 + #{cⱼ < Σ net}"
    meaning = N_(
        "How lately, how often and for how much the person ordered, as scores and a segment."
    )
    told = N_(
        "Last order {days} ago: R {rfm_r}. Orders {orders}: F {rfm_f}. Amount {amount}: M "
        "{rfm_m}. Together {rfm_code}, {rfm_segment}."
    )
    source = "Hughes, Strategic Database Marketing, 1994; segments parity Octolis, Putler"
    outputs = (
        Output("rfm_r", "integer", N_("R: recency"), 1, MOST_BINS),
        Output("rfm_f", "integer", N_("F: frequency"), 1, MOST_BINS),
        Output("rfm_m", "integer", N_("M: money"), 1, MOST_BINS),
        Output("rfm_code", "text", N_("RFM code")),
        Output(
            "rfm_segment",
            "text",
            N_("RFM segment"),
            choices=CHOICES,
        ),
    )
    parts = (
        Output("days", "integer", N_("Days since the last order"), 0, unit="days"),
        Output("orders", "integer", N_("Orders"), 0),
        Output("amount", "decimal", N_("Amount"), 0, unit=MONEY),
    )
    settings = SETTINGS

    def check(self, settings: Settings) -> None:
        """Refuse tables with holes, and cut-points or windows that are none.

        Raises:
            TresseError: `cells_missing`, `cells_twice`, `thresholds_order`, `wrong_value`.
        """
        table_of(settings)
        check_cuts(settings)

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Of valid orders in the window: `last` (day), `orders`, `amount` (sum)."""
        return {"orders": measures_of(inputs, settings, inputs.today)}

    def facts(self, inputs: Inputs, settings: Settings, row: Row) -> Facts:
        """Cut-points, and what they make of the base.

        Returns:
            `t0`, `bins`, `binning`, `cut_points` (by `r f m`; R is cut by its days), `base` (all
            records), `population` (those with scores), `scores` (by letter, people with 1, 2 …),
            `segments` (people by name, *Prospect* too), `empty` (scores nobody has: `figure`,
            `score`, and `value` with its `share` of people, whose ties are the cause; None where
            ties are not), `split` (values whose people got unequal scores: `figure`, `value`).
        """
        people = buyers(row, settings, inputs.today)
        table, binning = table_of(settings), binning_of(settings)
        cuts = cuts_by_letter(inputs.engine, people, settings)
        scored = scores_of(people, cuts, binning)
        counts = inputs.engine.rows(
            sa.select(*(scored.c[each] for each in LETTERS), sa.func.count()).group_by(
                *(scored.c[each] for each in LETTERS)
            )
        )
        by_score = {each: [0] * binning.bins for each in LETTERS}
        by_segment = dict.fromkeys((each.name for each in table.segments), 0)
        population = 0
        for r, f, m, many in counts:
            for letter, score in zip(LETTERS, (r, f, m), strict=True):
                by_score[letter][score - 1] += many
            other = (f + m + 1) // 2 if table.axis == FXM else f
            by_segment[table.cells[r, other]] += many
            population += many
        base = inputs.base_count
        by_segment[PROSPECT] = base - population
        return {
            "t0": inputs.today.isoformat(),
            "bins": binning.bins,
            "binning": binning.sort,
            "cut_points": cuts,
            "base": base,
            "population": population,
            "scores": by_score,
            "segments": by_segment,
            "empty": _empty(inputs.engine, people, by_score, binning, population),
            "split": [
                {"figure": letter, "value": value}
                for letter in LETTERS
                for value in split_values(inputs.engine, people, letter, cuts[letter], binning)
            ],
        }

    def choices_of(self, output: Output, settings: Settings) -> tuple[tuple[str, str], ...]:
        """Segments of the table of the use alone, own ones too."""
        if output.name != "rfm_segment":
            return output.choices
        return tuple((each.name, each.label) for each in table_of(settings).segments)

    def cuts(self, facts: Facts) -> Facts:
        """Cut-points alone: the counts are those of the day."""
        return {"cut_points": facts["cut_points"]}

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`rfm`: `id r f m` of those with an order in the window."""
        people = buyers(row, settings, inputs.today)
        return {"rfm": scores_of(people, facts["cut_points"], binning_of(settings))}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """No scores for prospects."""
        r, f, m = (row.of("rfm", each) for each in LETTERS)
        figures = figures_of(row, settings, inputs.today)
        many = sa.func.coalesce(row["orders"], 0)
        return {
            "rfm_r": r,
            "rfm_f": f,
            "rfm_m": m,
            "rfm_code": do.text_of(r) + "-" + do.text_of(f) + "-" + do.text_of(m),
            "rfm_segment": segment_of(table_of(settings), r, f, m),
            "days": figures["r"],
            "orders": many,
            "amount": figures["m"] if settings.get("monetary") == MEAN else or_zero(figures["m"]),
        }


def axis_value(table: Segments, f: Value, m: Value) -> Value:
    """What stands beside R: F, or the mean of F and M rounded up."""
    if table.axis != FXM:
        return f
    return do.quotient(sa.cast(f + m + 1, WHOLE), sa.literal(2, WHOLE))


def segment_of(table: Segments, r: Value, f: Value, m: Value) -> Value:
    """The name of the segment of scores; *Prospect* without."""
    other = axis_value(table, f, m)
    by_segment: dict[str, list[Value]] = {}
    for score in range(1, table.bins + 1):
        own: dict[str, list[int]] = {}
        for second in range(1, table.bins + 1):
            own.setdefault(table.cells[score, second], []).append(second)
        for name, seconds in own.items():
            by_segment.setdefault(name, []).append(sa.and_(r == score, other.in_(seconds)))
    cases = [(sa.or_(*cells), sa.literal(name, sa.Text())) for name, cells in by_segment.items()]
    return sa.type_coerce(
        sa.case((r.is_(None), sa.literal(PROSPECT, sa.Text())), *cases), sa.Text()
    )


def _empty(
    engine: Engine,
    people: sa.FromClause,
    by_score: Mapping[str, list[int]],
    binning: Binning,
    population: int,
) -> list[Facts]:
    """Scores that nobody has, with the value whose ties are the cause (SC31)."""
    found: list[Facts] = []
    if not population:
        return found
    for letter, numbers in by_score.items():
        scores = [at for at, many in enumerate(numbers, 1) if not many]
        bins = {at: binning.bins - at if letter == "r" else at - 1 for at in scores}
        causes: dict[int, tuple[str, int]] = {}
        if scores and binning.sort == QUANTILE:
            causes = covering(engine, people, letter, binning.bins, list(bins.values()))
        for at in scores:
            value, many = causes.get(bins[at], (None, 0))
            part = many / population if value is not None else None
            found.append({"figure": letter, "score": at, "value": value, "share": part})
    return found


RFM: tuple[Score, ...] = (Rfm(), RfmMove())
