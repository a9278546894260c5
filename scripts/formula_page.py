"""The generated reference page of formulas: values, operators, functions, limits."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from scripts.markdown import filled, section, table

OPERATORS = (
    ("`+` `-` `*`", "numbers; exact for decimals; empty where the result is too large to keep"),
    ("`/`", "never cuts: `5/2` is 2.5; by zero it is empty"),
    ("`//`", "a whole number, cut toward zero: `-7//2` is -3; by zero it is empty"),
    ("`%`", "the remainder, with the sign of the first: `-7%3` is -1; by zero it is empty"),
    ("`||`", "joins texts; other values as texts; with an empty value it is empty"),
    ("`=` `<>` `!=` `<` `<=` `>` `>=`", "compare numbers, texts (by code point), dates"),
    ("`AND` `OR` `NOT`", "true, false or empty, as in SQL"),
    ("`IS [NOT] NULL`", "whether there is a value"),
    ("`IS [NOT] TRUE`, `IS [NOT] FALSE`", "empty counts as neither"),
    ("`IS [NOT] DISTINCT FROM`", "compares; two empty values are alike"),
    ("`[NOT] BETWEEN a AND b`", "both ends included"),
    ("`[NOT] IN (a, b)`", "one of a list"),
    (
        "`[NOT] LIKE`, `ILIKE`",
        "a written pattern: `%` is any text, `_` one character; at most 5 `%`",
    ),
    ("`CASE WHEN … THEN … ELSE … END`", "the first that is true; `CASE a WHEN b THEN …` compares"),
    ("`IF(a, b, c)`", "b where a is true, else c; without c empty"),
    ("`CAST(x AS type)`", "another type; empty where it is none"),
)
VALUES = """Properties are named as in files and over REST, texts stand in `'…'`, numbers have a
point, dates are texts such as `'2026-03-01'`. A name that is a word of this page stands in
`"…"`. A time is taken as its day in the time zone of the account, but by `hour` and comparisons
with times. Options, stages and pipelines are their names."""
TYPES = """Decimals have 4 places and are exact; `/`, `sqrt`, `ln`, `exp` and numbers such as
`1e3` are floating point (`double`). `bigint` is another word for `integer`. A list cannot be
cast."""
TAKES = """*Takes*: `?` may be left out, `*` any number of them; *count* is a whole number from
0, *place* one from 1, *same* are values of one type. Where an argument is empty the result is,
unless the table says otherwise."""
DATASETS = """In a [dataset](definitions.md#computed) names are its columns, computed ones and
scores too. `today()` and `now()` are the moment of the build (`as_of`). In the condition of an
aggregate or a score, a name with dots is a column of the row that a relation leads to, over at most
three relations: `contact.country = 'FR'`."""
RELATED = """A formula of a dataset may sum up rows that lead here, as an
[aggregate](definitions.md#aggregates) does: `SUM(orders.amount)`, `COUNT(orders)`,
`LAST(orders.items.name)`. There are {names}. `FILTER (WHERE …)` chooses the rows:
`SUM(orders.amount) FILTER (WHERE orders.channel = 'web')`. All columns of one aggregate are of one
path (`mixed_paths`), but several aggregates may stand in one formula. Over columns of its own row
there is none."""
REFUSED = (
    ("`formula_syntax`", "what cannot be read"),
    ("`formula_too_long`", "more than the limits below"),
    (
        "`formula_statement`",
        "`SELECT`, `FROM`, `WHERE`, `UNION`, `;` and other words of statements",
    ),
    ("`formula_join`", "`JOIN`: declare a relation, and use an aggregate"),
    ("`formula_subquery`", "a query in brackets"),
    ("`formula_window`", "`OVER`"),
    ("`formula_aggregate`", "an aggregate over columns of the row itself"),
    (
        "`formula_function`, `formula_column`",
        "a function or column that is not there, with the nearest",
    ),
    ("`formula_type`", "values of a type that the operator or function does not take"),
    ("`formula_argument`", "a value that it does not take, as in `left(name, -1)`"),
    ("`mixed_paths`", "an aggregate over several paths"),
    (
        "`formula_cycle`",
        "a column that is made of itself, also across datasets; it names the way round",
    ),
)
LIMITS = """{characters:,} characters, {nodes} parts, {levels} levels, {literal} characters in
one text. Other formulas that a formula names count along. Results longer than 65,536 characters
are cut. Refusals (`formula_…`) say the character."""


def _types(formulas: Any, kinds: Any) -> Iterator[tuple[str, str]]:
    for type_ in formulas.Type:
        names = ", ".join(f"`{kind}`" for kind, each in kinds.items() if each == type_)
        if type_ not in ("null", "texts"):  # lists of the warehouse, which no record has
            yield f"`{type_}`", names or "–"


def formulas_page() -> Iterator[str]:
    """Types, operators, functions and limits of formulas."""
    formulas = import_module("tresse.engine.formulas")
    reader = import_module("tresse.engine.formulas.reader")
    kinds = import_module("tresse.objects.calculated").TYPES
    yield from ("## Values", "", *filled(VALUES), "")
    yield from table("type of `CAST`", "properties of the kinds", rows=_types(formulas, kinds))
    yield from ("", *filled(TYPES))
    yield from section("Operators", *table("operator", "meaning", rows=OPERATORS))
    for group, label in formulas.GROUPS.items():
        rows = (
            (f"`{each.name}`", each.takes or "–", each.help, f"`{each.example}`")
            for each in formulas.FUNCTIONS
            if each.group == group
        )
        lines = table("function", "takes", "meaning", "example", rows=rows)
        yield from section(label, *lines)
    yield from ("", *filled(TAKES))
    words = {"count_distinct": "COUNT(DISTINCT …)"}
    related = ", ".join(f"`{words.get(name, name.upper())}`" for name in sorted(reader.RELATED))
    yield from section("In datasets", *filled(DATASETS), "", *filled(RELATED.format(names=related)))
    yield from section("Refusals", *table("code", "refuses", rows=REFUSED))
    limits = LIMITS.format(
        characters=reader.MOST_CHARACTERS,
        nodes=reader.MOST_NODES,
        levels=reader.MOST_LEVELS,
        literal=reader.MOST_LITERAL,
    )
    yield from section("Limits", *filled(limits))
