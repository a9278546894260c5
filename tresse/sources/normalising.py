"""From raw cells to typed, normalised columns: one statement over a whole table.

This is how extraction, previews and counts apply types (S52) and rules (S60): `normalised` builds
nested selects, a level per type and rule, so that no expression is written out more than a few
times and every level names plain columns only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from tresse.sources.columns import Column, Defaults, RuleUse
from tresse.sources.refusals import RULE_TAKES
from tresse.sources.rules import RULES, given_type
from tresse.sources.rules.settings import settings_of
from tresse.sources.types import TYPES
from tresse.sources.types.base import Cell, ColumnType, never_null
from tresse.sources.written import split_rules

Value = sa.ColumnElement[Any]
Named = Mapping[str, Value]
"Columns of the level below, by the name a pipeline gave them."
RAW = "raw"
NEEDED = 2
"Steps before a new one whose columns its marks still ask for: the value before, and parts."


@dataclass(frozen=True, slots=True)
class Mark:
    """A boolean column (never NULL) that says of which rows a warning holds."""

    label: str
    "Name in the statement; begins with `_w`."
    column: str
    "Name of the column it is about."
    code: str
    "Such as `could_not_parse_number`, `rounded`, `phone_unreadable`."
    is_fault: bool
    """The cell held something and its value is NULL now: the row is rejected where the column is a
    key, the cursor or required (S101). Otherwise only counted."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A select with all `carried` columns, each column by its name, raw ones, and the marks."""

    statement: sa.Select[Any]
    marks: tuple[Mark, ...]
    raw: dict[str, str]
    "Name of a column with rules to the name of the one that keeps its cells as they were read."


def raw_name(name: str) -> str:
    """Under which name a version keeps what stood in a column before its rules (S61)."""
    return f"_raw.{name}"


@dataclass(frozen=True, slots=True)
class Step:
    """A level of one column: what it adds to the columns that are there."""

    adds: Callable[[Named], dict[str, Value]]
    marks: Callable[[Named], dict[tuple[str, bool], Value]] = lambda _: {}
    "Of the level above it: condition by code, and whether it is a fault."


@dataclass(slots=True)
class Pipeline:
    """All levels of one column; `result` is the name of what comes of it."""

    column: Column
    defaults: Defaults
    source: Value
    steps: list[Step] = field(default_factory=list)
    result: str = RAW
    result_type: sa.types.TypeEngine[Any] = field(default_factory=sa.Text)

    def __post_init__(self) -> None:
        first, later = split_rules(self.column)
        type_ = TYPES[self.column.type or "text"]
        if first:
            self._read("f", TYPES["text"])
            self._apply(first, "text", "f")
        self._read("t", type_)
        self._apply(later, type_.name, "t")

    def _read(self, stage: str, type_: ColumnType) -> None:
        """Cells as a type."""
        before, after = self.result, f"{stage}_value"
        known = self.source.type if before == RAW else sa.Text()

        def cell(named: Named) -> Cell:
            return Cell(sa.type_coerce(named[before], known), self.column, self.defaults)

        def parts(named: Named) -> dict[str, Value]:
            made = type_.parts(cell(named))
            return {f"{stage}_{name}": value for name, value in made.items()}

        def own_parts(named: Named) -> dict[str, Value]:
            names = type_.parts(cell(named))
            return {name: named[f"{stage}_{name}"] for name in names}

        def value(named: Named) -> dict[str, Value]:
            return {after: sa.type_coerce(type_.value(cell(named), own_parts(named)), type_.column)}

        def marks(named: Named) -> dict[tuple[str, bool], Value]:
            here, given = cell(named), named[after]
            counted = {
                code: never_null(condition)
                for code, condition in type_.counted(here, own_parts(named), given).items()
            }
            found: dict[tuple[str, bool], Value] = {
                (code, False): condition for code, condition in counted.items()
            }
            failed = type_.failed(here, given, counted)
            return found if failed is None else {(type_.code, True): failed, **found}

        if type_.parts(Cell(sa.column("c", known), self.column, self.defaults)):
            self.steps.append(Step(parts))
        self.steps.append(Step(value, marks))
        self.result, self.result_type = after, type_.column

    def _apply(self, uses: Sequence[RuleUse], type_: str, stage: str) -> None:
        """Rules, one after the other."""
        for number, use in enumerate(uses):
            if type_ not in RULES[use.name].takes:
                raise RULE_TAKES(
                    name=f"{self.column.name}.rules",
                    rule=use.name,
                    takes=sorted(RULES[use.name].takes),
                    type=type_,
                )
            after = f"{stage}_rule{number}"
            given = given_type(RULES[use.name], type_)
            self.steps.append(self._rule(use, type_, self.result, after, TYPES[given].column))
            self.result, self.result_type, type_ = after, TYPES[given].column, given

    def _rule(
        self,
        use: RuleUse,
        type_: str,
        before: str,
        after: str,
        core: sa.types.TypeEngine[Any],
    ) -> Step:
        rule = RULES[use.name]
        settings = settings_of(rule, use.settings)

        def value(named: Named) -> dict[str, Value]:
            made = rule.apply(named[before], type_, settings, self.defaults)
            return {after: sa.type_coerce(made, core)}

        def marks(named: Named) -> dict[tuple[str, bool], Value]:
            if not rule.can_fail:
                return {}
            return {(rule.code, True): sa.and_(named[before].is_not(None), named[after].is_(None))}

        return Step(value, marks)


