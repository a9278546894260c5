"""What a computed column would give, before it is kept: rows, empties, what would change (D106)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext, ngettext

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.datasets.computed.preview import Preview, preview
from tresse.datasets.layout import AGGREGATE, FORMULA, SCORE
from tresse.datasets.models import Dataset
from tresse.datasets.parsing_computed import COMPUTED
from tresse.datasets.scores.base import Output, columns_of
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.saying import value_shown
from tresse.datasets.views.frame import address_of
from tresse.datasets.views.mapped import type_label
from tresse.datasets.views.score_pictures import DRAWN, Bar, histogram
from tresse.kernel.errors import TresseError
from tresse.sources.rules.base import NUMBERS
from tresse.web.templatetags.numbers import number

SORTS = dict(zip(COMPUTED, (FORMULA, AGGREGATE, SCORE), strict=True))
PEOPLE = 5
"Shown of a score, beside how its values are spread."
WORD = 1
"Characters that are marked where a refusal names no word."
Item = Mapping[str, Any]


def preview_context(dataset: Dataset, item: Item, key: str, actor: Actor) -> dict[str, Any]:
    """What the templates of a preview show: `preview`, or `refusal` with its place.

    Args:
        dataset: Whose column.
        item: As a definition has it.
        key: Of the definition: `computed`, `aggregates` or `scores`.
        actor: Needs `datasets.manage`.
    """
    try:
        found = preview(dataset, item, SORTS[key], actor=actor)
    except TresseError as error:
        return {
            "refusal": message(error),
            "position": error.details.get("position"),
            "place": _place(str(item.get("sql", "")), error.details.get("position")),
        }
    return {"preview": _shown(dataset, item, found, is_score=key == COMPUTED[-1])}


def _place(text: str, position: Any) -> dict[str, str] | None:
    """A formula in three pieces: before the place that is meant, the word there, what follows."""
    if not text or not isinstance(position, int) or position < 1:
        return None
    start = min(position - 1, len(text) - 1)
    end = start + WORD
    while end < len(text) and text[start].isalnum() and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return {"before": text[:start], "at": text[start:end], "after": text[end:]}


def _shown(dataset: Dataset, item: Item, found: Preview, *, is_score: bool) -> dict[str, Any]:
    outputs = _outputs(item) if is_score else {}
    columns = [
        {
            "name": str(each["name"]),
            "type": str(each["type"]),
            "label": _label(outputs, str(each["name"])),
            "output": outputs.get(str(each["name"])),
            "is_number": each["type"] in NUMBERS,
        }
        for each in found.columns
    ]
    has_before = any(row["before"] for row in found.rows)
    rows = found.rows[:PEOPLE] if is_score else found.rows
    here = f"{address_of(dataset)}rows/"
    return {
        "type_label": type_label(found.type),
        "words": _words(found, len(rows)),
        "changes": _changes(found),
        "spread": _spread(found),
        "columns": columns,
        "has_before": has_before,
        "lines": [
            {
                "title": row["title"],
                "address": f"{here}{row['id']}/",
                "cells": [_cell(row, each, has_before=has_before) for each in columns],
            }
            for row in rows
        ],
    }


def _spread(found: Preview) -> dict[str, Any] | None:
    """Bars of a score as a picture; None of formulas and aggregates."""
    bars = [Bar(str(each["label"]), int(each["number"])) for each in found.bars]
    if not bars:
        return None
    return {
        "tiles": histogram(
            [each for each in bars if each.number] if found.type == "text" else bars
        ),
        "most": max(each.number for each in bars) or 1,
        "is_drawn": found.type in DRAWN and not any(e["type"] == "text" for e in found.columns),
    }


def _label(outputs: Mapping[str, Output], name: str) -> str:
    """A column as a head of the table has it: of a score what it means."""
    return gettext(outputs[name].label) if name in outputs else name


def _outputs(item: Item) -> dict[str, Output]:
    score = SCORES[str(item["score"])]
    return dict(columns_of(score, str(item.get("prefix", ""))))


def _cell(row: Item, column: Item, *, has_before: bool) -> dict[str, Any]:
    name, type_, output = column["name"], str(column["type"]), column["output"]
    after, before = row["values"].get(name), row["before"].get(name)
    return {
        "text": value_shown(_value(after, type_), output),
        "before": value_shown(_value(before, type_), output) if has_before else None,
        "is_number": column["is_number"],
        "is_changed": has_before and name in row["before"] and after != before,
    }


def _value(value: Any, type_: str) -> Any:
    """A value of JSON as its type has it; whole numbers without places."""
    if isinstance(value, str) and type_ == "date":
        return date.fromisoformat(value)
    if isinstance(value, str) and type_ == "datetime":
        return datetime.fromisoformat(value)
    if isinstance(value, float) and value == int(value):
        return int(value)
    return value


def _words(found: Preview, shown: int) -> str:
    text = gettext("{shown} of {all} golden records; {empty} of all are empty")
    return text.format(shown=number(shown), all=number(found.number), empty=number(found.nulls))


def _changes(found: Preview) -> str:
    if found.changed is None:
        return ""
    text = ngettext("{n} row would change", "{n} rows would change", found.changed)
    return text.format(n=number(found.changed))
