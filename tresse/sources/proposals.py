"""What is proposed for the columns of a source, from the whole of its raw table (S53 to S61)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from tresse.engine import columns as columns_of
from tresse.engine.base import Engine
from tresse.sources.candidates import (
    NULL_WORDS,
    Candidate,
    candidates,
    differs,
    is_filled,
    is_word,
    swapped,
    tried_together,
)
from tresse.sources.columns import Column, Defaults, RuleUse
from tresse.sources.rules.contacts import email, phone
from tresse.sources.rules.spacing import trimmed
from tresse.sources.semantics import field_named, rules_for
from tresse.sources.types import typed
from tresse.sources.types.base import Cell, Value, never_null, sort_of

SAMPLE = 4_000
"Rows that leave out what does not fit; what stays is tried on all rows."
EXAMPLES, MOST_WORDS, MOST_SHOWN = 5, 20, 200
SHARE, FEWEST = 0.9, 3
"Of the cells of the sample that must look like addresses, to say that the column holds them."
NUMBERS = ("integer", "decimal", "number")
LARGE = r"^-?[0-9]{16}"
_PHONE = re.compile(r"\s*(?:\+|00|0)[0-9(][0-9 .()/\-\u00a0]{6,20}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one column, for a person to review."""

    column: Column
    "With type, format, point and semantic field; without rules."
    rows: int
    filled: int
    "Cells that are neither NULL nor blank."
    null_words: Mapping[str, int] = field(default_factory=dict)
    "Words for nothing that occur as whole cells, as written, with how often (S55)."
    accepted: Column | None = None
    "The column where these words are accepted: with a rule for them, and maybe a narrower type."
    asks_date_order: bool = False
    "Day-month and month-day both fit all cells: `formats` holds both (S54)."
    asks_point: bool = False
    "Point and comma both fit as the decimal sign of all cells; it is text until a person says."
    formats: tuple[str, ...] = ()
    "Date formats that every filled cell fits; the first is in `column.format`."
    rules: tuple[str, ...] = ()
    "What `rules: auto` would add: `email`, `phone` and so on (S58, S61)."
    examples: tuple[str, ...] = ()
    "Up to five cells, as they are, of the first rows."
    counts: Mapping[str, int] = field(default_factory=dict)
    "How many filled cells fit each type that was tried on all rows."


@dataclass(slots=True)
class Looked:
    """A column while it is looked at."""

    column: Column
    raw: Value
    is_inferred: bool
    alive: list[Candidate] = field(default_factory=list)
    "Nothing has spoken against them yet, the narrowest first."
    sample: list[str] = field(default_factory=list)
    rows: int = 0
    filled: int = 0
    words: int = 0
    trying: list[Candidate] = field(default_factory=list)
    tried: list[tuple[Candidate, int]] = field(default_factory=list)
    "Candidates with the number of cells against each, words for nothing left out."
    too_large: int = 0
    "Exact numbers of a database, sent as text, that its type of number cannot hold."
    differences: dict[str, int] = field(default_factory=dict)
    "Cells that two readings take for different values: `order` of day and month, decimal `point`."
    is_one_value: bool = False
    "All cells are one and the same; known where it matters."

    @property
    def may_be_too_large(self) -> bool:
        """Whether its numbers came as text, since they may be beyond 64 bits or 15 digits."""
        is_exact = self.column.type in {"integer", "decimal"}
        return is_exact and not self.is_inferred and sort_of(self.raw.type) == "text"

    @property
    def text(self) -> Value:
        """Its cells as text."""
        return Cell(self.raw, self.column, Defaults()).text


def proposals(
    engine: Engine,
    table: sa.FromClause,
    columns: Sequence[Column],
    *,
    zone: str = "UTC",
    country: str = "",
    entity: str = "",
    are_typed: bool = False,
) -> list[Proposal]:
    """Look at every row of a raw table, and propose; three statements for most tables.

    Args:
        engine: One that has the table.
        table: Raw cells, with the types they were read with.
        columns: Names to look at. A type other than `text` is kept.
        zone: Of date-times without offset.
        country: Of phones without one.
        entity: Which semantic fields may be meant (`semantics.OF_ENTITY`); empty: contacts'.
        are_typed: The types are those of a database, so that `text` is kept, too.
    """
    if not columns:
        return []
    looked = [
        Looked(
            column,
            table.c[column.name],
            is_inferred=sort_of(table.c[column.name].type) == "text"
            and column.type in {"", "text"}
            and not are_typed,
        )
        for column in columns
    ]
    _sample(engine, table, looked)
    _count(engine, table, looked, Defaults(zone=zone))
    words = _words(engine, table, looked)
    return [_proposal(each, words.get(each.column.name, {}), entity, country) for each in looked]