def normalised(
    table: sa.FromClause,
    columns: Sequence[Column],
    *,
    carried: Sequence[str] = (),
    defaults: Defaults,
) -> Normalised:
    """Read the columns of a raw table as their types and apply their rules.

    Rules that take text and not the column's type work on the text of its cells, before they are
    read (`written.comes_first`).

    Args:
        table: One row per raw row: the columns by name, with the type they were read with (text
            of files; what a database sent), and the `carried` ones (`_file`, `_line`).
        columns: With checked rules. Names must be in the table.
        carried: Columns taken over as they are.
        defaults: Zone and country of the account; key of pseudonyms.

    Returns:
        One row per raw row, in no particular order. Value columns have the Core type of
        `result_type(column)`, for a column with rules also `raw_name(name)`: text, or the type it
        was sent with.

    Raises:
        TresseError: `rule_takes_other_type`.
    """
    lines = [_Line(table, place, column, defaults) for place, column in enumerate(columns)]
    level: sa.FromClause = table
    for number in range(max((len(line.pipeline.steps) for line in lines), default=0)):
        made = [expression for line in lines for expression in line.level(level, number)]
        level = sa.select(*(level.c[name] for name in carried), *made).subquery(f"level{number}")
    raw = {line.column.name: raw_name(line.column.name) for line in lines if line.column.rules}
    marks: list[Mark] = []
    last = [expression for line in lines for expression in line.last(level, marks)]
    statement = sa.select(*(level.c[name] for name in carried), *last)
    return Normalised(statement, tuple(marks), raw)


class _Line:
    """One column on its way through the levels: which names it has in the one below."""

    def __init__(
        self, table: sa.FromClause, place: int, column: Column, defaults: Defaults
    ) -> None:
        self.column = column
        self.place = place
        self.pipeline = Pipeline(column, defaults, table.c[column.name])
        self._names: dict[str, str] = {RAW: column.name}
        self._types: dict[str, sa.types.TypeEngine[Any]] = {RAW: table.c[column.name].type}
        self._added: list[list[str]] = []
        "Names that each step added."
        self._marks: list[Mark] = []
        self._marked = 0
        "Steps whose marks are there."

    def level(self, below: sa.FromClause, number: int) -> list[Value]:
        """What the next level holds: what is there and needed, marks that are due, a step's own."""
        steps = self.pipeline.steps
        earlier = [below.c[mark.label] for mark in self._marks]
        named = self._named(below)
        due = self._due(named)
        own: list[Value] = []
        if number < len(steps):
            added = steps[number].adds(named)
            self._forget()
            self._added.append(list(added))
            kept = self._kept(below)
            for key, value in added.items():
                self._names[key] = f"_s{self.place}_{key}"
                self._types[key] = value.type
                own.append(value.label(self._names[key]))
        else:
            kept = self._kept(below)
        return [*kept, *earlier, *due, *own]

    def last(self, level: sa.FromClause, marks: list[Mark]) -> list[Value]:
        """The result by its name, the raw cells of one with rules, and the marks."""
        named = self._named(level)
        earlier = [level.c[mark.label] for mark in self._marks]
        value = named[self.pipeline.result]
        found: list[Value] = [
            sa.type_coerce(value, self.pipeline.result_type).label(self.column.name)
        ]
        if self.column.rules:
            found.append(named[RAW].label(raw_name(self.column.name)))
        due = self._due(named)
        marks.extend(self._marks)
        return [*found, *earlier, *due]

    def _named(self, level: sa.FromClause) -> dict[str, Value]:
        """What a level has of this column."""
        return {
            key: sa.type_coerce(level.c[name], self._types[key])
            for key, name in self._names.items()
        }

    def _kept(self, below: sa.FromClause) -> list[Value]:
        kept: list[Value] = []
        for key, name in self._names.items():
            self._names[key] = f"_s{self.place}_{key}"
            kept.append(below.c[name].label(self._names[key]))
        return kept

    def _forget(self) -> None:
        """Names of steps so long ago that neither a step nor its marks ask for them."""
        for added in self._added[:-NEEDED]:
            for key in added:
                self._names.pop(key, None)

    def _due(self, named: Named) -> list[Value]:
        """Marks of the steps whose columns have come."""
        due: list[Value] = []
        for step in self.pipeline.steps[self._marked : len(self._added)]:
            for (code, is_fault), condition in step.marks(named).items():
                label = f"_w{self.place}_{len(self._marks)}"
                self._marks.append(Mark(label, self.column.name, code, is_fault))
                due.append(condition.label(label))
        self._marked = len(self._added)
        return due


def without_rules(columns: Sequence[Column]) -> list[Column]:
    """The same columns, typed only: the left side of a preview (S63)."""
    return [replace(column, rules=()) for column in columns]
