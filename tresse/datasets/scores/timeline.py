"""What the timeline of a golden record tells of scores: categories that changed, why (SC15)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from tresse.datasets.builds.tables import tables_of
from tresse.datasets.models import DatasetVersion
from tresse.datasets.scores.base import Output
from tresse.datasets.scores.distribution import Change, changes_of
from tresse.datasets.scores.library import uses_of
from tresse.datasets.scores.saying import NOTHING, reason_label, typed, value_shown
from tresse.engine.base import Engine
from tresse.kernel.marks import N_

WENT = N_("{score} went from {old} to {new}")
WHY = N_("{reason}: {old} → {new}")
SHOWN = ("text", "boolean")
"Types of values that are told; numbers stand in the history of their score."


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline."""

    at: datetime
    change: Change
    text: str
    about: str
    "Its reasons, in the order of steps."


def score_entries(engine: Engine, version: DatasetVersion, id_: str) -> Iterator[Entry]:
    """Categories of one golden record that changed, latest first."""
    outputs = {
        column.name: output
        for use in uses_of(version)
        for column, output in use.columns
        if output.type in SHOWN
    }
    if not outputs:
        return
    for change in changes_of(tables_of(engine, version), id_, list(outputs)):
        yield _entry(change, outputs[change.name])


def _entry(change: Change, output: Output) -> Entry:
    def shown(text: str | None) -> str:
        return value_shown(typed(text, output.type), output) or gettext(NOTHING)

    why = [
        gettext(WHY).format(
            reason=reason_label(each["reason"]),
            old=shown(each["before"]),
            new=shown(each["after"]),
        )
        for each in change.reasons
    ]
    text = gettext(WENT).format(
        score=gettext(output.label), old=shown(change.old), new=shown(change.new)
    )
    return Entry(change.at, change, text, "; ".join(why))
