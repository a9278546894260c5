"""What the API of scores takes and gives. Uses of scores are checked by `parsing`, in its words."""

from datetime import datetime
from typing import Any, ClassVar

from ninja import Schema

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body


class ScoreIn(Body):
    """A use of a score to add, or to change: one of the same score and prefix is replaced (SC3).

    With `revision` only if the dataset is still the one that was read.
    """

    sort: ClassVar[str] = N_("a score")
    score: str
    settings: Any = None
    prefix: Any = None
    where: Any = None
    window: Any = None
    freeze: Any = None
    revision: int | None = None


class OfferedOut(Schema):
    """A score of the library: keys of its uses, and what the dataset still needs for it (SC2)."""

    score: str
    label: str
    group: str
    meaning: str
    formula: str
    source: str | None
    used: list[str]
    missing: list[str]


class ScoresOut(Schema):
    """Scores that the published version has (`version` null: there is none), and the library."""

    version: int | None
    scores: list[dict[str, Any]]
    library: list[OfferedOut]


class ScoreOut(Schema):
    """A score of the published version with its run facts and the spread of its columns (SC9).

    `drift`: of a frozen one, cut-points that would be others today (SC18). `movement`: with
    `since`, people by where they stood and stand.
    """

    score: str
    version: int
    as_of: datetime
    settings: dict[str, Any]
    cut_points: Any
    facts: dict[str, Any]
    counts: dict[str, Any]
    warnings: list[str]
    freeze: bool
    drift: list[dict[str, Any]]
    distribution: list[dict[str, Any]]
    movement: list[dict[str, Any]] | None = None


class ChangeOut(Schema):
    """A value that changed, as canonical texts, with its reasons in the order of steps (SC15)."""

    score: str
    name: str
    old: str | None
    new: str | None
    version: int
    at: datetime
    reasons: list[dict[str, Any]]


class HistoryOut(Schema):
    """Changes of one record, latest first; with `since` every step from that version on (SC17)."""

    id: str
    changes: list[ChangeOut]
    steps: list[dict[str, Any]] | None = None


class ExplainedOut(Schema):
    """The sum of a score for one record (SC9). `value`: of its first column; `values`: of all."""

    id: str
    score: str
    version: int
    value: Any
    values: dict[str, Any]
    parts: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    words: str
