"""What a score of the library states and does (SC1). A member keeps no state.

A score is worked out set-wise, in four parts, so that each can be done over other people, another
day or older figures (SC16):

1. `measures`: what is summed up per person, over tables of `Inputs`; all scores of a dataset share
   one grouped statement per table. Together they are the profile.
2. `facts`: what of the whole base the values depend on: cut-points, medians, parameters. JSON, kept
   with the version (SC9).
3. `tables`: tables of its own, a row per person at most, where expressions over the profile are not
   enough.
4. `values`: the outputs and the parts, as expressions over the profile and these tables.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from tresse.datasets.scores.inputs import Inputs

Value = sa.ColumnElement[Any]
Settings = Mapping[str, Any]
Facts = dict[str, Any]
Figures = Mapping[str, Value]
"Outputs and parts of a person, by name."
Measures = Mapping[str, Mapping[str, Value]]
"Aggregate expressions by name, by the table of `Inputs` that they are over."

GROUPS = (
    "value",
    "rhythm",
    "rfm",
    "engagement",
    "promotion",
    "basket",
    "preference",
    "loyalty",
    "future",
)
"Sections 3 to 11 of the score library, in their order; `shown.GROUPS` has their labels."
MONEY = "money"


@dataclass(frozen=True, slots=True)
class Output:
    """A column that a score gives, or a figure that it is made of."""

    name: str
    type: str
    "Of S52: `integer decimal number text boolean date datetime list`."
    label: str
    low: float | None = None
    "Lowest and highest value, both possible; None: without an end."
    high: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    "Of a category: name and label of each value it may have, in their order."
    unit: str = ""
    "`days`, `weeks`, `money`, `share` (shown in percent), or nothing."
    is_delay: bool = False
    "Of days: sentences call it late, and below 0 early."


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a score, as forms and definitions have it."""

    name: str
    kind: str
    "`whole number share choice flag words window money_list table`."
    label: str
    default: Any = None
    low: float | None = None
    high: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """Semantic fields of a related entity that a score reads (SC2)."""

    entity: str
    "`orders order_items email_events events carts loyalty`, or `contacts` for the dataset itself."
    fields: tuple[str, ...] = ()
    "All of them."
    any_of: tuple[str, ...] = ()
    "At least one of them."
    is_alternative: bool = False
    "Of the needs of a score that say so one is enough."


class Row:
    """The profile of a person, as `values` and `facts` see it."""

    def __init__(self, table: sa.FromClause, names: Mapping[str, str], joined: Mapping[str, Any]):
        """See the class.

        Args:
            table: The profile: `id`, and a column per measure of all scores.
            names: Of this score's measures: name as it says it, column of `table`.
            joined: Tables of its own, by name; a row per person at most, `id` first.
        """
        self.table, self._names, self._joined = table, names, joined

    def __getitem__(self, name: str) -> Value:
        """A measure; NULL for a person without a row in the table it is over."""
        return self.table.c[self._names[name]]

    def of(self, table: str, column: str) -> Value:
        """A column of a table of the score's own; NULL for a person without a row in it."""
        found: Value = self._joined[table].c[column]
        return found

    @property
    def id(self) -> Value:
        """`_id` of the golden record."""
        return self.table.c.id


class Score(ABC):
    """A member of the library."""

    name: str
    label: str
    group: str
    "One of `GROUPS`."
    meaning: str
    "What it says of a person, as one line of the library; `N_`."
    formula: str
    "In signs, for the reference and the page: the same in all languages."
    told: str
    """The sum done in words, `{name}` for each output and part (SC9); `N_`. Numbers are formatted
    for the reader, those of days with the word; an absent one reads as "nothing"."""
    needs: tuple[Need, ...]
    outputs: tuple[Output, ...]
    parts: tuple[Output, ...] = ()
    "Figures it is made of, shown beside it, not stored."
    adds_up: bool = False
    "The first output is the sum of the parts."
    settings: tuple[Setting, ...] = ()
    source: str = ""
    "Where the formula is from: `parity Brevo`, or a book; empty: ours."
    over: str = "orders"
    "Entity of the rows that `where` of a use chooses from (SC4)."
    has_time: bool = True
    "Its values change with t0 alone."
    version: int = 1
    "Raised whenever the same inputs give another value than before (SC16, step 1)."

    def check(self, settings: Settings) -> None:  # noqa: B027
        """Refuse settings that do not fit together; each was checked for itself.

        Raises:
            TresseError: `thresholds_order`, `cells_missing`, `cells_twice`.
        """

    def measures(self, inputs: "Inputs", settings: Settings) -> Measures:
        """Aggregate expressions by name, by the table of `Inputs` that they are over."""
        return {}

    def facts(self, inputs: "Inputs", settings: Settings, row: Row) -> Facts:
        """What of the whole base the values depend on; JSON, small."""
        return {}

    def tables(
        self, inputs: "Inputs", settings: Settings, facts: Facts, row: Row, base: "Inputs"
    ) -> Mapping[str, sa.FromClause]:
        """Tables of its own: `id`, and columns; each person at most once.

        `base`: the inputs that figures of the whole base come from: those of `facts`. Of people
        only those of `inputs.people` need a row.
        """
        return {}

    @abstractmethod
    def values(self, inputs: "Inputs", settings: Settings, facts: Facts, row: Row) -> Figures:
        """Every output and part by its name, of its type."""

    def settled(self, facts: Facts, before: Facts) -> Facts:
        """Facts just worked out, given those of the version before; where a fit failed (SC64)."""
        return facts

    def choices_of(self, output: Output, settings: Settings) -> tuple[tuple[str, str], ...]:
        """Values that an output may have in a use with these settings, as `Output.choices`."""
        return output.choices

    def cuts(self, facts: Facts) -> Facts:
        """The part of the facts that `freeze` keeps (SC18): all of it, unless a member says."""
        return facts


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores worked out: a row per person, and what they depend on."""

    table: sa.TableClause
    "`id`, then `f<n>` per output as the plan numbers them."
    facts: dict[str, Facts] = field(default_factory=dict)
    "By key of the use."


def columns_of(score: Score, prefix: str = "") -> Sequence[tuple[str, Output]]:
    """Names of the columns that a use of a score gives, each with its output."""
    return [(f"{prefix}{each.name}", each) for each in score.outputs]