def with_words_accepted(column: Column, proposal: Proposal) -> Column:
    """A column whose words for nothing a person accepts (S55).

    Their rule stands first. A column that was text because of them alone, and has no other rules,
    gets the type that all its other cells fit.
    """
    if proposal.accepted is None:
        return column
    rule = proposal.accepted.rules[0]
    others = tuple(use for use in column.rules if use.name != rule.name)
    if column.type in {"", "text"} and not others:
        return replace(proposal.accepted, is_required=column.is_required)
    return replace(column, rules=(rule, *others))


def _sample(engine: Engine, table: sa.FromClause, looked: Sequence[Looked]) -> None:
    """First rows: examples, and the candidates that no cell of them speaks against."""
    cells = [each.text.label(f"c{place}") for place, each in enumerate(looked)]
    rows = engine.rows(sa.select(*cells).select_from(table).limit(SAMPLE))
    for each, column in zip(
        looked, zip(*rows, strict=True) if rows else [()] * len(looked), strict=True
    ):
        each.sample = [cell for cell in column if cell and trimmed(cell)]
        if each.is_inferred:
            told = [cell for cell in dict.fromkeys(each.sample) if not _is_word(cell)]
            each.alive = [one for one in candidates() if _all_fit(one, told)]
            if not told:
                each.alive = []


def _is_word(cell: str) -> bool:
    return cell.strip().lower() in NULL_WORDS


def _all_fit(candidate: Candidate, cells: Iterable[str]) -> bool:
    return all(candidate.fits(cell) for cell in cells)


def _count(
    engine: Engine, table: sa.FromClause, looked: Sequence[Looked], defaults: Defaults
) -> None:
    """All rows: filled cells, words for nothing, and cells against the narrowest candidates.

    One statement, and one more for the columns that these do not fit, if there are any.
    """
    asking, is_first = list(looked), True
    while asking:
        told = _told(table, asking)
        asked: list[Value] = [sa.func.count()]
        for place, each in enumerate(asking):
            each.trying = tried_together(each.alive) if each.alive else []
            asked += _basics(told, place, each) if is_first else []
            asked += _asked(told.c[f"t{place}"], each, defaults)
        [numbers] = engine.rows(sa.select(*asked).select_from(told))
        found = iter(numbers)
        rows = next(found)
        for each in asking:
            if is_first:
                each.rows, cells, blank, told_cells = rows, next(found), next(found), next(found)
                each.filled, each.words = cells - blank, cells - blank - told_cells
                each.too_large = next(found) if each.may_be_too_large else 0
            _answered(each, found)
        asking, is_first = [each for each in asking if each.alive], False


def _told(table: sa.FromClause, looked: Sequence[Looked]) -> sa.Subquery:
    """Columns as they are (`r0`), without blanks and words for nothing (`t0`), if blank (`b0`)."""
    made: list[Value] = []
    for place, each in enumerate(looked):
        told: Value = each.raw
        blank: Value = sa.false()
        if each.is_inferred:
            filled = is_filled(each.raw)
            cell = sa.case((sa.and_(filled, sa.not_(is_word(each.raw))), each.raw))
            told, blank = sa.type_coerce(cell, sa.Text()), sa.not_(filled)
        made += [each.raw.label(f"r{place}"), told.label(f"t{place}"), blank.label(f"b{place}")]
    return sa.select(*made).select_from(table).subquery("told")


def _basics(told: sa.FromClause, place: int, each: Looked) -> list[Value]:
    raw, cell = told.c[f"r{place}"], told.c[f"t{place}"]
    blank = sa.and_(raw.is_not(None), told.c[f"b{place}"]) if each.is_inferred else sa.false()
    found: list[Value] = [sa.func.count(raw), _number(blank), sa.func.count(cell)]
    if each.may_be_too_large:
        failed = typed(raw, each.column, Defaults()).failed
        is_long = sa.case((columns_of.matches(raw, LARGE), failed), else_=sa.false())
        found.append(_number(never_null(is_long)))
    return found


def _asked(cell: Value, each: Looked, defaults: Defaults) -> list[Value]:
    """Cells against each candidate that is tried, cells two of them differ on; one value or not."""
    asked = [_number(one.misfit(cell, defaults)) for one in each.trying]
    asked += [_number(differs(cell, *pair, defaults)) for pair in _doubts(each.trying).values()]
    if _may_be_truth(each.trying):
        asked.append(sa.func.min(cell) == sa.func.max(cell))
    return asked


def _answered(each: Looked, found: Iterator[int]) -> None:
    """Take the numbers of `_asked`; what fits ends the search."""
    misfits = [next(found) for _ in each.trying]
    each.tried += list(zip(each.trying, misfits, strict=True))
    each.differences |= {name: next(found) for name in _doubts(each.trying)}
    if _may_be_truth(each.trying):
        each.is_one_value = bool(next(found))
    each.alive = [] if 0 in misfits else [one for one in each.alive if one not in each.trying]
    each.trying = []


