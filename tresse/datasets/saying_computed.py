"""Computed columns said again as a file has them, without what goes without saying."""

from collections.abc import Mapping
from typing import Any

from tresse.datasets.definition import Aggregate, DatasetDefinition, Formula, ScoreUse, Window

Said = dict[str, Any]


def computed_said(definition: DatasetDefinition) -> Said:
    """The keys `computed`, `aggregates` and `scores` of a definition; empty lists too."""
    return {
        "computed": [formula_said(each) for each in definition.computed],
        "aggregates": [aggregate_said(each) for each in definition.aggregates],
        "scores": [score_said(each) for each in definition.scores],
    }


def formula_said(formula: Formula) -> Said:
    """A formula as a file has it."""
    return _filled({"name": formula.name, "sql": formula.sql, "semantic": formula.semantic})


def aggregate_said(aggregate: Aggregate) -> Said:
    """An aggregate as a file has it; `on` stands in the window, where there is one."""
    window = window_said(aggregate.window)
    alone = window.pop("on", "") if set(window) == {"on"} else ""
    return _filled(
        {
            "name": aggregate.name,
            "over": ".".join(aggregate.over),
            "do": aggregate.do,
            "column": aggregate.column,
            "where": aggregate.where,
            "window": window,
            "on": alone,
            "semantic": aggregate.semantic,
        }
    )


def score_said(use: ScoreUse) -> Said:
    """A use of a score as a file has it."""
    facts = _filled(
        {
            "score": use.score,
            "settings": dict(use.settings),
            "prefix": use.prefix,
            "where": use.where,
        }
    )
    return facts | {"freeze": use.frozen_on or True} if use.is_frozen else facts


def window_said(window: Window) -> Said:
    """A window as a file has it; empty for none."""
    number, unit = window.last or (0, "")
    return _filled(
        {
            "last": f"{number} {unit if number != 1 else unit[:-1]}" if window.last else "",
            "from": window.start.isoformat() if window.start else "",
            "to": window.end.isoformat() if window.end else "",
            "this": window.this,
            "previous": window.previous,
            "on": window.on,
        }
    )


def _filled(facts: Mapping[str, Any]) -> Said:
    return {key: value for key, value in facts.items() if value not in ("", [], {}, None)}
