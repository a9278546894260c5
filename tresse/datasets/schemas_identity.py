"""What the API of decisions, reviews, rules and suggestions takes."""

from typing import Any, ClassVar

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body


class DecisionIn(Body):
    """Two records (keys as `explain` takes them) that are one, or are not; why."""

    sort: ClassVar[str] = N_("a decision")
    kind: str
    a: str
    b: str = ""
    reason: str


class UnmergeIn(Body):
    """Records of a golden record to set apart; `dry_run` only says what would come of it."""

    sort: ClassVar[str] = N_("what to take apart")
    key: str
    records: list[str]
    reason: str = ""
    dry_run: bool = False


class AnswerIn(Body):
    """An answer to one item: `same`, `different`, `later`, or `open` to open it again."""

    sort: ClassVar[str] = N_("an answer")
    answer: str
    reason: str = ""


class AnswersIn(AnswerIn):
    """One answer to several items."""

    ids: list[int]


class LiftIn(Body):
    """A value that ties records again though a guard blocks it."""

    sort: ClassVar[str] = N_("a lifted guard")
    column: str
    value: str
    reason: str = ""


class PinIn(Body):
    """A value that a golden record has whatever its records say; null: it has none."""

    sort: ClassVar[str] = N_("a pinned value")
    key: str
    column: str
    value: Any = None


class RulesIn(Body):
    """Rules, complete: what is left out takes its default (D66)."""

    sort: ClassVar[str] = N_("rules")
    identity: Any = None
    columns: Any = None
    groups: Any = None

    @property
    def content(self) -> dict[str, Any]:
        """Without what was not sent."""
        return {key: value for key, value in self.given().items() if value is not None}


class SuggestIn(Body):
    """Which pairs enter the review: those that are one with this probability at least."""

    sort: ClassVar[str] = N_("a look for suggestions")
    threshold: float = 0.9
