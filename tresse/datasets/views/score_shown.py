"""What the page of a score shows of a version: how values are spread, segments, movement, facts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from tresse.datasets.builds.plans import plan_of
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.cells import shown
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.scores.distribution import (
    Bar,
    Distribution,
    behind,
    column_of,
    distribution,
    movement,
    moving_column,
    people_behind,
)
from tresse.datasets.scores.library import InUse, Run, drift_of
from tresse.datasets.scores.members.rfm_tables import FXM, table_of
from tresse.datasets.scores.rfm_grid import (
    Told,
    axis_of,
    empty_scores,
    grid,
    people_by_cell,
    people_by_segment,
    split_values,
)
from tresse.datasets.scores.saying import typed, value_shown
from tresse.datasets.views import score_pictures as pictures
from tresse.datasets.views.score_links import bar_words, rows_address, value_words
from tresse.engine.base import Engine
from tresse.kernel.marks import N_
from tresse.web.templatetags.numbers import day, number, percent

RFM, REVENUE = "rfm", "revenue_total"
DAYS_BACK = 30
HUES = ("accent", "teal", "orange", "pink", "info", "violet", "ok", "warn", "bad", "grey")
HIDDEN = {
    "t0", "segments", "scores", "empty", "split", "warnings", "cut_points_today", "is_doubtful",
    "unit_days",
}  # fmt: skip
"Facts that the page shows in other ways."
FACTS: dict[str, str] = {
    "bins": N_("Scores"),
    "binning": N_("Cut by"),
    "cut_points": N_("Cut-points"),
    "cut_points_before": N_("Cut-points of the earlier day"),
    "base": N_("Golden records"),
    "population": N_("People with scores"),
    "buyers": N_("Buyers"),
    "repeat_buyers": N_("Repeat buyers"),
    "min_buyers": N_("Fewest repeat buyers"),
    "usual_gap": N_("Usual gap in days"),
    "orders_a_year": N_("Orders a year"),
    "lifetime_years": N_("Lifetime in years"),
    "buying": N_("Parameters of buying"),
    "worth": N_("Parameters of value"),
    "log_likelihood": N_("Log-likelihood of buying"),
    "worth_log_likelihood": N_("Log-likelihood of value"),
    "correlation": N_("Correlation of frequency and value"),
    "check": N_("Held against the last 26 weeks"),
}
"Labels of facts by their names; others are shown by name."
PARTS: dict[str, str] = {
    "since": N_("since"),
    "days": N_("days"),
    "predicted": N_("orders predicted"),
    "real": N_("orders that came"),
    "share_off": N_("off by"),
}
"Labels of what a fact is made of; others are shown by name."
SHARES = ("share_off",)
GREEK = {"alpha": "α"}
PLACES = 4


def spread(session: Engine, dataset: Dataset, version: DatasetVersion, name: str) -> dict[str, Any]:
    """How the values of a column are spread: bars with links, and a table of the same."""
    found = distribution(session, version, name)
    hues = _hues(version, name)
    listed = [e for e in found.bars if e.count or not hues or str(e.value) in hues]
    bars = [
        pictures.Bar(
            bar_words(each, found.output),
            each.count,
            rows_address(dataset, behind(version, name, each)) if each.count else "",
            hues.get(str(each.value), "accent"),
        )
        for each in listed
    ]
    is_drawn = found.column.type in pictures.DRAWN and len(bars) > 1
    return {
        "column": found.column.name,
        "label": gettext(found.output.label) if found.output else found.column.name,
        "is_drawn": is_drawn,
        "tiles": pictures.histogram(bars),
        "most": max((each.number for each in bars), default=0) or 1,
        "low": _end(found, 0) if is_drawn else "",
        "high": _end(found, -1) if is_drawn else "",
        "known": version.rows - found.nulls,
        "nulls": found.nulls,
        "nulls_address": rows_address(dataset, people_behind(version, name)),
        "others": found.others,
        "figures": _figures(found),
    }


def _end(found: Distribution, at: int) -> str:
    bar: Bar = found.bars[at]
    value = bar.value if bar.low is None else bar.low if at == 0 else bar.high
    return value_words(value, found.output)


def _figures(found: Distribution) -> str:
    """The most frequent bar in words."""
    top = max(found.bars, key=lambda each: each.count, default=None)
    if top is None or not top.count:
        return ""
    text = gettext("Most often {value}: {n}")
    return text.format(value=bar_words(top, found.output), n=number(top.count))


def _hues(version: DatasetVersion, name: str) -> Mapping[str, str]:
    """Hues of categories by value: of segments as their table has them, else one after another."""
    _, output = column_of(version, name)
    if output is None or not output.choices:
        return {}
    if output.name == "rfm_segment":
        use = next(e for e in plan_of(version).computed if e.name == name)
        facts = {each.key: each for each in plan_of(version).definition.scores}
        settings = facts[use.of].settings if use.of in facts else {}
        return {each.name: each.colour or "grey" for each in table_of(settings).segments}
    return {value: HUES[at % len(HUES)] for at, (value, _) in enumerate(output.choices)}


def segments(
    session: Engine, dataset: Dataset, version: DatasetVersion, use: InUse
) -> dict[str, Any]:
    """RFM as two pictures: a map of segments by people, and R by the other axis (SC73)."""
    settings = use.used.settings
    rows = tables_of(session, version).computed
    columns = {output.name: column for column, output in use.columns}
    physical = {name: column.column for name, column in columns.items()}
    money = next((e for e in plan_of(version).computed if e.name == REVENUE), None)
    groups = people_by_segment(
        session, rows, physical, settings, rows.c[money.column] if money else None
    )
    name = columns["rfm_segment"].name
    bars = [
        pictures.Bar(
            gettext(each.segment.label),
            each.people,
            rows_address(dataset, people_behind(version, name, value=each.segment.name))
            if each.people
            else "",
            each.segment.colour or "grey",
            percent(each.revenue_share, 1) if each.revenue_share is not None else "",
        )
        for each in groups
    ]
    table = table_of(settings)
    cells = grid(settings, people_by_cell(session, rows, physical, settings))
    return {
        "map": pictures.treemap(bars),
        "segments": [
            {"bar": bar, "share": group.share} for bar, group in zip(bars, groups, strict=True)
        ],
        "has_revenue": money is not None,
        "axis": axis_of(settings),
        "scores": list(range(1, table.bins + 1)),
        "cells": [
            {
                "r": line[0].r,
                "cells": [
                    {
                        "label": gettext(each.segment.label),
                        "hue": each.segment.colour or "grey",
                        "people": each.people,
                        "other": each.other,
                        "address": rows_address(
                            dataset, _cell_filter(columns, table.axis, each.r, each.other)
                        )
                        if each.people
                        else "",
                    }
                    for each in line
                ],
            }
            for line in cells
        ],
    }


def _cell_filter(columns: Mapping[str, Any], axis: str, r: int, other: int) -> dict[str, Any]:
    """Who is in a cell; of FxM every F and M whose mean, rounded up, is the score."""

    def one(letter: str, score: int) -> dict[str, Any]:
        name = columns[f"rfm_{letter}"].name
        return {"property": name, "operator": "is", "value": score}

    if axis != FXM:
        return {"all": [one("r", r), one("f", other)]}
    pairs = [
        {"all": [one("f", f), one("m", both - f)]}
        for both in (2 * other - 1, 2 * other)
        for f in range(max(1, both - 10), min(10, both - 1) + 1)
    ]
    return {"all": [one("r", r), {"any": pairs}]}


def notes(facts: Mapping[str, Any]) -> Iterator[str]:
    """What the page says of scores that nobody has, and of equal people (SC31, SC32)."""
    for each in (*empty_scores(facts), *split_values(facts)):
        yield _told(each)


def _told(told: Told) -> str:
    details = dict(told.details)
    if details.get("share") is not None:
        details["share"] = percent(float(details["share"]))
    return gettext(told.template).format(**details)


def moved(
    session: Engine, dataset: Dataset, version: DatasetVersion, key: str, since: date
) -> dict[str, Any]:
    """Who stands elsewhere than on a day: from, to, how many (SC73)."""
    column = moving_column(version, key)
    _, output = column_of(version, column.name)

    def label(text: str | None) -> str:
        return value_shown(typed(text, column.type), output) or gettext("nothing")

    found = movement(session, version, key, since)
    return {
        "since": since.isoformat(),
        "since_words": day(since),
        "column": column.name,
        "lines": [
            {
                "old": label(each.old),
                "new": label(each.new),
                "number": each.count,
                "address": rows_address(
                    dataset,
                    people_behind(version, column.name, value=typed(each.new, column.type)),
                ),
            }
            for each in found[:60]
        ],
        "number": sum(each.count for each in found),
        "most": max((each.count for each in found), default=0) or 1,
    }


def since_of(text: str, version: DatasetVersion) -> date:
    """The day that people typed, else 30 days before the version's moment."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return (version.as_of - timedelta(days=DAYS_BACK)).date()


