"""Scores as programs get them: over REST, as JSON of commands (`cli.md`)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from tresse.datasets.models import DatasetVersion
from tresse.datasets.saying_computed import score_said
from tresse.datasets.scores.distribution import Bar, Change, Distribution, Move
from tresse.datasets.scores.explaining import Explained, Figure, Order, Step, Steps
from tresse.datasets.scores.library import Group, InUse, Run, drift_of
from tresse.datasets.scores.saying import reason_label

Told = dict[str, Any]


def library_told(groups: Iterable[Group]) -> list[Told]:
    """The library, a score each."""
    return [
        {
            "score": each.name,
            "label": each.label,
            "group": group.name,
            "meaning": each.meaning,
            "formula": each.formula,
            "source": each.source or None,
            "used": list(each.used),
            "missing": list(each.missing),
        }
        for group in groups
        for each in group.scores
    ]


def use_told(found: InUse) -> Told:
    """A use of a score with its columns."""
    use = score_said(found.used.use)
    return {
        "key": found.key,
        "score": found.score.name,
        "group": found.score.group,
        "formula": found.score.formula,
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "low": output.low,
                "high": output.high,
                "unit": output.unit or None,
                "choices": [name for name, _ in output.choices],
            }
            for column, output in found.columns
        ],
        "settings": use.get("settings", {}),
        "prefix": found.used.use.prefix,
        "where": found.used.use.where,
        "freeze": found.used.use.is_frozen,
    }


def run_told(run: Run, distributions: Iterable[Distribution], version: DatasetVersion) -> Told:
    """A score of a version with its run facts (SC9)."""
    facts = dict(run.facts)
    cut_points = facts.pop("cut_points", None)
    counts: Told = {"records": version.rows}
    if run.orders is not None:
        counts |= {"orders": run.orders, "valid": run.valid}
        counts |= {"invalid": {each.name: each.number for each in run.invalid}}
    return {
        "score": run.in_use.key,
        "version": version.number,
        "as_of": run.as_of,
        "settings": dict(run.settings),
        "cut_points": cut_points if cut_points is not None else {},
        "facts": facts,
        "counts": counts,
        "warnings": list(run.warnings),
        "freeze": run.is_frozen,
        "drift": [
            {"name": each.name, "frozen": each.frozen, "today": each.today}
            for each in drift_of(run)
        ],
        "distribution": [distribution_told(each) for each in distributions],
    }


def distribution_told(found: Distribution) -> Told:
    """How the values of a column are spread."""
    return {
        "column": found.column.name,
        "type": found.column.type,
        "empty": found.nulls,
        "others": found.others,
        "bars": [_bar(each) for each in found.bars],
    }


def _bar(bar: Bar) -> Told:
    place = {"from": bar.low, "to": bar.high} if bar.is_range else {"value": bar.value}
    return {**{key: _plain(value) for key, value in place.items()}, "count": bar.count}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def explained_told(found: Explained, asked: str = "") -> Told:
    """The sum of a score for one record; `asked`: the column whose value is wanted."""
    first = next(iter(found.values), "")
    column = asked if asked in found.values else first
    return {
        "id": found.id,
        "score": found.in_use.key,
        "version": found.version.number,
        "value": found.values.get(column),
        "values": dict(found.values),
        "parts": [_figure(each) for each in found.parts],
        "orders": [_order(each) for each in found.orders],
        "words": found.words,
    }


def _figure(figure: Figure) -> Told:
    return {"name": figure.name, "label": figure.output.label, "value": figure.value}


def _order(order: Order) -> Told:
    return {
        "id": order.id,
        "order_id": order.key,
        "at": order.at,
        "net": order.net,
        "counts": not order.cause,
        "cause": order.cause or None,
        "message": order.words or None,
    }


def change_told(change: Change) -> Told:
    """How a value changed, and why (SC15)."""
    return {
        "score": change.score,
        "name": change.name,
        "old": change.old,
        "new": change.new,
        "version": change.version,
        "at": change.at,
        "reasons": [dict(each) for each in change.reasons],
    }


def steps_told(found: Steps) -> Told:
    """Every step from one version to another (SC16)."""
    return {
        "name": found.column.name,
        "id": found.id,
        "since": found.since,
        "version": found.version,
        "old": found.old,
        "new": found.new,
        "steps": [_step(each) for each in found.steps],
    }


def _step(step: Step) -> Told:
    more = dict(step.deeds) if step.moves else {}
    return {
        "reason": step.reason,
        "label": reason_label(step.reason),
        "before": step.before,
        "after": step.after,
        **more,
    }


def move_told(move: Move) -> Told:
    """People who went from one value to another."""
    return {"from": move.old, "to": move.new, "count": move.count}