def _number(condition: sa.ColumnElement[bool]) -> Value:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _may_be_truth(tried: Sequence[Candidate]) -> bool:
    return any(one.column.type == "boolean" for one in tried)


def _doubts(tried: Sequence[Candidate]) -> dict[str, tuple[Column, Column]]:
    """Pairs of readings of a column that nothing has decided between yet."""
    doubts = {}
    days = {one.column.format: one.column for one in tried if one.column.format}
    if len(days) > 1:
        first, second = list(days.values())[:2]
        doubts["order"] = (first, second)
    for type_ in ("number", "decimal"):
        points = {one.column.point: one.column for one in tried if one.column.type == type_}
        if len(points) > 1:
            doubts["point"] = (points["."], points[","])
    return doubts


def _words(
    engine: Engine, table: sa.FromClause, looked: Sequence[Looked]
) -> dict[str, dict[str, int]]:
    """Words for nothing as they are written, by column; one statement."""
    asked = [
        sa.select(sa.literal(place).label("place"), each.raw.label("word"), sa.func.count())
        .select_from(table)
        .where(is_word(each.raw))
        .group_by(each.raw)
        for place, each in enumerate(looked)
        if each.words
    ]
    if not asked:
        return {}
    found: dict[str, dict[str, int]] = {}
    rows = engine.rows(sa.union_all(*asked) if len(asked) > 1 else asked[0])
    for place, word, count in sorted(rows, key=lambda row: (row[0], -row[2], row[1])):
        of_column = found.setdefault(looked[place].column.name, {})
        if len(of_column) < MOST_WORDS:
            of_column[word] = count
    return found


def _proposal(each: Looked, words: Mapping[str, int], entity: str, country: str) -> Proposal:
    fitting = [one.column for one, number in each.tried if not number]
    asks_point = _asks_point(each, fitting)
    if asks_point:
        fitting = [column for column in fitting if column.type not in NUMBERS]
    read = _narrowest(each, fitting)
    formats = tuple(c.format for c in fitting if c.format and c.type == read.type)
    asks_order = (
        each.differences.get("order", 0) > 0
        and read.format in formats
        and swapped(read.format) in formats
    )
    semantic = _semantic(each, read, entity, country)
    narrow = replace(read, name=each.column.name, semantic=semantic)
    type_ = "text" if each.too_large else each.column.type or "text"
    strict = replace(each.column, type=type_, semantic=semantic)
    if words:
        bare = tuple(dict.fromkeys(trimmed(word) for word in words))
        rule = RuleUse("empty_to_null", {"words": list(bare)})
        accepted = replace(narrow, rules=(rule,))
    else:
        accepted, strict = None, narrow if each.is_inferred else strict
    return Proposal(
        column=strict,
        rows=each.rows,
        filled=each.filled,
        null_words=words,
        accepted=accepted,
        asks_date_order=asks_order,
        asks_point=asks_point,
        formats=formats if read.type in {"date", "datetime"} else (),
        rules=rules_for(semantic),
        examples=tuple(cell[:MOST_SHOWN] for cell in dict.fromkeys(each.sample))[:EXAMPLES],
        counts=_counts(each),
    )


def _counts(each: Looked) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one, misfits in each.tried:
        fits = each.filled - each.words - misfits
        counts[one.column.type] = max(counts.get(one.column.type, 0), fits)
    return counts


def _asks_point(each: Looked, fitting: Sequence[Column]) -> bool:
    """Whether `1,234` may be a thousand or a fraction, whichever decimal sign all cells have."""
    points = {column.point for column in fitting if column.type in {"decimal", "number"}}
    return len(points) > 1 and each.differences.get("point", 0) > 0


def _narrowest(each: Looked, fitting: Sequence[Column]) -> Column:
    """The first that fits; 0 and 1 alone are yes and no only where both occur."""
    for column in fitting:
        is_digit = {cell.strip() for cell in each.sample} <= {"0", "1"}
        if column.type == "boolean" and is_digit and each.is_one_value:
            continue
        return column
    return Column("", each.column.type or "text")


def _semantic(each: Looked, read: Column, entity: str, country: str) -> str:
    """What a column holds, by its name; else by its cells, where nearly all are addresses."""
    if named := field_named(each.column.name, entity):
        return named
    cells = list(dict.fromkeys(each.sample))[:500]
    if len(cells) < FEWEST:
        return ""
    if sum(email(cell, "keep", "keep") is not None for cell in cells) >= SHARE * len(cells):
        return "email"
    if read.type in {"text", *NUMBERS}:
        numbers = sum(bool(_PHONE.fullmatch(cell)) and bool(phone(cell, country)) for cell in cells)
        if numbers >= SHARE * len(cells):
            return "phone"
    return ""