def facts_shown(run: Run) -> list[tuple[str, list[tuple[str, str]]]]:
    """Facts of a run: label, and rows of a name and a text; a single figure has no name."""
    found = []
    for name, value in run.facts.items():
        if name in HIDDEN or value in (None, {}, []) or value == run.settings.get(name):
            continue
        label = gettext(FACTS[name]) if name in FACTS else name.replace("_", " ").capitalize()
        found.append((label, list(_rows(value, is_letters="cut_points" in name))))
    return found


def _rows(value: Any, *, is_letters: bool) -> Iterator[tuple[str, str]]:
    """What a fact is made of; `is_letters`: by the capital letters of RFM."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            name = gettext(PARTS[key]) if key in PARTS else GREEK.get(key, str(key))
            text = percent(float(each)) if key in SHARES and each is not None else _fact(each)
            yield name.upper() if is_letters else name, text
    else:
        yield "", _fact(value)


def _fact(value: Any) -> str:
    """A figure as people read it; lists as one text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_fact(each)}" for name, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " · ".join(_fact(each) for each in value) or "–"
    if isinstance(value, str):
        return _number_text(value)
    if isinstance(value, float):
        return number(round(value, PLACES))
    return shown(value) or "–"


def _number_text(text: str) -> str:
    """Decimals that facts keep as texts, shorn of zeros at their end."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        return text
    return number(value.normalize()) if value.is_finite() else text


def drifts(run: Run) -> list[dict[str, str]]:
    """Frozen cut-points beside those of today (SC18)."""
    return [
        {
            "name": each.name.removeprefix("cut_points.").replace(".", " ").upper(),
            "frozen": _fact(each.frozen),
            "today": _fact(each.today) if each.today is not None else "–",
        }
        for each in drift_of(run)
    ]


def moment_of(value: Any) -> datetime:
    """The moment of a run."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
